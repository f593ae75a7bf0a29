//! GetObject and HeadObject.

use std::collections::VecDeque;
use std::sync::Arc;

use http::StatusCode;

use super::blob::{Blob, read_files};
use super::call::Call;
use super::conditions::{Conditions, listed};
use super::object::ObjectVersion;
use super::range::ByteRange;
use super::service::{ObjectStorage, object_name, object_not_found};
use crate::clock;
use crate::wire::body::ResponseBody;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::ServiceError;

/// Query parameters that override response headers.
const OVERRIDES: [(&str, &str); 6] = [
    ("httpResponseContentDisposition", "content-disposition"),
    ("httpResponseCacheControl", "cache-control"),
    ("httpResponseContentType", "content-type"),
    ("httpResponseContentLanguage", "content-language"),
    ("httpResponseContentEncoding", "content-encoding"),
    ("httpResponseExpires", "expires"),
];

impl ObjectStorage {
    /// Returns the object's headers, and its bytes if `body` is set.
    pub(crate) fn get_object(
        &self,
        call: &Call,
        request: &Request,
        body: bool,
    ) -> Result<Response, ServiceError> {
        let version = self.find(call, request)?;
        Conditions { if_match: request.header("if-match").map(str::to_owned), if_absent: false }
            .check_match(Some(&version.etag))?;
        let avoided = request.header("if-none-match");
        if avoided == Some("*") {
            let message = "The If-None-Match header of a read must be an ETag.";
            return Err(ServiceError::bad_request("InvalidParameter", message));
        }
        if avoided.is_some_and(|header| listed(header, &version.etag)) {
            return Ok(Response::new(StatusCode::NOT_MODIFIED).header("etag", &version.etag));
        }
        let range = match request.header("range") {
            Some(header) => ByteRange::parse(header, version.size)?,
            None => None,
        };
        let mut response = describe(&version);
        if let Some(ByteRange { start, end }) = range {
            response.status = StatusCode::PARTIAL_CONTENT;
            response =
                response.header("content-range", &format!("bytes {start}-{}/{}", end - 1, version.size));
        }
        for (parameter, header) in OVERRIDES {
            response = response.header_if(header, request.query.get(parameter));
        }
        let range = range.unwrap_or(ByteRange { start: 0, end: version.size });
        if body {
            response.body = content(&version, range);
            return Ok(response);
        }
        Ok(response.header("content-length", &(range.end - range.start).to_string()))
    }

    fn find(&self, call: &Call, request: &Request) -> Result<Arc<ObjectVersion>, ServiceError> {
        let object = object_name(call.object.as_deref())?;
        let index = self.index();
        let bucket = index.bucket(&call.namespace, &call.bucket)?;
        let version = match request.query.get("versionId") {
            Some(version_id) => bucket.version(object, version_id).filter(|version| !version.delete_marker),
            None => bucket.current(object),
        };
        version.cloned().ok_or_else(|| object_not_found(&call.bucket, object))
    }
}

/// Returns all headers that describe a version.
fn describe(version: &ObjectVersion) -> Response {
    let attributes = &version.attributes;
    let mut response = Response::ok()
        .header("accept-ranges", "bytes")
        .header("etag", &version.etag)
        .header("last-modified", &clock::imf(version.time_modified))
        .header("version-id", &version.version_id)
        .header("storage-tier", attributes.storage_tier())
        .text_header("content-type", attributes.content_type())
        .header_if("content-md5", version.md5.as_deref())
        .header_if("archival-state", attributes.archival_state());
    for (name, value) in [
        ("content-language", &attributes.content_language),
        ("content-encoding", &attributes.content_encoding),
        ("content-disposition", &attributes.content_disposition),
        ("cache-control", &attributes.cache_control),
    ] {
        if let Some(value) = value {
            response = response.text_header(name, value);
        }
    }
    for (name, value) in &version.checksums {
        response = response.header(name, value);
    }
    for (name, value) in &attributes.metadata {
        response = response.text_header(&format!("opc-meta-{name}"), value);
    }
    response
}

/// Returns the bytes of a range: from memory without copying, and from files through another thread.
fn content(version: &ObjectVersion, range: ByteRange) -> ResponseBody {
    let (mut pieces, mut files) = (VecDeque::new(), Vec::new());
    for (blob, start, length) in runs(version, range) {
        if !blob.pieces(start, length, &mut pieces) {
            files.push((blob, start, length));
        }
    }
    if files.is_empty() {
        return ResponseBody::pieces(pieces);
    }
    ResponseBody::channel(read_files(files), range.end - range.start)
}

/// Returns the start and length to read from each blob.
fn runs(version: &ObjectVersion, range: ByteRange) -> Vec<(Arc<Blob>, u64, u64)> {
    let mut runs = Vec::new();
    let mut place = 0;
    for segment in &version.content {
        let (start, end) = (range.start.max(place), range.end.min(place + segment.length));
        if let (true, Some(blob)) = (start < end, &segment.blob) {
            runs.push((Arc::clone(blob), start - place, end - start));
        }
        place += segment.length;
    }
    runs
}
