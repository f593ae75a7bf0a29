//! Tests the HTTP target against an endpoint with prepared responses.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use loadgen::{Batch, HttpForm, HttpTarget, Outcome, Target};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Responds to one request, and returns the request.
async fn respond(listener: TcpListener, response: &'static str) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = Vec::new();
    loop {
        stream.read_buf(&mut request).await.unwrap();
        let text = String::from_utf8(request.clone()).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() == length.parse::<usize>().unwrap() {
            stream.write_all(response.as_bytes()).await.unwrap();
            return text;
        }
    }
}

async fn send(form: HttpForm, response: &'static str) -> (String, Vec<Outcome>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/journals?x=1", listener.local_addr().unwrap());
    let mut batch = Batch::default();
    ["{\"n\":1}", "{\"n\":2}", "{\"n\":3}"].iter().for_each(|value| batch.push(Some(b"k"), value.as_bytes()));
    let target = HttpTarget::new(&url, form).unwrap();
    // Sends the first and third records, as if the second were already stored.
    tokio::join!(respond(listener, response), target.send(&batch, &[0, 2]))
}

const STORED: &str = "HTTP/1.1 207 Multi-Status\r\ncontent-length: 170\r\n\r\n\
    {\"counts\":{},\"results\":[{\"index\":0,\"status\":\"stored\",\"partition\":\"1\",\"offset\":7,\"timestamp\":\"2024-06-28T08:28:44.779Z\"},\
    {\"index\":1,\"status\":\"failed\",\"code\":\"throttled\"}]}";

#[tokio::test]
async fn records_are_sent_as_lines_or_as_an_array_and_have_their_own_outcomes() {
    assert_eq!(STORED.split_once("\r\n\r\n").unwrap().1.len(), 170, "the content-length is right");
    for (form, content_type, body) in [
        (HttpForm::Ndjson, "application/x-ndjson", "{\"n\":1}\n{\"n\":3}\n"),
        (HttpForm::Json, "application/json", "[{\"n\":1},{\"n\":3}]"),
    ] {
        let (request, outcomes) = send(form, STORED).await;
        assert!(request.starts_with("POST /v1/journals?x=1 HTTP/1.1\r\n"), "{request}");
        assert!(request.contains(&format!("content-type: {content_type}\r\n")), "{request}");
        assert!(request.ends_with(&format!("\r\n\r\n{body}")), "{request}");
        let stored = Outcome::Stored { partition: "1".into(), offset: 7 };
        assert_eq!(outcomes, [stored, Outcome::Throttled { retry_after: None }]);
    }
}

#[tokio::test]
async fn a_throttled_request_carries_the_wait_that_the_endpoint_asks_for() {
    let full = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 2\r\ncontent-length: 2\r\n\r\n{}";
    let (_, outcomes) = send(HttpForm::Ndjson, full).await;
    let throttled = Outcome::Throttled { retry_after: Some(Duration::from_secs(2)) };
    assert_eq!(outcomes, [throttled.clone(), throttled]);
}

#[tokio::test]
async fn a_truncated_response_leaves_every_record_unknown() {
    let (_, outcomes) =
        send(HttpForm::Ndjson, "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"results\":").await;
    assert!(matches!(&outcomes[..], [Outcome::Unknown(_), Outcome::Unknown(_)]), "{outcomes:?}");
}

#[test]
fn a_target_without_an_http_url_is_an_error() {
    for url in ["", "ftp://host/", "/v1/journals", "http://"] {
        HttpTarget::new(url, HttpForm::Ndjson).unwrap_err();
    }
}
