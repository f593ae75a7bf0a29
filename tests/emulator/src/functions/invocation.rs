//! An invocation by a caller inside the emulator, and the response to it.

use bytes::Bytes;
use http::HeaderMap;

/// The input of an invocation. The default is an empty, synchronous, anonymous invocation.
#[derive(Debug, Clone, Default)]
pub struct Invocation {
    /// Headers for the function, without hop-by-hop headers.
    pub headers: HeaderMap,
    /// Body of the request.
    pub body: Bytes,
    /// Value of `Fn-Intent`, such as `httprequest` or `cloudevent`.
    pub intent: Option<String>,
    /// Whether the caller waits for the response.
    pub kind: InvocationType,
    /// The caller; `None` for an anonymous invocation.
    pub subject: Option<Subject>,
    /// The request ID; generated if it is `None`.
    pub opc_request_id: Option<String>,
}

/// Whether the caller waits for the response.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InvocationType {
    /// The caller waits for the response.
    #[default]
    Sync,
    /// The caller only learns that the invocation has started.
    Detached,
}

/// The caller, as the function sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The caller's OCID.
    pub id: String,
    /// The OCID of the caller's tenancy.
    pub tenancy_id: String,
    /// Type of the principal: `user`, `resource` or `instance`.
    pub kind: String,
}

/// A function's response with status 200; empty for a detached invocation.
#[derive(Debug, Clone, Default)]
pub struct InvokeResponse {
    /// The function's headers without hop-by-hop headers; `fn-http-*` headers are meant for a gateway.
    pub headers: HeaderMap,
    /// Body of the response.
    pub body: Bytes,
    /// The call ID, which the function received as `Fn-Call-Id`.
    pub call_id: String,
}

impl InvocationType {
    /// Returns the value of `Fn-Invoke-Type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Detached => "detached",
        }
    }
}
