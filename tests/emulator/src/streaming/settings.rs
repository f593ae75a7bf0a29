//! The service's limits, as documented, and how each is changed.

use std::str::FromStr;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::SKEW_CEILING_SECONDS;
use crate::steady_clock::SteadyClock;

/// How the Streaming service is to be. The default has the limits of the documentation ("Limits on Streaming Resources"); `None`
/// lifts one.
#[derive(Debug, Clone)]
pub struct StreamingOptions {
    /// Streams that exist from the start, in the default pool of the tenancy's root compartment.
    pub streams: Vec<StreamSpec>,
    /// Bytes of keys and values written to a partition in a second: 1 MB.
    pub write_bytes_per_second: Option<u64>,
    /// Messages written to a partition in a second: 1,000.
    pub write_messages_per_second: Option<u64>,
    /// Reads of a partition in a second, for each consumer group and for all readers without one: 5.
    pub reads_per_second: Option<u64>,
    /// Bytes of keys and values read from a partition in a second: 2 MB.
    pub read_bytes_per_second: Option<u64>,
    /// Control-plane calls and new cursors in a second, for each operation. The service's 5 would hinder tests, so that it is
    /// lifted by default.
    pub control_requests_per_second: Option<u64>,
    /// Partitions of all streams of the tenancy: 200.
    pub partitions: Option<u64>,
    /// What one GetMessages answer holds at most, in bytes of keys and values. A single message may be more.
    pub batch_bytes: u64,
    /// How long a cursor is good for: five minutes.
    pub cursor_lifetime: Duration,
    /// How long a stream or pool is on its way into being, and out of it.
    pub lifecycle_delay: Duration,
    /// Between a partition's messages up to so many offsets are left out, as the documentation allows; 0 leaves out none.
    pub offset_gap: u64,
    /// What a file of a partition's log holds. Retention deletes whole files, and a start reads the last of each partition.
    pub segment_bytes: u64,
}

/// A stream that exists from the start: `NAME` or `NAME:PARTITIONS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamSpec {
    /// The name.
    pub name: String,
    /// How many partitions it has.
    pub partitions: u32,
}

/// The service's clock: this machine's but for its steps back, moved ahead by tests.
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
    /// The same without any limit on rates.
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
}

impl FromStr for StreamSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, partitions) = text.split_once(':').unwrap_or((text, "1"));
        let partitions = partitions.parse().ok().filter(|partitions| *partitions > 0);
        let partitions =
            partitions.ok_or_else(|| format!("{text:?}: after the colon comes a number of partitions"))?;
        if !good_name(name) {
            return Err(format!("{name:?} is not a stream's name"));
        }
        Ok(Self { name: name.to_owned(), partitions })
    }
}

impl Clock {
    /// Milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.machine.now() + *self.ahead.borrow()
    }

    /// Moves the clock ahead. It stays as it is, and this is false, when it would come further ahead than it may be.
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

    /// Tells whoever waits for a time that the clock was moved.
    pub(crate) fn moved(&self) -> watch::Receiver<i64> {
        self.ahead.subscribe()
    }
}

pub(crate) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The names of streams, pools and consumer groups. The documentation does not say which are good; these are those that Kafka
/// takes for a topic, under which a stream is also reached.
pub(crate) fn good_name(name: &str) -> bool {
    (1..=249).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Clock, StreamSpec};

    #[test]
    fn a_clock_is_moved_ahead_by_a_hundred_years_in_all() {
        let (clock, fifty_years) = (Clock::default(), Duration::from_secs(50 * 365 * 24 * 3600));
        let before = clock.now();
        assert!(!clock.advance(Duration::MAX));
        assert!(clock.advance(fifty_years) && clock.advance(fifty_years));
        assert!(!clock.advance(fifty_years));
        assert!(clock.now() - before >= 2 * 50 * 365 * 24 * 3_600_000);
    }

    #[test]
    fn a_stream_is_named_with_or_without_its_partitions() {
        let spec = |name: &str, partitions| Ok(StreamSpec { name: name.to_owned(), partitions });
        assert_eq!("ledger".parse(), spec("ledger", 1));
        assert_eq!("a-b_c.9:16".parse(), spec("a-b_c.9", 16));
        for bad in ["", ":2", "a:", "a:0", "a:x", "a b:1", "a:1:2", "a:-1"] {
            bad.parse::<StreamSpec>().unwrap_err();
        }
    }
}
