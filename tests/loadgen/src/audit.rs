use crate::batch::Batch;
use crate::outcome::Outcome;
use foldhash::fast::FixedState;
use serde::Serialize;
use std::collections::HashMap;
use std::hash::BuildHasher;

/// The records that workers have sent, for comparison with the content of the stream. Records are identified by a hash of key and value.
///
/// It takes about 60 bytes of memory per record. Among a million records, two have the same hash once in tens of millions of runs.
#[derive(Debug, Clone, Default)]
pub struct Audit {
    sent: HashMap<u64, Sent, FixedState>,
    /// The maximum sequence number read so far, by worker and key.
    last: HashMap<(u32, u64), u64, FixedState>,
    verdict: Verdict,
}

/// A record that was sent, and how often it was confirmed and read.
#[derive(Debug, Clone)]
struct Sent {
    worker: u32,
    /// Position among the worker's records.
    sequence: u64,
    /// How often it was sent, not counting retries: a file may contain the same line more than once.
    expected: u32,
    confirmed: u32,
    read: u32,
}

/// The result of comparing the records sent with the content of the stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Number of records sent.
    pub records: u64,
    /// Number of records that are on the stream.
    pub found: u64,
    /// Number of records that are not on the stream.
    pub lost: u64,
    /// Number of lost records that the target had confirmed.
    pub confirmed_but_lost: u64,
    /// Number of found records that the target had not confirmed.
    pub stored_unconfirmed: u64,
    /// Number of extra copies of records.
    pub duplicated: u64,
    /// Number of records that come after a later one of the same key and worker.
    pub out_of_order: u64,
    /// Number of records that were not part of the load.
    pub strangers: u64,
}

fn hash(key: Option<&[u8]>, value: &[u8]) -> u64 {
    FixedState::default().hash_one((key, value))
}

impl Audit {
    /// Adds the records of a batch that the worker is about to send, in this order.
    pub fn expect(&mut self, worker: u32, batch: &Batch) {
        for index in 0..batch.len() {
            let sequence = self.verdict.records;
            self.verdict.records += 1;
            let record = self.sent.entry(hash(batch.key(index), batch.value(index)));
            let again = |sent: &mut Sent| sent.expected += 1;
            record.and_modify(again).or_insert(Sent { worker, sequence, expected: 1, confirmed: 0, read: 0 });
        }
    }

    /// Counts the records of a batch that the target has confirmed. The outcomes are those of the records at `indices`.
    pub fn confirm(&mut self, batch: &Batch, indices: &[usize], outcomes: &[Outcome]) {
        for (index, _) in
            indices.iter().zip(outcomes).filter(|(_, outcome)| matches!(outcome, Outcome::Stored { .. }))
        {
            if let Some(sent) = self.sent.get_mut(&hash(batch.key(*index), batch.value(*index))) {
                sent.confirmed += 1;
            }
        }
    }

    /// Adds the records that another worker has sent.
    pub fn merge(&mut self, other: Audit) {
        self.verdict.records += other.verdict.records;
        for (hash, record) in other.sent {
            let same = |sent: &mut Sent| {
                sent.expected += record.expected;
                sent.confirmed += record.confirmed;
            };
            self.sent.entry(hash).and_modify(same).or_insert_with(|| record.clone());
        }
    }

    /// Counts a record that was read from the stream. The records of a partition must be passed in their order.
    pub fn observe(&mut self, key: Option<&[u8]>, value: &[u8]) {
        let Some(sent) = self.sent.get_mut(&hash(key, value)) else {
            self.verdict.strangers += 1;
            return;
        };
        sent.read += 1;
        if sent.read > sent.expected {
            self.verdict.duplicated += 1;
        }
        // Records that were sent more than once, or that have no key, have no defined order.
        if let (Some(key), 1, 1) = (key, sent.expected, sent.read) {
            let last = self.last.entry((sent.worker, hash(None, key))).or_insert(sent.sequence);
            self.verdict.out_of_order += u64::from(sent.sequence < *last);
            *last = sent.sequence.max(*last);
        }
    }

    /// Returns whether every confirmed record has been observed. Until then, the stream may not have been read to its end.
    pub fn is_complete(&self) -> bool {
        self.sent.values().all(|sent| sent.read >= sent.confirmed.min(sent.expected))
    }

    /// Compares the records sent with those observed.
    pub fn verdict(&self) -> Verdict {
        let mut verdict = self.verdict;
        for Sent { expected, confirmed, read, .. } in self.sent.values() {
            verdict.found += u64::from(*expected.min(read));
            verdict.lost += u64::from(expected.saturating_sub(*read));
            verdict.confirmed_but_lost += u64::from(confirmed.min(expected).saturating_sub(*read));
            verdict.stored_unconfirmed += u64::from(expected.min(read).saturating_sub(*confirmed));
        }
        verdict
    }
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
