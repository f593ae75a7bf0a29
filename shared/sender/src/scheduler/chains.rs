use super::batches::Batches;
use super::ids::EntryId;
use bytes::Bytes;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// The records of each key, in order. Only the first may be in flight.
///
/// A chain is a linked list through the entries. The table holds each chain's first and last entry.
#[derive(Debug)]
pub(super) struct Chains {
    hasher: FixedState,
    table: HashTable<Chain>,
}

#[derive(Debug)]
struct Chain {
    first: EntryId,
    last: EntryId,
}

impl Chains {
    pub(super) fn new(seed: u64) -> Self {
        Chains { hasher: FixedState::with_seed(seed), table: HashTable::new() }
    }

    /// Appends a record to the chain of its key. A record without a key belongs to no chain.
    pub(super) fn push<T>(&mut self, batches: &mut Batches<T>, id: EntryId) {
        let Some(key) = batches.record(id).key.clone() else { return };
        let hasher = &self.hasher;
        let hash = hasher.hash_one(&key[..]);
        match self.table.find_mut(hash, |chain| is_of(batches, chain, &key)) {
            Some(chain) => {
                batches.entry_mut(chain.last).next = Some(id);
                batches.entry_mut(id).previous = Some(chain.last);
                chain.last = id;
            }
            None => {
                let rehash = |chain: &Chain| {
                    let key = &batches.record(chain.first).key;
                    hasher.hash_one(&key.as_ref().expect("records in chains have keys")[..])
                };
                self.table.insert_unique(hash, Chain { first: id, last: id }, rehash);
            }
        }
    }

    /// Removes a record from its chain, and returns the next record if that one is now first.
    pub(super) fn remove<T>(&mut self, batches: &mut Batches<T>, id: EntryId) -> Option<EntryId> {
        let key = batches.record(id).key.clone()?;
        let entry = batches.entry_mut(id);
        let (previous, next) = (entry.previous.take(), entry.next.take());
        if let Some(previous) = previous {
            batches.entry_mut(previous).next = next;
        }
        if let Some(next) = next {
            batches.entry_mut(next).previous = previous;
        }
        if previous.is_some() && next.is_some() {
            return None;
        }
        let hash = self.hasher.hash_one(&key[..]);
        let found = self.table.find_entry(hash, |chain| is_of(batches, chain, &key));
        let Ok(mut found) = found else { return None }; // order is not kept
        match (previous, next) {
            (None, None) => drop(found.remove()),
            (None, Some(next)) => found.get_mut().first = next,
            (Some(previous), _) => found.get_mut().last = previous,
        }
        if previous.is_none() { next } else { None }
    }
}

fn is_of<T>(batches: &Batches<T>, chain: &Chain, key: &Bytes) -> bool {
    batches.record(chain.first).key.as_ref() == Some(key)
}
