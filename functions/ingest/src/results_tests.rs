use super::*;
use crate::refusal::RefusalCode;
use crate::stream::Placed;
use serde_json::{Value, json};

const MANY: usize = 100_000;

fn stored(index: usize) -> Outcome {
    let timestamp =
        format!("2024-06-28T08:{:02}:{:02}.{:03}Z", index / 60_000 % 60, index / 1000 % 60, index % 1000);
    let (partition, timestamp) = ((index % 8).to_string().into(), timestamp.into());
    Outcome::Stored(Placed { partition, offset: u64::MAX - index as u64, timestamp })
}

fn body(refused: &[(usize, Refusal)], outcomes: &[Outcome]) -> Bytes {
    Results::new(refused, outcomes.len(), outcomes).to_json(Counts::default())
}

#[test]
fn the_answer_about_a_hundred_thousand_records_is_below_six_megabytes_and_tells_of_each() {
    let outcomes: Vec<Outcome> = (0..MANY).map(stored).collect();
    let body = body(&[], &outcomes);
    assert!(body.len() <= MAX_ANSWER, "{}", body.len());
    let body: Value = serde_json::from_slice(&body).unwrap();
    let compact = &body["compact"];
    for index in [0, 1, 77, 12_345, MANY / 2] {
        let Outcome::Stored(placed) = &outcomes[index] else { panic!("all are stored") };
        let row = &compact["results"][index];
        let text = |table: &str, at: usize| compact[table][row[at].as_u64().unwrap() as usize].clone();
        assert_eq!(text("partitions", 0), json!(&*placed.partition));
        assert_eq!(row[1], json!(placed.offset));
        assert_eq!(text("timestamps", 2), json!(&*placed.timestamp));
    }
    let rows = compact["results"].as_array().unwrap();
    assert_eq!(rows.len(), MANY);
    assert!(rows.iter().all(|row| row.as_array().unwrap().len() == 3));
}

#[test]
fn a_hundred_thousand_refusals_of_their_own_words_keep_their_codes() {
    let refusal =
        |index: usize| Refusal::new(RefusalCode::KeyMissing, format!("\u{1}{index}{}", "\u{2}".repeat(400)));
    let refused: Vec<_> = (0..MANY).map(|index| (index, refusal(index))).collect();
    let body = body(&refused, &[]);
    assert!(body.len() <= MAX_ANSWER, "{}", body.len());
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
fn an_answer_is_only_compact_where_it_has_to_be() {
    let outcomes: Vec<Outcome> = (0..40_000).map(stored).collect();
    let full: Value = serde_json::from_slice(&body(&[], &outcomes)).unwrap();
    assert_eq!(full["results"].as_array().unwrap().len(), 40_000);
    assert!(full.get("compact").is_none());
}

#[test]
fn a_message_is_cut_to_a_line() {
    let message = "é".repeat(1000);
    let outcome = Outcome::Failed { failure: Failure::Refused, message };
    let body: Value = serde_json::from_slice(&body(&[], &[outcome])).unwrap();
    assert_eq!(body["results"][0]["message"], "é".repeat(300));
}
