//! What a function and its client see of each other.

use crate::cloud::{cloud, cloud_with, head, last_request, tell};
use crate::function_peers::{id, last, peer};
use crate::gateway_client::call;
use emulator::{FunctionDefinition, GatewayRoute, Options};
use serde_json::json;

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
