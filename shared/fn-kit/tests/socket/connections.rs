use crate::client::{call, deadline};
use crate::served::Served;
use fn_kit::{Failure, Invocation, Response};
use std::sync::Arc;
use tokio::sync::Notify;

async fn echo(invocation: Invocation) -> Result<Response, Failure> {
    Ok(Response::bytes("text/plain", invocation.into_body().bytes(1 << 20).await?))
}

#[tokio::test]
async fn one_connection_serves_many_calls_and_many_connections_one_each() {
    let served = Served::new(echo).await;
    let mut client = served.connect().await;
    for n in 0..10 {
        assert_eq!(client.call("", format!("{n}").as_bytes()).await.text(), format!("{n}"));
    }
    for n in 0..10 {
        assert_eq!(served.connect().await.call("", format!("{n}").as_bytes()).await.text(), format!("{n}"));
    }
    assert_eq!(client.call("", b"still here").await.text(), "still here");
}

#[tokio::test]
async fn a_call_runs_while_another_waits() {
    let served = Served::new(|invocation: Invocation| async move {
        if invocation.headers().contains_key("x-wait") {
            std::future::pending::<()>().await;
        }
        Ok(Response::text("done"))
    })
    .await;
    let mut waiting = served.connect().await;
    waiting.write(call("X-Wait: 1\r\n", b"")).await;
    assert_eq!(served.connect().await.call("", b"").await.text(), "done");
}

#[tokio::test]
async fn old_and_closing_clients_are_served() {
    let served = Served::new(echo).await;
    let mut client = served.connect().await;
    client.write("POST /call HTTP/1.0\r\nContent-Length: 3\r\n\r\nold").await;
    assert_eq!(client.reply().await.unwrap().text(), "old");
    assert_eq!(client.rest().await, b"");
    let mut client = served.connect().await;
    assert_eq!(client.call("Connection: close\r\n", b"bye").await.text(), "bye");
    assert_eq!(client.rest().await, b"");
}

#[tokio::test]
async fn responses_have_nothing_that_the_agent_would_send_twice() {
    let reply = Served::new(echo).await.connect().await.call("", b"hello").await;
    assert_eq!(reply.version, "HTTP/1.1");
    assert_eq!(reply.header("content-length"), Some("5"));
    for name in ["fn-call-id", "date", "server", "connection", "transfer-encoding"] {
        assert_eq!(reply.header(name), None, "{name}");
    }
    assert_eq!(reply.header("fn-fdk-version"), Some("fn-kit/0.1.0"));
}

/// Sends something that is not a call, and returns everything until the connection ends.
async fn garbage(bytes: &[u8]) -> String {
    let served = Served::new(echo).await;
    let mut client = served.connect().await;
    let _ = client.try_write(bytes).await;
    client.half_close_if_open().await;
    let rest = String::from_utf8(client.rest().await).unwrap();
    assert_eq!(served.connect().await.call("", b"next").await.text(), "next");
    rest
}

