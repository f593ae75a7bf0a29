use crate::batch::Batch;
use crate::outcome::Outcome;
use foldhash::fast::FixedState;
use serde::Serialize;
use std::collections::HashMap;
use std::hash::BuildHasher;

/// What a worker sent, to be held against what is on the stream: records are known by hashes of their keys and values.
///
/// Takes some 60 bytes of memory a record. Two different records are taken for the same once in thousands of runs of a million.
#[derive(Debug, Clone, Default)]
pub struct Audit {
    sent: HashMap<u64, Sent, FixedState>,
    /// By worker and key: the last of its records that was read, in the order in which they were sent.
    last: HashMap<(u32, u64), u64, FixedState>,
    verdict: Verdict,
}

/// One record.
#[derive(Debug, Clone)]
struct Sent {
    worker: u32,
    /// Its place among all of its worker's.
    sequence: u64,
    /// How often it was made: a file has the same line more than once.
    made: u32,
    confirmed: u32,
    read: u32,
}

/// What the stream's content says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Records made.
    pub records: u64,
    /// Those that were found.
    pub found: u64,
    /// Those that are not there.
    pub lost: u64,
    /// Those of them that the target said were stored: it lied.
    pub confirmed_but_lost: u64,
    /// Those that are there, though nobody said so.
    pub stored_unconfirmed: u64,
    /// How often one was there once more.
    pub duplicated: u64,
    /// Records behind a later one of their key and worker.
    pub out_of_order: u64,
    /// Records that somebody else put there.
    pub strangers: u64,
}

fn hash(key: Option<&[u8]>, value: &[u8]) -> u64 {
    FixedState::default().hash_one((key, value))
}

impl Audit {
    /// A worker has made a batch; it is going to send it in this order.
    pub fn made(&mut self, worker: u32, batch: &Batch) {
        for place in 0..batch.len() {
            let sequence = self.verdict.records;
            self.verdict.records += 1;
            let record = self.sent.entry(hash(batch.key(place), batch.value(place)));
            let made = |sent: &mut Sent| sent.made += 1;
            record.and_modify(made).or_insert(Sent { worker, sequence, made: 1, confirmed: 0, read: 0 });
        }
    }

    /// What the target said of the records at these places.
    pub fn took(&mut self, batch: &Batch, places: &[usize], outcomes: &[Outcome]) {
        for (place, _) in
            places.iter().zip(outcomes).filter(|(_, outcome)| matches!(outcome, Outcome::Stored { .. }))
        {
            if let Some(sent) = self.sent.get_mut(&hash(batch.key(*place), batch.value(*place))) {
                sent.confirmed += 1;
            }
        }
    }

    /// Adds another worker's.
    pub fn add(&mut self, other: Audit) {
        self.verdict.records += other.verdict.records;
        for (hash, record) in other.sent {
            let same = |sent: &mut Sent| {
                sent.made += record.made;
                sent.confirmed += record.confirmed;
            };
            self.sent.entry(hash).and_modify(same).or_insert_with(|| record.clone());
        }
    }

    /// A record of the stream; of each partition in its order.
    pub fn read(&mut self, key: Option<&[u8]>, value: &[u8]) {
        let Some(sent) = self.sent.get_mut(&hash(key, value)) else {
            self.verdict.strangers += 1;
            return;
        };
        sent.read += 1;
        if sent.read > sent.made {
            self.verdict.duplicated += 1;
        }
        // What was made more than once has no place of its own, and neither has what has no key.
        if let (Some(key), 1, 1) = (key, sent.made, sent.read) {
            let last = self.last.entry((sent.worker, hash(None, key))).or_insert(sent.sequence);
            self.verdict.out_of_order += u64::from(sent.sequence < *last);
            *last = sent.sequence.max(*last);
        }
    }

    /// Whether everything that was confirmed has been read: before that, it may be on its way.
    pub fn is_complete(&self) -> bool {
        self.sent.values().all(|sent| sent.read >= sent.confirmed.min(sent.made))
    }

    /// What came of it.
    pub fn verdict(&self) -> Verdict {
        let mut verdict = self.verdict;
        for Sent { made, confirmed, read, .. } in self.sent.values() {
            verdict.found += u64::from(*made.min(read));
            verdict.lost += u64::from(made.saturating_sub(*read));
            verdict.confirmed_but_lost += u64::from(confirmed.min(made).saturating_sub(*read));
            verdict.stored_unconfirmed += u64::from(made.min(read).saturating_sub(*confirmed));
        }
        verdict
    }
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
