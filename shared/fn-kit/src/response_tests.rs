#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use http_body_util::BodyExt;
use proptest::prelude::*;

fn header() -> impl Strategy<Value = (HeaderName, HeaderValue)> {
    let known = [
        "connection",
        "content-length",
        "transfer-encoding",
        "fn-call-id",
        "fn-http-status",
        "fn-http-h-te",
        "set-cookie",
        "content-type",
    ];
    let name = prop_oneof![
        proptest::sample::select(known.to_vec()).prop_map(ToOwned::to_owned),
        "[a-z0-9!#$%&'*+.^_`|~-]{1,20}",
    ];
    (name, proptest::collection::vec(prop_oneof![32..=126u8, 128..=255u8], 0..20)).prop_map(
        |(name, value)| (HeaderName::try_from(name).unwrap(), HeaderValue::from_bytes(&value).unwrap()),
    )
}

/// Generates any result of a function.
fn answer() -> impl Strategy<Value = Result<Response, Failure>> {
    let response = (
        100..1000u16,
        proptest::collection::vec(header(), 0..8),
        proptest::collection::vec(any::<u8>(), 0..40),
        0..4,
    );
    let response = response.prop_map(|(status, headers, body, form)| {
        let response = match form {
            0 => Response::empty(),
            1 => Response::json(&body).unwrap(),
            2 => Response::bytes(&String::from_utf8_lossy(&body.clone()), body),
            _ => Response::http(http::Response::builder().status(status).body(body.into()).unwrap()),
        };
        Ok(headers.into_iter().fold(response, |response, (name, value)| response.with_header(name, value)))
    });
    let failure = (any::<String>(), any::<bool>(), any::<bool>()).prop_map(|(text, timeout, body)| {
        let failure = if timeout { Failure::timeout() } else { Failure::new(text) };
        Err(if body { failure.with_body(&serde_json::json!([1])) } else { failure })
    });
    prop_oneof![3 => response, 1 => failure]
}

fn intents() -> impl Strategy<Value = Intent> {
    proptest::sample::select(vec![Intent::HttpRequest, Intent::CloudEvent, Intent::Other])
}

proptest! {
    #[test]
    fn only_three_statuses_are_sent_and_no_header_that_confuses_the_agent(answer in answer(), intent in intents()) {
        let succeeded = answer.is_ok();
        let response = render(answer, intent);
        prop_assert!(matches!(response.status().as_u16(), 200 | 502 | 504));
        prop_assert_eq!(response.status() == 200, succeeded);
        for name in response.headers().keys() {
            prop_assert!(!gateway::is_never_sent(name), "{}", name);
            if intent == Intent::HttpRequest {
                let kept = name == CONTENT_TYPE || name.as_str().starts_with("fn-http-") || name.as_str().starts_with("fn-fdk-");
                prop_assert!(kept, "a gateway would drop {}", name);
            }
        }
        prop_assert!(response.headers().get_all(CONTENT_TYPE).iter().count() <= 1);
        prop_assert!(response.headers().get_all("fn-http-status").iter().count() <= 1 || intent == Intent::Other || intent == Intent::CloudEvent);
        if !succeeded {
            prop_assert_eq!(&response.headers()[CONTENT_TYPE], "application/json");
        }
    }
}

async fn text(response: http::Response<Full<Bytes>>) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test]
async fn each_constructor_sets_its_type_and_its_bytes() {
    let json = render(Response::json(&serde_json::json!({"a": [1]})), Intent::Other);
    assert_eq!(json.headers()[CONTENT_TYPE], "application/json");
    assert_eq!(text(json).await, r#"{"a":[1]}"#);
    let plain = render(Ok(Response::text("é")), Intent::Other);
    assert_eq!(plain.headers()[CONTENT_TYPE], "text/plain; charset=utf-8");
    assert_eq!(text(plain).await, "é");
    let odd = render(Ok(Response::bytes("a/b\r\nx: y", "z")), Intent::Other);
    assert_eq!(odd.headers()[CONTENT_TYPE], "application/octet-stream");
    let empty = render(Ok(Response::empty()), Intent::Other);
    assert_eq!(empty.headers().get(CONTENT_TYPE), None);
}

#[test]
fn a_value_that_cannot_be_json_is_a_failure() {
    let map = std::collections::HashMap::from([((1, 2), 3)]);
    assert_eq!(Response::json(&map).unwrap_err().message(), "key must be a string");
}

#[test]
fn a_custom_type_replaces_the_default() {
    let response =
        Response::text("{}").with_header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    assert_eq!(render(Ok(response), Intent::Other).headers()[CONTENT_TYPE], "application/json");
}
