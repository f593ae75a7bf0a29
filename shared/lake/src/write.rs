//! Turns chunks of text into the bytes of files, without I/O.

pub(crate) mod column_sample;
pub(crate) mod decoded_chunk;
pub(crate) mod decoder;
pub(crate) mod job;
mod leaf_columns;
pub(crate) mod line_decoder;
mod open_files;
pub(crate) mod origin_columns;
pub(crate) mod packed_rows;
pub(crate) mod parquet_file;
pub(crate) mod partitions;
pub(crate) mod quarantine_entry;
pub(crate) mod quarantine_file;
pub(crate) mod receipt_draft;
pub(crate) mod record_columns;
pub(crate) mod system_columns;
pub(crate) mod table_format;
pub(crate) mod value_decoder;
pub(crate) mod writer;
