//! The stored streams and pools. Every change is one value, which is written to the journal and then applied.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::cursor::KEY_LENGTH;
use super::partition::Partition;
use super::stream::{PoolRecord, Stream, StreamRecord};
use crate::control_plane::life::REMEMBERED_MILLISECONDS;
use crate::journal::Journal;
use crate::random;
use crate::state_folder::StateError;
use crate::wire::service_error::ServiceError;

/// All streams and pools by OCID, including deleted ones for as long as they are remembered.
#[derive(Debug)]
pub(crate) struct Registry {
    pub(crate) streams: BTreeMap<String, Arc<Stream>>,
    pub(crate) pools: BTreeMap<String, PoolRecord>,
    pub(crate) cursor_key: [u8; KEY_LENGTH],
    store: StreamStore,
    journal: Option<Journal>,
}

/// The storage for the content of streams.
#[derive(Debug, Clone)]
pub(crate) struct StreamStore {
    /// `None` keeps the content in memory.
    pub(crate) folder: Option<PathBuf>,
    pub(crate) segment_bytes: u64,
    pub(crate) seed: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Change {
    CursorKey([u8; KEY_LENGTH]),
    Pool(PoolRecord),
    Stream(StreamRecord),
}

impl Registry {
    pub(crate) fn open(store: StreamStore, now: i64) -> Result<Self, StateError> {
        let mut registry = Self {
            streams: BTreeMap::new(),
            pools: BTreeMap::new(),
            cursor_key: random::bytes(),
            store: StreamStore {
                folder: store.folder.as_ref().map(|folder| folder.join("streams")),
                ..store
            },
            journal: None,
        };
        let (Some(folder), Some(streams)) = (store.folder, registry.store.folder.clone()) else {
            return Ok(registry);
        };
        fs::create_dir_all(&streams).map_err(|error| StateError::io(&streams, error))?;
        let mut records = BTreeMap::new();
        let path = folder.join("journal.jsonl");
        Journal::replay(&path, |change| match change {
            Change::CursorKey(key) => registry.cursor_key = key,
            Change::Pool(pool) => drop(registry.pools.insert(pool.id.clone(), pool)),
            Change::Stream(stream) => drop(records.insert(stream.id.clone(), stream)),
        })?;
        let remembered = now.saturating_sub(REMEMBERED_MILLISECONDS);
        registry.pools.retain(|_, pool| !pool.life.was_over(remembered));
        records.retain(|_, record| !record.life.was_over(remembered));
        for record in records.into_values() {
            let stream = registry.store.open(record, now)?;
            registry.streams.insert(stream.record().id.clone(), Arc::new(stream));
        }
        registry.sweep(&streams).map_err(|error| StateError::io(&streams, error))?;
        registry.journal = Some(Journal::compact(&path, registry.changes())?);
        Ok(registry)
    }

    /// Stores a new or changed stream. A deleted stream loses its content.
    pub(crate) fn put_stream(&mut self, record: StreamRecord, now: i64) -> Result<Arc<Stream>, ServiceError> {
        let failed = |error: StateError| ServiceError::internal(&error);
        let there = self.streams.get(&record.id).cloned();
        let stream = match there {
            Some(stream) if record.life.is_there() => stream,
            _ => Arc::new(self.store.open(record.clone(), now).map_err(failed)?),
        };
        let change = Change::Stream(record.clone());
        if let Some(journal) = &mut self.journal {
            journal.append(&change).map_err(|error| ServiceError::internal(&error))?;
        }
        if let (false, Some(folder)) = (record.life.is_there(), &self.store.folder) {
            // If this fails, the next start removes the content.
            let _ = fs::remove_dir_all(folder.join(&record.id));
        }
        let id = record.id.clone();
        stream.set_record(record.clone());
        if let Some(before) = self.streams.insert(id, Arc::clone(&stream)) {
            // Holders of the old value must see that the stream is gone.
            before.set_record(record);
            before.partitions.iter().for_each(Partition::wake);
        }
        Ok(stream)
    }

    /// Stores a new or changed pool.
    pub(crate) fn put_pool(&mut self, record: PoolRecord) -> Result<(), ServiceError> {
        let change = Change::Pool(record.clone());
        if let Some(journal) = &mut self.journal {
            journal.append(&change).map_err(|error| ServiceError::internal(&error))?;
        }
        self.pools.insert(record.id.clone(), record);
        Ok(())
    }

    /// Returns the streams that are neither being deleted nor deleted.
    pub(crate) fn present(&self) -> impl Iterator<Item = &Arc<Stream>> {
        self.streams.values().filter(|stream| stream.record().life.is_there())
    }

    /// Returns the number of partitions of all present streams.
    pub(crate) fn partitions(&self) -> u64 {
        self.present().map(|stream| u64::from(stream.record().partitions)).sum()
    }

    /// Removes the content of streams that do not exist.
    fn sweep(&self, folder: &Path) -> std::io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if !self.present().any(|stream| name == *stream.record().id) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }

    /// Returns the changes that produce this state from an empty one.
    fn changes(&self) -> impl Iterator<Item = Change> {
        let pools = self.pools.values().cloned().map(Change::Pool);
        let streams =
            self.streams.values().map(|stream| Change::Stream(StreamRecord::clone(&stream.record())));
        std::iter::once(Change::CursorKey(self.cursor_key)).chain(pools).chain(streams)
    }
}

impl StreamStore {
    /// Opens a stream with its content; for a deleted one, only the record.
    fn open(&self, record: StreamRecord, now: i64) -> Result<Stream, StateError> {
        if !record.life.is_there() {
            return Ok(Stream::gone(record));
        }
        // Seeded by name, so that a stream gets the same gaps whatever its OCID is.
        let seed = record
            .name
            .bytes()
            .fold(self.seed, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
        Stream::open(record, self.folder.as_deref(), self.segment_bytes, seed, now)
    }
}
