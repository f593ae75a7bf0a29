//! The last requests and how they ended: what a person looks at first.

use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;

use super::deployed::Deployed;
use crate::clock;
use crate::recent::Recent;

/// One request to a gateway that is over.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GatewayRequest {
    /// When it began, in RFC 3339.
    pub time: String,
    /// The deployment's name; `None` is a path that no deployment has.
    pub deployment: Option<String>,
    /// The method.
    pub method: String,
    /// Path and query as on the wire, cut at 200 characters.
    pub target: String,
    /// The answer's status; `None` is a client who went away, and a connection that a fault reset.
    pub status: Option<u16>,
    /// The `opc-request-id` of the answer, which the function was told, too.
    pub opc_request_id: String,
    /// The function's call, if there was one.
    pub call_id: Option<String>,
    /// Why the invocation failed, by the code of the Functions API, which the client is not told.
    pub failure: Option<&'static str>,
    /// How long it took, to the answer's head.
    pub milliseconds: u64,
}

/// Requests that are remembered.
const REMEMBERED: usize = 500;

/// What is remembered of a request's target.
const TARGET: usize = 200;

/// The list.
pub(crate) type RecentRequests = Recent<GatewayRequest, REMEMBERED>;

/// A request under way; it is written down when it is dropped, however that comes about.
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
