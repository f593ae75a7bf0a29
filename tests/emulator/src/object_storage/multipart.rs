//! Multipart uploads: create, upload parts, commit, abort, and the two listings.

use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::bucket::{Bucket, MultipartUpload, Part};
use super::call::Call;
use super::checksum::{Announced, header_of, joined};
use super::conditions::Conditions;
use super::index::Change;
use super::listing::limit;
use super::object::{Attributes, ObjectVersion, Segment};
use super::receive::{Received, announced_length, receive};
use super::service::{ObjectStorage, object_name};
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::ServiceError;
use crate::{clock, random};

/// The body of CreateMultipartUpload.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateDetails {
    object: Option<String>,
    content_type: Option<String>,
    content_language: Option<String>,
    content_encoding: Option<String>,
    content_disposition: Option<String>,
    cache_control: Option<String>,
    storage_tier: Option<String>,
    /// Metadata by header name, including the prefix `opc-meta-`.
    metadata: Option<BTreeMap<String, String>>,
}

/// The body of CommitMultipartUpload.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CommitDetails {
    #[serde(default)]
    parts_to_commit: Option<Vec<CommitPart>>,
    #[serde(default)]
    parts_to_exclude: Option<Vec<u16>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CommitPart {
    part_num: u16,
    etag: String,
}

/// The highest part number. Parts are numbered from 1.
const LAST_PART: u16 = 10_000;

impl ObjectStorage {
    pub(crate) fn create_multipart_upload(
        &self,
        call: &Call,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let details: CreateDetails = request.json()?;
        let object = object_name(details.object.as_deref())?.to_owned();
        let conditions = Conditions::of(request)?;
        let algorithm = request.header("opc-checksum-algorithm");
        algorithm.map(header_of).transpose()?;
        let upload = MultipartUpload {
            id: random::uuid(),
            object,
            attributes: details.attributes()?,
            checksum_algorithm: algorithm.map(str::to_owned),
            time_created: clock::milliseconds(),
            parts: BTreeMap::new(),
        };
        let mut index = self.index();
        let bucket = index.bucket(&call.namespace, &call.bucket)?;
        conditions.check(bucket.current(&upload.object).map(AsRef::as_ref))?;
        let response = Response::json(&self.describe_upload(&call.bucket, &upload))
            .header("location", &format!("/n/{}/b/{}/u/{}", call.namespace, call.bucket, upload.id));
        index.commit(Change::Upload { bucket: call.bucket.clone(), upload })?;
        Ok(response)
    }

    pub(crate) async fn upload_part(
        &self,
        call: &Call,
        request: &mut Request,
    ) -> Result<Response, ServiceError> {
        announced_length(request)?;
        let number = request.query.get("uploadPartNum").and_then(|number| number.parse().ok());
        let number = number.filter(|number| (1..=LAST_PART).contains(number)).ok_or_else(|| {
            let message = format!("The uploadPartNum must be a number from 1 to {LAST_PART}.");
            ServiceError::bad_request("InvalidUploadPart", message)
        })?;
        let conditions = Conditions::of(request)?;
        let (upload_id, algorithm) = {
            let index = self.index();
            let upload = find_upload(index.bucket(&call.namespace, &call.bucket)?, call, request)?;
            check_part(&conditions, upload, number)?;
            (upload.id.clone(), upload.checksum_algorithm.clone())
        };
        let announced = Announced::of(request, algorithm.as_deref())?;
        let Received { blob, checksums } = receive(request, &announced, &self.blobs).await?;
        let part = Part {
            etag: random::uuid(),
            md5: checksums.md5,
            checksums: checksums.additional,
            content: Segment::new(blob),
        };
        let mut response = Response::ok().header("etag", &part.etag).header("opc-content-md5", &part.md5);
        for (name, value) in &part.checksums {
            response = response.header(name, value);
        }
        let mut index = self.index();
        // Looked up again, because the upload may have been committed or aborted in the meantime.
        let upload = find_upload(index.bucket(&call.namespace, &call.bucket)?, call, request)?;
        check_part(&conditions, upload, number)?;
        index.commit(Change::Part { bucket: call.bucket.clone(), upload_id, number, part })?;
        Ok(response)
    }

    pub(crate) fn commit_multipart_upload(
        &self,
        call: &Call,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let details: CommitDetails = request.json()?;
        let conditions = Conditions::of(request)?;
        let mut index = self.index();
        let bucket = index.bucket(&call.namespace, &call.bucket)?;
        let upload = find_upload(bucket, call, request)?;
        let parts = details.select(upload)?;
        let mut version = ObjectVersion::new(
            upload.attributes.clone(),
            parts.iter().map(|part| part.content.clone()).collect(),
        );
        version.checksums = joined(&parts);
        let (object, upload_id) = (upload.object.clone(), upload.id.clone());
        let mut response = Response::ok();
        for (name, value) in &version.checksums {
            response = response.header(name, value);
        }
        let drop_upload = Change::DropUpload { bucket: call.bucket.clone(), upload_id };
        index.write(call, &object, version, &conditions, response, Some(drop_upload))
    }

    pub(crate) fn abort_multipart_upload(
        &self,
        call: &Call,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let mut index = self.index();
        let upload_id = find_upload(index.bucket(&call.namespace, &call.bucket)?, call, request)?.id.clone();
        index.commit(Change::DropUpload { bucket: call.bucket.clone(), upload_id })?;
        Ok(Response::new(StatusCode::NO_CONTENT))
    }

