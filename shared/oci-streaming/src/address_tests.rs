//! Compares requests with those that Oracle's Python SDK made and signed.

use super::*;
use futures::FutureExt;
use http_body_util::BodyExt;
use oci_requests::{Credentials, PrivateKey};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

const VECTORS: &str = include_str!("../../oci-requests/tests/fixtures/signing_vectors.json");

#[derive(Deserialize)]
struct Vectors {
    private_key_pkcs8_pem: String,
    tenancy: String,
    user: String,
    fingerprint_md5_of_spki_der: String,
    fixed_date: String,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    method: String,
    url: String,
    body_utf8: Option<String>,
    headers: BTreeMap<String, String>,
    authorization: String,
}

/// Returns a request as the vectors' user would send it on the vectors' date.
fn sent(request: &Request) -> (http::Request<Body>, Vec<u8>) {
    let vectors: Vectors = serde_json::from_str(VECTORS).unwrap();
    let key = PrivateKey::from_pem(&vectors.private_key_pkcs8_pem, None).unwrap();
    let fingerprint = &vectors.fingerprint_md5_of_spki_der;
    let credentials = Credentials::api_key(&vectors.tenancy, &vectors.user, fingerprint, key);
    let date = cloud_transport::parse_http_date(&vectors.fixed_date).unwrap();
    let mut sent = request.sign(&credentials, date).unwrap();
    let body = sent.body_mut().collect().now_or_never().unwrap().unwrap().to_bytes();
    (sent, body.into())
}

fn vector(name: &str) -> Vector {
    let vectors: Vectors = serde_json::from_str(VECTORS).unwrap();
    vectors.vectors.into_iter().find(|vector| vector.name == name).unwrap()
}

fn address() -> Address {
    let endpoint = "https://cell-1.streaming.eu-frankfurt-1.oci.oraclecloud.com".parse().unwrap();
    Address::new("ocid1.stream.oc1.eu-frankfurt-1.aaaatestvectorstream".into(), endpoint)
}

/// Compares everything except the blanks in the SDK's JSON and the values computed from it.
fn check_except_blanks(request: &Request, vector: &Vector) {
    let (sent, body) = sent(request);
    assert_eq!(
        (sent.method().as_str(), sent.uri().to_string().as_str()),
        (vector.method.as_str(), vector.url.as_str())
    );
    for name in ["host", "date"] {
        assert_eq!(sent.headers()[name], vector.headers[name].as_str(), "{name}");
    }
    let Some(text) = &vector.body_utf8 else {
        assert!(body.is_empty());
        return;
    };
    let document: Value = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), document);
    assert_eq!(body.len(), text.replace(' ', "").len(), "there are no blanks");
    assert_eq!(sent.headers()["content-type"], "application/json");
    assert_eq!(sent.headers()["content-length"], body.len().to_string().as_str());
    let signed = |authorization: &str| authorization.split(',').nth(1).unwrap().to_owned();
    let authorization = sent.headers()["authorization"].to_str().unwrap();
    assert_eq!(signed(authorization), signed(&vector.authorization), "the same headers are signed");
}

fn check(request: &Request, vector: &Vector) {
    check_except_blanks(request, vector);
    assert_eq!(sent(request).0.headers()["authorization"], vector.authorization.as_str());
}

#[test]
fn put_messages_is_signed_without_its_body() {
    let messages = PutMessages::new([(Some(&b"k1"[..]), &b"v1"[..])]);
    let request = address().put_messages(&messages);
    check(&request, &vector("put_messages_body_not_signed"));
    let (sent, body) = sent(&request);
    assert_eq!(body, br#"{"messages":[{"key":"azE=","value":"djE="}]}"#);
    assert!(!sent.headers().contains_key("x-content-sha256"));
}

#[test]
fn get_messages_encodes_its_cursor_once_and_signs_it_encoded() {
    let cursor = Cursor::from("eyJjdXJzb3JUeXBlIjoicGFydGl0aW9uIn0=".to_owned());
    check(&address().get_messages(&cursor, Some(100)), &vector("get_messages_cursor"));
    let target = address().get_messages(&cursor, None).target().to_owned();
    assert!(target.ends_with("/messages?cursor=eyJjdXJzb3JUeXBlIjoicGFydGl0aW9uIn0%3D"), "{target}");
}

#[test]
fn a_commit_signs_its_empty_body() {
    let cursor = Cursor::from("abc".to_owned());
    check(&address().consumer_commit(&cursor), &vector("post_empty_body"));
    let heartbeat = address().consumer_heartbeat(&cursor);
    assert!(heartbeat.target().ends_with("/heartbeat?cursor=abc"));
    assert_eq!(sent(&heartbeat).0.headers()["content-length"], "0");
}

#[test]
fn documents_are_those_of_the_sdk_without_its_blanks() {
    let create = address().create_cursor("0", &CursorType::TrimHorizon);
    check_except_blanks(&create, &vector("post_json_create_cursor"));
    let update = address().update_group("g1", &GroupCursorType::TrimHorizon);
    check_except_blanks(&update, &vector("put_json_update_group"));
}

#[test]
fn cursors_of_every_type_have_their_parameters() {
    let time = || "2024-03-05T10:20:30Z".to_owned();
    for (kind, body) in [
        (CursorType::AfterOffset(7), r#"{"partition":"3","type":"AFTER_OFFSET","offset":7}"#),
        (CursorType::AtOffset(0), r#"{"partition":"3","type":"AT_OFFSET","offset":0}"#),
        (CursorType::AtTime(time()), r#"{"partition":"3","type":"AT_TIME","time":"2024-03-05T10:20:30Z"}"#),
        (CursorType::Latest, r#"{"partition":"3","type":"LATEST"}"#),
        (CursorType::TrimHorizon, r#"{"partition":"3","type":"TRIM_HORIZON"}"#),
    ] {
        let (_, sent) = sent(&address().create_cursor("3", &kind));
        assert_eq!(String::from_utf8(sent).unwrap(), body);
    }
    let member = GroupMember::new("g", GroupCursorType::AtTime(time()));
    let (_, plain) = sent(&address().create_group_cursor(&member));
    let body = r#"{"type":"AT_TIME","time":"2024-03-05T10:20:30Z","groupName":"g"}"#;
    assert_eq!(String::from_utf8(plain).unwrap(), body);
    let member = GroupMember::new("g", GroupCursorType::Latest).instance("i").commit_on_get(false);
    let (_, full) =
        sent(&address().create_group_cursor(&member.timeout(std::time::Duration::from_millis(1500))));
    let body =
        r#"{"type":"LATEST","groupName":"g","instanceName":"i","timeoutInMs":1500,"commitOnGet":false}"#;
    assert_eq!(String::from_utf8(full).unwrap(), body);
}

#[test]
fn names_are_encoded_in_paths() {
    let target = address().get_group("a/b c").target().to_owned();
    assert!(target.ends_with("/groups/a%2Fb%20c"), "{target}");
}
