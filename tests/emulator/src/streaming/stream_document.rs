//! How the API represents a stream.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::stream::StreamRecord;
use crate::clock;

/// The API's representation of a stream. Listings leave out the retention.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StreamDocument<'a> {
    name: &'a str,
    id: &'a str,
    partitions: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    retention_in_hours: Option<u32>,
    compartment_id: &'a str,
    stream_pool_id: &'a str,
    lifecycle_state: &'static str,
    lifecycle_state_details: Option<&'static str>,
    time_created: String,
    messages_endpoint: &'a str,
    freeform_tags: &'a BTreeMap<String, String>,
    defined_tags: &'a Map<String, Value>,
}

impl StreamRecord {
    /// Returns the representation in listings.
    pub(crate) fn summary<'a>(&'a self, now: i64, url: &'a str) -> StreamDocument<'a> {
        StreamDocument { retention_in_hours: None, ..self.document(now, url) }
    }

    /// Returns the full representation, for a client that used this URL.
    pub(crate) fn document<'a>(&'a self, now: i64, url: &'a str) -> StreamDocument<'a> {
        StreamDocument {
            name: &self.name,
            id: &self.id,
            partitions: self.partitions,
            retention_in_hours: Some(self.retention_in_hours),
            compartment_id: &self.compartment_id,
            stream_pool_id: &self.pool,
            lifecycle_state: self.life.state(now),
            lifecycle_state_details: None,
            time_created: clock::rfc3339(self.life.created),
            messages_endpoint: url,
            freeform_tags: &self.freeform_tags,
            defined_tags: &self.defined_tags,
        }
    }
}
