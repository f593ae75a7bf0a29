//! An invocation as a caller inside the emulator makes it, and its answer.

use bytes::Bytes;
use http::HeaderMap;

/// What a function is called with. The default is an empty synchronous call by nobody in particular.
#[derive(Debug, Clone, Default)]
pub struct Invocation {
    /// Headers for the function; those of a connection are left out.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// `Fn-Intent`, such as `httprequest` or `cloudevent`.
    pub intent: Option<String>,
    /// Whether the caller waits for the answer.
    pub kind: InvocationType,
    /// Who calls.
    pub subject: Option<Subject>,
    /// The request's id; one is made when there is none.
    pub opc_request_id: Option<String>,
}

/// Whether the caller waits for the answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InvocationType {
    /// The caller waits.
    #[default]
    Sync,
    /// The caller is told that the call has begun, and no more.
    Detached,
}

/// Who calls, as the function is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The caller's OCID.
    pub id: String,
    /// The OCID of the caller's tenancy.
    pub tenancy_id: String,
    /// `user`, `resource` or `instance`.
    pub kind: String,
}

/// What a function answered with 200; empty for a detached call.
#[derive(Debug, Clone, Default)]
pub struct InvokeResponse {
    /// The function's headers without those of the connection; `fn-http-*` are for a gateway to read.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The call's id, which the function was told as `Fn-Call-Id`.
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
