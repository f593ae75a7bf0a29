//! The stored connectors and their progress. Every change is one value, which is written to the journal and then applied.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::connector::ConnectorRecord;
use crate::control_plane::life::REMEMBERED_MILLISECONDS;
use crate::journal::Journal;
use crate::state_folder::StateError;
use crate::wire::service_error::ServiceError;

/// All connectors by OCID, including deleted ones for as long as they are remembered.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    connectors: BTreeMap<String, ConnectorRecord>,
    journal: Option<Journal>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Change {
    Connector(Box<ConnectorRecord>),
    Position { connector: String, partition: usize, next: u64 },
}

/// Minimum size of a journal, in bytes, that is worth rewriting with connectors in place of their individual positions.
const JOURNAL_FLOOR: u64 = 1 << 20;

impl Registry {
    /// Opens the state in a folder, or an empty one in memory.
    pub(crate) fn open(folder: Option<&Path>, now: i64) -> Result<Self, StateError> {
        let mut registry = Self::default();
        let Some(folder) = folder else { return Ok(registry) };
        fs::create_dir_all(folder).map_err(|error| StateError::io(folder, error))?;
        let path = folder.join("journal.jsonl");
        Journal::replay(&path, |change| registry.apply(change))?;
        let remembered = now.saturating_sub(REMEMBERED_MILLISECONDS);
        registry.connectors.retain(|_, record| !record.life.was_over(remembered));
        registry.journal = Some(Journal::compact(&path, registry.changes())?);
        Ok(registry)
    }

    pub(crate) fn get(&self, id: &str) -> Option<&ConnectorRecord> {
        self.connectors.get(id)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &ConnectorRecord> {
        self.connectors.values()
    }

    /// Returns the connectors that are neither being deleted nor deleted.
    pub(crate) fn present(&self) -> impl Iterator<Item = &ConnectorRecord> {
        self.all().filter(|record| record.life.is_there())
    }

    /// Stores a new or changed connector.
    pub(crate) fn put(&mut self, record: ConnectorRecord) -> Result<(), ServiceError> {
        self.commit(Change::Connector(Box::new(record)))
    }

    /// Stores how far a connector has moved a partition.
    pub(crate) fn save_position(
        &mut self,
        connector: &str,
        partition: usize,
        next: u64,
    ) -> Result<(), ServiceError> {
        self.commit(Change::Position { connector: connector.to_owned(), partition, next })
    }

    fn commit(&mut self, change: Change) -> Result<(), ServiceError> {
        if let Some(journal) = &mut self.journal {
            journal.append(&change).map_err(|error| ServiceError::internal(&error))?;
        }
        self.apply(change);
        if let Some(long) = self.journal.take_if(|journal| journal.is_long(JOURNAL_FLOOR)) {
            self.journal = Some(long.anew(self.changes()));
        }
        Ok(())
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::Connector(record) => drop(self.connectors.insert(record.id.clone(), *record)),
            Change::Position { connector, partition, next } => {
                let record = self.connectors.get_mut(&connector);
                if let Some(position) = record.and_then(|record| record.positions.get_mut(partition)) {
                    position.next = next;
                }
            }
        }
    }

    /// Returns the changes that produce this state from an empty one.
    fn changes(&self) -> impl Iterator<Item = Change> {
        self.all().map(|record| Change::Connector(Box::new(record.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::super::connector::Position;
    use super::{ConnectorRecord, JOURNAL_FLOOR, Registry};

    #[test]
    fn positions_survive_a_rewrite_of_the_journal() {
        let folder = tempfile::tempdir().unwrap();
        let mut registry = Registry::open(Some(folder.path()), 0).unwrap();
        let positions = vec![Position::at(5); 2];
        registry.put(ConnectorRecord { id: "c".to_owned(), positions, ..Default::default() }).unwrap();
        let mut lengths = Vec::new();
        for next in 6..30_000 {
            registry.save_position("c", 1, next).unwrap();
            lengths.push(std::fs::metadata(folder.path().join("journal.jsonl")).unwrap().len());
        }
        assert!(lengths.iter().all(|length| *length <= JOURNAL_FLOOR + 100));
        assert!(lengths.windows(2).any(|pair| pair[1] < pair[0]), "it was written anew");
        registry.save_position("unknown", 0, 1).unwrap();
        registry.save_position("c", 2, 1).unwrap();
        drop(registry);
        let registry = Registry::open(Some(folder.path()), 0).unwrap();
        let expected = [Position::at(5), Position { begin: 5, next: 29_999 }];
        assert_eq!(registry.get("c").unwrap().positions, expected);
    }
}
