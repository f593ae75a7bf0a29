//! Streaming: the API under `/20180418`, control plane and data plane.
//!
//! A message is on disk when it is acknowledged. So it survives the death of the process, but not of the machine: nothing is synced to
//! disk. Memory holds the positions of messages, not the messages, unless there is no state folder. Reservations of consumer groups and
//! work requests end with the process; commits and cursors survive it.
//!
//! Not implemented: Kafka's protocol, connect harnesses, encryption with customer-managed keys, private endpoints.

mod call;
mod consumer_groups;
mod cursor;
mod cursors;
mod extent;
mod get_messages;
mod group;
mod groups;
mod listing;
mod log;
mod meter;
mod partition;
mod partition_load;
mod put_messages;
mod reader;
mod record;
mod registry;
mod segment;
mod service;
mod settings;
mod stream;
mod stream_document;
mod stream_pool_details;
mod stream_pools;
mod streams;

pub(crate) use call::{Call, Operation};
pub use group::GroupPartition;
pub(crate) use partition::{Message, Outcome};
pub use partition_load::PartitionLoad;
pub use reader::{ReadError, StreamMessage, StreamReader};
pub(crate) use service::{Streaming, StreamingContext};
pub use settings::{StreamSpec, StreamingOptions};
