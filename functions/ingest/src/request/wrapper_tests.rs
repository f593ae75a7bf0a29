use super::*;
use http::Request;
use serde_json::{Value, json};
use std::time::Duration;

/// The time 2024-06-28T08:28:42.253667Z.
const NOW: Duration = Duration::from_micros(1_719_563_322_253_667);

fn journal(uri: &str, headers: &[(&str, &str)]) -> Result<Journal, Rejection> {
    let mut request = Request::post(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let head = request.body(()).unwrap().into_parts().0;
    Wrapper::Journal.of_request(&head, SystemTime::UNIX_EPOCH + NOW).map(Option::unwrap)
}

fn uuid(record: &Bytes) -> String {
    let value: Value = serde_json::from_slice(record).unwrap();
    value["uuid"].as_str().unwrap().to_owned()
}

#[test]
fn a_wrapped_records_bytes_are_unchanged() {
    let mut journal = journal(
        "/",
        &[("Idempotency-Key", "run-7"), ("X-Run-Id", "20240628_082841_9009"), ("X-Scenario", "stream")],
    )
    .unwrap();
    let record = r#"{"amount" : 5.70, "text":"\u00e9"}"#;
    let wrapped = journal.wrap(record, RecordIndex::At(3), None);
    let expected = concat!(
        r#"{"uuid":"run-7-3","run_id":"20240628_082841_9009","scenario":"stream","timestamp":"2024-06-28T08:28:42.253667","#,
        r#""data":{"amount" : 5.70, "text":"\u00e9"}}"#
    );
    assert_eq!(wrapped, expected.as_bytes());
}

#[test]
fn the_same_request_sent_again_has_the_same_ids() {
    let ids = |count| -> Vec<String> {
        let mut journal = journal("/", &[("Idempotency-Key", "\"a\"")]).unwrap();
        (0..count).map(|index| uuid(&journal.wrap("{}", RecordIndex::At(index), None))).collect()
    };
    assert_eq!(ids(3), ["a-0", "a-1", "a-2"]);
    assert_eq!(ids(3), ids(3));
    let mut one = journal("/", &[("Idempotency-Key", "a")]).unwrap();
    assert_eq!(uuid(&one.wrap("{}", RecordIndex::Only, None)), "a");
    assert_eq!(uuid(&one.wrap("{}", RecordIndex::At(0), Some("event \"7\""))), "event \"7\"");
}

#[test]
fn without_an_idempotency_key_each_record_has_a_random_id() {
    let mut journal = journal("/", &[("Idempotency-Key", "")]).unwrap();
    let ids: Vec<Uuid> = (0..3)
        .map(|index| uuid(&journal.wrap("{}", RecordIndex::At(index), None)).parse().unwrap())
        .collect();
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0].get_version_num() == 4, "{ids:?}");
}

#[test]
fn run_and_scenario_come_from_headers_or_parameters_or_are_null() {
    let read = |mut journal: Journal| -> Value {
        serde_json::from_slice(&journal.wrap("{}", RecordIndex::Only, Some("x"))).unwrap()
    };
    let expected = json!({"uuid": "x", "run_id": null, "scenario": null, "timestamp": "2024-06-28T08:28:42.253667", "data": {}});
    assert_eq!(read(journal("/", &[]).unwrap()), expected);
    let read_back = read(journal("/?run_id=r%221&scenario=s+2", &[("X-Scenario", "header first")]).unwrap());
    assert_eq!((&read_back["run_id"], &read_back["scenario"]), (&json!("r\"1"), &json!("header first")));
}

#[test]
fn an_ambiguous_header_or_parameter_is_rejected() {
    for headers in
        [&[("Idempotency-Key", "a"), ("Idempotency-Key", "b")][..], &[("X-Run-Id", "a"), ("X-Run-Id", "b")]]
    {
        assert_eq!(journal("/", headers).unwrap_err().code, RejectionCode::InvalidHeader);
    }
    assert_eq!(journal("/?run_id=%ff", &[]).unwrap_err().code, RejectionCode::InvalidHeader);
    assert_eq!(journal("/?run_id=1&run_id=2", &[]).unwrap_err().code, RejectionCode::InvalidHeader);
}

#[test]
fn small_records_share_a_buffer_and_a_large_one_fits() {
    let mut journal = journal("/", &[]).unwrap();
    let one = journal.wrap("{}", RecordIndex::At(0), Some("0"));
    let two = journal.wrap("{}", RecordIndex::At(1), Some("1"));
    assert_eq!(one.as_ptr().wrapping_add(one.len()), two.as_ptr());
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(2 * ROOM));
    assert!(journal.wrap(&large, RecordIndex::At(2), None).len() > 2 * ROOM);
}

#[test]
fn the_setting_is_none_or_journal() {
    assert_eq!(Wrapper::parse("none"), Ok(Wrapper::None));
    assert_eq!(Wrapper::parse("journal"), Ok(Wrapper::Journal));
    assert!(Wrapper::parse("Journal").is_err());
}
