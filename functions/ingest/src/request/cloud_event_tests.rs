use super::*;
use http::HeaderName;

const EVENT: &str = r#"{"specversion":"1.0","id":"A-1","source":"/ledger","type":"journal","subject":"K\u00e9","data":{"a": 1.0},"x":1}"#;

fn problem(text: &str) -> String {
    let refusal = CloudEvent::parse(text).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::InvalidEvent);
    refusal.message
}

fn headers(pairs: &[(&'static str, &'static [u8])]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap());
    }
    headers
}

const REQUIRED: [(&str, &[u8]); 4] =
    [("ce-specversion", b"1.0"), ("ce-id", b"A-1"), ("ce-source", b"/ledger"), ("ce-type", b"journal")];

#[test]
fn an_event_has_its_id_subject_and_data_unchanged() {
    let event = CloudEvent::parse(EVENT).unwrap();
    assert_eq!((&*event.id, event.subject.as_deref()), ("A-1", Some("Ké")));
    assert_eq!(event.data, Some(r#"{"a": 1.0}"#));
}

#[test]
fn an_event_without_a_required_attribute_is_refused() {
    for name in ["specversion", "id", "source", "type"] {
        let without = EVENT.replacen(&format!("\"{name}\""), "\"other\"", 1);
        assert!(problem(&without).contains(&format!("{name} is missing")), "{name}");
    }
    assert!(problem(&EVENT.replace("\"A-1\"", "\"\"")).contains("id is missing or empty"));
    assert!(problem(&EVENT.replace("\"A-1\"", "null")).contains("id is missing or empty"));
    assert!(problem(&EVENT.replace("\"A-1\"", "7")).contains("id is not a string"));
    assert!(problem(&EVENT.replace("\"1.0\"", "\"0.3\"")).contains("\"0.3\", not 1.0"));
    assert!(problem(&EVENT.replace("\"x\":1", "\"id\":\"B\"")).contains("id occurs twice"));
}

#[test]
fn data_occurs_at_most_once() {
    assert!(
        problem(&EVENT.replace("\"x\":1", "\"data_base64\":\"eA==\"")).contains("both data and data_base64")
    );
    let null = EVENT.replace("\"x\":1", "\"data_base64\":null");
    assert_eq!(CloudEvent::parse(&null).unwrap().data, Some(r#"{"a": 1.0}"#));
    for none in [EVENT.replace("\"data\"", "\"data_base64\""), EVENT.replace(r#"{"a": 1.0}"#, "null")] {
        assert_eq!(CloudEvent::parse(&none).unwrap().data, None);
    }
}

#[test]
fn an_event_in_headers_is_the_same_event() {
    let mut pairs = REQUIRED.to_vec();
    pairs.push(("ce-subject", b"K%C3%A9"));
    let headers = headers(&pairs);
    let event = CloudEvent::of_headers(&headers, r#"{"a": 1.0}"#).unwrap();
    assert_eq!(event, CloudEvent::parse(EVENT).unwrap());
}

#[test]
fn a_header_is_unquoted_and_then_percent_decoded() {
    for (value, subject) in [
        (&b"Euro%20%E2%82%AC%20%F0%9F%98%80"[..], "Euro € 😀"),
        (b"%e2%82%ac", "€"),
        (b"\"a \\\"b\\\\c\"", "a \"b\\c"),
        (b"100%", "100%"),
    ] {
        let mut pairs = REQUIRED.to_vec();
        pairs.push(("ce-subject", value));
        let headers = headers(&pairs);
        assert_eq!(CloudEvent::of_headers(&headers, "{}").unwrap().subject.as_deref(), Some(subject));
    }
}

#[test]
fn headers_that_are_not_an_event_say_why() {
    for missing in 0..REQUIRED.len() {
        let mut pairs = REQUIRED.to_vec();
        let (name, _) = pairs.remove(missing);
        let refusal = CloudEvent::of_headers(&headers(&pairs), "{}").unwrap_err();
        assert!(refusal.message.contains(&format!("{name} is missing")), "{}", refusal.message);
    }
    for (pair, problem) in
        [(("ce-id", &b"B"[..]), "ce-id occurs twice"), (("ce-subject", b"%C0%A0"), "ce-subject is not UTF-8")]
    {
        let mut pairs = REQUIRED.to_vec();
        pairs.push(pair);
        let refusal = CloudEvent::of_headers(&headers(&pairs), "{}").unwrap_err();
        assert!(refusal.message.contains(problem), "{}", refusal.message);
    }
}
