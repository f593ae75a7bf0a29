use crate::client::{call, chunk, head};
use crate::served::Served;
use fn_kit::{BodyError, Failure, Invocation, Response};
use http_body_util::BodyExt;
use std::sync::atomic::{AtomicUsize, Ordering};

async fn echo(invocation: Invocation) -> Result<Response, Failure> {
    Ok(Response::bytes("application/octet-stream", invocation.into_body().bytes(32 << 20).await?))
}

/// Returns the length of a body without keeping the body.
async fn measure(mut invocation: Invocation) -> Result<Response, Failure> {
    let mut length = 0;
    while let Some(frame) = invocation.body_mut().frame().await {
        length += frame?.data_ref().map_or(0, |data| data.len());
    }
    Ok(Response::text(length.to_string()))
}

#[tokio::test]
async fn a_body_in_odd_chunks_and_odd_pieces_is_complete() {
    let served = Served::new(echo).await;
    let body: Vec<u8> = (0..20_000u32).map(|n| (n % 251) as u8).collect();
    let mut bytes = head("Transfer-Encoding: chunked\r\n\r\n");
    for (n, part) in body.chunks(777).enumerate() {
        let chunk = chunk(part);
        // Chunk extensions and upper-case digits are allowed.
        let extended = String::from_utf8_lossy(&chunk[..3]).to_uppercase() + ";a=b";
        if n % 2 == 0 {
            bytes.extend_from_slice(extended.as_bytes())
        } else {
            bytes.extend_from_slice(&chunk[..3])
        }
        bytes.extend_from_slice(&chunk[3..]);
    }
    bytes.extend_from_slice(b"0\r\nSome: trailer\r\n\r\n");
    let mut client = served.connect().await;
    for piece in bytes.chunks(313) {
        client.write(piece).await;
        tokio::task::yield_now().await;
    }
    let reply = client.reply().await.unwrap();
    assert_eq!((reply.status, reply.body == body), (200, true));
    // The connection can be used again.
    assert_eq!(client.call("", b"again").await.text(), "again");
}

#[tokio::test]
async fn bodies_of_any_framing_are_understood() {
    let served = Served::new(echo).await;
    let mut client = served.connect().await;
    assert_eq!(client.call("", b"").await.text(), "", "Content-Length: 0");
    client.write([head("Content-Length: 5\r\n\r\n"), b"hello".to_vec()].concat()).await;
    assert_eq!(client.reply().await.unwrap().text(), "hello", "with a length");
    client.write(head("\r\n")).await;
    assert_eq!(client.reply().await.unwrap().text(), "", "without a length");
    client.write(head("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")).await;
    assert_eq!(client.reply().await.unwrap().text(), "", "no chunks");
}

#[tokio::test]
async fn twenty_megabytes_pass_in_both_directions() {
    let served = Served::new(echo).await;
    let body = vec![b'x'; 20 << 20];
    let reply = served.connect().await.call("", &body).await;
    assert_eq!((reply.status, reply.body.len()), (200, body.len()));
}

#[tokio::test]
async fn a_body_can_be_read_while_it_arrives() {
    static SEEN: AtomicUsize = AtomicUsize::new(0);
    let served = Served::new(|mut invocation: Invocation| async move {
        while let Some(frame) = invocation.body_mut().frame().await {
            SEEN.fetch_add(frame?.data_ref().map_or(0, |data| data.len()), Ordering::Relaxed);
        }
        Ok(Response::empty())
    })
    .await;
    let mut client = served.connect().await;
    client.write(head("Transfer-Encoding: chunked\r\n\r\n")).await;
    for n in 1..=3 {
        client.write(chunk(b"0123456789")).await;
        while SEEN.load(Ordering::Relaxed) < n * 10 {
            tokio::task::yield_now().await;
        }
    }
    client.write(b"0\r\n\r\n").await;
    assert_eq!(client.reply().await.unwrap().status, 200);
}

#[tokio::test]
async fn a_body_beyond_the_limit_fails_the_call_and_not_the_connection() {
    let served = Served::with(|server| server.body_limit(1000), measure).await;
    let mut client = served.connect().await;
    assert_eq!(client.call("", &[b'x'; 1000]).await.text(), "1000");
    // The body is much larger than the socket's buffers. The rest is read and discarded, so that the client can finish writing.
    let reply = client.call("", &vec![b'x'; 3 << 20]).await;
    assert_eq!((reply.status, reply.text()), (502, r#"{"message":"the body has more than 1000 bytes"}"#));
    let told = [head("Content-Length: 1001\r\n\r\n"), vec![b'x'; 1001]].concat();
    client.write(told).await;
    assert_eq!(client.reply().await.unwrap().status, 502);
    assert_eq!(client.call("", b"small").await.text(), "5", "on the same connection");
}

#[tokio::test]
async fn a_handlers_own_limit_applies_to_what_it_reads() {
    let served = Served::new(|invocation: Invocation| async move {
        match invocation.into_body().bytes(10).await {
            Err(BodyError::TooLarge { limit }) => Ok(Response::text(format!("more than {limit}"))),
            other => Ok(Response::bytes("text/plain", other?)),
        }
    })
    .await;
    let mut client = served.connect().await;
    assert_eq!(client.call("", b"0123456789").await.text(), "0123456789");
    assert_eq!(client.call("", b"0123456789a").await.text(), "more than 10");
    assert_eq!(client.call("", b"end").await.text(), "end");
}

#[tokio::test]
async fn an_unread_body_leaves_the_connection_usable() {
    let served = Served::new(|_| async { Ok(Response::text("done")) }).await;
    let mut client = served.connect().await;
    for _ in 0..3 {
        let reply = client.call("", &vec![b'x'; 3 << 20]).await;
        assert_eq!((reply.status, reply.text()), (200, "done"));
    }
}

#[tokio::test]
async fn a_body_that_is_cut_short_is_an_error_for_the_handler() {
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let served = Served::new(move |invocation: Invocation| {
        let sender = sender.clone();
        async move {
            let result = invocation.into_body().bytes(100).await;
            sender.send(matches!(result, Err(BodyError::CutShort { .. }))).unwrap();
            Ok(Response::empty())
        }
    })
    .await;
    for start in [
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "Transfer-Encoding: chunked\r\n\r\n",
        "Content-Length: 10\r\n\r\nhel",
    ] {
        let mut client = served.connect().await;
        client.write(head(start)).await;
        client.half_close().await;
        client.rest().await;
        assert!(receiver.recv().await.unwrap(), "{start}");
    }
}

#[tokio::test]
async fn a_body_of_broken_chunks_ends_the_call_without_another_status() {
    let served = Served::new(echo).await;
    let mut client = served.connect().await;
    client.write(head("Transfer-Encoding: chunked\r\n\r\nhello, this is no length\r\n")).await;
    let rest = client.rest().await;
    assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 502 "), "{:?}", String::from_utf8_lossy(&rest));
    assert_eq!(served.connect().await.call("", b"next").await.text(), "next");
}

#[tokio::test]
async fn a_client_that_expects_100_continue_gets_it() {
    let served = Served::new(echo).await;
    let mut client = served.connect().await;
    client.write(head("Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")).await;
    assert_eq!(client.reply().await.unwrap().status, 100);
    client.write("hello").await;
    assert_eq!(client.reply().await.unwrap().text(), "hello");
    // The agent does not wait for `100 Continue`.
    client.write(call("Expect: 100-continue\r\n", b"hello")).await;
    let mut reply = client.reply().await.unwrap();
    if reply.status == 100 {
        reply = client.reply().await.unwrap();
    }
    assert_eq!(reply.text(), "hello");
}
