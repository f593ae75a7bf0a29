//! Converts attributes of objects to headers and back.

use crate::bucket;
use crate::error::{generic, not_supported};
use http::{HeaderMap, HeaderName, header};
use object_store::{Attribute, Attributes, Result, TagSet};
use oci_requests::Request;
use std::collections::BTreeMap;

/// Prefix of the headers that carry metadata.
const METADATA: &str = "opc-meta-";

const STORAGE_TIER: HeaderName = HeaderName::from_static("storage-tier");

/// The tier that the service reports if none was set.
const STANDARD: &str = "Standard";

/// Returns the header of an attribute that maps directly to an HTTP header.
fn plain(attribute: &Attribute) -> Option<HeaderName> {
    match attribute {
        Attribute::ContentDisposition => Some(header::CONTENT_DISPOSITION),
        Attribute::ContentEncoding => Some(header::CONTENT_ENCODING),
        Attribute::ContentLanguage => Some(header::CONTENT_LANGUAGE),
        Attribute::ContentType => Some(header::CONTENT_TYPE),
        Attribute::CacheControl => Some(header::CACHE_CONTROL),
        Attribute::StorageClass => Some(STORAGE_TIER),
        _ => None,
    }
}

/// Adds attributes to a PutObject request as headers.
pub(crate) fn into_headers(mut request: Request, attributes: &Attributes) -> Result<Request> {
    for (attribute, value) in attributes {
        let name = match (plain(attribute), attribute) {
            (Some(name), _) => name,
            (None, Attribute::Metadata(key)) => metadata_header(key)?,
            (None, other) => return Err(not_supported(&format!("the attribute {other:?}"))),
        };
        request = bucket::header(request, name, value)?;
    }
    if attributes.get(&Attribute::ContentType).is_none() {
        request = request.header(header::CONTENT_TYPE, "application/octet-stream");
    }
    Ok(request)
}

/// Attributes as fields of the body of CreateMultipartUpload.
#[derive(Debug, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Fields {
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_disposition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_tier: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
}

/// Converts attributes to fields of the body of CreateMultipartUpload.
pub(crate) fn into_fields(attributes: &Attributes) -> Result<Fields> {
    let mut fields = Fields::default();
    for (attribute, value) in attributes {
        let value = value.to_string();
        // The service returns the value as a header, so it must be valid in one.
        bucket::check_header(&format!("{attribute:?}"), &value)?;
        let field = match attribute {
            Attribute::ContentType => &mut fields.content_type,
            Attribute::ContentLanguage => &mut fields.content_language,
            Attribute::ContentEncoding => &mut fields.content_encoding,
            Attribute::ContentDisposition => &mut fields.content_disposition,
            Attribute::CacheControl => &mut fields.cache_control,
            Attribute::StorageClass => &mut fields.storage_tier,
            Attribute::Metadata(key) => {
                fields.metadata.insert(metadata_header(key)?.to_string(), value);
                continue;
            }
            other => return Err(not_supported(&format!("the attribute {other:?}"))),
        };
        *field = Some(value);
    }
    Ok(fields)
}

/// Returns the attributes in a response to GetObject or HeadObject.
pub(crate) fn of_headers(headers: &HeaderMap) -> Attributes {
    const PLAIN: [Attribute; 6] = [
        Attribute::ContentDisposition,
        Attribute::ContentEncoding,
        Attribute::ContentLanguage,
        Attribute::ContentType,
        Attribute::CacheControl,
        Attribute::StorageClass,
    ];
    let mut attributes = Attributes::new();
    for attribute in PLAIN {
        let value = plain(&attribute).and_then(|name| headers.get(name)?.to_str().ok());
        match value {
            Some(STANDARD) if attribute == Attribute::StorageClass => {}
            Some(value) => drop(attributes.insert(attribute, value.to_owned().into())),
            None => {}
        }
    }
    for (name, value) in headers {
        if let (Some(key), Ok(value)) = (name.as_str().strip_prefix(METADATA), value.to_str()) {
            attributes.insert(Attribute::Metadata(key.to_owned().into()), value.to_owned().into());
        }
    }
    attributes
}

/// Rejects tags, because the service does not support tags on objects.
pub(crate) fn refuse_tags(tags: &TagSet) -> Result<()> {
    if tags.encoded().is_empty() { Ok(()) } else { Err(not_supported("tags on objects")) }
}

fn metadata_header(key: &str) -> Result<HeaderName> {
    HeaderName::try_from(format!("{METADATA}{key}")).map_err(|_| {
        generic(format!("'{key}' is not a valid metadata key: it must be valid in a header name"))
    })
}
