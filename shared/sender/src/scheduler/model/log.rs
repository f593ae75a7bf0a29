//! The records on the model's stream, and which of them its limits let pass.

use crate::limits::Limits;
use crate::position::{Position, Sequence};
use crate::put_error::{Cause, NotStored};
use crate::record::Record;
use crate::stream::{PutResponse, Stored};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The records on the stream.
#[derive(Debug, Default)]
pub(in super::super) struct Log {
    /// Records by partition, in order.
    pub(in super::super) partitions: Vec<Vec<Record>>,
    /// Values of records in requests that got no response.
    pub(in super::super) lost: BTreeSet<Bytes>,
    /// How much of its limit each partition has used up, and when that was computed.
    pub(super) taken: Vec<(f64, u64)>,
    pub(in super::super) throttled: u64,
    pub(super) random: u64,
}

impl Log {
    pub(super) fn lose(&mut self, records: &[Record]) {
        self.lost.extend(records.iter().map(|record| record.value.clone()));
    }

    /// Stores the records that the limits let pass. Like the local cloud, it lets a second's worth pass at once, and nothing after the
    /// first record of a partition that does not pass.
    pub(super) fn store(&mut self, records: &[Record], limits: &Limits, now: u64) -> PutResponse {
        let mut full = BTreeMap::new();
        let mut put = |record: &Record| {
            let partition = self.partition(record);
            if let Some(rate) = limits.partition_bytes_per_second {
                let (taken, since) = self.taken[partition];
                let taken = (taken - (now - since) as f64 * rate as f64 / 1000.0).max(0.0);
                let over = taken + record.size().min(rate as usize) as f64 - rate as f64;
                if over > 1e-6 || full.contains_key(&partition) {
                    let wait = *full.entry(partition).or_insert((over / rate as f64 * 1000.0).ceil() as u64);
                    self.throttled += 1;
                    let wait = Some(Duration::from_millis(wait));
                    return Err(NotStored { cause: Cause::Throttled, message: "full".into(), wait });
                }
                self.taken[partition] = (taken + record.size() as f64, now);
            }
            let log = &mut self.partitions[partition];
            log.push(record.clone());
            Ok(Stored {
                position: Position {
                    partition: partition.to_string().into(),
                    sequence: Sequence::Number(log.len() as u64 - 1),
                },
                timestamp: Some(now.to_string().into()),
            })
        };
        records.iter().map(&mut put).collect()
    }

    fn partition(&mut self, record: &Record) -> usize {
        self.random += 1;
        let hash = match &record.key {
            Some(key) => return partition_of(key, self.partitions.len()),
            None => mix(mix(2, self.random), 3),
        };
        (mix(hash, 0) % self.partitions.len() as u64) as usize
    }
}

/// Returns the partition on which the stream puts the records of a key.
pub(in super::super) fn partition_of(key: &[u8], partitions: usize) -> usize {
    let hash = key.iter().fold(1, |hash, byte| mix(hash, u64::from(*byte)));
    (mix(hash, 0) % partitions as u64) as usize
}

fn mix(hash: u64, byte: u64) -> u64 {
    (hash ^ byte).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31)
}
