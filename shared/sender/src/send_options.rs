use std::time::Duration;

/// How a sender works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendOptions {
    /// What stays in order.
    pub order: Order,
    /// Maximum requests in flight. Each is held in memory.
    pub in_flight: usize,
    /// How long a record waits for others to share its request while other requests are in flight.
    pub linger: Duration,
    /// Whether to send a partition no more than it accepts, as far as that is known, and no more than other senders leave.
    pub paced: bool,
    /// Maximum bytes of records held at once. A single batch may exceed it.
    pub bytes: usize,
    /// Maximum records held at once. A single batch may exceed it.
    pub records: usize,
}

/// What stays in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The records of a key: one of them is in flight at a time.
    Key,
    /// Nothing.
    None,
}

impl SendOptions {
    /// For one batch at a time, in a process that is frozen in between.
    ///
    /// Four requests of 1 MB take some 6 MB as base64.
    pub fn function(order: Order) -> Self {
        SendOptions {
            order,
            in_flight: 4,
            linger: Duration::ZERO,
            paced: true,
            bytes: 32 << 20,
            records: 400_000,
        }
    }

    /// For many batches at once.
    ///
    /// Eight requests of 1 MB in flight keep up with 160 MB/s at a round trip of 50 ms. At 60 MB/s in small batches, a linger of 5 ms makes
    /// requests of 300 KB, so that signatures cost a seventh of a core.
    pub fn service(order: Order) -> Self {
        SendOptions {
            order,
            in_flight: 8,
            linger: Duration::from_millis(5),
            paced: true,
            bytes: 64 << 20,
            records: 400_000,
        }
    }
}
