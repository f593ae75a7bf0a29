//! Parses events of OCI Object Storage: CloudEvents 0.1, as OCI Events delivers them.
//!
//! Only the members that identify the object are read. All others may be present or missing, in any order and of any form. The fields are
//! from
//! <https://docs.oracle.com/en-us/iaas/Content/Events/Reference/eventenvelopereference.htm> and from captured events.

use super::event::{Event, ObjectWritten};
use super::not_recognized::NotRecognized;
use crate::locations::ObjectUrl;
use oci_object_store::OciUrl;
use percent_encoding::percent_decode_str;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::value::RawValue;

const CREATED: &str = "com.oraclecloud.objectstorage.createobject";
const UPDATED: &str = "com.oraclecloud.objectstorage.updateobject";

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct CloudEvent<'a> {
    event_type: String,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    #[serde(default, deserialize_with = "if_it_fits")]
    resource_name: Option<String>,
    #[serde(default, deserialize_with = "if_it_fits")]
    resource_id: Option<String>,
    #[serde(default, deserialize_with = "if_it_fits")]
    additional_details: Option<Details>,
}

#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Details {
    #[serde(default, deserialize_with = "if_it_fits")]
    namespace: Option<String>,
    #[serde(default, deserialize_with = "if_it_fits")]
    bucket_name: Option<String>,
    #[serde(default, deserialize_with = "if_it_fits")]
    e_tag: Option<String>,
}

/// Treats a member of another type as missing, because another member may contain the same information.
fn if_it_fits<'de, D: Deserializer<'de>, T: DeserializeOwned>(member: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_str(<&RawValue>::deserialize(member)?.get()).ok())
}

/// Parses an event. Any document with an `eventType` is one.
pub(super) fn parse(document: &RawValue) -> Result<Event, NotRecognized> {
    let event: CloudEvent<'_> =
        serde_json::from_str(document.get()).map_err(|error| NotRecognized(error.to_string()))?;
    if ![CREATED, UPDATED].contains(&event.event_type.as_str()) {
        return Ok(Event::OtherType(event.event_type));
    }
    let data = event.data.ok_or_else(|| "the event has no data".to_owned());
    Ok(data.and_then(object).map_or_else(Event::Malformed, Event::Written))
}

/// Returns the object that an event's data identifies. Missing parts are taken from `resourceId`.
fn object(data: &RawValue) -> Result<ObjectWritten, String> {
    let data: Data = serde_json::from_str(data.get()).map_err(|error| format!("data: {error}"))?;
    let Details { namespace, bucket_name, e_tag } = data.additional_details.unwrap_or_default();
    let id = data.resource_id.as_deref().and_then(split_id);
    let or_of_id = |given: Option<String>, part: Option<&str>, name: &str| {
        given
            .or(part.map(str::to_owned))
            .filter(|text| !text.is_empty())
            .ok_or_else(|| format!("data has no {name}"))
    };
    let namespace = or_of_id(namespace, id.map(|id| id.0), "namespace")?;
    let bucket = or_of_id(bucket_name, id.map(|id| id.1), "bucketName")?;
    let name = or_of_id(data.resource_name, id.map(|id| id.2), "resourceName")?;
    let urls = names(&name).map(|name| OciUrl::new(&bucket, &namespace, name).map(ObjectUrl::from));
    Ok(ObjectWritten {
        candidates: urls.collect::<Result<_, _>>().map_err(|problem| format!("the object {problem}"))?,
        etag: e_tag.filter(|etag| !etag.is_empty()),
    })
}

/// Returns the names that an event's object may have: the name as it is, and decoded if that makes a difference.
///
/// It is not documented whether names in events are percent-encoded, and both have been seen.
fn names(name: &str) -> impl Iterator<Item = String> {
    let decoded = percent_decode_str(name).decode_utf8().ok().map(|decoded| decoded.into_owned());
    [name.to_owned()].into_iter().chain(decoded.filter(|decoded| decoded != name))
}

/// Splits `/n/<namespace>/b/<bucket>/o/<name>` into namespace, bucket and name.
fn split_id(id: &str) -> Option<(&str, &str, &str)> {
    let (namespace, rest) = id.strip_prefix("/n/")?.split_once("/b/")?;
    let (bucket, name) = rest.split_once("/o/")?;
    Some((namespace, bucket, name))
}

#[cfg(test)]
#[path = "oci_tests.rs"]
mod tests;
