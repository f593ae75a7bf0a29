use super::*;
use http::Request;

fn head(uri: &str, headers: &[(&str, &[u8])]) -> Parts {
    let mut request = Request::post(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn key(
    rules: &str,
    head: &Parts,
    record: &str,
    subject: Option<&str>,
) -> Result<Option<Bytes>, &'static str> {
    let rules = KeyRules::parse(rules).unwrap();
    let body = Bytes::copy_from_slice(record.as_bytes());
    let text = str::from_utf8(&body).unwrap();
    rules.of_request(head, 8).of_record(&body, text, subject).map_err(|refusal| refusal.code.code())
}

fn some(key: &'static str) -> Result<Option<Bytes>, &'static str> {
    Ok(Some(Bytes::from_static(key.as_bytes())))
}

#[test]
fn a_header_is_the_key_of_every_record() {
    let head = head("/", &[("X-Key", b" A315 "), ("X-Twice", b"1"), ("X-Twice", b"1"), ("X-Empty", b"")]);
    assert_eq!(key("header:X-Key", &head, "{}", None), some("A315"));
    assert_eq!(key("header:x-twice", &head, "{}", None), Err("key_ambiguous"));
    assert_eq!(key("header:X-Empty", &head, "{}", None), Err("key_missing"));
    assert_eq!(key("header:X-Other", &head, "{}", None), Err("key_missing"));
}

#[test]
fn a_headers_bytes_need_not_be_text() {
    let head = head("/", &[("X-Key", b"\xfe\xff")]);
    assert_eq!(key("header:X-Key", &head, "{}", None), Ok(Some(Bytes::from_static(b"\xfe\xff"))));
}

#[test]
fn a_parameter_is_form_decoded() {
    let head = head("/v1/x?a=1&key=K%2F+%C3%A9&b&twice=1&twice=2&%6eame=v", &[]);
    assert_eq!(key("query:key", &head, "{}", None), some("K/ é"));
    assert_eq!(key("query:name", &head, "{}", None), some("v"));
    assert_eq!(key("query:twice", &head, "{}", None), Err("key_ambiguous"));
    assert_eq!(key("query:b", &head, "{}", None), Err("key_missing"));
    assert_eq!(key("query:b,none", &head, "{}", None), Ok(None));
}

#[test]
fn a_fields_text_or_digits_are_the_key() {
    let head = head("/", &[]);
    let pointed = |record| key("pointer:/a/b", &head, record, None);
    assert_eq!(pointed(r#"{"a":{"b":"K1"}}"#), some("K1"));
    assert_eq!(pointed(r#"{"a":{"b":"\u004b\n"}}"#), some("K\n"));
    assert_eq!(pointed(r#"{"a":{"b":-1.50}}"#), some("-1.50"));
    assert_eq!(pointed(r#"{"a":{"b":true}}"#), Err("key_bad_type"));
    assert_eq!(pointed(r#"{"a":{"b":{}}}"#), Err("key_bad_type"));
    assert_eq!(pointed(r#"{"a":{"b":[1]}}"#), Err("key_bad_type"));
    assert_eq!(pointed(r#"{"a":{"b":null}}"#), Err("key_missing"));
    assert_eq!(pointed(r#"{"a":{"b":""}}"#), Err("key_missing"));
    assert_eq!(pointed(r#"{"a":7}"#), Err("key_missing"));
    assert_eq!(pointed(r#"{"a":{"b":1,"b":2}}"#), Err("key_ambiguous"));
}

#[test]
fn a_key_is_a_slice_of_the_body_if_possible() {
    let body = Bytes::from_static(br#"{"a":"K1"}"#);
    let rules = KeyRules::parse("pointer:/a").unwrap();
    let head = head("/", &[]);
    let key = rules.of_request(&head, 8).of_record(&body, str::from_utf8(&body).unwrap(), None);
    assert_eq!(key.unwrap().unwrap().as_ptr(), body[6..].as_ptr());
}

#[test]
fn a_key_at_the_limit_passes_and_one_byte_more_does_not() {
    let head = head("/", &[]);
    assert_eq!(key("pointer:/a", &head, r#"{"a":"12345678"}"#, None), some("12345678"));
    assert_eq!(key("pointer:/a", &head, r#"{"a":"123456789"}"#, None), Err("key_too_long"));
    // Once a rule finds something, later rules are not tried.
    assert_eq!(key("pointer:/a,none", &head, r#"{"a":"123456789"}"#, None), Err("key_too_long"));
    assert_eq!(key("pointer:/a,none", &head, r#"{"a":false}"#, None), Err("key_bad_type"));
}

#[test]
fn rules_are_tried_in_order() {
    let head = head("/?key=Q", &[]);
    let rules = "pointer:/a, query:key,subject";
    assert_eq!(key(rules, &head, r#"{"a":"A"}"#, Some("S")), some("A"));
    assert_eq!(key(rules, &head, "{}", Some("S")), some("Q"));
    assert_eq!(key("pointer:/a,subject", &head, "{}", Some("S")), some("S"));
    assert_eq!(key("subject", &head, "{}", None), Err("key_missing"));
    assert_eq!(key("none", &head, r#"{"a":"A"}"#, Some("S")), Ok(None));
}

#[test]
fn the_refusal_of_a_record_without_a_key_says_where_it_was_looked_for() {
    let rules = KeyRules::parse("header:X-Key,pointer:/data/a,subject").unwrap();
    let head = head("/", &[]);
    let refusal = rules.of_request(&head, 8).of_record(&Bytes::new(), "{}", None).unwrap_err();
    assert_eq!(refusal.message, "the record has no header x-key and no field /data/a and no subject");
}

#[test]
fn the_refusal_of_a_record_tells_null_from_absent() {
    let refused = |rules: &str, record: &str| {
        let (rules, head) = (KeyRules::parse(rules).unwrap(), head("/", &[]));
        rules.of_request(&head, 8).of_record(&Bytes::new(), record, None).unwrap_err().message
    };
    let record = r#"{"sensor":{"id":null},"name":""}"#;
    assert_eq!(refused("pointer:/sensor/id", record), "the record's field /sensor/id is null");
    assert_eq!(
        refused("subject,pointer:/sensor/id,pointer:/name,pointer:/x", record),
        "the record has no subject and no field /x, and its field /sensor/id is null and field /name is empty"
    );
}

#[test]
fn a_pointer_without_its_kind_is_recognized() {
    let problem = KeyRules::parse("/sensor/id").unwrap_err();
    assert!(problem.ends_with("did you mean pointer:/sensor/id?"), "{problem}");
}

#[test]
fn other_texts_are_not_rules() {
    for text in
        ["", "X-Key", "header:", "header:a b", "query:", "pointer:a", "none,subject", "Subject", "header"]
    {
        assert!(KeyRules::parse(text).is_err(), "{text:?}");
    }
}
