//! The rules of the scheduler, tested against the model of a stream.

mod pacing;
mod rules;
mod scripts;

use super::ends::NO_TURN;
use super::model::{Fault, Knowledge, World, partition_of};
use super::*;
use crate::outcome::Failure;
use crate::position::Sequence;
use crate::put_error::Cause;
use bytes::Bytes;
use proptest::prelude::*;
use std::collections::BTreeMap;

const LIMITS: Limits = Limits {
    key: 8,
    record: 400,
    request: 1000,
    request_records: 12,
    partition_bytes_per_second: None,
    partition_records_per_second: None,
};

fn options(order: Order) -> SendOptions {
    SendOptions { in_flight: 4, ..SendOptions::service(order) }
}

fn record(key: Option<&str>, value: &str) -> Record {
    Record { key: key.map(|key| Bytes::from(key.to_owned())), value: Bytes::from(value.to_owned()) }
}

fn world(faults: Vec<Option<Fault>>) -> World {
    let mut world = World::new(3, LIMITS, options(Order::Key), 10);
    world.faults = faults;
    world
}

/// Returns the outcomes of a batch as words: `stored`, or the failure.
fn outcomes(world: &World, batch: usize) -> Vec<String> {
    let word = |outcome: &Outcome| match outcome {
        Outcome::Stored(_) => "stored".to_owned(),
        Outcome::Failed { failure, .. } => format!("{failure:?}").to_lowercase(),
    };
    world.outcomes[&batch].1.iter().map(word).collect()
}
