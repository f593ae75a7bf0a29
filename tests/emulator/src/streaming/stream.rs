//! A stream and a pool: what is written down about them, and what belongs to a stream besides.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, RwLock};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::groups::Groups;
use super::partition::Partition;
use crate::state_folder::StateError;

/// What CreateStream was told and UpdateStream changes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct StreamRecord {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) partitions: u32,
    pub(crate) retention_in_hours: u32,
    pub(crate) compartment_id: String,
    pub(crate) pool: String,
    pub(crate) life: Life,
    pub(crate) freeform_tags: BTreeMap<String, String>,
    pub(crate) defined_tags: Map<String, Value>,
    pub(crate) etag: String,
}

/// What CreateStreamPool was told and UpdateStreamPool changes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct PoolRecord {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) compartment_id: String,
    /// Made by the service for a compartment's streams without a pool of their own.
    pub(crate) default: bool,
    pub(crate) auto_create_topics: bool,
    pub(crate) log_retention_hours: u32,
    pub(crate) num_partitions: u32,
    pub(crate) kms_key_id: Option<String>,
    pub(crate) private_endpoint: Option<Value>,
    pub(crate) life: Life,
    pub(crate) freeform_tags: BTreeMap<String, String>,
    pub(crate) defined_tags: Map<String, Value>,
    pub(crate) security_attributes: Map<String, Value>,
    pub(crate) etag: String,
}

/// From when to when something is there; the state follows from the time.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Life {
    pub(crate) created: i64,
    pub(crate) active: i64,
    /// When it begins to go, and when it is gone.
    pub(crate) deleted: Option<(i64, i64)>,
}

/// How long the service remembers what was deleted: 90 days.
pub(crate) const REMEMBERED_MILLISECONDS: i64 = 90 * 24 * 3600 * 1000;

/// A stream with its content.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) record: RwLock<Arc<StreamRecord>>,
    pub(crate) partitions: Vec<Partition>,
    pub(crate) groups: Groups,
}

impl Stream {
    /// Opens what a folder has of a stream, or an empty one in memory.
    pub(crate) fn open(
        record: StreamRecord,
        folder: Option<&Path>,
        segment_bytes: u64,
        seed: u64,
        now: i64,
    ) -> Result<Self, StateError> {
        let folder = folder.map(|folder| folder.join(&record.id));
        let partitions = (0..record.partitions).map(|number| {
            let folder = folder.as_ref().map(|folder| folder.join(number.to_string()));
            Partition::open(folder.as_deref(), segment_bytes, seed.wrapping_add(u64::from(number)))
        });
        let partitions = partitions.collect::<Result<_, _>>()?;
        let groups = Groups::open(folder.as_deref(), now)?;
        Ok(Self { record: RwLock::new(Arc::new(record)), partitions, groups })
    }

    /// One that was deleted, of which the record is left.
    pub(crate) fn gone(record: StreamRecord) -> Self {
        Self { record: RwLock::new(Arc::new(record)), partitions: Vec::new(), groups: Groups::default() }
    }

    pub(crate) fn record(&self) -> Arc<StreamRecord> {
        Arc::clone(&self.record.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    pub(crate) fn set_record(&self, record: StreamRecord) {
        *self.record.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(record);
    }

    /// The time before which messages are out of retention.
    pub(crate) fn cutoff(&self, now: i64) -> i64 {
        now - self.record().retention_milliseconds()
    }
}

impl StreamRecord {
    pub(crate) fn retention_milliseconds(&self) -> i64 {
        i64::from(self.retention_in_hours) * 3_600_000
    }
}

impl Life {
    pub(crate) fn new(created: i64, delay: i64) -> Self {
        Self { created, active: created.saturating_add(delay), deleted: None }
    }

    pub(crate) fn end(self, now: i64, delay: i64) -> Self {
        Self { deleted: Some((now, now.saturating_add(delay))), ..self }
    }

    /// The API's name of the state at a time.
    pub(crate) fn state(self, now: i64) -> &'static str {
        match self.deleted {
            Some((_, gone)) if now >= gone => "DELETED",
            Some(_) => "DELETING",
            None if now < self.active => "CREATING",
            None => "ACTIVE",
        }
    }

    /// Whether it is neither going nor gone.
    pub(crate) fn is_there(self) -> bool {
        self.deleted.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::Life;

    #[test]
    fn a_life_goes_through_its_states() {
        let life = Life::new(100, 20);
        assert_eq!([119, 120].map(|now| life.state(now)), ["CREATING", "ACTIVE"]);
        let ended = life.end(500, 20);
        assert_eq!([519, 520].map(|now| ended.state(now)), ["DELETING", "DELETED"]);
    }
}
