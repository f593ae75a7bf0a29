//! Object Storage's events: CloudEvents 0.1, as OCI Events delivers them.
//!
//! Only what names the object is read; all else may be there or not, in any order and of any form. Its fields and what is known of
//! them: <https://docs.oracle.com/en-us/iaas/Content/Events/Reference/eventenvelopereference.htm>, and events captured in the wild.

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;
use std::fmt;

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
    Malformed(String),
}

/// What was delivered by one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Delivery {
    One(Event),
    Several(Vec<Event>),
}

/// Why a delivery is not taken apart into events.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("the body is empty")]
    Empty,
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    #[error("more than {MOST_EVENTS} events in one body")]
    TooMany,
}

/// Most events in one body: their answers, with names of 1,024 bytes, are within the 6 MB that may be answered.
const MOST_EVENTS: usize = 1000;

/// Editors put it in front of what `fn invoke` is then given.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

const CREATED: &str = "com.oraclecloud.objectstorage.createobject";
const UPDATED: &str = "com.oraclecloud.objectstorage.updateobject";

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
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

/// A member of another type counts as missing: another may have what it was to tell.
fn if_it_fits<'de, D: Deserializer<'de>, T: DeserializeOwned>(member: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_str(<&RawValue>::deserialize(member)?.get()).ok())
}

/// The events of a delivery: one, as OCI Events sends them, or a JSON array of them, as anything between may.
///
/// What is not needed is not kept: memory follows from the number of events.
pub(crate) fn parse(body: &[u8]) -> Result<Delivery, Unreadable> {
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body).trim_ascii();
    if body.is_empty() {
        return Err(Unreadable::Empty);
    }
    let not_json = |error: serde_json::Error| Unreadable::NotJson(error.to_string());
    if body.starts_with(b"[") {
        return match serde_json::from_slice::<Several<'_>>(body) {
            Ok(Several(events)) => Ok(Delivery::Several(events.into_iter().map(Event::of).collect())),
            Err(error) if error.classify() == Category::Data => Err(Unreadable::TooMany),
            Err(error) => Err(not_json(error)),
        };
    }
    let event = serde_json::from_slice::<&RawValue>(body).map_err(not_json)?;
    Ok(Delivery::One(Event::of(event)))
}

/// The elements of an array, as long as they are not too many.
struct Several<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Several<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements;

        impl<'de> Visitor<'de> for Elements {
            type Value = Several<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of events")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Several<'de>, A::Error> {
                let mut events = Vec::new();
                while let Some(event) = elements.next_element()? {
                    if events.len() == MOST_EVENTS {
                        return Err(A::Error::custom("too many"));
                    }
                    events.push(event);
                }
                Ok(Several(events))
            }
        }

        deserializer.deserialize_seq(Elements)
    }
}

impl Event {
    fn of(event: &RawValue) -> Self {
        if !event.get().starts_with('{') {
            return Event::Malformed("it is no JSON object".into());
        }
        let envelope: Envelope<'_> = match serde_json::from_str(event.get()) {
            Ok(envelope) => envelope,
            Err(error) => return Event::Malformed(error.to_string()),
        };
        if ![CREATED, UPDATED].contains(&envelope.event_type.as_str()) {
            return Event::OtherType(envelope.event_type);
        }
        let data = envelope.data.ok_or_else(|| "there is no data".to_owned());
        match data.and_then(ObjectEvent::of) {
            Ok(object) => Event::Written(object),
            Err(problem) => Event::Malformed(problem),
        }
    }
}

impl ObjectEvent {
    fn of(data: &RawValue) -> Result<Self, String> {
        let data: Data = serde_json::from_str(data.get()).map_err(|error| format!("data: {error}"))?;
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
