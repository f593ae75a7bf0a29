//! The bodies of CreateServiceConnector and UpdateServiceConnector, and which parts of them the emulator supports.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::connector::{
    ConnectorRecord, CursorKind, ROLLOVER_MEGABYTES, ROLLOVER_MILLISECONDS, Source, Target,
};
use crate::wire::service_error::{ServiceError, invalid, missing};

/// The body of a request that creates or updates a connector. An update leaves fields that it omits unchanged.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectorBody {
    display_name: Option<String>,
    description: Option<String>,
    /// Only used for a new connector; another operation moves an existing one.
    pub(crate) compartment_id: Option<String>,
    source: Option<Value>,
    tasks: Option<Vec<Value>>,
    target: Option<Value>,
    freeform_tags: Option<BTreeMap<String, String>>,
    defined_tags: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StreamingSource {
    stream_id: Option<String>,
    cursor: Option<StreamingCursor>,
}

#[derive(Deserialize)]
struct StreamingCursor {
    kind: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ObjectStorageTarget {
    namespace: Option<String>,
    bucket_name: Option<String>,
    object_name_prefix: Option<String>,
    #[serde(rename = "batchRolloverSizeInMBs")]
    batch_rollover_size_in_mbs: Option<i64>,
    batch_rollover_time_in_ms: Option<i64>,
}

/// Maximum length of a prefix. It leaves room for the rest of an object's name, which is at most 1,024 bytes long.
const PREFIX_CEILING: usize = 768;

impl ConnectorBody {
    /// Applies the fields that are present to a record. The caller checks that the stream and the bucket exist.
    pub(crate) fn apply(self, record: &mut ConnectorRecord, namespace: &str) -> Result<(), ServiceError> {
        if let Some(task) = self.tasks.iter().flatten().next() {
            let kind = task["kind"].as_str().unwrap_or_default();
            return Err(invalid(format!(
                "The emulator does not support tasks, such as this one of kind '{kind}'."
            )));
        }
        if let Some(name) = self.display_name {
            if name.is_empty() {
                return Err(invalid("The displayName must not be empty."));
            }
            record.name = name;
        }
        if let Some(source) = self.source {
            record.source = StreamingSource::read(source)?.source()?;
        }
        if let Some(target) = self.target {
            record.target = ObjectStorageTarget::read(target)?.target(namespace)?;
        }
        record.description = self.description.or(record.description.take());
        if let Some(tags) = self.freeform_tags {
            record.freeform_tags = tags;
        }
        if let Some(tags) = self.defined_tags {
            record.defined_tags = tags;
        }
        Ok(())
    }

    /// Checks that all fields that a new connector needs are present.
    pub(crate) fn check_complete(&self) -> Result<(), ServiceError> {
        let there = [
            ("displayName", self.display_name.is_some()),
            ("compartmentId", self.compartment_id.is_some()),
            ("source", self.source.is_some()),
            ("target", self.target.is_some()),
        ];
        match there.into_iter().find(|(_, there)| !there) {
            Some((name, _)) => Err(missing(name)),
            None => Ok(()),
        }
    }
}

impl StreamingSource {
    fn read(source: Value) -> Result<Self, ServiceError> {
        read_kind("source", "streaming", source)
    }

    fn source(self) -> Result<Source, ServiceError> {
        let stream_id = self.stream_id.ok_or_else(|| missing("source.streamId"))?;
        let cursor = match self.cursor {
            None => CursorKind::default(),
            Some(cursor) => {
                let kind = cursor.kind.ok_or_else(|| missing("source.cursor.kind"))?;
                serde_json::from_value(Value::String(kind.clone())).map_err(|_| {
                    invalid(format!("The cursor kind '{kind}' is neither LATEST nor TRIM_HORIZON."))
                })?
            }
        };
        Ok(Source { stream_id, cursor })
    }
}

impl ObjectStorageTarget {
    fn read(target: Value) -> Result<Self, ServiceError> {
        read_kind("target", "objectStorage", target)
    }

