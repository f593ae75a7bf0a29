//! How the API represents a connector.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::connector::ConnectorRecord;
use crate::clock;

/// The API's representation of a connector. Listings leave out source and target.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectorDocument<'a> {
    id: &'a str,
    display_name: &'a str,
    description: Option<&'a str>,
    compartment_id: &'a str,
    time_created: String,
    time_updated: String,
    lifecycle_state: &'static str,
    lifecycle_details: Option<&'a str>,
    /// `lifecycleDetails` again, under the misspelled name that the API had at one time.
    #[serde(rename = "lifecyleDetails")]
    misspelled_details: Option<&'a str>,
    #[serde(flatten)]
    flow: Option<Flow>,
    freeform_tags: &'a BTreeMap<String, String>,
    defined_tags: &'a Map<String, Value>,
    system_tags: Map<String, Value>,
}

#[derive(Debug, Serialize)]
struct Flow {
    source: Value,
    tasks: [Value; 0],
    target: Value,
}

impl ConnectorRecord {
    /// Returns the representation in listings. `failure` is the last error of a connector that makes no progress.
    pub(crate) fn summary<'a>(&'a self, now: i64, failure: Option<&'a str>) -> ConnectorDocument<'a> {
        let details = failure.filter(|_| self.runs()).or(self.details.as_deref());
        ConnectorDocument {
            id: &self.id,
            display_name: &self.name,
            description: self.description.as_deref(),
            compartment_id: &self.compartment_id,
            time_created: clock::rfc3339(self.life.created),
            time_updated: clock::rfc3339(self.updated),
            lifecycle_state: self.state(now, failure.is_some()),
            lifecycle_details: details,
            misspelled_details: details,
            flow: None,
            freeform_tags: &self.freeform_tags,
            defined_tags: &self.defined_tags,
            system_tags: Map::new(),
        }
    }

    /// Returns the full representation.
    pub(crate) fn document<'a>(
        &'a self,
        now: i64,
        failure: Option<&'a str>,
        namespace: &str,
    ) -> ConnectorDocument<'a> {
        let flow = Flow {
            source: json!({
                "kind": "streaming",
                "streamId": self.source.stream_id,
                "cursor": { "kind": self.source.cursor },
            }),
            tasks: [],
            target: json!({
                "kind": "objectStorage",
                "namespace": namespace,
                "bucketName": self.target.bucket,
                "objectNamePrefix": self.target.object_name_prefix,
                "batchRolloverSizeInMBs": self.target.rollover_megabytes,
                "batchRolloverTimeInMs": self.target.rollover_milliseconds,
            }),
        };
        ConnectorDocument { flow: Some(flow), ..self.summary(now, failure) }
    }
}
