//! Reads the member `partitions` of a receipt, whichever format it has.

use crate::receipts::receipt::PartitionCount;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;

/// Reads format 2's list, or format 1's object, whose names are the paths.
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PartitionCount>, D::Error> {
    deserializer.deserialize_any(PartitionCounts)
}

struct PartitionCounts;

/// The counts of a partition in format 1.
#[derive(Deserialize)]
struct Counts {
    rows: u64,
    files: u64,
    bytes: u64,
}

impl<'de> Visitor<'de> for PartitionCounts {
    type Value = Vec<PartitionCount>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of partitions, or an object of them")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut partitions = Vec::new();
        while let Some(partition) = list.next_element()? {
            partitions.push(partition);
        }
        Ok(partitions)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut partitions = Vec::new();
        while let Some((path, Counts { rows, files, bytes })) = object.next_entry()? {
            partitions.push(PartitionCount { path, rows, files, bytes });
        }
        Ok(partitions)
    }
}
