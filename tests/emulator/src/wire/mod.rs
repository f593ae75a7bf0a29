//! HTTP on the wire: connections, requests, responses, and the error body that all services share.

pub(crate) mod body;
pub(crate) mod connection;
pub(crate) mod path;
pub(crate) mod query;
pub(crate) mod request;
pub(crate) mod request_id;
pub(crate) mod response;
pub(crate) mod service_error;
