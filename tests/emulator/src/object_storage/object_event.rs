//! An event about an object.

use serde::{Deserialize, Serialize};

/// An event of a bucket that emits them. It is one part of the change that it tells of, so that there is never one without the
/// other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ObjectEvent {
    /// Its place among all events of the service, from 1.
    pub(crate) sequence: u64,
    /// The same however often it is delivered.
    pub(crate) id: String,
    pub(crate) kind: EventKind,
    /// Milliseconds since 1970.
    pub(crate) time: i64,
    pub(crate) compartment_id: String,
    pub(crate) bucket: String,
    pub(crate) bucket_id: String,
    pub(crate) object: String,
    /// That of the version which came or went.
    pub(crate) etag: String,
    /// The version which came or went, where the bucket keeps or kept versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) version_id: Option<String>,
    pub(crate) archived: bool,
}

/// What became of the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EventKind {
    Created,
    Updated,
    Deleted,
}
