//! Connectors that the emulator itself creates.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::connector::{
    ConnectorRecord, CursorKind, ROLLOVER_MEGABYTES, ROLLOVER_MILLISECONDS, Source, Target,
};
use super::run::Run;
use super::service::ConnectorHub;
use crate::lock::lock;
use crate::random;
use crate::streaming::StreamReader;
use crate::wire::service_error::ServiceError;

/// The options of a connector that a program creates. The defaults are the service's, except that the connector starts with the oldest
/// message.
#[derive(Debug, Clone)]
pub struct ConnectorDetails {
    /// The place in the stream where the connector starts.
    pub cursor: CursorKind,
    /// Prefix of the connector's object names; a slash follows it.
    pub object_name_prefix: Option<String>,
    /// Compressed size, in megabytes, at which an object is closed.
    pub rollover_megabytes: u64,
    /// Milliseconds from an object's first message until the object is closed.
    pub rollover_milliseconds: u64,
}

/// The reason why a connector cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum ConnectorError {
    /// The stream does not exist.
    #[error("there is no stream {0}")]
    NoStream(String),
    /// The bucket does not exist.
    #[error("there is no bucket {0}")]
    NoBucket(String),
    /// The connector cannot be stored, or its stream cannot be read.
    #[error("cannot create the connector {name}: {problem}")]
    Failed {
        /// Name of the connector.
        name: String,
        /// The cause.
        problem: String,
    },
}

impl Default for ConnectorDetails {
    fn default() -> Self {
        Self {
            cursor: CursorKind::TrimHorizon,
            object_name_prefix: None,
            rollover_megabytes: ROLLOVER_MEGABYTES,
            rollover_milliseconds: ROLLOVER_MILLISECONDS,
        }
    }
}

impl ConnectorHub {
    /// Ensures that the tenancy's root compartment has an active connector with this name, and returns its OCID. An existing connector
    /// gets the given rollover settings. If its stream no longer exists, it also gets the given stream, because a stream that is created
    /// again has another OCID.
    pub(crate) fn ensure_connector(
        self: &Arc<Self>,
        name: &str,
        stream: &str,
        bucket: &str,
        details: ConnectorDetails,
    ) -> Result<String, ConnectorError> {
        let failed = |error: ServiceError| ConnectorError::Failed {
            name: name.to_owned(),
            problem: error.to_string(),
        };
        let mut runs = lock(&self.runs);
        let there =
            |record: &&ConnectorRecord| record.name == name && record.compartment_id == self.context.tenancy;
        let present = self.registry().present().find(there).cloned();
        if let Some(record) = present {
            return self.adjust(&mut runs, record, stream, details);
        }
        let stream_id = self.stream_id(stream)?;
        self.check_bucket(bucket).map_err(|_| ConnectorError::NoBucket(bucket.to_owned()))?;
        let source = Source { stream_id, cursor: details.cursor };
        let record = ConnectorRecord {
            name: name.to_owned(),
            compartment_id: self.context.tenancy.clone(),
            positions: self.begin(&source).map_err(failed)?,
            source,
            target: Target {
                bucket: bucket.to_owned(),
                object_name_prefix: details.object_name_prefix,
                rollover_megabytes: details.rollover_megabytes,
                rollover_milliseconds: details.rollover_milliseconds,
            },
            ..self.new_connector(0)
        };
        let id = record.id.clone();
        self.registry().put(record).map_err(failed)?;
        self.restart(&mut runs, &id);
        Ok(id)
    }

    /// Changes an existing connector to match the given details.
    fn adjust(
        self: &Arc<Self>,
        runs: &mut BTreeMap<String, Run>,
        mut record: ConnectorRecord,
        stream: &str,
        details: ConnectorDetails,
    ) -> Result<String, ConnectorError> {
        let (id, name) = (record.id.clone(), record.name.clone());
        let failed =
            |error: ServiceError| ConnectorError::Failed { name: name.clone(), problem: error.to_string() };
        let target = Target {
            rollover_megabytes: details.rollover_megabytes,
            rollover_milliseconds: details.rollover_milliseconds,
            ..record.target.clone()
        };
        let gone = self.streaming.reader(&record.source.stream_id).is_none();
        if !gone && target == record.target {
            return Ok(id);
        }
        record.target = target;
        if gone {
            record.source = Source { stream_id: self.stream_id(stream)?, cursor: details.cursor };
            record.positions = self.begin(&record.source).map_err(failed)?;
        }
        runs.remove(&id);
        // The connector may have made progress before it was stopped.
        if let Some(stopped) = self.registry().get(&id).filter(|_| !gone) {
            record.positions.clone_from(&stopped.positions);
        }
        record.updated = self.streaming.clock.now();
        record.etag = random::uuid();
        let put = self.registry().put(record);
        self.restart(runs, &id);
        put.map_err(failed)?;
        Ok(id)
    }

    /// Returns the OCID of the stream with this name.
    fn stream_id(&self, name: &str) -> Result<String, ConnectorError> {
        let streams = self.streaming.readers();
        let reader = streams.iter().find(|reader| reader.name() == name);
        reader.map(StreamReader::id).ok_or_else(|| ConnectorError::NoStream(name.to_owned()))
    }
}
