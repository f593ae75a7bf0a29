use std::time::Duration;

/// How a publisher goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishOptions {
    /// What is kept in order.
    pub order: Order,
    /// Requests under way at once, each of which is held in memory.
    pub in_flight: usize,
    /// How long a record waits for company while other requests are under way.
    pub linger: Duration,
    /// Whether partitions get no more than they take, as far as that is known.
    pub paced: bool,
    /// Bytes of records held at once; a single call's may be more.
    pub bytes: usize,
    /// Records held at once; a single call's may be more.
    pub records: usize,
}

/// What is kept in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The records of a key: one of them is under way at a time.
    Key,
    /// Nothing.
    None,
}

impl PublishOptions {
    /// For one call at a time in a process that stands still in between.
    ///
    /// Four requests of a megabyte hold some 6 MB as base64. What partitions take is not paced: others put there, too, and nobody knows how
    /// many; the stream's hints are followed.
    pub fn function(order: Order) -> Self {
        PublishOptions {
            order,
            in_flight: 4,
            linger: Duration::ZERO,
            paced: false,
            bytes: 32 << 20,
            records: 400_000,
        }
    }

    /// For many calls at once.
    ///
    /// Eight requests of a megabyte under way keep up with 50 ms of distance at 160 MB/s. Five milliseconds make requests of 300 KB out of
    /// 60 MB/s in small calls, so that signatures cost a seventh of a core.
    pub fn service(order: Order) -> Self {
        PublishOptions {
            order,
            in_flight: 8,
            linger: Duration::from_millis(5),
            paced: true,
            bytes: 64 << 20,
            records: 400_000,
        }
    }
}
