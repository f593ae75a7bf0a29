//! Streams and pools: their records, and the content of streams.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, RwLock};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::groups::Groups;
use super::partition::Partition;
use crate::control_plane::life::Life;
use crate::state_folder::StateError;

/// The attributes of a stream, which CreateStream sets and UpdateStream changes.
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

/// The attributes of a pool, which CreateStreamPool sets and UpdateStreamPool changes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct PoolRecord {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) compartment_id: String,
    /// Whether the service created it, for streams of a compartment that are in no other pool.
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

/// A stream with its content.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) record: RwLock<Arc<StreamRecord>>,
    pub(crate) partitions: Vec<Partition>,
    pub(crate) groups: Groups,
}

impl Stream {
    /// Opens the content of a stream in a folder, or an empty one in memory.
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

    /// Creates a deleted stream, of which only the record is left.
    pub(crate) fn gone(record: StreamRecord) -> Self {
        Self { record: RwLock::new(Arc::new(record)), partitions: Vec::new(), groups: Groups::default() }
    }

    pub(crate) fn record(&self) -> Arc<StreamRecord> {
        Arc::clone(&self.record.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    pub(crate) fn set_record(&self, record: StreamRecord) {
        *self.record.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(record);
    }

    /// Returns the time before which messages are out of retention.
    pub(crate) fn cutoff(&self, now: i64) -> i64 {
        now - self.record().retention_milliseconds()
    }
}

impl StreamRecord {
    pub(crate) fn retention_milliseconds(&self) -> i64 {
        i64::from(self.retention_in_hours) * 3_600_000
    }
}
