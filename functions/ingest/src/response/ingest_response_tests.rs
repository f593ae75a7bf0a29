use super::*;
use crate::request::RefusalCode;
use bronze::DamageKind;
use proptest::prelude::*;
use sender::{Failure, Position, Sequence, Stored};
use serde_json::{Value, json};

fn stored(offset: u64) -> Outcome {
    let position = Position { partition: "3".into(), sequence: Sequence::Number(offset) };
    Outcome::Stored(Stored { position, timestamp: Some("2024-06-28T08:28:42.253Z".into()) })
}

fn failed(failure: Failure) -> Outcome {
    Outcome::Failed { failure, message: "as the stream says it".into() }
}

fn refusal() -> Refusal {
    Refusal::new(RefusalCode::KeyMissing, "the record has no field /k")
}

fn respond(refused: &[(usize, Refusal)], outcomes: &[Outcome]) -> (u16, Value) {
    let response = IngestResponse::of(refused, outcomes.len(), outcomes, None);
    let response = response.into_response();
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    assert_eq!(response.headers().contains_key(RETRY_AFTER), response.status() == 429);
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
}

#[test]
fn records_are_reported_in_the_order_of_the_request() {
    let outcomes = [stored(7), failed(Failure::Throttled), stored(9)];
    let (status, body) = respond(&[(0, refusal()), (2, refusal())], &outcomes);
    assert_eq!(status, 207);
    let key_missing = |index| json!({"index": index, "status": "refused", "code": "key_missing", "message": "the record has no field /k"});
    let at = |index, offset| json!({"index": index, "status": "stored", "partition": "3", "offset": offset, "timestamp": "2024-06-28T08:28:42.253Z"});
    let expected = json!({
        "counts": {"records": 5, "stored": 2, "refused": 2, "failed": 1, "unknown": 0},
        "results": [
            key_missing(0),
            at(1, 7),
            key_missing(2),
            {"index": 3, "status": "failed", "code": "throttled", "message": "as the stream says it"},
            at(4, 9),
        ],
    });
    assert_eq!(body, expected);
}

#[test]
fn every_failure_has_its_status_and_code() {
    for (failure, status, code) in [
        (Failure::Throttled, "failed", "throttled"),
        (Failure::Unavailable, "failed", "unavailable"),
        (Failure::NotSent, "failed", "not_sent"),
        (Failure::Unknown, "unknown", "unknown"),
        (Failure::Refused, "refused", "refused_by_stream"),
    ] {
        let (_, body) = respond(&[], &[failed(failure)]);
        assert_eq!(
            (&body["results"][0]["status"], &body["results"][0]["code"]),
            (&json!(status), &json!(code))
        );
        assert_eq!(body["counts"][status], 1);
    }
}

/// Stored records decide first, then the obstacle that a producer should know of first.
#[test]
fn the_status_is_that_of_the_first_row_that_applies() {
    use Failure::{NotSent, Refused, Throttled, Unavailable, Unknown};
    let refused = [(0, refusal())];
    for (status, refused, failures) in [
        (200, &[][..], &[][..]),
        (422, &refused, &[]),
        (422, &[], &[Refused]),
        (422, &refused, &[Refused]),
        (503, &refused, &[Refused, NotSent]),
        (503, &[], &[NotSent]),
        (429, &[], &[Throttled]),
        (429, &refused, &[Throttled, NotSent, Refused]),
        (503, &[], &[Unavailable]),
        (503, &[], &[Unknown]),
        (503, &refused, &[Throttled, NotSent, Refused, Unavailable]),
        (503, &refused, &[Throttled, NotSent, Refused, Unknown]),
    ] {
        let mut outcomes: Vec<Outcome> = failures.iter().map(|failure| failed(*failure)).collect();
        assert_eq!(respond(refused, &outcomes).0, status, "{failures:?}");
        outcomes.push(stored(1));
        let some = if refused.is_empty() && failures.is_empty() { 200 } else { 207 };
        assert_eq!(respond(refused, &outcomes).0, some, "{failures:?}");
    }
}

