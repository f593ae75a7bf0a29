//! What a table is, and how a JSON value becomes one of its rows.
//!
//! A [`Schema`] comes from one JSON file. [`RowJudge`] judges one value at a time: either every field is stored exactly as it
//! was sent, or the row is refused with a [`Refusal`] that says why, and nothing of it is kept.
//!
//! Between JSON and Arrow stands a *packed row*: all cells of a row in one run of bytes (a bitmap of nulls, then the cells).
//! Rows are sorted into partitions in that form, because moving a row is then one copy, not one per column;
//! [`ColumnBuilders`] turn the rows of one partition into Arrow columns.
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
//! let row = judge.judge(None, br#"{"device": "d7", "body": {"celsius": 21.5}}"#)?;
//! assert_eq!(table::partition_path(schema.partition_by(), row.partition).as_deref(), Some("device=d7"));
//!
//! let mut columns = ColumnBuilders::new(&schema);
//! columns.append(row.cells);
//! assert_eq!(columns.finish().len(), 2); // celsius and _rescued; device is in the partition's path
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Modules, lowest first: `number`, `datetime` (text → exact values), `column_type`, `schema`, `tree` (pointers → members), `row` (the
//! packed form), `slot` (a field → a cell), `decoder`, `columns`.

mod column_type;
mod columns;
mod datetime;
mod decoder;
mod hive;
mod number;
mod partition_key;
mod reason;
mod refusal;
mod row;
mod row_judge;
mod schema;
mod slot;
mod tree;

pub use column_type::ColumnType;
pub use columns::ColumnBuilders;
pub use hive::{DEFAULT_PARTITION, partition_path};
pub use partition_key::PartitionKey;
pub use reason::Reason;
pub use refusal::Refusal;
pub use row_judge::{Row, RowJudge};
pub use schema::{
    BUILT_IN, Column, KeyType, MAX_COLUMNS, RESCUED, Rounding, Schema, SchemaError, UnknownFields,
};
