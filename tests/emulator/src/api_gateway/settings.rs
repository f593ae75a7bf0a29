//! The service's limits, as documented ("API Gateway Internal Limits"), and those that can be changed.

use std::time::Duration;

/// How API Gateway is to be. The default has the limits of the documentation.
#[derive(Debug, Clone)]
pub struct GatewayOptions {
    /// The longest silence of a client: between two reads of a request's head or body, and two writes of an answer. A connection
    /// without a request is closed after it, too.
    pub silence: Duration,
    /// Connections of one client address at once, those of an IPv6 /64 together.
    pub connections_per_address: usize,
    /// Bytes of requests' and answers' bodies held at once, by all connections together; a request that would go beyond is answered
    /// with 503. The service documents no such number.
    pub body_bytes: usize,
    /// How long a gateway or deployment is on its way into being, through a change, and out of it.
    pub lifecycle_delay: Duration,
}

/// "Maximum size of request line and headers": 8 KB in total.
pub(crate) const HEAD_CEILING: usize = 8 << 10;

/// A request's body, whatever the back end: 20 MB.
pub(crate) const BODY_CEILING: usize = 20 << 20;

/// Gateways of a tenancy.
pub(crate) const GATEWAYS: usize = 50;

/// Deployments of a gateway.
pub(crate) const DEPLOYMENTS: usize = 20;

/// Routes of a deployment.
pub(crate) const ROUTES: usize = 50;

/// A specification as JSON: 2 MB.
pub(crate) const SPECIFICATION_CEILING: usize = 2 << 20;

/// A deployment's path prefix, in characters.
pub(crate) const PREFIX_CEILING: usize = 255;

/// A route's path, in characters.
pub(crate) const PATH_CEILING: usize = 2000;

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(15),
            connections_per_address: 1000,
            // Forty of the largest requests that functions take.
            body_bytes: 256 << 20,
            lifecycle_delay: Duration::from_millis(20),
        }
    }
}