    fn target(self, namespace: &str) -> Result<Target, ServiceError> {
        let bucket = self.bucket_name.ok_or_else(|| missing("target.bucketName"))?;
        if let Some(other) = self.namespace.filter(|other| other != namespace) {
            return Err(invalid(format!("The emulator has no namespace '{other}', only '{namespace}'.")));
        }
        let object_name_prefix = self.object_name_prefix.filter(|prefix| !prefix.is_empty());
        if object_name_prefix
            .as_ref()
            .is_some_and(|prefix| prefix.len() > PREFIX_CEILING || prefix.contains(['\n', '\r', '\0']))
        {
            return Err(invalid(format!(
                "The objectNamePrefix must have at most {PREFIX_CEILING} bytes, and no line feeds, carriage returns or NULs."
            )));
        }
        let above_zero = |name, value: Option<i64>, default: u64| match value {
            None => Ok(default),
            Some(value) => u64::try_from(value)
                .ok()
                .filter(|value| *value > 0)
                .ok_or_else(|| invalid(format!("The {name} must be above 0, but is {value}."))),
        };
        Ok(Target {
            bucket,
            object_name_prefix,
            rollover_megabytes: above_zero(
                "batchRolloverSizeInMBs",
                self.batch_rollover_size_in_mbs,
                ROLLOVER_MEGABYTES,
            )?,
            rollover_milliseconds: above_zero(
                "batchRolloverTimeInMs",
                self.batch_rollover_time_in_ms,
                ROLLOVER_MILLISECONDS,
            )?,
        })
    }
}

/// Parses a document whose `kind` must be `only`.
fn read_kind<T: DeserializeOwned>(what: &str, only: &str, document: Value) -> Result<T, ServiceError> {
    let kind = document["kind"].as_str().ok_or_else(|| missing(&format!("{what}.kind")))?;
    if kind != only {
        return Err(invalid(format!("The emulator supports only a {what} of kind '{only}', not '{kind}'.")));
    }
    serde_json::from_value(document)
        .map_err(|error| ServiceError::bad_request("CannotParseRequest", format!("{what}: {error}")))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ConnectorBody, ConnectorRecord};

    fn applied(body: Value) -> Result<ConnectorRecord, String> {
        let mut record = ConnectorRecord::default();
        let body: ConnectorBody = serde_json::from_value(body).unwrap();
        body.apply(&mut record, "space").map_err(|error| error.message)?;
        Ok(record)
    }

    #[test]
    fn the_defaults_are_the_services() {
        let record = applied(json!({
            "source": { "kind": "streaming", "streamId": "s" },
            "target": { "kind": "objectStorage", "bucketName": "b", "objectNamePrefix": "" },
            "tasks": [],
        }));
        let record = record.unwrap();
        assert_eq!(
            serde_json::to_value(&record.source).unwrap(),
            json!({ "stream_id": "s", "cursor": "LATEST" })
        );
        assert_eq!((record.target.rollover_megabytes, record.target.rollover_milliseconds), (100, 420_000));
        assert_eq!((record.target.rollover_bytes(), record.target.object_name_prefix), (100_000_000, None));
    }

    #[test]
    fn unsupported_features_are_rejected_by_name() {
        let source = |more: Value| json!({ "source": more });
        let target = |more: Value| json!({ "target": more });
        for (body, told) in [
            (source(json!({ "kind": "logging" })), "only a source of kind 'streaming', not 'logging'"),
            (source(json!({})), "source.kind is missing"),
            (source(json!({ "kind": "streaming" })), "source.streamId is missing"),
            (
                source(json!({ "kind": "streaming", "streamId": "s", "cursor": { "kind": "AT_TIME" } })),
                "'AT_TIME' is neither LATEST nor TRIM_HORIZON",
            ),
            (source(json!({ "kind": "streaming", "streamId": 1 })), "source: invalid type"),
            (
                target(json!({ "kind": "functions" })),
                "only a target of kind 'objectStorage', not 'functions'",
            ),
            (target(json!({ "kind": "objectStorage" })), "target.bucketName is missing"),
            (
                target(json!({ "kind": "objectStorage", "bucketName": "b", "namespace": "other" })),
                "no namespace 'other', only 'space'",
            ),
            (
                target(json!({ "kind": "objectStorage", "bucketName": "b", "batchRolloverSizeInMBs": 0 })),
                "batchRolloverSizeInMBs must be above 0",
            ),
            (
                target(json!({ "kind": "objectStorage", "bucketName": "b", "batchRolloverTimeInMs": -5 })),
                "batchRolloverTimeInMs must be above 0, but is -5",
            ),
            (
                target(json!({ "kind": "objectStorage", "bucketName": "b", "objectNamePrefix": "a\nb" })),
                "objectNamePrefix must have",
            ),
            (
                json!({ "tasks": [{ "kind": "function" }] }),
                "does not support tasks, such as this one of kind 'function'",
            ),
            (json!({ "displayName": "" }), "displayName must not be empty"),
        ] {
            let error = applied(body.clone()).err().unwrap();
            assert!(error.contains(told), "{body}: {error}");
        }
    }
}
