use super::*;
use proptest::prelude::*;

fn batch(records: &[(&str, &str)]) -> Batch {
    let mut batch = Batch::default();
    records.iter().for_each(|(key, value)| batch.push(Some(key.as_bytes()), value.as_bytes()));
    batch
}

fn stored() -> Outcome {
    Outcome::Stored { partition: "0".into(), offset: 0 }
}

fn read(audit: &mut Audit, records: &[(&str, &str)]) {
    records.iter().for_each(|(key, value)| audit.observe(Some(key.as_bytes()), value.as_bytes()));
}

#[test]
fn the_verdict_counts_loss_duplicates_disorder_and_strangers() {
    let sent = batch(&[("a", "1"), ("a", "2"), ("a", "3"), ("b", "4"), ("b", "5"), ("c", "6")]);
    let mut audit = Audit::default();
    audit.expect(1, &sent);
    // 5 was throttled and abandoned, 6 got no response, and 3 was confirmed but is not on the stream.
    let unknown = Outcome::Unknown(String::new());
    let throttled = Outcome::Throttled { retry_after: None };
    audit.confirm(&sent, &[0, 1, 2, 3, 4, 5], &[stored(), stored(), stored(), stored(), throttled, unknown]);
    assert!(!audit.is_complete());
    read(&mut audit, &[("a", "2"), ("x", "other"), ("a", "1"), ("a", "2"), ("b", "4"), ("c", "6")]);
    let expected = Verdict {
        records: 6,
        found: 4,
        lost: 2,
        confirmed_but_lost: 1,
        stored_unconfirmed: 1,
        duplicated: 1,
        out_of_order: 1,
        strangers: 1,
    };
    assert_eq!(audit.verdict(), expected);
    read(&mut audit, &[("a", "3")]);
    assert!(audit.is_complete());
}

#[test]
fn a_record_that_was_sent_twice_may_be_on_the_stream_twice() {
    let mut audit = Audit::default();
    let sent = batch(&[("a", "1"), ("a", "2"), ("a", "1")]);
    audit.expect(1, &sent);
    audit.confirm(&sent, &[0, 1, 2], &[stored(), stored(), stored()]);
    read(&mut audit, &[("a", "1"), ("a", "2"), ("a", "1"), ("a", "1")]);
    let expected = Verdict { records: 3, found: 3, duplicated: 1, ..Verdict::default() };
    assert_eq!(audit.verdict(), expected);
}

#[test]
fn order_counts_within_a_worker_and_a_key() {
    let (mut one, mut other) = (Audit::default(), Audit::default());
    one.expect(1, &batch(&[("a", "1"), ("a", "2")]));
    other.expect(2, &batch(&[("a", "3"), ("a", "4")]));
    one.merge(other);
    read(&mut one, &[("a", "3"), ("a", "1"), ("a", "4"), ("a", "2")]);
    assert_eq!(one.verdict().out_of_order, 0);
}

proptest! {
    #[test]
    fn every_record_is_either_found_or_lost(values in prop::collection::vec(0_u8..20, 0..60), there in prop::collection::vec(0_u8..25, 0..60)) {
        let mut audit = Audit::default();
        let mut sent = Batch::default();
        values.iter().for_each(|value| sent.push(None, &[*value]));
        audit.expect(1, &sent);
        there.iter().for_each(|value| audit.observe(None, &[*value]));
        let verdict = audit.verdict();
        prop_assert_eq!(verdict.found + verdict.lost, values.len() as u64);
        prop_assert_eq!(verdict.found + verdict.duplicated + verdict.strangers, there.len() as u64);
        prop_assert_eq!(verdict.stored_unconfirmed, verdict.found);
    }
}
