//! The documented limits of the service ("API Gateway Internal Limits"), and the configurable ones.

use std::time::Duration;

/// The options of API Gateway. The defaults are the documented limits.
#[derive(Debug, Clone)]
pub struct GatewayOptions {
    /// How long a client may be silent: between two reads of a request's head or body, or between two writes of a response. An idle
    /// connection is closed after this time, too.
    pub silence: Duration,
    /// Concurrent connections per client address; the addresses of an IPv6 /64 network count as one.
    pub connections_per_address: usize,
    /// Bytes of request and response bodies that all connections may hold at the same time. A request that would exceed this gets a 503.
    /// The service documents no such limit.
    pub body_bytes: usize,
    /// How long creating, changing or deleting a gateway or deployment takes.
    pub lifecycle_delay: Duration,
}

/// Maximum size of request line and headers in total: 8 KB ("Maximum size of request line and headers").
pub(crate) const HEAD_CEILING: usize = 8 << 10;

/// Maximum size of a request's body, for any back end: 20 MB.
pub(crate) const BODY_CEILING: usize = 20 << 20;

/// Maximum number of gateways per tenancy.
pub(crate) const GATEWAYS: usize = 50;

/// Maximum number of deployments per gateway.
pub(crate) const DEPLOYMENTS: usize = 20;

/// Maximum number of routes per deployment.
pub(crate) const ROUTES: usize = 50;

/// Maximum size of a specification as JSON: 2 MB.
pub(crate) const SPECIFICATION_CEILING: usize = 2 << 20;

/// Maximum length of a deployment's path prefix, in characters.
pub(crate) const PREFIX_CEILING: usize = 255;

/// Maximum length of a route's path, in characters.
pub(crate) const PATH_CEILING: usize = 2000;

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(15),
            connections_per_address: 1000,
            // Forty requests of the maximum size that functions accept.
            body_bytes: 256 << 20,
            lifecycle_delay: Duration::from_millis(20),
        }
    }
}
