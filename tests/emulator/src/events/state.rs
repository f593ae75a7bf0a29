//! The stored rules and pending deliveries. Every change is one value, which is written to the journal and then applied.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::condition::ConditionError;
use super::event_rule::{EventRule, RuleRecord};
use super::queue::{Delivery, Key, Queue};
use crate::journal::Journal;
use crate::object_storage::ObjectEvent;
use crate::state_folder::StateError;
use crate::wire::service_error::ServiceError;

/// The rules and the pending deliveries.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Rules by OCID.
    pub(crate) rules: BTreeMap<String, EventRule>,
    pub(crate) queue: Queue,
    /// Sequence number up to which events have been moved here from Object Storage.
    taken: u64,
    journal: Option<Journal>,
}

/// A change, applied completely or not at all.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// A rule was created or changed.
    Rule(RuleRecord),
    DropRule {
        id: String,
    },
    /// Events up to a sequence number were moved here from Object Storage. Those that match a rule are to be delivered.
    Taken {
        sequence: u64,
        matched: Vec<Matched>,
    },
    /// A delivery has ended.
    Ended {
        sequence: u64,
        action: String,
    },
}

/// An event, and the actions that it is to be delivered to.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Matched {
    pub(crate) event: ObjectEvent,
    pub(crate) actions: Vec<MatchedAction>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct MatchedAction {
    pub(crate) rule: String,
    pub(crate) action: String,
}

/// Minimum size of a journal, in bytes, that is worth rewriting.
const JOURNAL_FLOOR: u64 = 8 << 20;

impl State {
    /// Opens the state in a folder, or an empty state in memory.
    pub(crate) fn open(folder: Option<&Path>) -> Result<Self, StateError> {
        let mut state = Self::default();
        let Some(folder) = folder else { return Ok(state) };
        std::fs::create_dir_all(folder).map_err(|error| StateError::io(folder, error))?;
        let path = folder.join("journal.jsonl");
        let (now, mut problem) = (Instant::now(), None);
        Journal::replay(&path, |change| {
            if let Err(error) = state.apply(change, now) {
                problem = Some(error.to_string());
            }
        })?;
        if let Some(problem) = problem {
            return Err(StateError::Damaged { path, problem });
        }
        state.journal = Some(Journal::compact(&path, state.changes())?);
        Ok(state)
    }

    /// Returns the sequence number up to which events have been moved here.
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }

    /// Makes a change durable and applies it.
    pub(crate) fn commit(&mut self, change: Change) -> Result<(), ServiceError> {
        if let Some(journal) = &mut self.journal {
            journal.append(&change).map_err(|error| ServiceError::internal(&error))?;
        }
        self.apply(change, Instant::now()).map_err(|error| ServiceError::internal(&error))?;
        self.shorten();
        Ok(())
    }

    fn apply(&mut self, change: Change, now: Instant) -> Result<(), ConditionError> {
        match change {
            Change::Rule(record) => {
                let id = record.id.clone();
                self.queue.hasten(&id, now);
                self.rules.insert(id, EventRule::new(record)?);
            }
            Change::DropRule { id } => {
                self.queue.hasten(&id, now);
                self.rules.remove(&id);
            }
            Change::Taken { sequence, matched } => {
                self.taken = self.taken.max(sequence);
                for Matched { event, actions } in matched {
                    let event = Arc::new(event);
                    for MatchedAction { rule, action } in actions {
                        let key = Key { sequence: event.sequence, action };
                        self.queue.put(key, Delivery::new(Arc::clone(&event), rule), now);
                    }
                }
            }
            Change::Ended { sequence, action } => self.queue.remove(&Key { sequence, action }),
        }
        Ok(())
    }

    /// Returns the changes that produce this state from an empty one.
    fn changes(&self) -> impl Iterator<Item = Change> + '_ {
        let rules = self.rules.values().map(|rule| Change::Rule(rule.record.clone()));
        let deliveries = self.queue.deliveries().map(|(key, delivery)| {
            let action = MatchedAction { rule: delivery.rule.clone(), action: key.action.clone() };
            let matched = Matched { event: ObjectEvent::clone(&delivery.event), actions: vec![action] };
            Change::Taken { sequence: key.sequence, matched: vec![matched] }
        });
        let taken = Change::Taken { sequence: self.taken, matched: Vec::new() };
        rules.chain(deliveries).chain(std::iter::once(taken))
    }

    /// Rewrites the journal once most of it concerns deliveries that have ended.
    fn shorten(&mut self) {
        if let Some(long) = self.journal.take_if(|journal| journal.is_long(JOURNAL_FLOOR)) {
            self.journal = Some(long.anew(self.changes()));
        }
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
