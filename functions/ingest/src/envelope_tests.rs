use super::*;
use http::Request;
use serde_json::{Value, json};

const NOW: &str = "2024-06-28T08:28:42.253667Z";

fn journal(uri: &str, headers: &[(&str, &str)]) -> Result<Journal, Rejection> {
    let mut request = Request::post(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let head = request.body(()).unwrap().into_parts().0;
    Envelope::Journal.of_request(&head, NOW.parse().unwrap()).map(Option::unwrap)
}

fn uuid(record: &Bytes) -> String {
    let value: Value = serde_json::from_slice(record).unwrap();
    value["uuid"].as_str().unwrap().to_owned()
}

#[test]
fn a_record_s_bytes_are_in_the_envelope_as_they_were_sent() {
    let mut journal = journal(
        "/",
        &[("Idempotency-Key", "run-7"), ("X-Run-Id", "20240628_082841_9009"), ("X-Scenario", "stream")],
    )
    .unwrap();
    let record = r#"{"amount" : 5.70, "text":"\u00e9"}"#;
    let wrapped = journal.wrap(record, Place::At(3), None);
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
        (0..count).map(|index| uuid(&journal.wrap("{}", Place::At(index), None))).collect()
    };
    assert_eq!(ids(3), ["a-0", "a-1", "a-2"]);
    assert_eq!(ids(3), ids(3));
    let mut one = journal("/", &[("Idempotency-Key", "a")]).unwrap();
    assert_eq!(uuid(&one.wrap("{}", Place::Only, None)), "a");
    assert_eq!(uuid(&one.wrap("{}", Place::At(0), Some("event \"7\""))), "event \"7\"");
}

#[test]
fn without_a_name_each_record_has_a_random_one() {
    let mut journal = journal("/", &[("Idempotency-Key", "")]).unwrap();
    let ids: Vec<Uuid> =
        (0..3).map(|index| uuid(&journal.wrap("{}", Place::At(index), None)).parse().unwrap()).collect();
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0].get_version_num() == 4, "{ids:?}");
}

#[test]
fn what_is_not_told_of_a_run_is_null_and_parameters_tell_it_too() {
    let read = |mut journal: Journal| -> Value {
        serde_json::from_slice(&journal.wrap("{}", Place::Only, Some("x"))).unwrap()
    };
    let expected = json!({"uuid": "x", "run_id": null, "scenario": null, "timestamp": "2024-06-28T08:28:42.253667", "data": {}});
    assert_eq!(read(journal("/", &[]).unwrap()), expected);
    let told = read(journal("/?run_id=r%221&scenario=s+2", &[("X-Scenario", "header first")]).unwrap());
    assert_eq!((&told["run_id"], &told["scenario"]), (&json!("r\"1"), &json!("header first")));
}

#[test]
fn a_header_that_could_mean_two_things_is_refused() {
    for headers in
        [&[("Idempotency-Key", "a"), ("Idempotency-Key", "b")][..], &[("X-Run-Id", "a"), ("X-Run-Id", "b")]]
    {
        assert_eq!(journal("/", headers).unwrap_err().code, RejectionCode::InvalidHeader);
    }
    assert_eq!(journal("/?run_id=%ff", &[]).unwrap_err().code, RejectionCode::InvalidHeader);
    assert_eq!(journal("/?run_id=1&run_id=2", &[]).unwrap_err().code, RejectionCode::InvalidHeader);
}

#[test]
fn many_small_records_share_their_buffers_and_a_large_one_fits() {
    let mut journal = journal("/", &[]).unwrap();
    let one = journal.wrap("{}", Place::At(0), Some("0"));
    let two = journal.wrap("{}", Place::At(1), Some("1"));
    assert_eq!(one.as_ptr().wrapping_add(one.len()), two.as_ptr());
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(2 * ROOM));
    assert!(journal.wrap(&large, Place::At(2), None).len() > 2 * ROOM);
}

#[test]
fn the_setting_is_one_of_two_words() {
    assert_eq!(Envelope::parse("none"), Ok(Envelope::None));
    assert_eq!(Envelope::parse("journal"), Ok(Envelope::Journal));
    assert!(Envelope::parse("Journal").is_err());
}
