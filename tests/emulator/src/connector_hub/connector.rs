//! A connector: its configuration and its progress.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::control_plane::life::Life;

/// The attributes of a connector, which CreateServiceConnector sets and UpdateServiceConnector changes, and its progress.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct ConnectorRecord {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) compartment_id: String,
    pub(crate) source: Source,
    pub(crate) target: Target,
    /// The progress in every partition, by partition number.
    pub(crate) positions: Vec<Position>,
    pub(crate) life: Life,
    pub(crate) updated: i64,
    /// When the last change is complete; until then the state is UPDATING.
    pub(crate) settled: i64,
    pub(crate) enabled: bool,
    /// Why the service itself deactivated the connector.
    pub(crate) details: Option<String>,
    pub(crate) freeform_tags: BTreeMap<String, String>,
    pub(crate) defined_tags: Map<String, Value>,
    pub(crate) etag: String,
}

/// The source stream.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Source {
    pub(crate) stream_id: String,
    pub(crate) cursor: CursorKind,
}

/// The place in its stream where a new connector starts.
///
/// The default is not documented. Here it is `LATEST`, the first choice that the Console offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CursorKind {
    /// Starts with messages put after the connector was created.
    #[default]
    Latest,
    /// Starts with the oldest message within retention.
    TrimHorizon,
}

/// The target bucket.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) bucket: String,
    pub(crate) object_name_prefix: Option<String>,
    pub(crate) rollover_megabytes: u64,
    pub(crate) rollover_milliseconds: u64,
}

/// How far a partition has been moved, in offsets.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Position {
    /// The offset where the connector started.
    pub(crate) begin: u64,
    /// The next offset to move: everything before it is in the bucket.
    pub(crate) next: u64,
}

/// The service's defaults: "Batch rollover size: 100 MB", "Batch rollover time: 7 minutes" (Creating a Connector with a Streaming Source).
pub(crate) const ROLLOVER_MEGABYTES: u64 = 100;
pub(crate) const ROLLOVER_MILLISECONDS: u64 = 7 * 60 * 1000;

/// Bytes per megabyte. The service's definition is not documented; with this value, no object exceeds the configured size.
const MEGABYTE: u64 = 1_000_000;

impl ConnectorRecord {
    /// Returns the API's name for the state at a time.
    pub(crate) fn state(&self, now: i64, failing: bool) -> &'static str {
        match self.life.state(now) {
            "ACTIVE" if now < self.settled => "UPDATING",
            "ACTIVE" if !self.enabled => "INACTIVE",
            "ACTIVE" if failing => "NEEDS_ATTENTION",
            state => state,
        }
    }

    /// Returns whether the connector moves data: it is enabled, and neither being deleted nor deleted.
    pub(crate) fn runs(&self) -> bool {
        self.enabled && self.life.is_there()
    }
}

impl Target {
    /// Returns the compressed size in bytes at which an object is closed.
    pub(crate) fn rollover_bytes(&self) -> u64 {
        self.rollover_megabytes.saturating_mul(MEGABYTE)
    }
}

impl Position {
    pub(crate) fn at(offset: u64) -> Self {
        Self { begin: offset, next: offset }
    }
}

#[cfg(test)]
mod tests {
    use super::{ConnectorRecord, Life};

    #[test]
    fn a_connector_goes_through_its_states() {
        let mut record =
            ConnectorRecord { life: Life::new(100, 20), enabled: true, ..ConnectorRecord::default() };
        assert_eq!([119, 120].map(|now| record.state(now, false)), ["CREATING", "ACTIVE"]);
        assert_eq!(record.state(120, true), "NEEDS_ATTENTION");
        record.settled = 300;
        assert_eq!([299, 300].map(|now| record.state(now, false)), ["UPDATING", "ACTIVE"]);
        record.enabled = false;
        assert_eq!([299, 300].map(|now| record.state(now, true)), ["UPDATING", "INACTIVE"]);
        record.life = record.life.end(500, 20);
        assert_eq!([519, 520].map(|now| record.state(now, true)), ["DELETING", "DELETED"]);
    }
}
