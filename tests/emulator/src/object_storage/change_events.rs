//! Derives the events of a change.

use super::bucket::Bucket;
use super::index::{Change, Index};
use super::object::ObjectVersion;
use super::object_event::{EventKind, ObjectEvent};
use crate::{clock, random};

impl Index {
    /// Returns the events of a change that is about to be made. They depend only on the change and the current state, not on the
    /// operation. The parts of one change concern different objects.
    ///
    /// Removing a version is a deletion, even if it was not the newest or if an older one becomes visible; the version ID tells which one
    /// was removed. Removing a delete marker brings the object back. How the service reports these two cases is not documented.
    pub(crate) fn events_of(&self, change: &Change) -> Vec<ObjectEvent> {
        match change {
            Change::All(changes) => changes.iter().flat_map(|change| self.events_of(change)).collect(),
            Change::Put { bucket, object, version } => {
                self.event(bucket, object, |bucket| put(bucket, object, version))
            }
            Change::Remove { bucket, object, version_id } => {
                self.event(bucket, object, |bucket| removed(bucket, object, version_id))
            }
            _ => Vec::new(),
        }
    }

    /// Returns the event, or nothing if the bucket emits no events. The sequence number is set when the event is emitted.
    fn event<'a>(
        &'a self,
        bucket: &str,
        object: &str,
        what: impl FnOnce(&'a Bucket) -> Option<(EventKind, &'a ObjectVersion)>,
    ) -> Vec<ObjectEvent> {
        let emitting = self.buckets.get(bucket).filter(|bucket| bucket.record.object_events_enabled);
        let event = emitting.and_then(|bucket| {
            let (kind, version) = what(bucket)?;
            Some(ObjectEvent {
                sequence: 0,
                id: random::uuid(),
                kind,
                time: clock::milliseconds(),
                compartment_id: bucket.record.compartment_id.clone(),
                bucket: bucket.record.name.clone(),
                bucket_id: bucket.record.id.clone(),
                object: object.to_owned(),
                etag: version.etag.clone(),
                version_id: bucket.has_versions().then(|| version.version_id.clone()),
                archived: version.attributes.archival_state().is_some(),
            })
        });
        event.into_iter().collect()
    }
}

/// Returns the event for a new version: a delete marker deletes the object; any other version creates or replaces it.
fn put<'a>(
    bucket: &'a Bucket,
    object: &str,
    version: &'a ObjectVersion,
) -> Option<(EventKind, &'a ObjectVersion)> {
    match (bucket.current(object), version.delete_marker) {
        (Some(gone), true) => Some((EventKind::Deleted, gone)),
        (None, true) => None,
        (Some(_), false) => Some((EventKind::Updated, version)),
        (None, false) => Some((EventKind::Created, version)),
    }
}

fn removed<'a>(bucket: &'a Bucket, object: &str, version_id: &str) -> Option<(EventKind, &'a ObjectVersion)> {
    let versions = bucket.objects.get(object)?;
    let place = versions.iter().position(|version| version.version_id == version_id)?;
    let gone = versions.get(place)?;
    if !gone.delete_marker {
        return Some((EventKind::Deleted, gone));
    }
    let newest = place + 1 == versions.len();
    let shown = versions.get(place.checked_sub(1)?)?;
    (newest && !shown.delete_marker).then_some((EventKind::Created, shown))
}

#[cfg(test)]
#[path = "change_events_tests.rs"]
mod tests;
