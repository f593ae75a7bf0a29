use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{EventKind, ObjectEvent};
use crate::journal::Journal;
use crate::object_storage::bucket::{Bucket, BucketRecord, Versioning};
use crate::object_storage::call::{Call, Operation};
use crate::object_storage::conditions::Conditions;
use crate::object_storage::index::{Change, Index};
use crate::object_storage::object::{Attributes, ObjectVersion};
use crate::wire::response::Response;

const NAMES: [&str; 3] = ["a", "b", "c"];

fn bucket(versioning: Versioning, events: bool) -> Change {
    Change::Bucket(BucketRecord {
        name: "bronze".to_owned(),
        id: "bucket id".to_owned(),
        compartment_id: "compartment".to_owned(),
        object_events_enabled: events,
        versioning,
        ..BucketRecord::default()
    })
}

fn index(versioning: Versioning, events: bool) -> Index {
    let mut index = Index::new(0);
    index.commit(bucket(versioning, events)).unwrap();
    index
}

fn version() -> ObjectVersion {
    ObjectVersion::new(Attributes::default(), Vec::new())
}

fn write(index: &mut Index, object: &str, also: Option<Change>) -> String {
    let call = Call {
        operation: Operation::PutObject,
        namespace: "ns".to_owned(),
        bucket: "bronze".to_owned(),
        object: Some(object.to_owned()),
    };
    let version = version();
    let etag = version.etag.clone();
    index.write(&call, object, version, &Conditions::default(), Response::ok(), also).unwrap();
    etag
}

fn delete(index: &mut Index, object: &str, version_id: Option<&str>) -> bool {
    index.delete("ns", "bronze", object, version_id, &Conditions::default()).is_ok()
}

/// Takes the events emitted since the last call.
fn told(index: &mut Index) -> Vec<ObjectEvent> {
    let events = index.outbox.waiting().map(|event| ObjectEvent::clone(event)).collect();
    index.outbox.take(index.outbox.last());
    events
}

fn kinds(index: &mut Index) -> Vec<(EventKind, String, String)> {
    told(index).into_iter().map(|event| (event.kind, event.object, event.etag)).collect()
}

#[test]
fn creating_changing_and_deleting_an_object_emits_events() {
    use EventKind::*;
    let mut index = index(Versioning::Disabled, true);
    let first = write(&mut index, "a", None);
    let second = write(&mut index, "a", None);
    assert!(delete(&mut index, "a", None));
    assert!(!delete(&mut index, "a", None), "it is gone");
    let events = told(&mut index);
    let shown: Vec<_> =
        events.iter().map(|event| (event.sequence, event.kind, event.etag.as_str())).collect();
    assert_eq!(shown, [(1, Created, first.as_str()), (2, Updated, &second), (3, Deleted, &second)]);
    assert!(events.iter().all(|event| event.version_id.is_none()), "the bucket has no versions");
    let ids: std::collections::BTreeSet<&str> = events.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids.len(), 3);
    let ObjectEvent { compartment_id, bucket, bucket_id, .. } = &events[0];
    assert_eq!((&**compartment_id, &**bucket, &**bucket_id), ("compartment", "bronze", "bucket id"));
}

#[test]
fn events_about_versions_and_markers_have_their_ids() {
    use EventKind::*;
    let mut index = index(Versioning::Enabled, true);
    let (first, second) = (write(&mut index, "a", None), write(&mut index, "a", None));
    let ids = |index: &Index| -> Vec<String> {
        index.buckets["bronze"].objects["a"].iter().map(|version| version.version_id.clone()).collect()
    };
    assert!(delete(&mut index, "a", None), "a marker hides it");
    let before = ids(&index);
    let events = told(&mut index);
    let of = |event: &ObjectEvent| (event.kind, event.etag.clone(), event.version_id.clone());
    assert_eq!(
        events.iter().map(of).collect::<Vec<_>>(),
        [
            (Created, first.clone(), Some(before[0].clone())),
            (Updated, second.clone(), Some(before[1].clone())),
            (Deleted, second.clone(), Some(before[1].clone())),
        ]
    );
    // First, a version below the marker is removed; then the marker, so that the other version becomes visible; and then that version.
    for (version_id, expected) in [
        (&before[0], Some((Deleted, first))),
        (&before[2], Some((Created, second.clone()))),
        (&before[1], Some((Deleted, second))),
    ] {
        assert!(delete(&mut index, "a", Some(version_id)));
        let shown = told(&mut index).pop().map(|event| (event.kind, event.etag));
        assert_eq!(shown, expected, "{version_id}");
    }
    // Removing a marker with no version below it emits no event.
    write(&mut index, "a", None);
    delete(&mut index, "a", None);
    let [version, marker] = <[String; 2]>::try_from(ids(&index)).unwrap();
    delete(&mut index, "a", Some(&version));
    told(&mut index);
    delete(&mut index, "a", Some(&marker));
    assert_eq!(kinds(&mut index), []);
}

#[test]
fn a_change_without_room_for_its_event_is_not_made() {
    let mut index = index(Versioning::Disabled, true);
    for number in 0..10_000 {
        write(&mut index, &number.to_string(), None);
    }
    let put = || Change::Put { bucket: "bronze".to_owned(), object: "x".to_owned(), version: version() };
    let refused = index.commit(put()).unwrap_err();
    assert_eq!((refused.status.as_u16(), refused.code), (503, "ServiceUnavailable"));
    assert!(index.buckets["bronze"].current("x").is_none());
    index.outbox.take(1);
    index.commit(put()).unwrap();
    assert!(index.commit(put()).is_err());
}

