//! Defines what a table is, and how a record becomes one of its rows.
//!
//! A [`Schema`] comes from one JSON file. A [`RowJudge`] checks one record at a time. Either every field is stored exactly as it was sent,
//! or the record is refused with a [`Refusal`] that gives the reason, and nothing of it is stored.
//!
//! ```text
//! schema file ─► Schema ─► RowJudge                        ColumnBuilders ─► Arrow columns
//!                            ▲  │                                ▲
//!             key and value ─┘  ├─► Row: packed cells ───────────┘  (sorted into partitions on the way)
//!                               │        and PartitionKey ─► partition_path: period_code=202406/currency_code=EUR
//!                               └─► Refusal: Reason, field, message
//! ```
//!
//! A *packed row* holds all cells of a row in one contiguous run of bytes: a bitmap of nulls, then the cells. Rows are sorted into
//! partitions in that form, because moving a row then takes one copy instead of one per column.
//!
//! ```
//! use table::{ColumnBuilders, RowJudge, Schema};
//!
//! let schema = Schema::parse(br#"{
//!     "name": "readings", "version": 1,
//!     "columns": [
//!         {"name": "device", "type": "string", "required": true},
//!         {"name": "celsius", "type": "decimal(9,3)", "from": "/body/celsius"}
//!     ],
//!     "partition_by": ["device"]
//! }"#)?;
//! let mut judge = RowJudge::new(&schema);
//! let row = judge.judge(None, br#"{"device": "d7", "body": {"celsius": 21.5}}"#, None)?;
//! assert_eq!(table::partition_path(schema.partition_names(), row.partition).as_deref(), Some("device=d7"));
//!
//! let mut columns = ColumnBuilders::new(&schema);
//! columns.append(row.cells);
//! assert_eq!(columns.finish().len(), 2); // celsius and _rescued; device is in the partition's path
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Column types are in `types/`, one file for each. What decides a row's partition is in `partitions/`. Columns
//! whose values a filter computes are in `jq/`, behind the feature `jq`.

mod accepted;
mod buffers;
mod built_in;
mod cell;
mod column;
mod column_source;
mod columns;
mod decoder;
mod jq;
mod packed_row;
mod partitions;
mod pending_row;
mod place;
mod reason;
mod refusal;
mod rescued;
mod row_judge;
mod schema;
mod schema_file;
mod tree;
mod types;
mod unknown_fields;

pub use accepted::{parse_date, parse_int64, parse_timestamp, parse_timestamp_utc};
pub use built_in::BUILT_IN;
pub use column::Column;
pub use column_source::ColumnSource;
pub use columns::ColumnBuilders;
pub use jq::JqFilter;
pub use partitions::{
    DEFAULT_PARTITION, ENQUEUED_AT, EmptyPartition, FixedOffset, PartitionField, PartitionKey, TimeUnit,
    Transform, partition_path,
};
pub use reason::Reason;
pub use refusal::Refusal;
pub use row_judge::{Row, RowJudge};
pub use schema::{KeyType, MAX_COLUMNS, MAX_FIELD_ID, RESCUED, Schema};
pub use schema_file::SchemaError;
pub use types::{ColumnType, OffsetForm, OptionName, Options, Rounding, Truncation, TypeReference};
pub use unknown_fields::UnknownFields;
