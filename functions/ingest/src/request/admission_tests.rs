use super::*;
use http::Request;
use proptest::prelude::*;
use std::time::Duration;

const LIMITS: Limits = Limits {
    key: 256,
    record: 1 << 20,
    request: 1 << 20,
    request_records: usize::MAX,
    partition_bytes_per_second: None,
    partition_records_per_second: None,
};

fn admission(key: &str) -> Admission {
    Admission {
        key: KeyRules::parse(key).unwrap(),
        wrapper: Wrapper::None,
        schema: None,
        max_body: 6_000_000,
    }
}

fn head(headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::post("/v1/journal?key=Q");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn admit(
    admission: &Admission,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Result<Admitted, Rejection> {
    admission.admit(
        &head(headers),
        body.into(),
        &LIMITS,
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_719_563_322),
    )
}

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
const LINES: &[(&str, &str)] = &[("content-type", "application/x-ndjson")];
const EVENT: &[(&str, &str)] = &[("content-type", "application/cloudevents+json")];
const EVENTS: &[(&str, &str)] = &[("content-type", "application/cloudevents-batch+json")];
const BINARY: &[(&str, &str)] = &[
    ("content-type", "application/json"),
    ("ce-specversion", "1.0"),
    ("ce-id", "A-1"),
    ("ce-source", "/ledger"),
    ("ce-type", "journal"),
    ("ce-subject", "K1"),
];

fn event(data: &str) -> String {
    format!(r#"{{"specversion":"1.0","id":"A-1","source":"/ledger","type":"journal","subject":"K1",{data}}}"#)
}

fn values(admitted: &Admitted) -> Vec<&str> {
    admitted.records.iter().map(|record| str::from_utf8(&record.value).unwrap()).collect()
}

fn codes(admitted: &Admitted) -> Vec<(usize, &'static str)> {
    admitted.refused.iter().map(|(index, refusal)| (*index, refusal.code.code())).collect()
}

#[test]
fn records_are_slices_of_the_body_in_its_order() {
    let body = Bytes::from_static(br#"[{"k":"a", "n": 1.0}, {"k":"b"}, {"k":"a"}]"#);
    let admitted = admit(&admission("pointer:/k"), JSON, body.clone()).unwrap();
    assert_eq!(values(&admitted), [r#"{"k":"a", "n": 1.0}"#, r#"{"k":"b"}"#, r#"{"k":"a"}"#]);
    let inside = body.as_ptr_range();
    for record in &admitted.records {
        assert!(
            inside.contains(&record.value.as_ptr())
                && inside.contains(&record.key.as_ref().unwrap().as_ptr())
        );
    }
}

#[test]
fn each_content_type_has_its_records() {
    let admission = admission("none");
    let event = event(r#""data":{"a":1}"#);
    for (headers, body, records) in [
        (JSON, r#" {"a":1} "#.to_owned(), vec![r#"{"a":1}"#.to_owned()]),
        (LINES, "{\"a\":1}\n{\"a\":2}".into(), vec![r#"{"a":1}"#.into(), r#"{"a":2}"#.into()]),
        (EVENT, event.clone(), vec![event.clone()]),
        (EVENTS, format!("[{event}, {event}]"), vec![event.clone(), event.clone()]),
        (EVENTS, "[]".into(), vec![]),
        (JSON, "[]".into(), vec![]),
        (BINARY, r#"{"a": 1}"#.into(), vec![r#"{"a": 1}"#.into()]),
    ] {
        let admitted = admit(&admission, headers, body.clone()).unwrap();
        assert_eq!(
            (values(&admitted), codes(&admitted)),
            (records.iter().map(|record| &**record).collect(), vec![]),
            "{body}"
        );
    }
}

#[test]
fn a_bad_element_is_refused_alone() {
    let body = r#"[{"k":"a"}, 7, {"x":1}, {"k":"b"}]"#;
    let admitted = admit(&admission("pointer:/k"), JSON, body).unwrap();
    assert_eq!(values(&admitted), [r#"{"k":"a"}"#, r#"{"k":"b"}"#]);
    assert_eq!(codes(&admitted), [(1, "value_not_object"), (2, "key_missing")]);
    assert_eq!(admitted.total(), 4);
}

#[test]
fn a_bad_element_after_six_megabytes_is_refused_alone_and_broken_json_rejects_everything() {
    let line = format!(r#"{{"k":"a","text":"{}"}}"#, "x".repeat(470));
    let many = vec![line.as_str(); 5_990_000 / (line.len() + 1)].join(",");
    let admitted = admit(&admission("pointer:/k"), JSON, format!("[{many},null]")).unwrap();
    assert_eq!(codes(&admitted), [(admitted.total() - 1, "value_not_object")]);
    assert_eq!(admitted.records.len(), admitted.total() - 1);
    let rejection = admit(&admission("pointer:/k"), JSON, format!("[{many},{{\"k\":}}]")).unwrap_err();
    assert_eq!(rejection.code, RejectionCode::BodyNotJson);
    assert_eq!(rejection.index, Some(admitted.total() - 1));
    assert_eq!(rejection.byte, Some(many.len() as u64 + 7));
}

#[test]
fn a_hundred_thousand_tiny_records_are_accepted_and_one_more_is_not() {
    let body = |count: usize| format!("[{}]", vec!["{}"; count].join(","));
    let admitted = admit(&admission("none"), JSON, body(MAX_RECORDS)).unwrap();
    assert_eq!((admitted.records.len(), admitted.refused.len()), (MAX_RECORDS, 0));
    let rejection = admit(&admission("none"), JSON, body(MAX_RECORDS + 1)).unwrap_err();
    assert_eq!(rejection.code.status().as_u16(), 413);
}

#[test]
fn a_record_at_the_limit_passes_and_one_byte_more_is_refused_alone() {
    let record = |size: usize| format!(r#"{{"k":"12345678","t":"{}"}}"#, "x".repeat(size - 8 - 23));
    let largest = LIMITS.record;
    let body = format!("{}\n{}\n{}\n", record(largest), record(largest + 1), record(40));
    let admitted = admit(&admission("pointer:/k"), LINES, body).unwrap();
    assert_eq!(admitted.records.iter().map(Record::size).collect::<Vec<_>>(), [largest, 40]);
    assert_eq!(codes(&admitted), [(1, "record_too_large")]);
}

#[test]
fn the_three_modes_of_an_event_make_the_same_wrapped_record() {
    let admission = Admission { wrapper: Wrapper::Journal, ..admission("subject") };
    let data = r#"{"period_code" : "202406"}"#;
    let event = event(&format!(r#""data": {data}"#));
    let structured = admit(&admission, EVENT, event.clone()).unwrap().records;
    let expected = r#"{"uuid":"A-1","run_id":null,"scenario":null,"timestamp":"2024-06-28T08:28:42.000000","data":{"period_code" : "202406"}}"#;
    assert_eq!(structured[0].value, expected);
    assert_eq!(structured[0].key.as_deref(), Some(&b"K1"[..]));
    assert_eq!(admit(&admission, EVENTS, format!("[{event}]")).unwrap().records, structured);
    assert_eq!(admit(&admission, BINARY, data).unwrap().records, structured);
}

#[test]
fn an_event_without_an_object_as_its_data_cannot_be_wrapped() {
    let admission = Admission { wrapper: Wrapper::Journal, ..admission("none") };
    for data in [r#""data":7"#, r#""data_base64":"e30=""#, r#""x":1"#, r#""data":null"#] {
        let admitted = admit(&admission, EVENT, event(data)).unwrap();
        assert_eq!(codes(&admitted), [(0, "event_without_data")], "{data}");
    }
}

#[test]
fn the_records_of_a_request_with_an_idempotency_key_are_named_by_their_index() {
    let admission = Admission { wrapper: Wrapper::Journal, ..admission("none") };
    let headers = [JSON[0], ("idempotency-key", "r1")];
    let uuids = |body: &'static str| -> Vec<String> {
        let admitted = admit(&admission, &headers, body).unwrap();
        let uuid = |value: &str| value.split('"').nth(3).unwrap().to_owned();
        values(&admitted).into_iter().map(uuid).collect()
    };
    assert_eq!(uuids("{}"), ["r1"]);
    assert_eq!(uuids("[{}]"), ["r1-0"]);
    assert_eq!(uuids("[{}, 7, {}]"), ["r1-0", "r1-2"]);
}

#[test]
fn a_wrapped_record_that_the_table_would_quarantine_is_refused() {
    let schema = Some(Arc::new(Schema::gl_journal()));
    let admission = Admission {
        wrapper: Wrapper::Journal,
        schema,
        ..admission("pointer:/journal_external_reference,none")
    };
    let body = r#"[{"period_code":"202406","currency_code":"EUR"}, {"period_code":"202406"}, {"period_code":"202406","currency_code":7}]"#;
    let admitted = admit(&admission, JSON, body).unwrap();
    assert_eq!(admitted.records.len(), 1);
    assert_eq!(codes(&admitted), [(1, "missing_required"), (2, "type_mismatch")]);
}

#[test]
fn a_request_is_judged_by_its_head_first() {
    let admission = admission("none");
    let status =
        |head: &Parts| admission.check_head(head).map_err(|rejection| rejection.code.status().as_u16());
    for method in ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"] {
        let head = Request::builder().method(method).uri("/").body(()).unwrap().into_parts().0;
        assert_eq!(status(&head), Err(405), "{method}");
    }
    assert_eq!(status(&head(&[("content-type", "text/csv")])), Err(415));
    assert_eq!(status(&head(&[JSON[0], ("content-encoding", "br")])), Err(415));
    assert_eq!(status(&head(&[JSON[0], ("content-length", "6000001")])), Err(413));
    assert_eq!(status(&head(&[JSON[0], ("content-length", "6000000")])), Ok(()));
    assert_eq!(status(&head(JSON)), Ok(()), "a length is not required: agents send bodies in chunks");
}

#[test]
fn an_empty_or_truncated_body_is_rejected() {
    let admission = admission("none");
    let code =
        |headers: &[(&str, &str)], body: &'static str| admit(&admission, headers, body).unwrap_err().code;
    for headers in [JSON, LINES, EVENT, EVENTS, BINARY] {
        assert_eq!(code(headers, ""), RejectionCode::EmptyBody);
        assert_eq!(code(headers, " \r\n\t"), RejectionCode::EmptyBody);
    }
    assert_eq!(code(&[JSON[0], ("content-encoding", "gzip")], ""), RejectionCode::EmptyBody);
    // Cut off at the end of a line, the body would look complete.
    let lines = [LINES[0], ("content-length", "20")];
    assert_eq!(code(&lines, "{\"a\":1}\n"), RejectionCode::BodyTruncated);
    assert_eq!(code(JSON, "[{}, {\"a"), RejectionCode::BodyTruncated);
}

#[test]
fn a_body_at_the_limit_passes_and_one_byte_more_does_not() {
    let admission = Admission { max_body: 10, ..admission("none") };
    assert_eq!(admit(&admission, JSON, r#"{"a":1234}"#).unwrap().records.len(), 1);
    assert_eq!(admit(&admission, JSON, r#"{"a":12345}"#).unwrap_err().code, RejectionCode::BodyTooLarge);
}

proptest! {
    #[test]
    fn every_record_is_accounted_for_whatever_the_body_is(
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "(\\{\"k\":(\"[a-c]{0,4}\"|1|null)\\}|7|\\[|\\]|,|\n|\\{){0,20}".prop_map(String::into_bytes),
        ],
        headers in prop::sample::select(vec![JSON, LINES, EVENT, EVENTS, BINARY]),
        journal in any::<bool>(),
    ) {
        let wrapper = if journal { Wrapper::Journal } else { Wrapper::None };
        let admission = Admission { wrapper, ..admission("pointer:/k,subject") };
        if let Ok(admitted) = admit(&admission, headers, body.clone()) {
            let total = admitted.total();
            prop_assert!(admitted.refused.iter().all(|(index, _)| *index < total));
            prop_assert!(admitted.refused.windows(2).all(|pair| pair[0].0 < pair[1].0));
            for record in &admitted.records {
                prop_assert!(record.size() <= LIMITS.record && record.key.is_some());
                prop_assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&record.value).is_ok());
            }
        }
    }
}
