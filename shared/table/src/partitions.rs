//! The partitions of a table: which folders there are, and in which of them a row belongs.
//!
//! A [`PartitionField`] is one level of folders. Its value is a column's own, or derived from a column by one of Iceberg's transforms. A
//! [`KeyWriter`] collects the values of a row in a [`PartitionKey`], and [`partition_path`] turns them into folders.

mod bucket;
mod decimal_text;
mod derivation;
pub(crate) mod empty_partition;
mod fixed_offset;
mod hive;
mod key_writer;
mod partition_entry;
pub(crate) mod partition_field;
mod partition_key;
mod source_kind;
mod time_unit;
mod transform;
pub(crate) mod value_type;

pub use empty_partition::EmptyPartition;
pub use fixed_offset::FixedOffset;
pub(crate) use hive::PathLimit;
pub use hive::{DEFAULT_PARTITION, partition_path};
pub(crate) use key_writer::KeyWriter;
pub(crate) use partition_entry::{FileColumns, PartitionEntry, fields, may_be_empty};
pub use partition_field::{ENQUEUED_AT, PartitionField};
pub use partition_key::PartitionKey;
pub use time_unit::TimeUnit;
pub use transform::Transform;