#[tokio::test]
async fn a_request_that_is_not_http_closes_the_connection() {
    let long = format!("POST /{} HTTP/1.1\r\n\r\n", "x".repeat(70_000));
    let many = format!("POST /call HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(9_000));
    let large = format!("POST /call HTTP/1.1\r\na: {}\r\n\r\n", "x".repeat(3 << 20));
    for bytes in [
        "junk\r\n\r\n",
        "\0\u{1}\u{2}\u{3}",
        "GET\r\n\r\n",
        "POST /call HTTP/9.9\r\n\r\n",
        "POST /call HTTP/1.1\r\nno colon\r\n\r\n",
        "POST /call HTTP/1.1\r\na: \u{1}\r\n\r\n",
        "POST /call HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        "POST /call HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "POST /call HTTP/1.1\r\nHost: half a head",
        &long,
        &many,
        &large,
    ] {
        assert_eq!(garbage(bytes.as_bytes()).await, "", "to {:?}", &bytes[..bytes.len().min(60)]);
    }
}

#[tokio::test]
async fn junk_after_a_call_does_not_affect_its_response() {
    let served = Served::new(echo).await;
    let mut client = served.connect().await;
    client.write([call("", b"first"), b"junk\r\n\r\n".to_vec()].concat()).await;
    let reply = client.reply().await.unwrap();
    assert_eq!((reply.status, reply.text()), (200, "first"));
    assert_eq!(client.rest().await, b"");
}

#[tokio::test]
async fn pipelined_calls_get_their_responses_in_order() {
    let served = Served::new(echo).await;
    let mut client = served.connect().await;
    client.write([call("", b"first"), call("", b"second"), call("", b"third")].concat()).await;
    for body in ["first", "second", "third"] {
        assert_eq!(client.reply().await.unwrap().text(), body);
    }
}

#[tokio::test]
async fn other_methods_and_paths_fail_as_calls_do() {
    let served = Served::new(echo).await;
    for start in [
        "GET /call HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "PUT /call HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
        "POST /other HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
        "POST /call/ HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\n\r\n",
        "CONNECT localhost:80 HTTP/1.1\r\n\r\n",
    ] {
        let mut client = served.connect().await;
        client.write(start).await;
        let reply = client.reply().await.unwrap();
        assert_eq!(
            (reply.status, reply.text()),
            (502, r#"{"message":"only POST /call is served"}"#),
            "{start}"
        );
        assert_eq!(client.rest().await, b"");
    }
    let mut client = served.connect().await;
    client.write("HEAD /call HTTP/1.1\r\n\r\n").await;
    assert!(client.rest().await.starts_with(b"HTTP/1.1 502 "));
    let mut client = served.connect().await;
    client.write("POST http://localhost/call?a=b HTTP/1.1\r\nContent-Length: 2\r\n\r\nok").await;
    assert_eq!(client.reply().await.unwrap().text(), "ok", "the same call in another notation");
}

#[tokio::test]
async fn a_callers_headers_may_be_many_and_long() {
    let served = Served::new(|invocation: Invocation| async move {
        let length: usize = invocation.headers().values().map(|value| value.len()).sum();
        Ok(Response::text(format!("{} {length}", invocation.headers().len())))
    })
    .await;
    let mut client = served.connect().await;
    let mut headers = String::new();
    for n in 0..4000 {
        headers.push_str(&format!("Fn-Http-H-X-{n}: {}\r\n", "v".repeat(250)));
    }
    let reply = client.call(&headers, b"").await;
    assert_eq!(reply.status, 200);
    assert!(reply.text().starts_with("400"), "{}", reply.text());
    // Bytes that are not text, which Go lets through.
    let odd = [b"X-Odd: caf\xe9 \xff\r\n".to_vec()].concat();
    let mut bytes = b"POST /call HTTP/1.1\r\nContent-Length: 0\r\n".to_vec();
    bytes.extend_from_slice(&odd);
    bytes.extend_from_slice(b"Fn-Call-Id: \xff\r\nFn-Deadline: \xff\r\nContent-Type: \xff\r\n\r\n");
    client.write(bytes).await;
    assert_eq!(client.reply().await.unwrap().status, 200);
}

#[tokio::test]
async fn a_handler_is_dropped_when_the_agent_closes_the_connection() {
    for body in [&b"hello"[..], b""] {
        hang_up(body).await;
    }
}

async fn hang_up(body: &[u8]) {
    struct Dropped(Arc<Notify>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }
    let (begun, dropped) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (started, ended) = (begun.clone(), dropped.clone());
    let served = Served::new(move |invocation: Invocation| {
        let (begun, guard) = (begun.clone(), Dropped(dropped.clone()));
        async move {
            let _guard = guard;
            invocation.into_body().bytes(100).await?;
            begun.notify_one();
            std::future::pending().await
        }
    })
    .await;
    let mut client = served.connect().await;
    client.write(call(&deadline(3600), body)).await;
    started.notified().await;
    drop(client);
    ended.notified().await;
}
