//! What a table is, and how a JSON value becomes one of its rows.
//!
//! A [`Schema`] comes from one JSON file. [`RowDecoder`] judges one value at a time: either every field is stored exactly as it
//! was sent, or the row is refused with a [`Reject`] that says why, and nothing of it is kept.
//!
//! Between JSON and Arrow stands a *packed row*: all cells of a row in one run of bytes (see [`RowDecoder`] for the layout).
//! Rows are sorted into partitions in that form, because moving a row is then one copy, not one per column;
//! [`ColumnBuilders`] turn the rows of one partition into Arrow columns.
//!
//! ```
//! use table::{ColumnBuilders, RowDecoder, Schema};
//!
//! let schema = Schema::parse(br#"{
//!     "name": "readings", "version": 1,
//!     "columns": [
//!         {"name": "device", "type": "string", "required": true},
//!         {"name": "celsius", "type": "decimal(9,3)", "from": "/body/celsius"}
//!     ],
//!     "partition_by": ["device"]
//! }"#)?;
//! let mut decoder = RowDecoder::new(&schema);
//! let (mut row, mut key) = (Vec::new(), Vec::new());
//! decoder.decode(br#"{"device": "d7", "body": {"celsius": 21.5}}"#, &mut row, &mut key)?;
//!
//! let mut columns = ColumnBuilders::new(&schema);
//! columns.append(&row);
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
mod number;
mod partition_key;
mod reject;
mod row;
mod schema;
mod slot;
mod tree;

pub use column_type::ColumnType;
pub use columns::ColumnBuilders;
pub use decoder::RowDecoder;
pub use partition_key::PartitionKey;
pub use reject::{Reject, RejectCode};
pub use schema::{
    BUILT_IN, Column, KeyType, MAX_COLUMNS, RESCUED, Rounding, Schema, SchemaError, UnknownFields,
};
