//! A lake of exact, typed Parquet, with a quarantine and receipts, on any [`object_store::ObjectStore`].
//!
//! ```text
//! <lake>/_table.json                                             which table it is, and the ids of its fields
//! <lake>/period_code=202406/currency_code=EUR/<name>.parquet     the table, in Hive's layout
//! <lake>/_quarantine/<source>.<run>.jsonl.gz                     lines that could not become rows
//! <lake>/_receipts/<source>.json                                 the commit marker of each source object
//! ```
//!
//! [`Lake::open`] is the entry point. One source object is processed like this:
//!
//! ```text
//! chunk of text ─► Decoder ─► DecodedChunk ─► LakeWriter ─► Part ─► Uploads ─► store
//!                                                    │  ▲                             │
//!                                               Job ─┘  └─ Done           Receipts::commit, last
//! ```
//!
//! - `write/` does no I/O. A [`Decoder`] turns lines or values into rows and quarantine entries. A [`LakeWriter`] accepts them in order, hands
//!   out [`Job`]s that may run on any thread, accepts their results and returns [`Part`]s of files.
//! - `store/` is the thin layer that does I/O: [`Uploads`] stores parts, and [`LocalStore`] is a file system that stays clean when a
//!   process is killed.
//! - `table/` compares a run's schema with `_table.json` before anything is written.
//! - `receipts/` reads, lists and commits [`Receipt`]s.
//!
//! The rows and the [`Run`] (source, schema, limits, program) alone determine the name and the bytes of everything written.

mod error;
mod input;
mod lake;
mod layout;
mod own_names;
mod receipts;
mod run;
mod store;
mod table;
mod write;

pub use error::{LakeError, Result};
pub use input::{Input, NotKafkaConnect};
pub use lake::Lake;
pub use layout::{object_url, own_url, quarantine_key, receipt_key};
pub use own_names::{QUARANTINE, RECEIPTS, TABLE};
pub use receipts::offset_range::OffsetRange;
pub use receipts::receipt::{
    Counts, DamageNote, FORMAT, Output, OutputKind, PartitionCount, Receipt, SchemaName, SourceObject,
};
pub use receipts::store::{Committed, Receipts};
pub use run::Run;
pub use store::local_store::LocalStore;
pub use store::uploads::Uploads;
pub use table::document::TableDocument;
pub use table::evolution::NotThisTable;
pub use write::decoded_chunk::DecodedChunk;
pub use write::decoder::Decoder;
pub use write::job::{Done, Job};
pub use write::partitions::Budget;
pub use write::quarantine_entry::remark;
pub use write::system_columns::SYSTEM_COLUMNS;
pub use write::table_format::file_columns;
pub use write::writer::{Appended, FILE_OVERHEAD, LakeWriter, Part};
