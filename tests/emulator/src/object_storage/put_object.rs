//! PutObject.

use std::collections::BTreeMap;

use http::HeaderName;

use super::call::Call;
use super::checksum::Announced;
use super::conditions::Conditions;
use super::index::{Change, Index};
use super::object::{Attributes, ObjectVersion, Segment};
use super::receive::{Received, announced_length, receive};
use super::service::{ObjectStorage, object_name};
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::ServiceError;
use crate::{clock, random};

/// Maximum size of an object's metadata in bytes, including the names.
const METADATA_CEILING: usize = 4000;

impl ObjectStorage {
    pub(crate) async fn put_object(
        &self,
        call: &Call,
        request: &mut Request,
    ) -> Result<Response, ServiceError> {
        let object = object_name(call.object.as_deref())?;
        announced_length(request)?;
        let conditions = Conditions::of(request)?;
        let announced = Announced::of(request, None)?;
        let attributes = Attributes::of(request)?;
        {
            let index = self.index();
            let bucket = index.bucket(&call.namespace, &call.bucket)?;
            conditions.check(bucket.current(object).map(AsRef::as_ref))?;
        }
        let Received { blob, checksums } = receive(request, &announced, &self.blobs).await?;
        let mut response = Response::ok().header("opc-content-md5", &checksums.md5);
        for (name, value) in &checksums.additional {
            response = response.header(name, value);
        }
        let version = ObjectVersion {
            md5: Some(checksums.md5),
            checksums: checksums.additional,
            ..ObjectVersion::new(attributes, vec![Segment::new(blob)])
        };
        self.index().write(call, object, version, &conditions, response, None)
    }
}

impl Index {
    /// Makes `version` the newest version of the object and applies `also`, if the conditions hold now.
    pub(crate) fn write(
        &mut self,
        call: &Call,
        object: &str,
        mut version: ObjectVersion,
        conditions: &Conditions,
        response: Response,
        also: Option<Change>,
    ) -> Result<Response, ServiceError> {
        let bucket = self.bucket(&call.namespace, &call.bucket)?;
        conditions.check(bucket.current(object).map(AsRef::as_ref))?;
        version.versioned = bucket.keeps_versions();
        let response = response
            .header("etag", &version.etag)
            .header("last-modified", &clock::imf(version.time_modified))
            .header("version-id", &version.version_id);
        let put = Change::Put { bucket: call.bucket.clone(), object: object.to_owned(), version };
        self.commit(match also {
            Some(also) => Change::All(vec![put, also]),
            None => put,
        })?;
        Ok(response)
    }
}

impl ObjectVersion {
    /// Creates a version.
    pub(crate) fn new(attributes: Attributes, content: Vec<Segment>) -> Self {
        let now = clock::milliseconds();
        Self {
            version_id: random::uuid(),
            etag: random::uuid(),
            size: content.iter().map(|segment| segment.length).sum(),
            md5: None,
            checksums: BTreeMap::new(),
            attributes,
            time_created: now,
            time_modified: now,
            versioned: false,
            delete_marker: false,
            content,
        }
    }
}

impl Attributes {
    /// Reads the headers of an upload.
    pub(crate) fn of(request: &Request) -> Result<Self, ServiceError> {
        let text = |name| request.headers.get(name).map(|value| latin1(value.as_bytes()));
        let metadata = request
            .headers
            .iter()
            .filter_map(|(name, value)| {
                let name = name.as_str().strip_prefix("opc-meta-")?;
                Some((name.to_owned(), latin1(value.as_bytes())))
            })
            .collect();
        let attributes = Self {
            content_type: text("content-type"),
            content_language: text("content-language"),
            content_encoding: text("content-encoding"),
            content_disposition: text("content-disposition"),
            cache_control: text("cache-control"),
            storage_tier: text("storage-tier"),
            metadata,
        };
        attributes.check()?;
        Ok(attributes)
    }

    /// Rejects attributes that the service would not store.
    pub(crate) fn check(&self) -> Result<(), ServiceError> {
        let bytes: usize = self.metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
        if bytes > METADATA_CEILING {
            let message = format!("The object's metadata has {bytes} bytes, more than {METADATA_CEILING}.");
            return Err(ServiceError::bad_request("MetadataTooLarge", message));
        }
        let texts = [
            &self.content_type,
            &self.content_language,
            &self.content_encoding,
            &self.content_disposition,
            &self.cache_control,
        ];
        let unsendable =
            |text: &str| text.contains(|character: char| character.is_control() && character != '\t');
        let name = |name: &String| HeaderName::try_from(format!("opc-meta-{name}")).is_err();
        if texts.into_iter().flatten().chain(self.metadata.values()).any(|text| unsendable(text))
            || self.metadata.keys().any(name)
        {
            let message = "The object's metadata has characters that no header can carry.";
            return Err(ServiceError::bad_request("InvalidParameter", message));
        }
        if !matches!(self.storage_tier(), "Standard" | "InfrequentAccess" | "Archive") {
            let message = format!("The storage tier '{}' is unknown.", self.storage_tier());
            return Err(ServiceError::bad_request("InvalidParameter", message));
        }
        Ok(())
    }
}

/// Decodes a header's bytes as Latin-1, which is what clients mean: every byte is the character with its number.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}
