//! Writing an object in one request, and recognizing it if the response is lost.

use crate::attributes;
use crate::bucket::{self, Bucket};
use crate::error::generic;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::{Method, header};
use md5::{Digest, Md5};
use object_store::path::Path;
use object_store::{Error, PutMode, PutOptions, PutPayload, PutResult, Result};
use oci_requests::{Request, Response};

/// Writes an object in one request.
pub(crate) async fn put(
    bucket: &Bucket,
    path: &Path,
    payload: PutPayload,
    options: PutOptions,
) -> Result<PutResult> {
    let PutOptions { mode, tags, attributes, extensions: _ } = options;
    attributes::refuse_tags(&tags)?;
    let request = bucket.object("PutObject", Method::PUT, path).await?;
    let request = attributes::into_headers(request, &attributes)?;
    let request = conditional(request, &mode)?.unsigned_body(bucket::body(payload.clone()));
    match bucket.client.send(&request).await {
        Ok(response) => result(&response),
        Err(error) => {
            let effect_unknown = error.effect_unknown;
            let refused = as_refused(crate::error::of_client(error, path.as_ref()), &mode);
            match refused {
                // The condition may have failed because the first attempt of this write succeeded. The object then has these bytes.
                Error::AlreadyExists { .. } | Error::Precondition { .. } if effect_unknown => {
                    let ours = md5(&payload);
                    let evidence = Evidence { header: "content-md5", value: &ours };
                    evidence.of_our_write(bucket, path).await?.ok_or(refused)
                }
                refused => Err(refused),
            }
        }
    }
}

/// Adds the condition of a write mode to a request.
pub(crate) fn conditional(request: Request, mode: &PutMode) -> Result<Request> {
    match mode {
        PutMode::Overwrite => Ok(request),
        PutMode::Create => Ok(request.header(header::IF_NONE_MATCH, "*")),
        PutMode::Update(version) => {
            let etag = version.e_tag.as_deref();
            let etag = etag.ok_or_else(|| generic("an update needs the ETag of the version to replace"))?;
            bucket::header(request, header::IF_MATCH, etag)
        }
    }
}

/// Converts the error of a refused write according to its condition. An update of a missing object fails its condition, and a creation has
/// only one.
fn as_refused(error: Error, mode: &PutMode) -> Error {
    match (error, mode) {
        (Error::NotFound { path, source }, PutMode::Update(_)) if is_object_not_found(source.as_ref()) => {
            Error::Precondition { path, source }
        }
        (Error::Precondition { path, source }, PutMode::Create) => Error::AlreadyExists { path, source },
        (error, _) => error,
    }
}

fn is_object_not_found(source: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    let error = source.downcast_ref::<oci_requests::Error>();
    error.and_then(oci_requests::Error::code) == Some("ObjectNotFound")
}

/// The header by which an object shows that this write created it.
pub(crate) struct Evidence<'a> {
    pub(crate) header: &'static str,
    pub(crate) value: &'a str,
}

impl Evidence<'_> {
    /// Returns the result of the write if the object has its content.
    pub(crate) async fn of_our_write(&self, bucket: &Bucket, path: &Path) -> Result<Option<PutResult>> {
        match bucket.head(path).await {
            Ok(head) if head.header(self.header) == Some(self.value) => Ok(Some(result(&head)?)),
            Ok(_) | Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Returns the result of a write from its response.
pub(crate) fn result<B>(response: &Response<B>) -> Result<PutResult> {
    Ok(PutResult {
        e_tag: Some(bucket::etag(response)?),
        version: response.header("version-id").map(str::to_owned),
        extensions: Default::default(),
    })
}

fn md5(payload: &PutPayload) -> String {
    let mut digest = Md5::new();
    payload.iter().for_each(|chunk| digest.update(chunk));
    BASE64.encode(digest.finalize())
}
