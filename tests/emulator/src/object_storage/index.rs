//! The stored buckets, objects and uploads. Every change is one value, which is written to the journal and then applied. A start applies
//! the changes in the journal and arrives at the same state.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Weak};

use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::blob::{Blob, Blobs};
use super::bucket::{Bucket, BucketRecord, MultipartUpload, Part};
use super::object::{ObjectVersion, Segment};
use super::object_event::ObjectEvent;
use super::outbox::Outbox;
use crate::journal::Journal;
use crate::wire::service_error::ServiceError;

/// The state of the service.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) buckets: BTreeMap<String, Bucket>,
    /// Bucket and object name of the latest writes, most recent last, for the status page.
    recent: VecDeque<(String, String)>,
    pub(crate) outbox: Outbox,
    journal: Option<Journal>,
}

/// Number of writes remembered.
const REMEMBERED: usize = 100;

/// A change that happens completely or not at all.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// Creates a bucket, or changes its settings.
    Bucket(BucketRecord),
    DropBucket {
        bucket: String,
    },
    Put {
        bucket: String,
        object: String,
        version: ObjectVersion,
    },
    Remove {
        bucket: String,
        object: String,
        version_id: String,
    },
    Upload {
        bucket: String,
        upload: MultipartUpload,
    },
    Part {
        bucket: String,
        upload_id: String,
        number: u16,
        part: Part,
    },
    DropUpload {
        bucket: String,
        upload_id: String,
    },
    /// Emits an event, in one step with the change that it describes.
    Emit(ObjectEvent),
    /// Records that events up to this sequence number have been taken over.
    Emitted {
        last: u64,
    },
    /// Several changes in one step, such as a rename.
    All(Vec<Change>),
}

impl Index {
    /// Creates an empty state. The Events service already has the events up to the sequence number `taken`.
    pub(crate) fn new(taken: u64) -> Self {
        Self { outbox: Outbox::new(taken), ..Self::default() }
    }

    pub(crate) fn journal_to(&mut self, journal: Journal) {
        self.journal = Some(journal);
    }

    /// Makes a change and its events durable, and applies them.
    pub(crate) fn commit(&mut self, change: Change) -> Result<(), ServiceError> {
        let change = self.with_events(change)?;
        if let Some(journal) = &mut self.journal {
            journal.append(&change).map_err(|error| ServiceError::internal(&error))?;
        }
        self.apply(change);
        Ok(())
    }

    /// Combines a change and its events into one change.
    fn with_events(&self, change: Change) -> Result<Change, ServiceError> {
        let events = self.events_of(&change);
        if events.is_empty() {
            return Ok(change);
        }
        let admitted = self.outbox.admit(events).ok_or_else(|| {
            let message =
                "The emulator has no room for the event of this change: too many wait to be delivered.";
            ServiceError::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message)
        })?;
        Ok(Change::All(std::iter::once(change).chain(admitted.map(Change::Emit)).collect()))
    }

    /// Applies a change. Everything that it refers to exists, because the caller checked under the same lock.
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Bucket(record) => {
                let name = record.name.clone();
                self.buckets.entry(name).or_default().record = record;
            }
            Change::DropBucket { bucket } => drop(self.buckets.remove(&bucket)),
            Change::Emit(event) => self.outbox.push(event),
            Change::Emitted { last } => self.outbox.resume(last),
            Change::All(changes) => changes.into_iter().for_each(|change| self.apply(change)),
            Change::Put { bucket, object, version } => {
                self.remember(&bucket, &object);
                self.within(&bucket, |bucket| bucket.push(object, version));
            }
            Change::Remove { bucket, object, version_id } => {
                self.within(&bucket, |bucket| bucket.remove(&object, &version_id));
            }
            Change::Upload { bucket, upload } => {
                self.within(&bucket, |bucket| drop(bucket.uploads.insert(upload.id.clone(), upload)));
            }
            Change::Part { bucket, upload_id, number, part } => self.within(&bucket, |bucket| {
                if let Some(upload) = bucket.uploads.get_mut(&upload_id) {
                    upload.parts.insert(number, part);
                }
            }),
            Change::DropUpload { bucket, upload_id } => {
                self.within(&bucket, |bucket| drop(bucket.uploads.remove(&upload_id)));
            }
        }
    }

    /// Returns the changes that produce this state from an empty one.
    pub(crate) fn changes(&self) -> impl Iterator<Item = Change> + '_ {
        let emitted = std::iter::once(Change::Emitted { last: self.outbox.last() });
        let waiting = self.outbox.waiting().map(|event| Change::Emit(ObjectEvent::clone(event)));
        let buckets = self.buckets.values().flat_map(|bucket| {
            let name = || bucket.record.name.clone();
            let objects = bucket.objects.iter().flat_map(move |(object, versions)| {
                versions.iter().map(move |version| {
                    let version = ObjectVersion::clone(version);
                    Change::Put { bucket: name(), object: object.clone(), version }
                })
            });
            let uploads = bucket
                .uploads
                .values()
                .map(move |upload| Change::Upload { bucket: name(), upload: upload.clone() });
            std::iter::once(Change::Bucket(bucket.record.clone())).chain(objects).chain(uploads)
        });
        emitted.chain(waiting).chain(buckets)
    }

    /// Opens the blob of every segment. A blob that several objects share is opened once.
    pub(crate) fn attach(
        &mut self,
        blobs: &Arc<Blobs>,
    ) -> Result<BTreeSet<String>, (String, std::io::Error)> {
        let mut known: HashMap<String, Weak<Blob>> = HashMap::new();
        let mut attach = |segment: &mut Segment| {
            let blob = match known.get(&segment.id).and_then(Weak::upgrade) {
                Some(blob) => blob,
                None => {
                    blobs.known(&segment.id, segment.length).map_err(|error| (segment.id.clone(), error))?
                }
            };
            known.insert(segment.id.clone(), Arc::downgrade(&blob));
            segment.blob = Some(blob);
            Ok(())
        };
        for bucket in self.buckets.values_mut() {
            for version in bucket.objects.values_mut().flatten() {
                Arc::make_mut(version).content.iter_mut().try_for_each(&mut attach)?;
            }
            for part in bucket.uploads.values_mut().flat_map(|upload| upload.parts.values_mut()) {
                attach(&mut part.content)?;
            }
        }
        Ok(known.into_keys().collect())
    }

    /// Returns the latest writes whose objects still exist, most recent first.
    pub(crate) fn recent(&self) -> impl Iterator<Item = (&str, &str, &ObjectVersion)> {
        self.recent.iter().rev().filter_map(|(bucket, object)| {
            let version = self.buckets.get(bucket)?.current(object)?;
            Some((bucket.as_str(), object.as_str(), version.as_ref()))
        })
    }

    fn remember(&mut self, bucket: &str, object: &str) {
        // An object that is written repeatedly is remembered once.
        self.recent.retain(|(other, name)| (other.as_str(), name.as_str()) != (bucket, object));
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back((bucket.to_owned(), object.to_owned()));
    }

    fn within(&mut self, bucket: &str, change: impl FnOnce(&mut Bucket)) {
        if let Some(bucket) = self.buckets.get_mut(bucket) {
            change(bucket);
        }
    }
}
