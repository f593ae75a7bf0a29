//! A bucket: its settings, its objects and its unfinished uploads.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::object::{Attributes, ObjectVersion, Segment};

/// A bucket and its contents.
#[derive(Debug, Default)]
pub(crate) struct Bucket {
    pub(crate) record: BucketRecord,
    /// Versions by object name, ordered by the UTF-8 bytes of the names. The newest version is last; every name has at least one.
    pub(crate) objects: BTreeMap<String, Vec<Arc<ObjectVersion>>>,
    pub(crate) uploads: BTreeMap<String, MultipartUpload>,
}

/// A bucket's settings.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct BucketRecord {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) compartment_id: String,
    pub(crate) created_by: String,
    pub(crate) time_created: i64,
    pub(crate) etag: String,
    pub(crate) public_access_type: String,
    pub(crate) storage_tier: String,
    pub(crate) object_events_enabled: bool,
    pub(crate) versioning: Versioning,
    pub(crate) auto_tiering: String,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) freeform_tags: serde_json::Map<String, serde_json::Value>,
    pub(crate) defined_tags: serde_json::Map<String, serde_json::Value>,
}

/// Whether a bucket keeps old versions of its objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) enum Versioning {
    Enabled,
    Suspended,
    #[default]
    Disabled,
}

/// A multipart upload that is neither committed nor aborted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MultipartUpload {
    pub(crate) id: String,
    pub(crate) object: String,
    pub(crate) attributes: Attributes,
    pub(crate) checksum_algorithm: Option<String>,
    pub(crate) time_created: i64,
    pub(crate) parts: BTreeMap<u16, Part>,
}

/// A part of an upload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) etag: String,
    /// Base64-encoded.
    pub(crate) md5: String,
    /// Checksums of the upload's algorithm by header name, base64-encoded.
    pub(crate) checksums: BTreeMap<String, String>,
    pub(crate) content: Segment,
}

impl Bucket {
    /// Returns the version that a plain GET reads; `None` if there is none or the object was deleted.
    pub(crate) fn current(&self, object: &str) -> Option<&Arc<ObjectVersion>> {
        self.objects.get(object)?.last().filter(|version| !version.delete_marker)
    }

    pub(crate) fn version(&self, object: &str, version_id: &str) -> Option<&Arc<ObjectVersion>> {
        self.objects.get(object)?.iter().find(|version| version.version_id == version_id)
    }

    /// Returns whether a new version of an object keeps the old ones.
    pub(crate) fn keeps_versions(&self) -> bool {
        self.record.versioning == Versioning::Enabled
    }

    /// Returns whether the bucket keeps versions, or has done so before.
    pub(crate) fn has_versions(&self) -> bool {
        self.record.versioning != Versioning::Disabled
    }

    /// Adds the newest version of an object. A version that is created while the bucket does not keep versions replaces the previous one
    /// of that kind.
    pub(crate) fn push(&mut self, object: String, version: ObjectVersion) {
        let versions = self.objects.entry(object).or_default();
        if !version.versioned {
            versions.retain(|old| old.versioned);
        }
        versions.push(Arc::new(version));
    }

    pub(crate) fn remove(&mut self, object: &str, version_id: &str) {
        let Some(versions) = self.objects.get_mut(object) else { return };
        versions.retain(|version| version.version_id != version_id);
        if versions.is_empty() {
            self.objects.remove(object);
        }
    }
}
