//! Copying and renaming, both done by the service.

use crate::bucket::{self, Bucket};
use crate::error::{generic, of_client};
use crate::name;
use crate::put::Evidence;
use http::header;
use object_store::path::Path;
use object_store::{CopyMode, Error, RenameTargetMode, Result};
use oci_requests::Response;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// First and longest pause between polls of a copy. The first is short, because a small object takes almost no time.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// How long to wait for a copy, as in Oracle's Python SDK.
const MAX_COPY: Duration = Duration::from_secs(1200);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CopyObjectDetails {
    source_object_name: String,
    #[serde(rename = "sourceObjectIfMatchETag")]
    source_object_if_match_etag: String,
    destination_region: String,
    destination_namespace: String,
    destination_bucket: String,
    destination_object_name: String,
    #[serde(rename = "destinationObjectIfNoneMatchETag", skip_serializing_if = "Option::is_none")]
    destination_object_if_none_match_etag: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RenameObjectDetails {
    source_name: String,
    new_name: String,
    #[serde(rename = "srcObjIfMatchETag")]
    src_obj_if_match_etag: String,
    #[serde(rename = "newObjIfNoneMatchETag", skip_serializing_if = "Option::is_none")]
    new_obj_if_none_match_etag: Option<&'static str>,
}

/// Copies an object within the bucket and waits until the copy is done. The service copies in the background, which requires a policy
/// (`Allow service objectstorage-<region> to manage object-family …`).
pub(crate) async fn copy(bucket: &Bucket, from: &Path, to: &Path, mode: CopyMode) -> Result<()> {
    let source = Source::of(bucket, from).await?;
    let create = mode == CopyMode::Create;
    let details = CopyObjectDetails {
        source_object_name: name::of_path(from),
        source_object_if_match_etag: source.etag.clone(),
        destination_region: bucket.region().await?.identifier().to_owned(),
        destination_namespace: bucket.namespace.clone(),
        destination_bucket: bucket.name.clone(),
        destination_object_name: name::of_path(to),
        destination_object_if_none_match_etag: create.then_some("*"),
    };
    let request = bucket.action("CopyObject", "copyObject", &details).await?;
    let (result, unknown) = match bucket.client.send(&request).await {
        Ok(response) => {
            let id = response.header("opc-work-request-id");
            let id = id.ok_or_else(|| generic("the response to CopyObject does not name a work request"))?;
            (finished(bucket, id, to).await, response.effect_unknown)
        }
        Err(error) => {
            let unknown = error.effect_unknown;
            (Err(of_client(error, to.as_ref())), unknown)
        }
    };
    let Err(error) = result else { return Ok(()) };
    // The object at the destination may come from an attempt whose response was lost.
    if create && unknown && matches!(error, Error::AlreadyExists { .. }) && source.is_at(bucket, to).await? {
        return Ok(());
    }
    Err(error)
}

/// Renames an object within the bucket, atomically.
pub(crate) async fn rename(bucket: &Bucket, from: &Path, to: &Path, mode: RenameTargetMode) -> Result<()> {
    let source = Source::of(bucket, from).await?;
    let create = mode == RenameTargetMode::Create;
    let details = RenameObjectDetails {
        source_name: name::of_path(from),
        new_name: name::of_path(to),
        src_obj_if_match_etag: source.etag.clone(),
        new_obj_if_none_match_etag: create.then_some("*"),
    };
    let request = bucket.action("RenameObject", "renameObject", &details).await?;
    let Err(error) = bucket.client.send(&request).await else { return Ok(()) };
    let unknown = error.effect_unknown;
    let error = of_client(error, to.as_ref());
    let gone =
        matches!(error, Error::NotFound { .. } | Error::AlreadyExists { .. } | Error::Precondition { .. });
    // The source existed a moment ago. If it is gone and its content is at the new name, the attempt without a response succeeded.
    if unknown && gone {
        let moved = matches!(bucket.head(from).await, Err(Error::NotFound { .. }))
            && source.is_at(bucket, to).await?;
        if moved {
            return Ok(());
        }
    }
    match error {
        Error::NotFound { source, .. } => Err(Error::NotFound { path: from.to_string(), source }),
        error => Err(error),
    }
}

/// State of an object before it is copied or renamed.
struct Source {
    etag: String,
    /// The header that identifies the object's content, and its value.
    content: Option<(&'static str, String)>,
}

impl Source {
    async fn of(bucket: &Bucket, path: &Path) -> Result<Self> {
        let head = bucket.head(path).await?;
        let content = ["content-md5", "opc-multipart-md5"];
        let content = content.into_iter().find_map(|header| Some((header, head.header(header)?.to_owned())));
        Ok(Source { etag: bucket::etag(&head)?, content })
    }

    async fn is_at(&self, bucket: &Bucket, path: &Path) -> Result<bool> {
        let Some((header, value)) = &self.content else { return Ok(false) };
        Ok(Evidence { header, value }.of_our_write(bucket, path).await?.is_some())
    }
}

/// Waits for work that the service does in the background.
async fn finished(bucket: &Bucket, id: &str, path: &Path) -> Result<()> {
    #[derive(Deserialize)]
    struct WorkRequest {
        status: String,
    }
    let request = bucket.work_request("GetWorkRequest", id).await?;
    let (begun, mut pause) = (Instant::now(), FIRST_PAUSE);
    while begun.elapsed() < MAX_COPY {
        let response = bucket.send(&request, path).await?;
        let work: WorkRequest = parse(&response)?;
        match work.status.to_ascii_uppercase().as_str() {
            "COMPLETED" => return Ok(()),
            "ACCEPTED" | "IN_PROGRESS" | "CANCELING" => {}
            status => return Err(failure(bucket, id, status, path).await?),
        }
        let asked: Option<u64> =
            response.header(header::RETRY_AFTER.as_str()).and_then(|text| text.parse().ok());
        tokio::time::sleep(asked.map_or(pause, Duration::from_secs).min(MAX_PAUSE)).await;
        pause = (pause * 2).min(MAX_PAUSE);
    }
    Err(generic(format!(
        "{path}: work request {id} did not end within {MAX_COPY:?} and may still be running"
    )))
}

/// Returns an error that explains why the background work failed.
async fn failure(bucket: &Bucket, id: &str, status: &str, path: &Path) -> Result<Error> {
    #[derive(Deserialize)]
    struct WorkRequestError {
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: String,
    }
    let request = bucket.work_request("ListWorkRequestErrors", &format!("{id}/errors")).await?;
    let errors: Vec<WorkRequestError> = parse(&bucket.send(&request, path).await?)?;
    let texts: Vec<String> =
        errors.iter().map(|error| format!("{}: {}", error.code, error.message)).collect();
    let source = format!("work request {id} {status}: {}", texts.join("; ")).into();
    let is = |codes: &[&str]| errors.iter().any(|error| codes.contains(&error.code.as_str()));
    let path = path.to_string();
    Ok(if is(&["IfNoneMatchFailed"]) {
        Error::AlreadyExists { path, source }
    } else if is(&["IfMatchFailed"]) {
        Error::Precondition { path, source }
    } else if is(&["ObjectNotFound", "BucketNotFound"]) {
        Error::NotFound { path, source }
    } else {
        generic(source)
    })
}

fn parse<'a, T: Deserialize<'a>>(response: &'a Response<bytes::Bytes>) -> Result<T> {
    serde_json::from_slice(&response.body)
        .map_err(|error| generic(format!("invalid response about a work request: {error}")))
}
