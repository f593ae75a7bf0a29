//! The documented limits of the service, and options to change them.

use std::str::FromStr;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::SKEW_CEILING_SECONDS;
use crate::state_folder::StateError;
use crate::steady_clock::SteadyClock;

/// The options of the Streaming service. The defaults are the documented limits ("Limits on Streaming Resources"); `None` removes a limit.
#[derive(Debug, Clone)]
pub struct StreamingOptions {
    /// Streams to create at startup, in the default pool of the tenancy's root compartment.
    pub streams: Vec<StreamSpec>,
    /// Maximum bytes of keys and values written to a partition per second; by default 1 MB.
    pub write_bytes_per_second: Option<u64>,
    /// Maximum number of messages written to a partition per second; by default 1,000.
    pub write_messages_per_second: Option<u64>,
    /// Maximum number of reads of a partition per second, for each consumer group and for all readers without one; by default 5.
    pub reads_per_second: Option<u64>,
    /// Maximum bytes of keys and values read from a partition per second; by default 2 MB.
    pub read_bytes_per_second: Option<u64>,
    /// Maximum number of control-plane calls and new cursors per second, for each operation. The service's limit of 5 would slow down
    /// tests, so it is off by default.
    pub control_requests_per_second: Option<u64>,
    /// Maximum number of partitions of all streams in the tenancy; by default 200.
    pub partitions: Option<u64>,
    /// Maximum size of a GetMessages response, in bytes of keys and values. A single message may exceed it.
    pub batch_bytes: u64,
    /// Lifetime of a cursor; by default five minutes.
    pub cursor_lifetime: Duration,
    /// How long creating or deleting a stream or pool takes.
    pub lifecycle_delay: Duration,
    /// Maximum number of offsets to skip between the messages of a partition, which the documentation allows. 0 skips none.
    pub offset_gap: u64,
    /// Size of a log file in bytes. Retention deletes whole files, and a start reads the last file of each partition.
    pub segment_bytes: u64,
}

/// A stream to create at startup, written as `NAME` or `NAME:PARTITIONS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamSpec {
    /// Name of the stream.
    pub name: String,
    /// Number of partitions.
    pub partitions: u32,
}

/// The service's clock, which follows this machine's but never goes back. Tests can move it ahead.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    machine: SteadyClock,
    ahead: watch::Sender<i64>,
}

impl Default for StreamingOptions {
    fn default() -> Self {
        Self {
            streams: vec![StreamSpec { name: "ledger".to_owned(), partitions: 2 }],
            write_bytes_per_second: Some(1_000_000),
            write_messages_per_second: Some(1_000),
            reads_per_second: Some(5),
            read_bytes_per_second: Some(2_000_000),
            control_requests_per_second: None,
            partitions: Some(200),
            batch_bytes: 1 << 20,
            cursor_lifetime: Duration::from_secs(5 * 60),
            lifecycle_delay: Duration::from_millis(20),
            offset_gap: 0,
            segment_bytes: 16 << 20,
        }
    }
}

impl StreamingOptions {
    /// Returns the same options without rate limits.
    pub fn unlimited(self) -> Self {
        Self {
            write_bytes_per_second: None,
            write_messages_per_second: None,
            reads_per_second: None,
            read_bytes_per_second: None,
            control_requests_per_second: None,
            ..self
        }
    }

    /// Checks that a further stream does not exceed the limit of partitions. `present` is the number of partitions of all other streams.
    pub(crate) fn check_partitions(&self, present: u64, partitions: u32) -> Result<(), String> {
        match self.partitions.filter(|limit| present + u64::from(partitions) > *limit) {
            Some(limit) => {
                Err(format!("The partitions of all streams would be more than the limit of {limit}."))
            }
            None => Ok(()),
        }
    }

    /// Checks that new streams together do not exceed the limit of partitions, and reports the first one that does.
    pub(crate) fn check_streams<'a>(
        &self,
        mut present: u64,
        new: impl IntoIterator<Item = &'a StreamSpec>,
    ) -> Result<(), StateError> {
        for StreamSpec { name, partitions } in new {
            self.check_partitions(present, *partitions).map_err(|problem| StateError::Stream {
                name: name.clone(),
                partitions: *partitions,
                problem,
            })?;
            present += u64::from(*partitions);
        }
        Ok(())
    }
}

impl FromStr for StreamSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, partitions) = text.split_once(':').unwrap_or((text, "1"));
        let partitions = partitions.parse().ok().filter(|partitions| *partitions > 0);
        let partitions =
            partitions.ok_or_else(|| format!("{text:?}: expected a number of partitions after the colon"))?;
        if !good_name(name) {
            return Err(format!("{name:?} is not a valid stream name"));
        }
        Ok(Self { name: name.to_owned(), partitions })
    }
}

impl Clock {
    /// Returns the time in milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.machine.now() + *self.ahead.borrow()
    }

    /// Moves the clock ahead. Returns false, and leaves it unchanged, if it would be too far ahead.
    pub(crate) fn advance(&self, by: Duration) -> bool {
        self.ahead.send_if_modified(|ahead| {
            let moved = ahead.saturating_add(milliseconds(by));
            let may_be = moved <= SKEW_CEILING_SECONDS * 1000;
            if may_be {
                *ahead = moved;
            }
            may_be
        })
    }

    /// Returns a receiver that reports when the clock is moved.
    pub(crate) fn moved(&self) -> watch::Receiver<i64> {
        self.ahead.subscribe()
    }
}

pub(crate) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Returns whether a stream, pool or consumer group can have this name. The documentation does not say which names are valid. These are
/// valid for a Kafka topic, and a stream can also be reached as one.
pub(crate) fn good_name(name: &str) -> bool {
    (1..=249).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Clock, StreamSpec};

    #[test]
    fn the_clock_can_be_moved_ahead_by_a_hundred_years_in_total() {
        let (clock, fifty_years) = (Clock::default(), Duration::from_secs(50 * 365 * 24 * 3600));
        let before = clock.now();
        assert!(!clock.advance(Duration::MAX));
        assert!(clock.advance(fifty_years) && clock.advance(fifty_years));
        assert!(!clock.advance(fifty_years));
        assert!(clock.now() - before >= 2 * 50 * 365 * 24 * 3_600_000);
    }

    #[test]
    fn a_stream_is_given_with_or_without_its_number_of_partitions() {
        let spec = |name: &str, partitions| Ok(StreamSpec { name: name.to_owned(), partitions });
        assert_eq!("ledger".parse(), spec("ledger", 1));
        assert_eq!("a-b_c.9:16".parse(), spec("a-b_c.9", 16));
        for bad in ["", ":2", "a:", "a:0", "a:x", "a b:1", "a:1:2", "a:-1"] {
            bad.parse::<StreamSpec>().unwrap_err();
        }
    }
}
