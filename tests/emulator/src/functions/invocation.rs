//! An invocation by a caller inside the emulator, and its response.

use bytes::Bytes;
use http::HeaderMap;

/// The input of an invocation. The default is an empty, synchronous and anonymous invocation.
#[derive(Debug, Clone, Default)]
pub struct Invocation {
    /// Headers for the function, without those of the connection.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// `Fn-Intent`, such as `httprequest` or `cloudevent`.
    pub intent: Option<String>,
    /// Whether the caller waits for the response.
    pub kind: InvocationType,
    /// The caller.
    pub subject: Option<Subject>,
    /// The ID of the request; generated if there is none.
    pub opc_request_id: Option<String>,
}

/// Whether the caller waits for the response.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InvocationType {
    /// The caller waits.
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
    /// `user`, `resource` or `instance`.
    pub kind: String,
}

/// A function's response with status 200; empty for a detached invocation.
#[derive(Debug, Clone, Default)]
pub struct InvokeResponse {
    /// The function's headers without those of the connection; `fn-http-*` are for a gateway.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The call ID, which the function got as `Fn-Call-Id`.
    pub call_id: String,
}

impl InvocationType {
    /// The value of `Fn-Invoke-Type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Detached => "detached",
        }
    }
}
