//! An event that describes the change of an object.

use serde::{Deserialize, Serialize};

/// An event of a bucket that emits them. It is stored as part of the change that it describes, so that neither exists without the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ObjectEvent {
    /// Its number among all events of the service, starting at 1.
    pub(crate) sequence: u64,
    /// The event ID, which is the same for every delivery.
    pub(crate) id: String,
    pub(crate) kind: EventKind,
    /// Milliseconds since 1970.
    pub(crate) time: i64,
    pub(crate) compartment_id: String,
    pub(crate) bucket: String,
    pub(crate) bucket_id: String,
    pub(crate) object: String,
    /// The entity tag of the version that was added or removed.
    pub(crate) etag: String,
    /// The version that was added or removed, if the bucket keeps or kept versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) version_id: Option<String>,
    pub(crate) archived: bool,
}

/// The kind of change to the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EventKind {
    Created,
    Updated,
    Deleted,
}
