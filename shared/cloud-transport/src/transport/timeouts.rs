use std::time::Duration;

/// How long to wait in each phase of a request.
#[derive(Debug, Clone)]
pub struct Timeouts {
    /// For a connection: DNS, TCP, proxy and TLS together. Within a region this takes milliseconds.
    pub connect: Duration,
    /// For anything to move on a connection: a part of a body, or the response.
    pub idle: Duration,
    /// How long an idle connection stays in the pool. It is shorter than load balancers keep one open, so most pooled connections are
    /// alive.
    pub pooled: Duration,
}

impl Default for Timeouts {
    /// Waits 10 s for a connection and 60 s without movement, as in Oracle's SDKs, and keeps connections in the pool for 20 s.
    fn default() -> Self {
        Timeouts {
            connect: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            pooled: Duration::from_secs(20),
        }
    }
}
