use super::*;
use crate::request::RefusalCode;
use sender::{Position, Sequence};
use serde_json::{Value, json};

const MANY: usize = 100_000;

fn stored(index: usize) -> Outcome {
    let timestamp =
        format!("2024-06-28T08:{:02}:{:02}.{:03}Z", index / 60_000 % 60, index / 1000 % 60, index % 1000);
    let sequence = Sequence::Number(u64::MAX - index as u64);
    let position = Position { partition: (index % 8).to_string().into(), sequence };
    Outcome::Stored(sender::Stored { position, timestamp: Some(timestamp.into()) })
}

fn body(refused: &[(usize, Refusal)], outcomes: &[Outcome]) -> Bytes {
    Results::new(refused, outcomes.len(), outcomes).to_json(Counts::default())
}

#[test]
fn a_response_about_a_hundred_thousand_records_is_below_six_megabytes_and_reports_each() {
    let outcomes: Vec<Outcome> = (0..MANY).map(stored).collect();
    let body = body(&[], &outcomes);
    assert!(body.len() <= MAX_RESPONSE, "{}", body.len());
    let body: Value = serde_json::from_slice(&body).unwrap();
    let compact = &body["compact"];
    for index in [0, 1, 77, 12_345, MANY / 2] {
        let Outcome::Stored(stored) = &outcomes[index] else { panic!("all are stored") };
        let row = &compact["results"][index];
        let text = |table: &str, at: usize| compact[table][row[at].as_u64().unwrap() as usize].clone();
        assert_eq!(text("partitions", 0), json!(stored.position.partition.as_str()));
        assert_eq!(row[1], json!(u64::MAX - index as u64));
        assert_eq!(text("timestamps", 2), json!(stored.timestamp.as_deref()));
    }
    let rows = compact["results"].as_array().unwrap();
    assert_eq!(rows.len(), MANY);
    assert!(rows.iter().all(|row| row.as_array().unwrap().len() == 3));
}

#[test]
fn a_hundred_thousand_refusals_with_different_messages_keep_their_codes() {
    let refusal =
        |index: usize| Refusal::new(RefusalCode::KeyMissing, format!("\u{1}{index}{}", "\u{2}".repeat(400)));
    let refused: Vec<_> = (0..MANY).map(|index| (index, refusal(index))).collect();
    let body = body(&refused, &[]);
    assert!(body.len() <= MAX_RESPONSE, "{}", body.len());
    let body: Value = serde_json::from_slice(&body).unwrap();
    let (rows, reasons) = (&body["compact"]["results"], &body["compact"]["reasons"]);
    assert_eq!(rows.as_array().unwrap().len(), MANY);
    for row in rows.as_array().unwrap() {
        let reason = &reasons[row[0].as_u64().unwrap() as usize];
        assert_eq!((&reason["status"], &reason["code"]), (&json!("refused"), &json!("key_missing")));
    }
    assert_eq!(reasons[0]["message"].as_str().unwrap().chars().count(), 300);
}

#[test]
fn a_response_is_compact_only_if_it_must_be() {
    let outcomes: Vec<Outcome> = (0..40_000).map(stored).collect();
    let full: Value = serde_json::from_slice(&body(&[], &outcomes)).unwrap();
    assert_eq!(full["results"].as_array().unwrap().len(), 40_000);
    assert!(full.get("compact").is_none());
}

#[test]
fn a_message_is_cut_to_one_line() {
    let message = "é".repeat(1000);
    let outcome = Outcome::Failed { failure: Failure::Refused, message };
    let body: Value = serde_json::from_slice(&body(&[], &[outcome])).unwrap();
    assert_eq!(body["results"][0]["message"], "é".repeat(300));
}

/// Uses a stream whose positions are text, and that does not say when it stored a record.
#[test]
fn a_position_is_reported_in_the_streams_own_terms() {
    let sequence = Sequence::Text("49590338271490256608559692538361571095921575989136588898".into());
    let position = Position { partition: "shardId-000000000001".into(), sequence };
    let outcomes = [Outcome::Stored(sender::Stored { position, timestamp: None })];
    let full: Value = serde_json::from_slice(&body(&[], &outcomes)).unwrap();
    let expected = json!({
        "index": 0,
        "status": "stored",
        "partition": "shardId-000000000001",
        "offset": "49590338271490256608559692538361571095921575989136588898",
        "timestamp": null,
    });
    assert_eq!(full["results"][0], expected);
    let results = Results::new(&[], 1, &outcomes);
    let compact = serde_json::to_value(Compact::new(Counts::default(), results.iter())).unwrap();
    assert_eq!(compact["compact"]["results"][0], json!([0, expected["offset"], null]));
}
