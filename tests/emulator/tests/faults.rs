//! Tests injected faults from the client's side.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;

use common::Client;
use emulator::{Emulator, Fault, Options, Rule};
use serde_json::json;

const OBJECT: &str = "/n/bronzeworks/b/lake/o/a";

async fn cloud() -> (Emulator, Client) {
    let cloud = Emulator::start(Options::default()).await.unwrap();
    let client = Client::api_key(cloud.url(), cloud.folder());
    (cloud, client)
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_in_the_services_place_have_its_codes_and_no_effect() {
    let (cloud, client) = cloud().await;
    for (fault, status, code, retry_after) in [
        (Fault::Throttle { retry_after_seconds: Some(3) }, 429, "TooManyRequests", Some("3")),
        (Fault::Throttle { retry_after_seconds: None }, 429, "TooManyRequests", None),
        (Fault::InternalError, 500, "InternalServerError", None),
        (Fault::Unavailable { retry_after_seconds: Some(1) }, 503, "ServiceUnavailable", Some("1")),
        (Fault::ExpiredToken, 401, "NotAuthenticated", None),
        (Fault::FalseNotFound, 404, "BucketNotFound", None),
        (Fault::ClockSkew { seconds: 301 }, 401, "NotAuthenticated", None),
        (Fault::ClockSkew { seconds: -302 }, 401, "NotAuthenticated", None),
    ] {
        cloud.faults().set(vec![Rule::new("PutObject", fault.clone())]);
        let response = client.call("PUT", OBJECT, &[], b"body");
        assert_eq!((response.status, response.code().as_str()), (status, code), "{fault:?}");
        assert_eq!(response.headers.get("retry-after").map(String::as_str), retry_after, "{fault:?}");
        assert_eq!(cloud.requests().pop().unwrap().fault.as_deref(), Some(fault.name()));
        assert_eq!(client.call("GET", OBJECT, &[], b"").status, 404, "{fault:?}");
    }
    cloud.faults().set(vec![Rule::new("PutObject", Fault::BadGateway)]);
    let response = client.call("PUT", OBJECT, &[], b"body");
    assert_eq!((response.status, response.headers["content-type"].as_str()), (502, "text/html"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_false_not_found_has_the_code_of_its_service() {
    let (cloud, client) = cloud().await;
    cloud.faults().set(vec![Rule::new("*", Fault::FalseNotFound)]);
    for (path, code) in [
        ("/n/bronzeworks/b/lake", "BucketNotFound"),
        ("/20180418/streams/ocid1.stream", "NotAuthorizedOrNotFound"),
        ("/20200909/serviceConnectors/ocid1.connector", "NotAuthorizedOrNotFound"),
        ("/20181201/rules/ocid1.rule", "NotAuthorizedOrNotFound"),
        ("/20190501/gateways/ocid1.gateway", "NotAuthorizedOrNotFound"),
        ("/20181201/functions/ocid1.function", "NotAuthorizedOrNotFound"),
        ("/opc/v2/instance/", "NotFound"),
    ] {
        let response = client.call("GET", path, &[], b"");
        assert_eq!((response.status, response.code().as_str()), (404, code), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_is_at_most_a_hundred_years_off() {
    let (cloud, client) = cloud().await;
    let rule = |seconds: i64| {
        json!({ "operation": "GetObject", "fault": { "clock_skew": { "seconds": seconds } } }).to_string()
    };
    for seconds in [i64::MIN, i64::MAX, 4_000_000_000] {
        let response = client.call("PUT", "/_emulator/faults", &[], rule(seconds).as_bytes());
        assert_eq!(response.status, 400, "{response:?}");
        assert!(
            response.document()["message"].as_str().unwrap().contains("more than 100 years"),
            "{response:?}"
        );
    }
    assert_eq!(client.call("PUT", "/_emulator/faults", &[], rule(-3_000_000_000).as_bytes()).status, 204);
    assert_eq!(client.call("GET", OBJECT, &[], b"").status, 401);
    // Rules that are set from this process skip the check for rules in JSON.
    for seconds in [i64::MIN, i64::MAX] {
        cloud.faults().set(vec![Rule::new("GetObject", Fault::ClockSkew { seconds })]);
        assert_eq!(client.call("GET", OBJECT, &[], b"").status, 401, "{seconds}");
    }
    for seconds in ["1e18", "3200000000", "-1", "NaN", "inf"] {
        let path = format!("/_emulator/streaming-clock/advance?seconds={seconds}");
        assert_eq!(client.call("POST", &path, &[], b"").status, 400, "{seconds}");
    }
    assert_eq!(client.call("GET", "/_emulator/streams", &[], b"").status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_before_has_no_effect_and_one_after_has() {
    let (cloud, client) = cloud().await;
    cloud.faults().set(vec![Rule::new("PutObject", Fault::ResetBefore)]);
    client.send("PUT", OBJECT, &[], b"body").unwrap_err();
    assert_eq!(client.call("GET", OBJECT, &[], b"").status, 404);
    cloud.faults().set(vec![Rule::new("PutObject", Fault::ResetAfter)]);
    client.send("PUT", OBJECT, &[], b"body").unwrap_err();
    assert_eq!(client.call("GET", OBJECT, &[], b"").body, b"body");
    let reset: Vec<_> = cloud.requests().into_iter().filter(|request| request.method == "PUT").collect();
    assert_eq!(reset.len(), 2);
    assert!(reset.iter().all(|request| request.status.is_none() && request.target == OBJECT));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_body_ends_before_its_length() {
    let (cloud, client) = cloud().await;
    client.call("PUT", OBJECT, &[], &[7; 100_000]);
    cloud.faults().set(vec![Rule::new("GetObject", Fault::TruncatedBody { after_bytes: 99_999 }).first(1)]);
    client.send("GET", OBJECT, &[], b"").unwrap_err();
    assert_eq!(client.call("GET", OBJECT, &[], b"").body, [7; 100_000]);
    cloud.faults().set(vec![Rule::new("GetObject", Fault::SlowBody { bytes_per_second: 500_000 })]);
    assert_eq!(client.call("GET", OBJECT, &[], b"").body, [7; 100_000]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_held_its_body_back_learns_that_the_connection_closes() {
    let (_cloud, client) = cloud().await;
    let mut stream = TcpStream::connect(&client.authority).unwrap();
    let head =
        format!("PUT {OBJECT} HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(
        response.starts_with("HTTP/1.1 401") && response.contains("\r\nconnection: close\r\n"),
        "{response}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_hits_the_same_requests() {
    let run = async |seed| {
        let rules = vec![Rule::new("PutObject", Fault::InternalError).object("a*").probability(0.5)];
        let options = Options { seed, faults: rules, ..Options::default() };
        let cloud = Emulator::start(options).await.unwrap();
        let client = Client::api_key(cloud.url(), cloud.folder());
        (0..40).map(|_| client.call("PUT", OBJECT, &[], b"body").status).collect::<Vec<u16>>()
    };
    let (first, again, other) = (run(5).await, run(5).await, run(6).await);
    assert_eq!(first, again);
    assert_ne!(first, other);
}

#[tokio::test(flavor = "multi_thread")]
async fn tests_in_other_languages_use_the_control_api() {
    let (cloud, client) = cloud().await;
    let control = |method, path: &str, body: &[u8]| {
        let request = client.request(method, &format!("/_emulator/{path}"), &[], body);
        client.exchange(&request).unwrap()
    };
    assert_eq!(control("GET", "health", b"").document(), json!({ "status": "UP" }));
    let rules = json!([{ "operation": "GetNamespace", "first": 1, "fault": { "throttle": { "retry_after_seconds": 2 } } }]);
    assert_eq!(control("PUT", "faults", rules.to_string().as_bytes()).status, 204);
    assert_eq!(control("GET", "faults", b"").document(), rules);
    assert_eq!(client.call("GET", "/n", &[], b"").status, 429);
    assert_eq!(client.call("GET", "/n", &[], b"").status, 200);
    let requests = control("GET", "requests", b"").document();
    assert_eq!((&requests[0]["fault"], &requests[0]["status"]), (&json!("throttle"), &json!(429)));
    assert_eq!((&requests[1]["operation"], &requests[1]["target"]), (&json!("GetNamespace"), &json!("/n")));
    assert_eq!(control("DELETE", "requests", b"").status, 204);
    assert!(cloud.requests().is_empty());
    assert_eq!(control("PUT", "faults", b"[{}]").status, 400);
    assert_eq!(control("DELETE", "faults", b"").status, 204);
    let old = Client::resource_principal(cloud.url(), cloud.folder());
    assert_eq!(control("POST", "resource-principal/rotate?lifetime=60", b"").status, 204);
    assert_eq!(old.call("GET", "/n", &[], b"").status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_can_never_fire_is_rejected_and_the_rules_in_force_stay() {
    let (cloud, client) = cloud().await;
    let good = Rule::new("PutObject", Fault::InternalError);
    cloud.faults().set(vec![good.clone()]);
    for (rule, told) in [
        (json!({ "operation": "GetNamespace", "fault": "lose" }), "lose can never hit GetNamespace"),
        (json!({ "operation": "PutObjekt", "fault": "reset_after" }), "did you mean PutObject?"),
        (
            json!({ "operation": "PutMessages", "bucket": "lake", "fault": "internal_error" }),
            "have no bucket",
        ),
        (
            json!({ "operation": "PutObject", "first": 0, "fault": "internal_error" }),
            "first must be at least 1",
        ),
    ] {
        let response = client.call("PUT", "/_emulator/faults", &[], rule.to_string().as_bytes());
        assert_eq!(response.status, 400, "{rule}");
        let message = response.document()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(told), "{message}");
    }
    assert_eq!(cloud.faults().rules(), [good]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_for_all_operations_counts_only_those_that_it_can_hit() {
    let (cloud, client) = cloud().await;
    client.call("PUT", OBJECT, &[], b"body");
    cloud.faults().set(vec![Rule::new("*", Fault::GarbageAnswer).first(1)]);
    client.call("HEAD", OBJECT, &[], b"");
    assert_eq!(client.call("GET", OBJECT, &[], b"").body, b"<garbage/>");
    let struck: Vec<_> = cloud.requests().into_iter().filter_map(|request| request.fault).collect();
    assert_eq!(struck, ["garbage_answer"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emulator_does_not_start_with_a_rule_that_can_never_fire() {
    let options = Options { faults: vec![Rule::new("GetNamespace", Fault::Lose)], ..Options::default() };
    let error = Emulator::start(options).await.unwrap_err().to_string();
    assert!(error.contains("lose can never hit GetNamespace"), "{error}");
}