#[test]
fn a_record_without_an_outcome_is_unknown() {
    let response = IngestResponse::of(&[], 3, &[stored(1)], None);
    assert_eq!(response.status.as_u16(), 207);
    let expected = Counts { records: 3, stored: 1, refused: 0, failed: 0, unknown: 2 };
    assert_eq!(response.counts, expected);
    assert_eq!(IngestResponse::of(&[], 2, &[], None).status.as_u16(), 503);
}

#[test]
fn a_surplus_outcome_is_ignored() {
    let response = IngestResponse::of(&[], 1, &[failed(Failure::Refused), stored(1)], None);
    assert_eq!((response.status.as_u16(), response.counts.records, response.counts.stored), (422, 1, 0));
}

#[test]
fn the_wait_is_reported_in_whole_seconds() {
    for (wait, header) in [
        (None, "1"),
        (Some(Duration::ZERO), "1"),
        (Some(Duration::from_millis(2001)), "3"),
        (Some(Duration::from_secs(5)), "5"),
    ] {
        let response = IngestResponse::of(&[], 1, &[failed(Failure::Throttled)], wait).into_response();
        assert_eq!(response.headers()[RETRY_AFTER], header);
    }
}

#[test]
fn a_rejection_says_why_and_where() {
    let rejection = Rejection {
        index: Some(3),
        byte: Some(1234),
        ..Rejection::new(RejectionCode::BodyNotJson, "invalid number")
    };
    let response = IngestResponse::from(rejection).into_response();
    assert_eq!(response.status().as_u16(), 400);
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(body, json!({"code": "body_not_json", "message": "invalid number", "index": 3, "byte": 1234}));
}

#[test]
fn every_rejection_has_its_status() {
    for code in RejectionCode::ALL {
        let expected = match code {
            RejectionCode::MethodNotAllowed => 405,
            RejectionCode::UnsupportedMediaType | RejectionCode::UnsupportedContentEncoding => 415,
            RejectionCode::BodyTooLarge | RejectionCode::TooManyRecords => 413,
            _ => 400,
        };
        let response = IngestResponse::from(Rejection::new(code, "message"));
        assert_eq!((response.status.as_u16(), response.rejection), (expected, Some(code)));
        assert_eq!(response.counts, Counts::default());
        let headers = response.into_response().headers().clone();
        assert_eq!(headers.contains_key(ALLOW), code == RejectionCode::MethodNotAllowed);
        assert_eq!(headers.contains_key(ACCEPT_ENCODING), code == RejectionCode::UnsupportedContentEncoding);
    }
    assert_eq!(RejectionCode::Gzip(DamageKind::TruncatedGzip).code(), "truncated_gzip");
}

fn outcomes() -> impl Strategy<Value = Vec<Outcome>> {
    let failures =
        [Failure::Throttled, Failure::Unavailable, Failure::Unknown, Failure::Refused, Failure::NotSent];
    let one =
        prop_oneof![any::<u64>().prop_map(stored), prop::sample::select(failures.to_vec()).prop_map(failed)];
    prop::collection::vec(one, 0..30)
}

proptest! {
    #[test]
    fn counts_add_up_and_200_means_that_every_record_is_stored(
        outcomes in outcomes(),
        indexes in prop::collection::btree_set(0_usize..30, 0..10),
    ) {
        let total = outcomes.len() + indexes.len();
        let refused: Vec<_> = indexes.into_iter().filter(|index| *index < total).map(|index| (index, refusal())).collect();
        let (status, body) = respond(&refused, &outcomes);
        let count = |name: &str| body["counts"][name].as_u64().unwrap();
        let results = body["results"].as_array().unwrap();
        prop_assert_eq!(results.len(), refused.len() + outcomes.len());
        prop_assert_eq!(count("records"), results.len() as u64);
        prop_assert_eq!(count("records"), count("stored") + count("refused") + count("failed") + count("unknown"));
        for (index, result) in results.iter().enumerate() {
            prop_assert_eq!(result["index"].as_u64(), Some(index as u64));
        }
        for name in ["stored", "refused", "failed", "unknown"] {
            prop_assert_eq!(results.iter().filter(|result| result["status"] == name).count() as u64, count(name));
        }
        let all = count("stored") == count("records");
        prop_assert_eq!(status == 200, all);
        prop_assert_eq!(status == 207, !all && count("stored") > 0);
    }
}
