//! The consumer groups of a stream, and the journal of their commits.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use super::group::{Group, GroupPartition, Progress};
use crate::journal::Journal;
use crate::lock::lock;
use crate::state_folder::StateError;
use crate::wire::service_error::{ServiceError, limit_exceeded};

/// All groups of a stream.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    groups: BTreeMap<String, Group>,
    journal: Option<Journal>,
}

/// Maximum number of groups per stream: "A single stream can support up to 50 consumer groups" (Limits on Streaming Resources).
const GROUPS_CEILING: usize = 50;

/// Minimum size of a journal, in bytes, that is worth rewriting with one entry per group instead of one per commit.
const JOURNAL_FLOOR: u64 = 1 << 20;

impl Groups {
    pub(crate) fn open(folder: Option<&Path>, now: i64) -> Result<Self, StateError> {
        let mut state = State::default();
        if let Some(folder) = folder {
            let path = folder.join("groups.jsonl");
            Journal::replay(&path, |progress: Progress| {
                state.groups.insert(progress.name.clone(), Group::new(progress, now));
            })?;
            state.journal = Some(Journal::compact(&path, state.groups.values().map(Group::progress))?);
        }
        Ok(Self { state: Mutex::new(state) })
    }

    /// Applies `work` to an existing group. The flag that `work` returns tells whether there is a change to store.
    pub(crate) fn with<T>(
        &self,
        name: &str,
        unused: i64,
        work: impl FnOnce(&mut Group) -> Result<(T, bool), ServiceError>,
    ) -> Result<T, ServiceError> {
        let mut state = self.state();
        state.forget(unused);
        let group = state.groups.get_mut(name).ok_or_else(|| {
            ServiceError::not_found(
                "NotFound",
                format!("There is no consumer group '{name}' of this stream."),
            )
        })?;
        let (response, changed) = work(group)?;
        if changed {
            state.keep(name)?;
        }
        Ok(response)
    }

    /// Applies `work` to a group, which is created if necessary.
    pub(crate) fn with_new<T>(
        &self,
        name: &str,
        unused: i64,
        now: i64,
        begin: impl FnOnce() -> Result<Progress, ServiceError>,
        work: impl FnOnce(&mut Group) -> T,
    ) -> Result<T, ServiceError> {
        let mut state = self.state();
        state.forget(unused);
        if !state.groups.contains_key(name) {
            if state.groups.len() >= GROUPS_CEILING {
                let message = format!("The stream has {GROUPS_CEILING} consumer groups, which is the limit.");
                return Err(limit_exceeded(message));
            }
            state.groups.insert(name.to_owned(), Group::new(begin()?, now));
            if let Err(error) = state.keep(name) {
                state.groups.remove(name);
                return Err(error);
            }
        }
        let group = state.groups.get_mut(name).ok_or_else(|| {
            ServiceError::not_found(
                "NotFound",
                format!("There is no consumer group '{name}' of this stream."),
            )
        })?;
        Ok(work(group))
    }

    /// Returns every group with its partitions, ordered by name.
    pub(crate) fn shown(&self, unused: i64, now: i64) -> Vec<(String, Vec<GroupPartition>)> {
        let mut state = self.state();
        state.forget(unused);
        state.groups.iter_mut().map(|(name, group)| (name.clone(), group.shown(now))).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    /// Removes groups that have not been used for the stream's retention period.
    fn forget(&mut self, unused: i64) {
        self.groups.retain(|_, group| !group.unused_since(unused));
    }

    /// Stores the current progress of a group.
    fn keep(&mut self, name: &str) -> Result<(), ServiceError> {
        let (Some(group), Some(journal)) = (self.groups.get(name), &mut self.journal) else {
            return Ok(());
        };
        journal.append(group.progress()).map_err(|error| ServiceError::internal(&error))?;
        if let Some(long) = self.journal.take_if(|journal| journal.is_long(JOURNAL_FLOOR)) {
            self.journal = Some(long.anew(self.groups.values().map(Group::progress)));
        }
        Ok(())
    }
}
