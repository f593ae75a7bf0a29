//! RenameObject: one call, within a bucket, without copying bytes.

use serde::Deserialize;

use super::bucket::Versioning;
use super::call::Call;
use super::conditions::Conditions;
use super::index::Change;
use super::object::{Attributes, ObjectVersion};
use super::service::{ObjectStorage, object_name, object_not_found};
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::ServiceError;
use crate::{clock, random};

/// The body of RenameObject.
#[derive(Debug, Deserialize)]
struct RenameDetails {
    #[serde(rename = "sourceName")]
    source_name: Option<String>,
    #[serde(rename = "newName")]
    new_name: Option<String>,
    #[serde(rename = "srcObjIfMatchETag")]
    source_if_match: Option<String>,
    #[serde(rename = "newObjIfMatchETag")]
    new_if_match: Option<String>,
    #[serde(rename = "newObjIfNoneMatchETag")]
    new_if_none_match: Option<String>,
}

impl ObjectStorage {
    pub(crate) fn rename_object(&self, call: &Call, request: &Request) -> Result<Response, ServiceError> {
        let details: RenameDetails = request.json()?;
        let source = object_name(details.source_name.as_deref())?;
        let new = object_name(details.new_name.as_deref())?;
        let conditions =
            Conditions::new(details.new_if_match.as_deref(), details.new_if_none_match.as_deref())?;
        let mut index = self.index();
        let bucket = index.bucket(&call.namespace, &call.bucket)?;
        let old = bucket.current(source).ok_or_else(|| object_not_found(&call.bucket, source))?;
        Conditions { if_match: details.source_if_match, if_absent: false }.check_match(Some(&old.etag))?;
        let version = ObjectVersion {
            etag: random::uuid(),
            version_id: random::uuid(),
            time_modified: clock::milliseconds(),
            ..ObjectVersion::clone(old)
        };
        // If the bucket keeps versions, the old name keeps its history behind a delete marker.
        let (bucket_name, object) = (call.bucket.clone(), source.to_owned());
        let gone = if bucket.record.versioning == Versioning::Disabled {
            Change::Remove { bucket: bucket_name, object, version_id: old.version_id.clone() }
        } else {
            let mut marker = ObjectVersion::new(Attributes::default(), Vec::new());
            (marker.delete_marker, marker.versioned) = (true, bucket.keeps_versions());
            Change::Put { bucket: bucket_name, object, version: marker }
        };
        if source == new {
            let message = "The new name is the object's present name.";
            return Err(ServiceError::bad_request("InvalidParameter", message));
        }
        index.write(call, new, version, &conditions, Response::ok(), Some(gone))
    }
}
