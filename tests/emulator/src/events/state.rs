//! What there is: rules, and deliveries that wait. Every change is one value, which the journal keeps and which is then applied.

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

/// The state of the service.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// By OCID.
    pub(crate) rules: BTreeMap<String, EventRule>,
    pub(crate) queue: Queue,
    /// The sequence up to which events of Object Storage are here, or were.
    taken: u64,
    journal: Option<Journal>,
}

/// One change, all of it or none of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// A rule comes, or is another one from now on.
    Rule(RuleRecord),
    DropRule {
        id: String,
    },
    /// Events up to a sequence are taken over from Object Storage, and those among them that a rule matched are to be delivered.
    Taken {
        sequence: u64,
        matched: Vec<Matched>,
    },
    /// A delivery came to its end.
    Ended {
        sequence: u64,
        action: String,
    },
}

/// An event and the actions that it goes to.
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

/// A shorter journal is not worth writing anew.
const JOURNAL_FLOOR: u64 = 8 << 20;

impl State {
    /// A folder's state; with no folder an empty one in memory.
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

    /// Events up to this sequence need not be told again.
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }

    /// Makes a change that outlives the process from here on.
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

    /// The changes that make this state out of nothing.
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

    /// Writes the journal anew when most of it is about deliveries that have ended.
    fn shorten(&mut self) {
        if let Some(long) = self.journal.take_if(|journal| journal.is_long(JOURNAL_FLOOR)) {
            self.journal = Some(long.anew(self.changes()));
        }
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
