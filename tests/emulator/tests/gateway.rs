//! Tests a gateway in front of functions: the contract in both directions, and failing clients and functions.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod function_peers;
mod gateway_client;

use emulator::{ApplicationDefinition, Emulator, FunctionDefinition, GatewayRequest, GatewayRoute, Options};
use function_peers::{id, last, names, peer, state, until};
use gateway_client::{Connection, Response, call, request};
use serde_json::{Value, json};

/// Starts a cloud whose deployment `producers` routes `/v1/NAME/...` to the function with that name.
async fn cloud_with(functions: Vec<FunctionDefinition>, options: Options) -> Emulator {
    let names: Vec<String> = functions.iter().map(|function| function.name.clone()).collect();
    let functions = vec![ApplicationDefinition::new("books", functions)];
    let cloud = Emulator::start(Options { functions, ..options }).await.unwrap();
    let route = |name: &String| GatewayRoute::any(format!("/{name}/{{rest*}}"), id(&cloud, name));
    let routes: Vec<GatewayRoute> = names.iter().map(route).collect();
    cloud.ensure_deployment("producers", "/v1", &routes).unwrap();
    cloud
}

async fn cloud() -> Emulator {
    cloud_with(vec![peer("link")], Options::default()).await
}

/// Sends instructions to the function through the gateway.
fn tell(cloud: &Emulator, name: &str, told: &Value) -> Response {
    call(&cloud.gateway_url(), "POST", &format!("/v1/{name}/a"), &[], told.to_string().as_bytes())
}

fn last_request(cloud: &Emulator) -> GatewayRequest {
    cloud.gateway_status().requests.pop().unwrap()
}

