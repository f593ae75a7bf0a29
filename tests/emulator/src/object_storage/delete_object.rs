//! DeleteObject.

use http::StatusCode;

use super::call::Call;
use super::conditions::Conditions;
use super::index::{Change, Index};
use super::object::{Attributes, ObjectVersion};
use super::service::{ObjectStorage, object_name, object_not_found};
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::ServiceError;

use super::bucket::Versioning;

/// The version that a deletion removed, or the delete marker that it created.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Deleted {
    pub(crate) version_id: String,
    pub(crate) delete_marker: bool,
}

impl ObjectStorage {
    pub(crate) fn delete_object(&self, call: &Call, request: &Request) -> Result<Response, ServiceError> {
        let object = object_name(call.object.as_deref())?;
        let if_match = request.header("if-match").map(str::to_owned);
        let conditions = Conditions { if_match, if_absent: false };
        let version_id = request.query.get("versionId");
        let deleted = self.index().delete(&call.namespace, &call.bucket, object, version_id, &conditions)?;
        Ok(Response::new(StatusCode::NO_CONTENT)
            .header("version-id", &deleted.version_id)
            .header_if("is-delete-marker", deleted.delete_marker.then_some("true")))
    }
}

impl Index {
    /// Deletes a version permanently, or hides the object behind a delete marker if the bucket keeps versions.
    pub(crate) fn delete(
        &mut self,
        namespace: &str,
        bucket_name: &str,
        object: &str,
        version_id: Option<&str>,
        conditions: &Conditions,
    ) -> Result<Deleted, ServiceError> {
        let bucket = self.bucket(namespace, bucket_name)?;
        let found = match version_id {
            Some(version_id) => bucket.version(object, version_id),
            None => bucket.current(object),
        };
        let found = found.ok_or_else(|| object_not_found(bucket_name, object))?;
        conditions.check_match(Some(&found.etag))?;
        let (bucket_name, name) = (bucket_name.to_owned(), object.to_owned());
        if version_id.is_some() || bucket.record.versioning == Versioning::Disabled {
            let deleted =
                Deleted { version_id: found.version_id.clone(), delete_marker: found.delete_marker };
            let version_id = found.version_id.clone();
            self.commit(Change::Remove { bucket: bucket_name, object: name, version_id })?;
            return Ok(deleted);
        }
        let mut marker = ObjectVersion::new(Attributes::default(), Vec::new());
        marker.delete_marker = true;
        marker.versioned = bucket.keeps_versions();
        let deleted = Deleted { version_id: marker.version_id.clone(), delete_marker: true };
        self.commit(Change::Put { bucket: bucket_name, object: name, version: marker })?;
        Ok(deleted)
    }
}
