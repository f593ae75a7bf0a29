//! Connector Hub: the API under `/20200909`, and connectors that move a stream into a bucket.
//!
//! A partition's messages become a series of objects, one after the other: gzip JSON Lines, a message a line. An object ends when it has
//! its size or its age. The position behind it is written down once it is in the bucket, so that nothing is lost when the process
//! dies, and what was begun comes again. A message of a window is not held in memory: it is compressed to where objects are.
//!
//! What the documentation leaves open was decided by the listing of two partitions at 1 MB/s each (London, June 2024): its objects of
//! up to 53.6 MB are what came in 7 minutes, some 570 MB of JSON, so that the size that ends an object is counted after gzip; the last
//! object of a test that was over at 09:02:42 has that end in its name and was made at 09:04:15, so that the stamps are the times of the
//! first message and of the last, and the 7 minutes are those of the connector.
//!
//! Not here: sources, targets and tasks of other kinds, the service's own metrics and logs.

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
