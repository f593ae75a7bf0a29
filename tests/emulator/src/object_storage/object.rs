//! An object: its versions, their attributes, and the location of their bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::blob::Blob;

/// A version of an object, or a delete marker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ObjectVersion {
    pub(crate) version_id: String,
    pub(crate) etag: String,
    pub(crate) size: u64,
    /// Base64-encoded; `None` for an object made of parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) md5: Option<String>,
    /// Checksums by header name: `opc-multipart-md5`, `opc-content-crc32c` and so on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) checksums: BTreeMap<String, String>,
    pub(crate) attributes: Attributes,
    /// Milliseconds since 1970.
    pub(crate) time_created: i64,
    pub(crate) time_modified: i64,
    /// Whether the bucket kept versions when this version was created. If not, the next version without this flag replaces it.
    pub(crate) versioned: bool,
    #[serde(default)]
    pub(crate) delete_marker: bool,
    pub(crate) content: Vec<Segment>,
}

/// The attributes of an object that a client can set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Attributes {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content_language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content_encoding: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content_disposition: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cache_control: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) storage_tier: Option<String>,
    /// Metadata by header name without `opc-meta-`, in lowercase like all headers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) metadata: BTreeMap<String, String>,
}

/// A run of an object's bytes: the whole object, or one part of an upload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Segment {
    pub(crate) id: String,
    pub(crate) length: u64,
    /// Set while the process runs; the journal only contains the ID.
    #[serde(skip)]
    pub(crate) blob: Option<Arc<Blob>>,
}

impl Segment {
    pub(crate) fn new(blob: Arc<Blob>) -> Self {
        Self { id: blob.id().to_owned(), length: blob.length(), blob: Some(blob) }
    }
}

impl Attributes {
    pub(crate) fn content_type(&self) -> &str {
        self.content_type.as_deref().unwrap_or("application/octet-stream")
    }

    pub(crate) fn storage_tier(&self) -> &str {
        self.storage_tier.as_deref().unwrap_or("Standard")
    }

    /// Returns `Archived` for an archived object, which must be restored before it can be read. Objects in standard storage and
    /// infrequent access can be read immediately.
    pub(crate) fn archival_state(&self) -> Option<&'static str> {
        (self.storage_tier() == "Archive").then_some("Archived")
    }
}
