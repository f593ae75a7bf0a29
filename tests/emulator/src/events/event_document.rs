//! An event as it is delivered: CloudEvents 0.1, with the same fields in the same order as captured events.

use serde::Serialize;

use super::settings::EventsContext;
use crate::clock;
use crate::object_storage::{EventKind, ObjectEvent};

/// The event document for a change of an object. Sources: "Contents of an Event Message" in the Events documentation, and captured events.
///
/// Captured events have times with and without fractions of a second; here they have none. No captured event has a `versionId`, but
/// public consumers read it, so it is present if the bucket has versions. The object name is not percent-encoded.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventDocument<'a> {
    event_type: &'static str,
    cloud_events_version: &'static str,
    event_type_version: &'static str,
    source: &'static str,
    event_time: String,
    content_type: &'static str,
    data: Data<'a>,
    #[serde(rename = "eventID")]
    event_id: &'a str,
    extensions: Extensions<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    compartment_id: &'a str,
    compartment_name: &'a str,
    resource_name: &'a str,
    resource_id: String,
    availability_domain: &'a str,
    additional_details: AdditionalDetails<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AdditionalDetails<'a> {
    bucket_name: &'a str,
    archival_state: &'static str,
    namespace: &'a str,
    bucket_id: &'a str,
    e_tag: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Extensions<'a> {
    compartment_id: &'a str,
}

/// Returns the event type that rules and functions refer to.
pub(crate) fn event_type(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Created => "com.oraclecloud.objectstorage.createobject",
        EventKind::Updated => "com.oraclecloud.objectstorage.updateobject",
        EventKind::Deleted => "com.oraclecloud.objectstorage.deleteobject",
    }
}

impl<'a> EventDocument<'a> {
    pub(crate) fn new(event: &'a ObjectEvent, context: &'a EventsContext) -> Self {
        let namespace = &context.namespace;
        Self {
            event_type: event_type(event.kind),
            cloud_events_version: "0.1",
            event_type_version: "2.0",
            source: "ObjectStorage",
            event_time: clock::rfc3339_seconds(event.time),
            content_type: "application/json",
            data: Data {
                compartment_id: &event.compartment_id,
                // Compartments have no names here. The root compartment is named after the tenancy, whose name is often also that of its
                // namespace.
                compartment_name: namespace,
                resource_name: &event.object,
                resource_id: format!("/n/{namespace}/b/{}/o/{}", event.bucket, event.object),
                availability_domain: &context.availability_domain,
                additional_details: AdditionalDetails {
                    bucket_name: &event.bucket,
                    archival_state: if event.archived { "Archived" } else { "Available" },
                    namespace,
                    bucket_id: &event.bucket_id,
                    e_tag: &event.etag,
                    version_id: event.version_id.as_deref(),
                },
            },
            event_id: &event.id,
            extensions: Extensions { compartment_id: &event.compartment_id },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{EventDocument, EventKind, EventsContext, ObjectEvent};

    fn event() -> ObjectEvent {
        ObjectEvent {
            sequence: 1,
            id: "ID".to_owned(),
            kind: EventKind::Created,
            time: 1_601_226_150_733,
            compartment_id: "ocid1.compartment.oc1..xxxx".to_owned(),
            bucket: "jmj-inbound".to_owned(),
            bucket_id: "ocid1.bucket.oc1.phx.xxxx".to_owned(),
            object: "in/test file%20.csv".to_owned(),
            etag: "ETAG".to_owned(),
            version_id: None,
            archived: false,
        }
    }

    #[test]
    fn an_event_equals_the_captured_one_field_by_field() {
        let context = EventsContext::new("us-phoenix-1", "ocid1.tenancy.oc1..xxxx", "jmjcloud");
        let text = serde_json::to_string(&EventDocument::new(&event(), &context)).unwrap();
        let captured = concat!(
            r#"{"eventType":"com.oraclecloud.objectstorage.createobject","cloudEventsVersion":"0.1","#,
            r#""eventTypeVersion":"2.0","source":"ObjectStorage","eventTime":"2020-09-27T17:02:30Z","#,
            r#""contentType":"application/json","data":{"compartmentId":"ocid1.compartment.oc1..xxxx","#,
            r#""compartmentName":"jmjcloud","resourceName":"in/test file%20.csv","#,
            r#""resourceId":"/n/jmjcloud/b/jmj-inbound/o/in/test file%20.csv","availabilityDomain":"PHX-AD-1","#,
            r#""additionalDetails":{"bucketName":"jmj-inbound","archivalState":"Available","namespace":"jmjcloud","#,
            r#""bucketId":"ocid1.bucket.oc1.phx.xxxx","eTag":"ETAG"}},"eventID":"ID","#,
            r#""extensions":{"compartmentId":"ocid1.compartment.oc1..xxxx"}}"#,
        );
        assert_eq!(text, captured);
    }

    #[test]
    fn versions_and_archives_are_visible() {
        let context = EventsContext::new("eu-frankfurt-1", "t", "ns");
        let event = ObjectEvent {
            version_id: Some("V".to_owned()),
            archived: true,
            kind: EventKind::Deleted,
            ..event()
        };
        let shown = serde_json::to_value(EventDocument::new(&event, &context)).unwrap();
        let details = &shown["data"]["additionalDetails"];
        assert_eq!((&details["versionId"], &details["archivalState"]), (&"V".into(), &"Archived".into()));
        assert_eq!(shown["eventType"], "com.oraclecloud.objectstorage.deleteobject");
        assert_eq!(shown["data"]["availabilityDomain"], "FRA-AD-1");
    }
}
