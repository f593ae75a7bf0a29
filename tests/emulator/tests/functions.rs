//! Tests the outcome of invocations: the agent's table of responses, row by row.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod function_peers;

use bytes::Bytes;
use common::Client;
use emulator::{
    Emulator, Failure, Fault, FunctionDefinition, Invocation, InvokeError, Options, Rule, Stream,
};
use function_peers::{about, call, cloud, id, last, peer, pid, state};
use serde_json::{Value, json};

fn failure(response: Result<emulator::InvokeResponse, InvokeError>) -> Failure {
    response.unwrap_err().failure
}

#[tokio::test(flavor = "multi_thread")]
async fn every_response_is_handled_as_the_agent_handles_it() {
    // Only the functions that are meant to be late have a short timeout.
    let hasty = FunctionDefinition { name: "hasty".to_owned(), timeout: 3, ..peer("link") };
    let cloud = cloud(vec![peer("link"), hasty]).await;
    let ok = "HTTP/1.1 200 OK\r\n";
    let rows = [
        (json!({ "status": 502 }), Failure::FunctionFailed, true),
        (json!({ "status": 504 }), Failure::TimedOut, true),
        (json!({ "status": 201 }), Failure::InvalidResponse, false),
        (json!({ "raw": "HTTP/1.1 204 None\r\n\r\n" }), Failure::InvalidResponse, false),
        (json!({ "status": 404 }), Failure::InvalidResponse, false),
        (json!({ "status": 500 }), Failure::InvalidResponse, false),
        (json!({ "status": 503 }), Failure::InvalidResponse, false),
        (json!({ "sleep": 1000 }), Failure::TimedOut, false),
        // The function is still working when the time is up.
        (json!({ "raw": format!("{ok}Content-Length: 9\r\n\r\nhalf") }), Failure::TimedOut, false),
        (json!({ "raw": "", "close": true }), Failure::Broken, false),
        (json!({ "exit": true }), Failure::Broken, false),
        (json!({ "raw": "garbage\r\n\r\n" }), Failure::Broken, false),
        (
            json!({ "raw": format!("{ok}Content-Length: 9\r\n\r\nhalf"), "close": true }),
            Failure::ShortBody,
            true,
        ),
        (json!({ "head": 11 << 20 }), Failure::HeaderTooLarge, false),
        (json!({ "large": (6 << 20) + 1 }), Failure::BodyTooLarge, true),
    ];
    for (told, expected, kept) in rows {
        let name = if expected == Failure::TimedOut && !kept { "hasty" } else { "link" };
        let before = pid(&about(&cloud, name).await);
        let error = call(&cloud, name, told.clone()).await.unwrap_err();
        assert_eq!(error.failure, expected, "{told}");
        let recent = last(&cloud);
        assert_eq!((recent.kept, recent.code), (Some(kept), Some(expected.code())), "{told}");
        assert_eq!((&recent.call_id, recent.status), (&error.call_id, expected.status().as_u16()));
        if !kept {
            function_peers::until(|| state(before).is_none()).await;
        }
        let after = pid(&about(&cloud, name).await);
        assert_eq!(after == before, kept, "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_framing_of_a_response_is_accepted() {
    let cloud = cloud(vec![peer("link")]).await;
    let first = pid(&about(&cloud, "link").await);
    for told in [
        json!({ "raw": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n" }),
        json!({ "raw": "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody", "close": true }),
        json!({ "raw": "HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nbody", "close": true }),
        json!({ "raw": "HTTP/1.1 200 OK\r\n\r\nbody", "close": true }),
        json!({ "raw": "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody" }),
    ] {
        let response = call(&cloud, "link", told.clone()).await.unwrap();
        assert_eq!(response.body, "body", "{told}");
        assert!(!response.headers.contains_key("transfer-encoding"), "{told}");
        assert!(!response.headers.contains_key("connection"), "{told}");
    }
    assert_eq!(pid(&about(&cloud, "link").await), first);
    let whole = call(&cloud, "link", json!({ "large": 6 << 20 })).await.unwrap();
    assert_eq!(whole.body.len(), 6 << 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn gzip_is_decompressed_for_callers_who_did_not_ask_for_it() {
    use std::io::Write;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"plain").unwrap();
    let packed = gzip.finish().unwrap();
    let text: String = packed.iter().map(|&byte| char::from(byte)).collect();
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", packed.len());
    let told = json!({ "raw": head + &text });
    let cloud = cloud(vec![peer("link")]).await;
    let response = call(&cloud, "link", told.clone()).await.unwrap();
    assert_eq!(
        (&response.body[..], response.headers.contains_key("content-encoding")),
        (&b"plain"[..], false)
    );
    let mut invocation = Invocation { body: Bytes::from(told.to_string()), ..Invocation::default() };
    invocation.headers.insert("accept-encoding", "gzip".parse().unwrap());
    let response = cloud.functions().invoke(&id(&cloud, "link"), invocation).await.unwrap();
    assert_eq!((&response.body[..], response.headers.contains_key("content-encoding")), (&packed[..], true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_gets_the_request_that_the_agent_sends() {
    let cloud = cloud(vec![peer("link")]).await;
    let mut invocation = Invocation {
        body: Bytes::from(vec![b' '; 100_000]),
        intent: Some("cloudevent".to_owned()),
        ..Invocation::default()
    };
    invocation.headers.insert("content-type", "application/json".parse().unwrap());
    invocation.headers.insert("content-length", "100000".parse().unwrap());
    let response = cloud.functions().invoke(&id(&cloud, "link"), invocation).await.unwrap();
    let told: Value = serde_json::from_slice(&response.body).unwrap();
    let head: Vec<&str> =
        told["head"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert_eq!(head[0], "POST /call HTTP/1.1");
    for line in [
        "Host: localhost",
        "Transfer-Encoding: chunked",
        "Content-Type: application/json",
        "Fn-Intent: cloudevent",
        "Fn-Invoke-Type: sync",
        &format!("Fn-Call-Id: {}", response.call_id),
    ] {
        assert!(head.contains(&line), "{line} in {head:?}");
    }
    assert!(!head.iter().any(|line| line.to_lowercase().starts_with("content-length")), "{head:?}");
    assert_eq!((&told["body"], &told["chunks"]), (&json!(100_000), &json!([32768, 32768, 32768, 1696])));
    assert_eq!(response.headers.get_all("x-own").iter().collect::<Vec<_>>(), ["a", "b"]);
    assert!(!response.headers.contains_key("keep-alive") && !response.headers.contains_key("content-length"));
    let empty = cloud.functions().invoke(&id(&cloud, "link"), Invocation::default()).await.unwrap();
    let told: Value = serde_json::from_slice(&empty.body).unwrap();
    assert!(told["head"].as_array().unwrap().contains(&json!("Content-Length: 0")), "{told}");
    assert!(!told["head"].as_array().unwrap().contains(&json!("Transfer-Encoding: chunked")), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_has_its_own_settings_and_none_of_the_emulators() {
    let mut application = emulator::ApplicationDefinition::new("books", Vec::new());
    for (name, value) in [("OF_BOTH", "application"), ("OF_APPLICATION", "1"), ("FN_MEMORY", "forged")] {
        application.config.insert(name.to_owned(), value.to_owned());
    }
    let function = peer("link").config("OF_BOTH", "function").config("LAKE", "lake");
    application.functions = vec![FunctionDefinition { memory: 256, ..function }];
    let cloud =
        Emulator::start(Options { functions: vec![application], ..Options::default() }).await.unwrap();
    let about = about(&cloud, "link").await;
    let environment = about["environment"].as_object().unwrap();
    let principal = cloud.folder().join("resource-principal");
    for (name, value) in [
        ("OF_BOTH", "function"),
        ("OF_APPLICATION", "1"),
        ("LAKE", "lake"),
        ("FN_MEMORY", "256"),
        ("FN_FORMAT", "http-stream"),
        ("FN_TYPE", "sync"),
        ("FN_FN_ID", &id(&cloud, "link")),
        ("FN_FN_NAME", "link"),
        ("FN_APP_NAME", "books"),
        ("OCI_OBJECT_STORAGE_ENDPOINT", cloud.url()),
        ("OCI_RESOURCE_PRINCIPAL_VERSION", "2.2"),
        ("OCI_RESOURCE_PRINCIPAL_REGION", "eu-frankfurt-1"),
        ("OCI_RESOURCE_PRINCIPAL_RPST", principal.join("rpst").to_str().unwrap()),
        ("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM", principal.join("private.pem").to_str().unwrap()),
    ] {
        assert_eq!(environment.get(name), Some(&json!(value)), "{name}");
    }
    assert!(environment["FN_APP_ID"].as_str().unwrap().starts_with("ocid1.fnapp.oc1.eu-frankfurt-1."));
    assert!(environment["FN_LISTENER"].as_str().unwrap().ends_with("/lsnr.sock"));
    assert!(!environment.keys().any(|name| name.starts_with("CARGO")), "{environment:?}");
    assert_eq!(about["folder"], "0o777");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_must_be_created_as_the_contract_requires() {
    let modes = ["link", "rename", "absolute", "file", "private", "exit", "never"];
    let cloud = cloud(modes.map(peer).to_vec()).await;
    for mode in ["link", "rename"] {
        about(&cloud, mode).await;
    }
    for mode in ["absolute", "file", "private", "exit"] {
        assert_eq!(failure(call(&cloud, mode, json!({})).await), Failure::InitFailed, "{mode}");
        assert_eq!((last(&cloud).kept, last(&cloud).cold), (None, true), "{mode}");
    }
    assert_eq!(failure(call(&cloud, "never", json!({})).await), Failure::InitTimedOut);
    let of_agent =
        |lines: Vec<emulator::LogLine>| lines.into_iter().find(|line| line.stream == Stream::Agent);
    let exit = id(&cloud, "exit");
    function_peers::until(|| of_agent(cloud.functions().log(&exit)).is_some()).await;
    let line = of_agent(cloud.functions().log(&exit)).unwrap();
    assert!(line.text.contains("exit status: 3"), "{line:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_output_of_a_function_is_kept_line_by_line() {
    let cloud = cloud(vec![peer("link")]).await;
    about(&cloud, "link").await;
    let function = id(&cloud, "link");
    function_peers::until(|| cloud.functions().log(&function).len() == 2).await;
    let lines = cloud.functions().log(&function);
    let text = |stream| lines.iter().find(|line| line.stream == stream).unwrap().text.as_str();
    assert_eq!(text(Stream::Stdout), "up");
    let whole: Value = serde_json::from_str(text(Stream::Stderr)).unwrap();
    assert_eq!(whole["pad"].as_str().map(str::len), Some(70_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_responds_in_the_services_words() {
    let cloud = cloud(vec![peer("link")]).await;
    let client = Client::api_key(cloud.url(), cloud.folder());
    let id = id(&cloud, "link");
    let target = format!("/20181201/functions/{id}/actions/invoke");
    let response = client.call("POST", &target, &[("fn-intent", "cloudevent")], b"{}");
    assert_eq!(response.status, 200);
    assert_eq!(response.headers["fn-call-id"], last(&cloud).call_id);
    assert_eq!(response.headers["content-type"], "text/plain; charset=utf-8");
    let head = response.document()["head"].to_string().to_lowercase();
    for name in [
        "oci-subject-id: ocid1.user.",
        "oci-subject-type: user",
        "opc-request-id: ",
        "fn-intent: cloudevent",
        "x-content-sha256: ",
    ] {
        assert!(head.contains(name), "{name} in {head}");
    }
    assert!(!head.contains("authorization:"), "{head}");
    for (told, status, code) in [
        (json!({ "status": 502 }), 502, "FunctionInvokeExecutionFailed"),
        (json!({ "status": 504 }), 504, "FunctionInvokeTimeout"),
        (json!({ "status": 500 }), 502, "FunctionInvokeInvalidResponse"),
        (json!({ "exit": true }), 502, "FunctionInvokeExecutionError"),
    ] {
        let response = client.json("POST", &target, &told);
        assert_eq!((response.status, response.code().as_str()), (status, code), "{told}");
        assert_eq!(response.headers["fn-call-id"], last(&cloud).call_id, "{told}");
    }
    let large = client.call("POST", &target, &[], &vec![b' '; (6 << 20) + 1]);
    assert_eq!((large.status, large.code().as_str()), (413, "FunctionInvokeRequestContentTooLarge"));
    let most = client.call("POST", &target, &[], &vec![b' '; 6 << 20]);
    assert_eq!((most.status, &most.document()["body"]), (200, &json!(6 << 20)));
    let unknown = client.call("POST", "/20181201/functions/ocid1.fnfunc.x/actions/invoke", &[], b"");
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "NotAuthorizedOrNotFound"));
    let mut unsigned = client.request("POST", &target, &[], b"{}");
    unsigned.set("authorization", "Signature none");
    assert_eq!(client.exchange(&unsigned).unwrap().status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_kills_the_process_in_the_middle_of_a_call() {
    let cloud = cloud(vec![peer("link")]).await;
    let before = pid(&about(&cloud, "link").await);
    let text = r#"[{"operation":"CallFunction","bucket":"books","object":"link","first":1,"fault":{"kill_function":{"after_milliseconds":100}}}]"#;
    cloud.faults().set(serde_json::from_str(text).unwrap());
    assert_eq!(failure(call(&cloud, "link", json!({ "sleep": 1000 })).await), Failure::Broken);
    assert_eq!(last(&cloud).kept, Some(false));
    function_peers::until(|| state(before).is_none()).await;
    assert_ne!(pid(&about(&cloud, "link").await), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_hits_an_invocation_before_or_after_it() {
    let cloud = cloud(vec![peer("link")]).await;
    let client = Client::api_key(cloud.url(), cloud.folder());
    let target = format!("/20181201/functions/{}/actions/invoke", id(&cloud, "link"));
    cloud.faults().set(vec![Rule::new("InvokeFunction", Fault::ResetBefore)]);
    client.send("POST", &target, &[], b"{}").unwrap_err();
    assert!(cloud.functions().recent().is_empty());
    cloud.faults().set(vec![Rule::new("InvokeFunction", Fault::ResetAfter)]);
    client.send("POST", &target, &[], b"{}").unwrap_err();
    assert_eq!(last(&cloud).status, 200);
    let rule = r#"{"operation":"InvokeFunction","fault":{"throttle":{}}}"#;
    cloud.faults().set(vec![serde_json::from_str(rule).unwrap()]);
    assert_eq!(client.call("POST", &target, &[], b"{}").status, 429);
}
