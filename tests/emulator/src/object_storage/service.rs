//! The service: its state, and the dispatch of requests to operations.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};

use super::blob::Blobs;
use super::bucket::Bucket;
use super::call::{Call, Operation};
use super::index::Index;
use super::work_request::WorkRequests;
use crate::journal::Journal;
use crate::lock::lock;
use crate::state_folder::StateError;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::ServiceError;

/// Object Storage of one namespace in one region.
#[derive(Debug)]
pub(crate) struct ObjectStorage {
    pub(crate) settings: Settings,
    pub(crate) blobs: Arc<Blobs>,
    pub(crate) work_requests: WorkRequests,
    index: Mutex<Index>,
}

/// The service's settings.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) namespace: String,
    pub(crate) region: String,
    pub(crate) tenancy: String,
    pub(crate) user: String,
    /// How long a copy stays in each state.
    pub(crate) copy_delay: Duration,
}

/// Maximum length of an object name, in bytes of UTF-8.
const OBJECT_NAME_CEILING: usize = 1024;

impl ObjectStorage {
    /// Opens the state in a folder, or an empty one in memory, and creates missing buckets. The Events service already has the events up
    /// to the sequence number `taken`.
    pub(crate) fn open(
        settings: Settings,
        folder: Option<&Path>,
        buckets: &[String],
        taken: u64,
    ) -> Result<Arc<Self>, StateError> {
        let mut index = Index::new(taken);
        let blobs_folder = folder.map(|folder| folder.join("blobs"));
        let blobs = Blobs::new(blobs_folder.clone())
            .map_err(|error| StateError::io(blobs_folder.as_deref().unwrap_or(Path::new("")), error))?;
        if let (Some(folder), Some(blobs_folder)) = (folder, &blobs_folder) {
            let path = folder.join("journal.jsonl");
            Journal::replay(&path, |change| index.apply(change))?;
            let named = index.attach(&blobs).map_err(|(id, error)| StateError::Damaged {
                path: blobs_folder.join(id),
                problem: error.to_string(),
            })?;
            blobs.sweep(|name| named.contains(name)).map_err(|error| StateError::io(blobs_folder, error))?;
            index.journal_to(Journal::compact(&path, index.changes())?);
        }
        let service = Arc::new(Self {
            settings,
            blobs,
            work_requests: WorkRequests::default(),
            index: Mutex::new(index),
        });
        for bucket in buckets {
            service.ensure_bucket(bucket);
        }
        Ok(service)
    }

    pub(crate) async fn answer(
        self: &Arc<Self>,
        call: &Call,
        request: &mut Request,
    ) -> Result<Response, ServiceError> {
        self.check_namespace(call)?;
        match call.operation {
            Operation::GetNamespace => Ok(Response::json(&self.settings.namespace)),
            Operation::GetNamespaceMetadata => Ok(self.namespace_metadata()),
            Operation::ListBuckets => self.list_buckets(request),
            Operation::CreateBucket => self.create_bucket(request),
            Operation::GetBucket => self.get_bucket(call, request),
            Operation::HeadBucket => self.get_bucket(call, request).map(|response| response.without_body()),
            Operation::UpdateBucket => self.update_bucket(call, request),
            Operation::DeleteBucket => self.delete_bucket(call, request),
            Operation::ListObjects => self.list_objects(call, request),
            Operation::PutObject => self.put_object(call, request).await,
            Operation::GetObject => self.get_object(call, request, true),
            Operation::HeadObject => self.get_object(call, request, false),
            Operation::DeleteObject => self.delete_object(call, request),
            Operation::ListObjectVersions => self.list_object_versions(call, request),
            Operation::RenameObject => self.rename_object(call, request),
            Operation::CopyObject => self.copy_object(call, request),
            Operation::BatchDeleteObjects => self.batch_delete_objects(call, request),
            Operation::CreateMultipartUpload => self.create_multipart_upload(call, request),
            Operation::ListMultipartUploads => self.list_multipart_uploads(call, request),
            Operation::UploadPart => self.upload_part(call, request).await,
            Operation::CommitMultipartUpload => self.commit_multipart_upload(call, request),
            Operation::AbortMultipartUpload => self.abort_multipart_upload(call, request),
            Operation::ListMultipartUploadParts => self.list_multipart_upload_parts(call, request),
            Operation::ListPreauthenticatedRequests | Operation::ListReplicationPolicies => {
                self.none_of(call, &json!([]))
            }
            Operation::ListRetentionRules => self.none_of(call, &json!({ "items": [] })),
            Operation::ListWorkRequests => {
                Ok(self.work_requests.list(request.query.get("compartmentId").unwrap_or_default()))
            }
            Operation::GetWorkRequest => self.work_requests.get(call),
            Operation::CancelWorkRequest => self.work_requests.cancel(call),
            Operation::ListWorkRequestErrors => self.work_requests.errors(call),
            Operation::ListWorkRequestLogs => self.work_requests.logs(call),
        }
    }

    /// Returns an empty listing of something that no bucket here has. The command line asks for these listings before it deletes a bucket.
    fn none_of(&self, call: &Call, empty: &Value) -> Result<Response, ServiceError> {
        self.index().bucket(&call.namespace, &call.bucket)?;
        Ok(Response::json(empty))
    }

    pub(crate) fn index(&self) -> MutexGuard<'_, Index> {
        lock(&self.index)
    }

    fn check_namespace(&self, call: &Call) -> Result<(), ServiceError> {
        if call.namespace.is_empty() || call.namespace == self.settings.namespace {
            return Ok(());
        }
        Err(ServiceError::not_found(
            "NamespaceNotFound",
            format!(
                "Either the namespace '{}' does not exist or you are not authorized to access it",
                call.namespace
            ),
        ))
    }
}

/// Marks the blobs' files as permanent before the index is dropped, because they are part of the state.
impl Drop for ObjectStorage {
    fn drop(&mut self) {
        self.blobs.close();
    }
}

impl Index {
    pub(crate) fn bucket(&self, namespace: &str, name: &str) -> Result<&Bucket, ServiceError> {
        self.buckets.get(name).ok_or_else(|| bucket_not_found(namespace, name))
    }
}

/// Creates the error for a missing bucket. A caller without permission gets the same error.
pub(crate) fn bucket_not_found(namespace: &str, bucket: &str) -> ServiceError {
    let message = format!(
        "Either the bucket named '{bucket}' does not exist in the namespace '{namespace}' or you are not authorized to access it"
    );
    ServiceError::not_found("BucketNotFound", message)
}

pub(crate) fn object_not_found(bucket: &str, object: &str) -> ServiceError {
    ServiceError::not_found(
        "ObjectNotFound",
        format!("The object '{object}' was not found in the bucket '{bucket}'"),
    )
}

/// Checks an object name.
pub(crate) fn object_name(name: Option<&str>) -> Result<&str, ServiceError> {
    let good =
        |name: &&str| (1..=OBJECT_NAME_CEILING).contains(&name.len()) && !name.contains(['\n', '\r', '\0']);
    name.filter(good).ok_or_else(|| {
        let message = "The object name must have 1 to 1024 bytes of UTF-8, without line feeds, carriage returns and NULs.";
        ServiceError::bad_request("InvalidObjectName", message)
    })
}