    pub(crate) fn list_multipart_uploads(
        &self,
        call: &Call,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let limit = limit(&request.query)?;
        let after = request.query.get("page").unwrap_or_default();
        let index = self.index();
        let bucket = index.bucket(&call.namespace, &call.bucket)?;
        let mut found = bucket.uploads.values().filter(|upload| upload.id.as_str() > after);
        let page: Vec<&MultipartUpload> = found.by_ref().take(limit).collect();
        let next = found.next().and(page.last()).map(|upload| upload.id.as_str());
        let uploads: Vec<Value> =
            page.iter().map(|upload| self.describe_upload(&call.bucket, upload)).collect();
        Ok(Response::json(&uploads).header_if("opc-next-page", next))
    }

    pub(crate) fn list_multipart_upload_parts(
        &self,
        call: &Call,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let limit = limit(&request.query)?;
        let after = request.query.get("page").and_then(|page| page.parse().ok()).unwrap_or(0);
        let index = self.index();
        let upload = find_upload(index.bucket(&call.namespace, &call.bucket)?, call, request)?;
        let mut found = upload.parts.range(after + 1..);
        let page: Vec<(&u16, &Part)> = found.by_ref().take(limit).collect();
        let next = found.next().and(page.last()).map(|(number, _)| number.to_string());
        let parts: Vec<Value> = page
            .iter()
            .map(|(number, part)| {
                json!({ "partNumber": number, "etag": part.etag, "md5": part.md5, "size": part.content.length })
            })
            .collect();
        Ok(Response::json(&parts).header_if("opc-next-page", next.as_deref()))
    }

    fn describe_upload(&self, bucket: &str, upload: &MultipartUpload) -> Value {
        json!({
            "namespace": self.settings.namespace,
            "bucket": bucket,
            "object": upload.object,
            "uploadId": upload.id,
            "timeCreated": clock::rfc3339(upload.time_created),
            "storageTier": upload.attributes.storage_tier(),
        })
    }
}

/// Returns the upload that a request names. It must belong to the object in the path.
fn find_upload<'a>(
    bucket: &'a Bucket,
    call: &Call,
    request: &Request,
) -> Result<&'a MultipartUpload, ServiceError> {
    let id = request.query.get("uploadId").unwrap_or_default();
    let upload = bucket.uploads.get(id).filter(|upload| Some(&upload.object) == call.object.as_ref());
    upload
        .ok_or_else(|| ServiceError::not_found("NoSuchUpload", format!("The upload '{id}' does not exist.")))
}

/// Checks the conditions on a part against the existing part with that number.
fn check_part(conditions: &Conditions, upload: &MultipartUpload, number: u16) -> Result<(), ServiceError> {
    let part = upload.parts.get(&number);
    if conditions.if_absent && part.is_some() {
        let message = "The If-None-Match header is '*' and the part exists.";
        return Err(ServiceError::precondition("IfNoneMatchFailed", message));
    }
    conditions.check_match(part.map(|part| part.etag.as_str()))
}

impl CreateDetails {
    fn attributes(self) -> Result<Attributes, ServiceError> {
        let metadata = self.metadata.unwrap_or_default().into_iter().map(|(name, value)| {
            let name = name.to_ascii_lowercase();
            (name.strip_prefix("opc-meta-").unwrap_or(&name).to_owned(), value)
        });
        let attributes = Attributes {
            content_type: self.content_type,
            content_language: self.content_language,
            content_encoding: self.content_encoding,
            content_disposition: self.content_disposition,
            cache_control: self.cache_control,
            storage_tier: self.storage_tier,
            metadata: metadata.collect(),
        };
        attributes.check()?;
        Ok(attributes)
    }
}

impl CommitDetails {
    /// Returns the parts to join, sorted by number. Every uploaded part must be in exactly one of the two lists, and those to commit must
    /// be the latest uploads.
    fn select(self, upload: &MultipartUpload) -> Result<Vec<Part>, ServiceError> {
        let invalid = |message: String| Err(ServiceError::bad_request("InvalidUploadPart", message));
        let mut commit = BTreeMap::new();
        for part in self.parts_to_commit.unwrap_or_default() {
            if commit.insert(part.part_num, part.etag).is_some() {
                return invalid(format!("The part {} is listed twice.", part.part_num));
            }
        }
        if commit.is_empty() {
            return invalid("There is no part to commit.".to_owned());
        }
        let exclude: BTreeSet<u16> = self.parts_to_exclude.unwrap_or_default().into_iter().collect();
        let unknown = commit.keys().chain(&exclude).find(|number| !upload.parts.contains_key(number));
        if let Some(number) = unknown {
            return invalid(format!("The part {number} was not uploaded."));
        }
        let mut parts = Vec::with_capacity(commit.len());
        for (number, part) in &upload.parts {
            match (commit.get(number), exclude.contains(number)) {
                (Some(etag), false) if *etag == part.etag => parts.push(part.clone()),
                (Some(etag), false) => {
                    return invalid(format!("The ETag of part {number} is not '{etag}'."));
                }
                (None, true) => {}
                (Some(_), true) => return invalid(format!("The part {number} is in both lists.")),
                (None, false) => return invalid(format!("The part {number} is in neither list.")),
            }
        }
        Ok(parts)
    }
}
