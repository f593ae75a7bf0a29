use std::time::Instant;

use serde_json::Map;

use super::{Change, JOURNAL_FLOOR, Matched, MatchedAction, State};
use crate::events::event_rule::RuleRecord;
use crate::object_storage::{EventKind, ObjectEvent};

fn event(sequence: u64) -> ObjectEvent {
    let text = |name: &str| format!("{name} {sequence}");
    ObjectEvent {
        sequence,
        id: text("id"),
        kind: EventKind::Updated,
        time: 1_700_000_000_000,
        compartment_id: text("compartment"),
        bucket: text("bucket"),
        bucket_id: text("bucket id"),
        object: text("object"),
        etag: text("etag"),
        version_id: sequence.is_multiple_of(2).then(|| text("version")),
        archived: false,
    }
}

fn taken(sequence: u64, actions: &[&str]) -> Change {
    let action = |action: &&str| MatchedAction { rule: "rule".to_owned(), action: (*action).to_owned() };
    let matched = Matched { event: event(sequence), actions: actions.iter().map(action).collect() };
    Change::Taken { sequence, matched: vec![matched] }
}

fn waiting(state: &State) -> Vec<(u64, String, ObjectEvent)> {
    let deliveries = state.queue.deliveries();
    deliveries
        .map(|(key, delivery)| (key.sequence, key.action.clone(), ObjectEvent::clone(&delivery.event)))
        .collect()
}

fn rule(id: &str, condition: &str) -> RuleRecord {
    RuleRecord {
        id: id.to_owned(),
        display_name: id.to_owned(),
        description: None,
        enabled: true,
        condition: condition.to_owned(),
        compartment_id: "c".to_owned(),
        actions: Vec::new(),
        freeform_tags: Default::default(),
        defined_tags: Map::new(),
        time_created: 0,
        etag: String::new(),
    }
}

#[test]
fn a_start_restores_rules_deliveries_and_the_sequence() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = State::open(Some(folder.path())).unwrap();
    assert_eq!((state.taken(), waiting(&state).len()), (0, 0));
    for change in [
        Change::Rule(rule("a", "{}")),
        Change::Rule(rule("b", "{}")),
        Change::DropRule { id: "a".to_owned() },
        taken(1, &["one", "two"]),
        taken(2, &["one"]),
        Change::Ended { sequence: 1, action: "one".to_owned() },
        Change::Taken { sequence: 7, matched: Vec::new() },
    ] {
        state.commit(change).unwrap();
    }
    let before = waiting(&state);
    assert_eq!(before, [(1, "two".to_owned(), event(1)), (2, "one".to_owned(), event(2))]);
    // Opened twice, because the second start reads the journal that the first one has rewritten.
    for _ in 0..2 {
        drop(state);
        state = State::open(Some(folder.path())).unwrap();
        assert_eq!((state.taken(), waiting(&state)), (7, before.clone()));
        assert_eq!(state.rules.keys().collect::<Vec<_>>(), ["b"]);
    }
    let order: Vec<u64> =
        std::iter::from_fn(|| state.queue.take(Instant::now())).map(|(key, _)| key.sequence).collect();
    assert_eq!(order, [1, 2], "all are due");
}

#[test]
fn the_journal_of_ended_deliveries_is_rewritten() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = State::open(Some(folder.path())).unwrap();
    let path = folder.path().join("journal.jsonl");
    state.commit(taken(1, &["stays"])).unwrap();
    let mut longest = 0;
    for sequence in 2.. {
        state.commit(taken(sequence, &["one"])).unwrap();
        state.commit(Change::Ended { sequence, action: "one".to_owned() }).unwrap();
        let length = path.metadata().unwrap().len();
        if length < longest {
            break;
        }
        longest = length;
    }
    assert!((JOURNAL_FLOOR..JOURNAL_FLOOR + 4096).contains(&longest), "{longest}");
    let last = state.taken();
    drop(state);
    let state = State::open(Some(folder.path())).unwrap();
    assert_eq!((state.taken(), waiting(&state)), (last, vec![(1, "stays".to_owned(), event(1))]));
}

#[test]
fn an_unreadable_condition_is_reported_as_damage() {
    let folder = tempfile::tempdir().unwrap();
    let text = serde_json::to_string(&Change::Rule(rule("a", "["))).unwrap();
    std::fs::write(folder.path().join("journal.jsonl"), text + "\n").unwrap();
    let error = State::open(Some(folder.path())).unwrap_err().to_string();
    assert!(error.contains("journal.jsonl is damaged: The condition is not JSON"), "{error}");
}
