use crate::client::{call, chunk, deadline, head};
use crate::served::Served;
use fn_kit::{Failure, Invocation, Response};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

async fn wait(invocation: Invocation) -> Result<Response, Failure> {
    if invocation.headers().contains_key("x-wait") {
        std::future::pending::<()>().await;
    }
    Ok(Response::text(format!("{}", invocation.deadline().remaining().as_secs())))
}

#[tokio::test]
async fn a_call_after_its_deadline_gets_504_without_calling_the_function() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let served = Served::new(move |_: Invocation| {
        counted.fetch_add(1, Ordering::Relaxed);
        async { Ok(Response::empty()) }
    })
    .await;
    let mut client = served.connect().await;
    let reply = client.call(&deadline(-5), b"a body").await;
    assert_eq!((reply.status, reply.text()), (504, r#"{"message":"the function ran out of time"}"#));
    assert_eq!(client.call("", b"").await.status, 200);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_deadline_that_passes_during_a_call_is_answered_by_504_and_the_next_call_is_served() {
    let served = Served::new(wait).await;
    let mut client = served.connect().await;
    let reply = client.call(&format!("{}X-Wait: 1\r\n", deadline(2)), b"body").await;
    assert_eq!(reply.status, 504);
    assert_eq!(client.call("", b"").await.status, 200, "on the same connection");
}

#[tokio::test]
async fn a_deadline_that_passes_while_the_body_comes_in_is_answered_by_504() {
    let served = Served::new(|invocation: Invocation| async move {
        Ok(Response::bytes("text/plain", invocation.into_body().bytes(1 << 20).await?))
    })
    .await;
    let mut client = served.connect().await;
    client.write(head(&format!("{}Transfer-Encoding: chunked\r\n\r\n", deadline(2)))).await;
    client.write(chunk(b"half of it")).await;
    let reply = client.reply().await.unwrap();
    assert_eq!(reply.status, 504);
    assert_eq!(served.connect().await.call("", b"next").await.text(), "next");
}

#[tokio::test]
async fn the_reserve_is_taken_from_the_time() {
    let served = Served::with(|server| server.reserve(Duration::from_secs(3600)), wait).await;
    let before = std::time::Instant::now();
    // The reserve is never more than a tenth, so the handler has 18 of 20 s or more.
    let mut client = served.connect().await;
    let reply = client.call(&deadline(20), b"").await;
    assert_eq!(reply.status, 200);
    let reply = client.call(&format!("{}X-Wait: 1\r\n", deadline(3)), b"").await;
    assert_eq!(reply.status, 504);
    assert!(before.elapsed() > Duration::from_secs(1), "there was time for the handler");
}

#[tokio::test]
async fn offsets_and_fractions_are_parsed_and_garbage_means_thirty_seconds() {
    let served = Served::new(wait).await;
    let mut client = served.connect().await;
    for (header, seconds) in [
        ("Fn-Deadline: 2000-01-01T00:00:00+02:00\r\n", None),
        ("Fn-Deadline: 2100-01-01T00:00:00.25-11:30\r\n", Some(24 * 3600)),
        ("Fn-Deadline: soon\r\n", Some(30)),
        ("Fn-Deadline: \r\n", Some(30)),
    ] {
        client.write(call(header, b"")).await;
        let reply = client.reply().await.unwrap();
        match seconds {
            None => assert_eq!(reply.status, 504, "{header}"),
            Some(seconds) => {
                let told: u64 = reply.text().parse().unwrap();
                assert!(told <= seconds && told + 20 > seconds, "{header}: {told}");
            }
        }
    }
    client.write("POST /call HTTP/1.1\r\nContent-Length: 0\r\n\r\n").await;
    let told: u64 = client.reply().await.unwrap().text().parse().unwrap();
    assert!((10..=30).contains(&told));
}
