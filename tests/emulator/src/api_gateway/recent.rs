//! The latest requests and their results, which are the first thing that people look at.

use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;

use super::deployed::Deployed;
use crate::clock;
use crate::recent::Recent;

/// A finished request to a gateway.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GatewayRequest {
    /// When it started (RFC 3339).
    pub time: String,
    /// Name of the deployment; `None` if no deployment has the path.
    pub deployment: Option<String>,
    /// Method of the request.
    pub method: String,
    /// Path and query as received, cut off at 200 characters.
    pub target: String,
    /// Status of the response; `None` if the client went away or a fault reset the connection.
    pub status: Option<u16>,
    /// The `opc-request-id` of the response, which the function received, too.
    pub opc_request_id: String,
    /// The call ID of the function's invocation, if there was one.
    pub call_id: Option<String>,
    /// Why the invocation failed: an error code of the Functions API, which the client doesn't see.
    pub failure: Option<&'static str>,
    /// Milliseconds until the head of the response.
    pub milliseconds: u64,
}

/// Number of requests remembered.
const REMEMBERED: usize = 500;

/// Number of characters kept of a request's target.
const TARGET: usize = 200;

/// The latest requests.
pub(crate) type RecentRequests = Recent<GatewayRequest, REMEMBERED>;

/// A request in progress. Dropping it, for whatever reason, adds it to the list.
#[derive(Debug)]
pub(crate) struct Underway<'a> {
    list: &'a RecentRequests,
    started: Instant,
    deployed: Option<Arc<Deployed>>,
    pub(crate) request: GatewayRequest,
}

impl RecentRequests {
    pub(crate) fn begin(
        &self,
        deployed: Option<Arc<Deployed>>,
        method: &str,
        target: &str,
        opc_request_id: &str,
    ) -> Underway<'_> {
        Underway {
            list: self,
            started: Instant::now(),
            request: GatewayRequest {
                time: clock::rfc3339(clock::milliseconds()),
                deployment: deployed.as_ref().map(|deployed| deployed.record.name.clone()),
                method: method.to_owned(),
                target: target.chars().take(TARGET).collect(),
                status: None,
                opc_request_id: opc_request_id.to_owned(),
                call_id: None,
                failure: None,
                milliseconds: 0,
            },
            deployed,
        }
    }
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        self.request.milliseconds = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if let (Some(deployed), Some(status)) = (&self.deployed, self.request.status) {
            deployed.count(status);
        }
        self.list.add(self.request.clone());
    }
}