#[test]
fn a_start_repeats_events_that_were_not_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let open = |taken| {
        let mut index = Index::new(taken);
        Journal::replay(&path, |change| index.apply(change)).unwrap();
        index.journal_to(Journal::compact(&path, index.changes()).unwrap());
        index
    };
    let mut index = open(0);
    index.commit(bucket(Versioning::Disabled, true)).unwrap();
    for name in NAMES {
        write(&mut index, name, None);
    }
    let all = told(&mut index);
    // Only the Events service knows whether it took over an event.
    for (taken, expected) in [(1, &all[1..]), (1, &all[1..]), (3, &all[3..]), (3, &[])] {
        let index = open(taken);
        let told: Vec<ObjectEvent> = index.outbox.waiting().map(|event| ObjectEvent::clone(event)).collect();
        assert_eq!((told.as_slice(), index.outbox.last()), (expected, 3));
    }
    let mut index = open(3);
    write(&mut index, "d", None);
    assert_eq!(told(&mut index)[0].sequence, 4, "no sequence is given twice");
}

/// Performs one step of a client; the numbers select an object and a version.
fn step(index: &mut Index, operation: u8, object: usize, other: usize) {
    let (object, new) = (NAMES[object], NAMES[other]);
    let bucket = &index.buckets["bronze"];
    match operation {
        0 | 1 => drop(write(index, object, None)),
        2 => drop(delete(index, object, None)),
        3 => {
            let versions = bucket.objects.get(object).map(Vec::as_slice).unwrap_or_default();
            if let Some(version) = versions.get(other % versions.len().max(1)) {
                let id = version.version_id.clone();
                assert!(delete(index, object, Some(&id)));
            }
        }
        // Does the same as RenameObject.
        _ => {
            let Some(current) = bucket.current(object).filter(|_| object != new) else { return };
            let gone = if bucket.record.versioning == Versioning::Disabled {
                let version_id = current.version_id.clone();
                Change::Remove { bucket: "bronze".to_owned(), object: object.to_owned(), version_id }
            } else {
                let versioned = bucket.keeps_versions();
                let marker = ObjectVersion { delete_marker: true, versioned, ..version() };
                Change::Put { bucket: "bronze".to_owned(), object: object.to_owned(), version: marker }
            };
            write(index, new, Some(gone));
        }
    }
}

/// Returns the names and entity tags that a plain listing shows.
fn shown(bucket: &Bucket) -> BTreeMap<String, String> {
    let current = |name: &String| Some((name.clone(), bucket.current(name)?.etag.clone()));
    bucket.objects.keys().filter_map(current).collect()
}

proptest! {
    #[test]
    fn without_versions_the_events_alone_say_what_is_there(
        steps in prop::collection::vec((0_u8..5, 0_usize..3, 0_usize..3), 0..60)
    ) {
        let mut index = index(Versioning::Disabled, true);
        let mut known = BTreeMap::new();
        for (operation, object, other) in steps {
            step(&mut index, operation, object, other);
            for event in told(&mut index) {
                let before = match event.kind {
                    EventKind::Deleted => known.remove(&event.object),
                    _ => known.insert(event.object, event.etag.clone()),
                };
                prop_assert_eq!(before.is_some(), event.kind != EventKind::Created);
                prop_assert!(event.kind != EventKind::Deleted || before == Some(event.etag));
            }
            prop_assert_eq!(&known, &shown(&index.buckets["bronze"]));
        }
    }

    #[test]
    fn no_version_comes_and_nothing_that_shows_changes_without_an_event(
        steps in prop::collection::vec((0_u8..5, 0_usize..3, 0_usize..3, 0_u8..12), 0..60)
    ) {
        let mut index = index(Versioning::Enabled, true);
        for (operation, object, other, also) in steps {
            let before = shown(&index.buckets["bronze"]);
            step(&mut index, operation, object, other);
            let after = shown(&index.buckets["bronze"]);
            let events = told(&mut index);
            for name in NAMES.iter().filter(|name| before.get(**name) != after.get(**name)) {
                let of: Vec<&ObjectEvent> = events.iter().filter(|event| event.object == **name).collect();
                prop_assert_eq!(of.len(), 1, "{}", name);
                let kind = of[0].kind;
                match (before.get(*name), after.get(*name)) {
                    (None, Some(etag)) => prop_assert!(kind == EventKind::Created && of[0].etag == *etag),
                    (Some(etag), None) => prop_assert!(kind == EventKind::Deleted && of[0].etag == *etag),
                    (Some(_), Some(etag)) if kind == EventKind::Updated => prop_assert_eq!(&of[0].etag, etag),
                    // The newest version was removed, and an older one becomes visible.
                    (Some(etag), Some(_)) => prop_assert!(kind == EventKind::Deleted && of[0].etag == *etag),
                    (None, None) => unreachable!("they differ"),
                }
            }
            if also < 2 {
                let versioning = if also == 0 { Versioning::Suspended } else { Versioning::Enabled };
                index.commit(bucket(versioning, true)).unwrap();
            }
            prop_assert!(told(&mut index).is_empty(), "settings are no objects");
        }
    }

    #[test]
    fn a_bucket_that_emits_no_events_emits_none(
        steps in prop::collection::vec((0_u8..5, 0_usize..3, 0_usize..3), 0..40), versioned: bool
    ) {
        let versioning = if versioned { Versioning::Enabled } else { Versioning::Disabled };
        let mut index = index(versioning, false);
        for (operation, object, other) in steps {
            step(&mut index, operation, object, other);
        }
        prop_assert_eq!(index.outbox.last(), 0);
    }
}
