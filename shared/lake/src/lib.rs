//! A lake of exact, typed Parquet, with a quarantine and receipts, on any [`object_store::ObjectStore`].
//!
//! ```text
//! <lake>/period_code=202406/currency_code=EUR/<name>.parquet     the table, in Hive's layout
//! <lake>/_quarantine/<source>.<run>.jsonl.gz                     what did not become rows
//! <lake>/_receipts/<source>.json                                 the commit marker of each source object
//! ```
//!
//! The work on one object, without I/O:
//!
//! 1. [`LineDecoder`]: a chunk of lines → [`DecodedChunk`]: rows, and quarantine entries for the lines that are none;
//! 2. [`LakeWriter`]: decoded chunks in, [`Job`]s out (encoding, to be run on any thread), finished jobs in, [`Part`]s of files out.
//!
//! And the thin rim that does I/O: [`Uploads`] puts parts into the store, [`Receipts`] reads and commits receipts,
//! [`LocalStore`] is a file system that a killed process leaves clean.
//!
//! Names and bytes of everything written follow from the [`Run`] (source, schema, limits, program) and the rows alone.

mod error;
mod format;
mod job;
mod layout;
mod line_decoder;
mod local;
mod packed_rows;
mod parquet_file;
mod partitions;
mod quarantine;
mod receipt;
mod receipts;
mod run;
mod uploads;
mod writer;

pub use error::{LakeError, Result};
pub use format::{SYSTEM_COLUMNS, TableFormat};
pub use job::{Done, Job};
pub use layout::{QUARANTINE, RECEIPTS, object_url, own_url, quarantine_key, receipt_key};
pub use line_decoder::{DecodedChunk, LineDecoder, OffsetRange};
pub use local::LocalStore;
pub use partitions::Budget;
pub use quarantine::remark;
pub use receipt::{
    Counts, DamageNote, FORMAT, Output, OutputKind, PartitionCount, Receipt, SchemaName, SourceObject,
};
pub use receipts::{Committed, Receipts};
pub use run::Run;
pub use uploads::Uploads;
pub use writer::{LakeWriter, Part};
