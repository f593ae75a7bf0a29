//! Connector Hub: the API under `/20200909`, and connectors that move a stream into a bucket.
//!
//! The messages of a partition become a sequence of objects: gzip-compressed JSON Lines, one message per line. An object is closed when
//! it reaches its maximum size or age. The position after it is stored once the object is in the bucket, so nothing is lost if the
//! process dies; an unfinished object is written again. The messages of a window are not held in memory: they are compressed into a file
//! next to the objects.
//!
//! Where the documentation leaves questions open, the emulator follows the object listing of two partitions that received 1 MB/s each
//! (London, June 2024). Its objects of up to 53.6 MB contain what arrived in 7 minutes, about 570 MB of JSON, so the rollover size counts
//! compressed bytes. The last object of a test that ended at 09:02:42 has that time in its name and was created at 09:04:15, so the
//! timestamps in names are those of the first and the last message, and the 7 minutes are measured by the connector's clock.
//!
//! Not implemented: other kinds of sources, targets and tasks, and the service's own metrics and logs.

mod call;
mod connector;
mod connector_details;
mod connector_document;
mod connectors;
mod ensure_connector;
mod envelope;
mod lane;
mod listing;
mod mover;
mod object_name;
mod registry;
mod run;
mod service;
mod status;
mod window;

pub(crate) use call::{Call, Operation};
pub use connector::CursorKind;
pub use ensure_connector::{ConnectorDetails, ConnectorError};
pub use run::FlushError;
pub(crate) use service::{ConnectorHub, HubContext};
pub use status::{ConnectorPartition, ConnectorStatus, OpenWindow};
