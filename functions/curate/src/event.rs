//! Object Storage's events: CloudEvents 0.1, as OCI Events delivers them.
//!
//! Only what names the object is read; all else may be there or not, in any order and of any form. Its fields and what is known of
//! them: <https://docs.oracle.com/en-us/iaas/Content/Events/Reference/eventenvelopereference.htm>, and events captured in the wild.

use serde::Deserialize;
use serde_json::Value;

/// Something that happened to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectEvent {
    pub(crate) namespace: String,
    pub(crate) bucket: String,
    /// As the event has it. Whether names are percent-encoded there is documented nowhere, and seen both ways.
    pub(crate) name: String,
    /// The object's version then; it may have been replaced since.
    pub(crate) etag: Option<String>,
}

/// What one event of a delivery is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// An object was created or replaced.
    Written(ObjectEvent),
    /// Something else happened.
    OtherType(String),
    /// It is no event, and sending it again would not make it one.
    NoEvent(String),
}

/// Why a delivery holds no events at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("the body is empty")]
    Empty,
    #[error("the body is not JSON: {0}")]
    NotJson(String),
}

const CREATED: &str = "com.oraclecloud.objectstorage.createobject";
const UPDATED: &str = "com.oraclecloud.objectstorage.updateobject";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    event_type: String,
    #[serde(default)]
    data: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    resource_name: Option<String>,
    resource_id: Option<String>,
    additional_details: Option<Details>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Details {
    namespace: Option<String>,
    bucket_name: Option<String>,
    e_tag: Option<String>,
}

/// The events of a delivery: one, as OCI Events sends them, or a JSON array of them, as anything between may.
pub(crate) fn parse(body: &[u8]) -> Result<Delivery, Unreadable> {
    if body.trim_ascii().is_empty() {
        return Err(Unreadable::Empty);
    }
    let value = serde_json::from_slice(body).map_err(|error| Unreadable::NotJson(error.to_string()))?;
    Ok(match value {
        Value::Array(events) => Delivery::Several(events.into_iter().map(Event::of).collect()),
        event => Delivery::One(Event::of(event)),
    })
}

/// What was delivered by one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Delivery {
    One(Event),
    Several(Vec<Event>),
}

impl Event {
    fn of(value: Value) -> Self {
        if !value.is_object() {
            return Event::NoEvent("it is no JSON object".into());
        }
        let envelope: Envelope = match serde_json::from_value(value) {
            Ok(envelope) => envelope,
            Err(error) => return Event::NoEvent(error.to_string()),
        };
        if ![CREATED, UPDATED].contains(&envelope.event_type.as_str()) {
            return Event::OtherType(envelope.event_type);
        }
        match ObjectEvent::of(envelope.data) {
            Ok(object) => Event::Written(object),
            Err(problem) => Event::NoEvent(problem),
        }
    }
}

impl ObjectEvent {
    fn of(data: Value) -> Result<Self, String> {
        let data: Data = serde_json::from_value(data).map_err(|error| format!("data: {error}"))?;
        let Details { namespace, bucket_name, e_tag } = data.additional_details.unwrap_or_default();
        let id = data.resource_id.as_deref().and_then(split_id);
        let or_of_id = |given: Option<String>, part: Option<&str>, name: &str| {
            given
                .or(part.map(str::to_owned))
                .filter(|text| !text.is_empty())
                .ok_or_else(|| format!("data names no {name}"))
        };
        Ok(ObjectEvent {
            namespace: or_of_id(namespace, id.map(|id| id.0), "namespace")?,
            bucket: or_of_id(bucket_name, id.map(|id| id.1), "bucketName")?,
            name: or_of_id(data.resource_name, id.map(|id| id.2), "resourceName")?,
            etag: e_tag.filter(|etag| !etag.is_empty()),
        })
    }
}

/// Namespace, bucket and name of `/n/<namespace>/b/<bucket>/o/<name>`.
fn split_id(id: &str) -> Option<(&str, &str, &str)> {
    let (namespace, rest) = id.strip_prefix("/n/")?.split_once("/b/")?;
    let (bucket, name) = rest.split_once("/o/")?;
    Some((namespace, bucket, name))
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
