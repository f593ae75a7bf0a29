use crate::served::Served;
use bytes::Bytes;
use fn_kit::{Failure, Intent, Invocation, InvokeType, Response};

/// Returns the request that arrived, one item per line.
async fn tell(invocation: Invocation) -> Result<Response, Failure> {
    let request = invocation.into_http_request()?;
    let mut text = format!("{} {}\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        text.push_str(&format!("{name}: {}\n", value.to_str()?));
    }
    let (_, body) = request.into_parts();
    text.push_str(std::str::from_utf8(&body.bytes(100).await?)?);
    Ok(Response::http(
        http::Response::builder()
            .status(418)
            .header("Set-Cookie", "a=1")
            .header("Content-Type", "text/teapot")
            .header("Set-Cookie", "b=2")
            .header("Connection", "close")
            .header("Content-Length", "7")
            .header("Transfer-Encoding", "chunked")
            .header("Fn-Call-Id", "mine")
            .header("X-One", "1")
            .body(Bytes::from(text))?,
    ))
}

#[tokio::test]
async fn requests_and_responses_of_a_gateway_keep_repeated_headers_in_order() {
    let served = Served::new(tell).await;
    let mut client = served.connect().await;
    let headers = "Fn-Intent: httprequest\r\nFn-Http-Method: PATCH\r\nFn-Http-Request-Url: /v1/things?a=1&b=%20\r\n\
                   Fn-Http-H-Host: gateway\r\nFn-Http-H-Accept: text/plain\r\nFn-Http-H-X-Forwarded-For: 1.2.3.4\r\n\
                   Fn-Http-H-Accept: text/html\r\nContent-Type: text/plain\r\nFn-Http-H-Content-Length: 4\r\n\
                   Authorization: the agent's\r\nX-Plain: dropped\r\nFn-Http-H-: nameless\r\n";
    let reply = client.call(headers, b"tea?").await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let mut lines: Vec<&str> = reply.text().lines().collect();
    assert_eq!(lines.remove(0), "PATCH /v1/things?a=1&b=%20");
    assert_eq!(lines.pop(), Some("tea?"));
    lines.sort_by_key(|line| line.split(':').next().map(ToOwned::to_owned));
    let expected = [
        "accept: text/plain",
        "accept: text/html",
        "content-length: 4",
        "content-type: text/plain",
        "host: gateway",
        "x-forwarded-for: 1.2.3.4",
    ];
    assert_eq!(lines, expected);

    assert_eq!(reply.header("fn-http-status"), Some("418"));
    assert_eq!(reply.header("content-type"), Some("text/teapot"));
    let cookies: Vec<_> = reply.headers.get_all("fn-http-h-set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
    assert_eq!(reply.header("fn-http-h-x-one"), Some("1"));
    assert_eq!(reply.header("content-length"), Some(reply.body.len().to_string().as_str()));
    for name in [
        "set-cookie",
        "connection",
        "fn-http-h-connection",
        "fn-http-h-content-length",
        "fn-call-id",
        "fn-http-h-fn-call-id",
    ] {
        assert_eq!(reply.header(name), None, "{name}");
    }
    assert_eq!(
        client.call(headers, b"").await.status,
        200,
        "the answer's `connection: close` was not the connection's"
    );
}

#[tokio::test]
async fn a_whole_url_as_the_open_source_server_sends_it_is_parsed() {
    let served = Served::new(tell).await;
    let headers = "Fn-Intent: httprequest\r\nFn-Http-Method: GET\r\nFn-Http-Request-Url: http://localhost:8080/t/app/x?a=b\r\n";
    let reply = served.connect().await.call(headers, b"").await;
    assert_eq!(reply.text().lines().next(), Some("GET http://localhost:8080/t/app/x?a=b"));
}

#[tokio::test]
async fn a_call_without_a_gateway_has_no_request() {
    let served = Served::new(tell).await;
    let mut client = served.connect().await;
    for headers in [
        "",
        "Fn-Intent: cloudevent\r\nFn-Http-Method: GET\r\nFn-Http-Request-Url: /\r\n",
        "Fn-Intent: httprequest\r\nFn-Http-Request-Url: /\r\n",
        "Fn-Intent: httprequest\r\nFn-Http-Method: GET\r\n",
        "Fn-Intent: httprequest\r\nFn-Http-Method: G T\r\nFn-Http-Request-Url: /\r\n",
        "Fn-Intent: httprequest\r\nFn-Http-Method: GET\r\nFn-Http-Request-Url: a b\r\n",
    ] {
        assert_eq!(client.call(headers, b"x").await.status, 502, "{headers}");
    }
}

#[tokio::test]
async fn plain_responses_to_a_gateway_get_its_prefix() {
    let served = Served::new(|_: Invocation| async {
        Ok(Response::text("hi").with_header(http::header::ETAG, http::HeaderValue::from_static("\"1\"")))
    })
    .await;
    let mut client = served.connect().await;
    let reply = client.call("Fn-Intent: httprequest\r\n", b"").await;
    assert_eq!((reply.header("fn-http-h-etag"), reply.header("etag")), (Some("\"1\""), None));
    assert_eq!(reply.header("fn-http-status"), Some("200"));
    let reply = client.call("", b"").await;
    assert_eq!((reply.header("fn-http-h-etag"), reply.header("etag")), (None, Some("\"1\"")));
    assert_eq!(reply.header("fn-http-status"), None);
}

#[tokio::test]
async fn a_call_can_be_asked_for_its_properties() {
    let served = Served::new(|invocation: Invocation| async move {
        assert_eq!(invocation.call_id(), "01CALL");
        assert_eq!(invocation.opc_request_id(), Some("/A/B"));
        assert_eq!(invocation.intent(), Intent::CloudEvent);
        assert_eq!(invocation.invoke_type(), InvokeType::Detached);
        assert_eq!(invocation.content_type(), Some("application/json"));
        assert_eq!(invocation.trace().trace_id.as_deref(), Some("abc"));
        assert!(!invocation.trace().sampled, "tracing is off");
        Ok(Response::empty())
    })
    .await;
    let headers = "opc-request-id: /A/B\r\nFn-Intent: cloudevent\r\nFn-Invoke-Type: detached\r\nContent-Type: application/json\r\n\
                   X-B3-TraceId: abc\r\n";
    let reply = served.connect().await.call(headers, b"{}").await;
    assert_eq!((reply.status, reply.header("content-type")), (200, None));
}
