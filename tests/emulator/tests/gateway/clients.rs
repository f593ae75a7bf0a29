//! Clients that wait, stop or leave.

use crate::cloud::{cloud, cloud_with, last_request, tell};
use crate::function_peers::{last, names, peer, state, until};
use crate::gateway_client::{Connection, request};
use emulator::Options;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_asks_before_it_sends_gets_its_response_first() {
    let cloud = cloud().await;
    let ask = |length: usize| {
        let mut connection = Connection::open(&cloud.gateway_url());
        let head = format!(
            "POST /v1/link/a HTTP/1.1\r\nHost: gateway\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
        );
        connection.send(head).unwrap();
        connection
    };
    let mut connection = ask(5);
    assert_eq!(connection.line().unwrap(), "HTTP/1.1 100 Continue");
    assert_eq!(connection.line().unwrap(), "");
    connection.send("12345").unwrap();
    assert_eq!(connection.answer(true).unwrap().document()["body"], 5);
    // A body that is too large is rejected before it is sent.
    let mut connection = ask((6 << 20) + 1);
    let response = connection.answer(true).unwrap();
    // The body that was not sent would come before the next request, so the connection closes.
    assert_eq!((response.status, response.header("connection")), (413, Some("close")));
    assert!(connection.is_over());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_cut_short_never_reaches_the_function() {
    let cloud = cloud().await;
    for bytes in [
        "POST /v1/link/a HTTP/1.1\r\nHost: g\r\nContent-Length: 10\r\n\r\n12345",
        "POST /v1/link/a HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
        "POST /v1/link/a HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123",
        "POST /v1/link/a HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\nx\r\n",
    ] {
        cloud.clear_requests();
        let before = cloud.gateway_status().requests.len();
        let mut connection = Connection::open(&cloud.gateway_url());
        connection.send(bytes).unwrap();
        until(|| cloud.requests().len() == 1).await;
        drop(connection);
        until(|| cloud.gateway_status().requests.len() > before).await;
        assert!(cloud.functions().recent().is_empty(), "{bytes:?}");
    }
    until(|| cloud.gateway_status().connections == 0).await;
    assert_eq!(cloud.gateway_status().held_bytes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_client_is_disconnected() {
    let mut options = Options::default();
    options.gateway.silence = std::time::Duration::from_secs(1);
    let cloud = cloud_with(vec![peer("link")], options).await;
    let url = cloud.gateway_url();
    for start in ["", "GET /v1/li", "GET /v1/link/a HTTP/1.1\r\nHost"] {
        let mut connection = Connection::open(&url);
        connection.send(start).unwrap();
        assert!(connection.is_over(), "{start:?}");
    }
    let mut connection = Connection::open(&url);
    connection.send("POST /v1/link/a HTTP/1.1\r\nHost: g\r\nContent-Length: 10\r\n\r\n12345").unwrap();
    assert_eq!(connection.answer(true).unwrap().words(), (408, 408, "Request Timeout".to_owned()));
    assert!(connection.is_over());
    assert!(cloud.functions().recent().is_empty());
    // A function may take longer, and so may a body that arrives in pieces.
    let slow = json!({ "sleep": 2 });
    assert_eq!(tell(&cloud, "link", &slow).status, 200);
    // This also holds after another request that arrived together with it.
    let mut connection = Connection::open(&url);
    let mut both = request("GET", "/v1/link/a", &[], b"");
    both.extend(request("POST", "/v1/link/a", &[], slow.to_string().as_bytes()));
    connection.send(both).unwrap();
    assert_eq!(
        [connection.answer(true).unwrap().status, connection.answer(true).unwrap().status],
        [200, 200]
    );
    let mut connection = Connection::open(&url);
    connection.send("POST /v1/link/a HTTP/1.1\r\nHost: g\r\nContent-Length: 5\r\n\r\n").unwrap();
    for byte in ["1", "2", "3", "4", "5"] {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        connection.send(byte).unwrap();
    }
    assert_eq!(connection.answer(true).unwrap().document()["body"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_holds_nothing_forever() {
    let mut options = Options::default();
    options.gateway.silence = std::time::Duration::from_secs(1);
    let cloud = cloud_with(vec![peer("link")], options).await;
    // The response is larger than what the kernel buffers.
    let mut connection = Connection::narrow(&cloud.gateway_url());
    let told = json!({ "large": 6 << 20 }).to_string();
    connection.send(request("POST", "/v1/link/a", &[], told.as_bytes())).unwrap();
    until(|| cloud.gateway_status().held_bytes >= 6 << 20).await;
    until(|| cloud.gateway_status().connections == 0).await;
    assert_eq!(cloud.gateway_status().held_bytes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_disconnects_ends_the_invocation() {
    let folder = tempfile::tempdir().unwrap();
    let cloud = cloud().await;
    let mut connection = Connection::open(&cloud.gateway_url());
    let told = json!({ "arrived": folder.path(), "sleep": 1000 }).to_string();
    connection.send(request("POST", "/v1/link/a", &[], told.as_bytes())).unwrap();
    until(|| !names(folder.path()).is_empty()).await;
    let process: i64 = names(folder.path())[0].parse().unwrap();
    assert!(state(process).is_some());
    drop(connection);
    until(|| state(process).is_none()).await;
    until(|| !cloud.gateway_status().requests.is_empty()).await;
    assert_eq!((last_request(&cloud).status, last(&cloud).status), (None, 444));
    assert_eq!(cloud.gateway_status().held_bytes, 0);
}