/// Returns the lines of the head that the function received, in lowercase.
fn head(response: &Response) -> Vec<String> {
    let told = response.document();
    let line = |line: &Value| line.as_str().unwrap().to_lowercase();
    told["head"].as_array().unwrap().iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_reaches_the_function_as_the_contract_requires() {
    let cloud = cloud().await;
    let headers = [
        ("Content-Type", "application/json"),
        ("X-Own", "1"),
        ("X-Own", "2"),
        ("Authorization", "Bearer token"),
        ("X-Forwarded-For", "10.0.0.1"),
        ("opc-request-id", "the-client's"),
    ];
    let response = call(&cloud.gateway_url(), "PUT", "/v1/link/a%20b?q=1&q=2", &headers, b"12345");
    assert_eq!(response.status, 200);
    let opc_request_id = response.header("opc-request-id").unwrap();
    assert!(opc_request_id.starts_with("the-client's/"), "{opc_request_id}");
    let gateway = cloud.gateway_status().deployments[0].gateway_id.clone();
    let head = head(&response);
    for line in [
        "post /call http/1.1",
        "fn-intent: httprequest",
        "fn-http-method: put",
        "fn-http-request-url: /v1/link/a%20b?q=1&q=2",
        "content-type: application/json",
        "fn-http-h-host: gateway",
        "fn-http-h-content-length: 5",
        "fn-http-h-x-own: 1",
        "fn-http-h-x-own: 2",
        "fn-http-h-authorization: bearer token",
        "fn-http-h-x-forwarded-for: 10.0.0.1, 127.0.0.1",
        "fn-http-h-x-real-ip: 127.0.0.1",
        "fn-http-h-forwarded: for=127.0.0.1",
        "oci-subject-type: resource",
        &format!("oci-subject-id: {gateway}"),
        &format!("oci-subject-tenancy-id: {}", cloud.tenancy()),
        &format!("opc-request-id: {}", opc_request_id.to_lowercase()),
    ] {
        assert!(head.contains(&line.to_owned()), "{line} in {head:#?}");
    }
    assert!(
        !head.iter().any(|line| line.starts_with("authorization") || line.starts_with("x-own")),
        "{head:#?}"
    );
    assert_eq!(response.document()["body"], 5);
    let recent = last_request(&cloud);
    assert_eq!((recent.status, recent.deployment.as_deref()), (Some(200), Some("producers")));
    assert_eq!(
        (recent.opc_request_id.as_str(), recent.call_id),
        (opc_request_id, Some(last(&cloud).call_id))
    );
    // A request without a body and a content type.
    let response = call(&cloud.gateway_url(), "GET", "/v1/link", &[], b"");
    let head = self::head(&response);
    for line in
        ["content-length: 0", "content-type: application/octet-stream", "fn-http-request-url: /v1/link"]
    {
        assert!(head.contains(&line.to_owned()), "{line} in {head:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_comes_back_as_the_contract_requires() {
    let cloud = cloud().await;
    let raw = |head: &str| {
        json!({ "raw": format!("HTTP/1.1 200 OK\r\n{head}Content-Length: 4\r\n\r\nbody") }).to_string()
    };
    let told = raw(
        "Fn-Http-Status: 201\r\nFn-Http-H-Set-Cookie: b=1\r\nFn-Http-H-Set-Cookie: a=2\r\nFn-Http-H-Location: /x\r\n\
        Content-Type: text/csv\r\nFn-Fdk-Version: peer/1\r\nX-Own: 1\r\nFn-Http-H-opc-request-id: forged\r\n",
    );
    let response = call(&cloud.gateway_url(), "POST", "/v1/link/a", &[], told.as_bytes());
    assert_eq!((response.status, response.body.as_slice()), (201, &b"body"[..]));
    assert_eq!(response.all("set-cookie"), ["b=1", "a=2"]);
    assert_eq!(
        (response.header("location"), response.header("content-type")),
        (Some("/x"), Some("text/csv"))
    );
    let mut names: Vec<&str> = response.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let expected =
        ["content-length", "content-type", "date", "location", "opc-request-id", "set-cookie", "set-cookie"];
    assert_eq!(names, expected);
    assert_ne!(response.all("opc-request-id"), ["forged"]);
    let response = call(&cloud.gateway_url(), "HEAD", "/v1/link/a", &[], told.as_bytes());
    assert_eq!((response.status, response.header("content-length")), (201, Some("4")));
    let response =
        call(&cloud.gateway_url(), "POST", "/v1/link/a", &[], raw("Fn-Http-Status: 503\r\n").as_bytes());
    assert_eq!((response.status, response.body.as_slice()), (503, &b"body"[..]));
    let response =
        call(&cloud.gateway_url(), "POST", "/v1/link/a", &[], raw("Fn-Http-Status: none\r\n").as_bytes());
    assert_eq!(response.words(), (502, 502, "Bad Gateway".to_owned()));
    assert_eq!(last_request(&cloud).failure, Some("InvalidStatus"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_function_is_reported_in_the_gateways_words() {
    let hasty = FunctionDefinition { name: "hasty".to_owned(), timeout: 3, ..peer("link") };
    let cloud = cloud_with(vec![peer("link"), hasty, peer("exit"), peer("file")], Options::default()).await;
    let ok = "HTTP/1.1 200 OK\r\n";
    for (name, told, status, failure) in [
        ("link", json!({ "status": 502 }), 502, "FunctionInvokeExecutionFailed"),
        ("link", json!({ "status": 504 }), 504, "FunctionInvokeTimeout"),
        ("link", json!({ "status": 201 }), 502, "FunctionInvokeInvalidResponse"),
        ("hasty", json!({ "sleep": 1000 }), 504, "FunctionInvokeTimeout"),
        ("link", json!({ "exit": true }), 502, "FunctionInvokeExecutionError"),
        ("link", json!({ "raw": "garbage\r\n\r\n" }), 502, "FunctionInvokeExecutionError"),
        (
            "link",
            json!({ "raw": format!("{ok}Content-Length: 9\r\n\r\nhalf"), "close": true }),
            500,
            "InternalServerError",
        ),
        ("link", json!({ "head": 11 << 20 }), 502, "FunctionInvokeResponseHeaderTooLarge"),
        ("link", json!({ "large": (6 << 20) + 1 }), 502, "FunctionInvokeResponseBodyTooLarge"),
        ("exit", json!({}), 502, "FunctionInvokeContainerInitFail"),
        ("file", json!({}), 502, "FunctionInvokeContainerInitFail"),
    ] {
        let response = tell(&cloud, name, &told);
        let message = match status {
            500 => "Internal Server Error",
            502 => "Bad Gateway",
            _ => "Gateway Timeout",
        };
        assert_eq!(response.words(), (status, u64::from(status), message.to_owned()), "{told}");
        let recent = last_request(&cloud);
        assert_eq!((recent.status, recent.failure), (Some(status), Some(failure)), "{told}");
        assert_eq!(recent.call_id, Some(last(&cloud).call_id), "{told}");
        assert_eq!(response.header("opc-request-id"), Some(recent.opc_request_id.as_str()), "{told}");
    }
    // The largest possible response, and a missing function.
    assert_eq!(tell(&cloud, "link", &json!({ "large": 6 << 20 })).body.len(), 6 << 20);
    cloud.ensure_deployment("stray", "/stray", &[GatewayRoute::any("/", "ocid1.fnfunc.none")]).unwrap();
    let response = call(&cloud.gateway_url(), "GET", "/stray/", &[], b"");
    assert_eq!(response.words(), (500, 500, "Internal Server Error".to_owned()));
}

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

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_is_ensured_once_and_changed_if_it_differs() {
    let cloud = cloud().await;
    let ensure = |path: &str| {
        cloud.ensure_deployment("producers", "/v1", &[GatewayRoute::any(path, id(&cloud, "link"))])
    };
    let route = || cloud.gateway_status().deployments[0].routes[0].path.clone();
    let first = cloud.gateway_status().deployments[0].id.clone();
    assert_eq!(ensure("/link/{rest*}").unwrap(), format!("{}/v1", cloud.gateway_url()));
    assert_eq!((cloud.gateway_status().deployments.len(), route()), (1, "/link/{rest*}".to_owned()));
    ensure("/other").unwrap();
    assert_eq!((cloud.gateway_status().deployments[0].id.clone(), route()), (first, "/other".to_owned()));
    assert_eq!(call(&cloud.gateway_url(), "GET", "/v1/other", &[], b"").status, 200);
    assert_eq!(call(&cloud.gateway_url(), "GET", "/v1/link/a", &[], b"").status, 404);
    assert_eq!(cloud.gateway_status().deployments[0].statuses.get(&404), Some(&1));
    let error = ensure("no slash").unwrap_err();
    assert!(error.to_string().contains("producers") && error.problem.contains("no slash"), "{error}");
    let clash = cloud.ensure_deployment("another", "/v1", &[GatewayRoute::any("/", "f")]).unwrap_err();
    assert!(clash.problem.contains("/v1"), "{clash}");
}
