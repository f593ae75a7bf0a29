//! The limits of a gateway.

use crate::cloud::{cloud, cloud_with, tell};
use crate::function_peers::{peer, until};
use crate::gateway_client::{Connection, call, request};
use emulator::Options;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn at_the_concurrency_limit_clients_are_told_to_retry() {
    let cloud = cloud_with(vec![peer("link")], Options { concurrency_mb: 0, ..Options::default() }).await;
    assert_eq!(tell(&cloud, "link", &json!({})).words(), (429, 429, "Too Many Requests".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_and_bodies_have_their_limits() {
    let cloud = cloud().await;
    let url = cloud.gateway_url();
    let head = |length: usize| {
        let bare = request("GET", "/v1/link/a", &[("X-Pad", "")], b"").len();
        let pad = "x".repeat(length - bare);
        request("GET", "/v1/link/a", &[("X-Pad", &pad)], b"")
    };
    let line = |length: usize| {
        let bare = request("GET", "/v1/link/a?", &[], b"").len();
        request("GET", &format!("/v1/link/a?{}", "x".repeat(length - bare)), &[], b"")
    };
    for (bytes, status) in
        [(head(8192), 200), (head(8193), 431), (line(8192), 200), (line(8193), 431), (head(200_000), 431)]
    {
        let mut connection = Connection::open(&url);
        let _ = connection.send(&bytes);
        assert_eq!(connection.answer(true).unwrap().status, status, "{}", bytes.len());
    }
    // As many headers as fit.
    let many: Vec<(String, String)> =
        (0..1100).map(|number| (format!("{number:x}"), String::new())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(call(&url, "GET", "/v1/link/a", &many, b"").status, 200);
    let body = |length: usize| call(&url, "POST", "/v1/link/a", &[], &vec![b' '; length]);
    assert_eq!(body(6 << 20).document()["body"], 6 << 20);
    let calls = cloud.functions().recent().len();
    assert_eq!(body((6 << 20) + 1).words(), (413, 413, "Payload Too Large".to_owned()));
    let chunked = |length: usize| {
        let mut bytes =
            b"POST /v1/link/a HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        for chunk in vec![b' '; length].chunks(100_000) {
            bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
        let mut connection = Connection::open(&url);
        let _ = connection.send(&bytes);
        connection.answer(true).unwrap()
    };
    assert_eq!(chunked((6 << 20) + 1).status, 413);
    assert_eq!(cloud.functions().recent().len(), calls);
    assert_eq!(chunked(6 << 20).document()["body"], 6 << 20);
    until(|| cloud.gateway_status().held_bytes == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_size_of_all_held_bodies_is_limited() {
    let mut options = Options::default();
    options.gateway.body_bytes = 1000;
    let cloud = cloud_with(vec![peer("link")], options).await;
    let url = cloud.gateway_url();
    // Room is reserved for the announced length before the body arrives.
    let mut first = Connection::open(&url);
    first.send("POST /v1/link/a HTTP/1.1\r\nHost: g\r\nContent-Length: 900\r\n\r\n").unwrap();
    until(|| cloud.gateway_status().held_bytes == 900).await;
    let refused = call(&url, "POST", "/v1/link/a", &[], &[b' '; 101]);
    assert_eq!(refused.words(), (503, 503, "Service Unavailable".to_owned()));
    assert_eq!(refused.header("retry-after"), Some("1"));
    let mut chunked = Connection::open(&url);
    let body = format!("65\r\n{}\r\n0\r\n\r\n", " ".repeat(0x65));
    chunked
        .send(format!("POST /v1/link/a HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n{body}"))
        .unwrap();
    assert_eq!(chunked.answer(true).unwrap().status, 503);
    assert_eq!(call(&url, "POST", "/v1/link/a", &[], &[b' '; 100]).status, 200);
    first.send([b' '; 900]).unwrap();
    assert_eq!(first.answer(true).unwrap().document()["body"], 900);
    until(|| cloud.gateway_status().held_bytes == 0).await;
    assert_eq!(call(&url, "POST", "/v1/link/a", &[], &[b' '; 1000]).status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connections_of_a_client_are_limited() {
    let mut options = Options::default();
    options.gateway.connections_per_address = 3;
    let cloud = cloud_with(vec![peer("link")], options).await;
    let url = cloud.gateway_url();
    let mut open: Vec<Connection> = (0..3).map(|_| Connection::open(&url)).collect();
    for connection in &mut open {
        connection.send(request("GET", "/v1/link/a", &[], b"")).unwrap();
        assert_eq!(connection.answer(true).unwrap().status, 200);
    }
    assert!(Connection::open(&url).is_over());
    // Connections stay open for one request after the other.
    open[0].send(request("GET", "/v1/link/b", &[], b"")).unwrap();
    assert_eq!(open[0].answer(true).unwrap().status, 200);
    open.pop();
    until(|| cloud.gateway_status().connections == 2).await;
    assert_eq!(call(&url, "GET", "/v1/link/a", &[], b"").status, 200);
}
