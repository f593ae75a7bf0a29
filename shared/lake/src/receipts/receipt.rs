use crate::receipts::offset_range::OffsetRange;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The version of the receipt format that is written. Format 1 is also read: it has `partitions` as an object, whose keys can differ only in
/// case, which many readers of JSON don't tolerate. A program that finds another version leaves the receipt alone.
pub const FORMAT: u32 = 2;

/// The formats that are read.
const READABLE: [u32; 2] = [1, FORMAT];

/// The result of one run on a source object: commit marker and audit trail.
///
/// A source without a receipt has not been curated, whatever files exist. A file that is not listed in a receipt is not part of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The version of the receipt format, [`FORMAT`]: a receipt of format 1 is converted when it is read.
    pub format: u32,
    /// The source object.
    pub source: SourceObject,
    /// Digests of the bytes that were read, by algorithm. This version writes none, and keeps what it finds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub read: BTreeMap<String, String>,
    /// Whether the object was read to its end. If not, `damage` gives the reason.
    pub complete: bool,
    /// The parts of the object that couldn't be read.
    pub damage: Vec<DamageNote>,
    /// Numbers of lines by result: `lines = curated + quarantined`.
    pub counts: Counts,
    /// Numbers of quarantined lines by reason code.
    pub quarantined: BTreeMap<String, u64>,
    /// Rows, files and bytes written to each partition, sorted by path.
    #[serde(deserialize_with = "super::partition_counts::read")]
    pub partitions: Vec<PartitionCount>,
    /// Offsets seen, by stream and stream partition.
    pub offsets: Vec<OffsetRange>,
    /// Number of records from stream partitions beyond the 1,000 that `offsets` lists.
    pub offsets_left_out: u64,
    /// Every object that the run wrote, sorted by key.
    pub outputs: Vec<Output>,
    /// The schema used.
    pub schema: SchemaName,
    /// Name and version of the program.
    pub program: String,
    /// The run's id, which is part of the names of all outputs.
    pub run: String,
    /// Keys of outputs of earlier runs on the same source that this receipt supersedes and that haven't been removed yet. Empty once all
    /// are removed.
    pub supersedes: Vec<String>,
}

/// A version of a source object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceObject {
    /// The object's URL, from bucket to name.
    pub url: String,
    /// The object's version, in the store's notation.
    pub etag: String,
    /// The object's size in bytes.
    pub size: u64,
}

/// A part of an object that couldn't be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamageNote {
    /// The kind of damage, see [`bronze::DamageKind::code`].
    pub code: String,
    /// Byte offset of the damage in the stored object.
    pub byte: u64,
    /// Details for the operator.
    pub message: String,
    /// Details for programs. This version writes none, and keeps what it finds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

/// Numbers of lines by result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Lines that aren't blank.
    pub lines: u64,
    /// Lines that consist only of white space. They are not kept.
    pub blank: u64,
    /// Lines that became rows.
    pub curated: u64,
    /// Lines in quarantine.
    pub quarantined: u64,
}

/// What a run wrote to one table partition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionCount {
    /// The partition's path in the lake, such as `period_code=202406/currency_code=EUR`. Empty for a table without partitions.
    pub path: String,
    /// Number of rows.
    pub rows: u64,
    /// Number of files.
    pub files: u64,
    /// Total size of the files in bytes.
    pub bytes: u64,
}

/// An object that a run wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// The object's key in the lake.
    pub key: String,
    /// The kind of object.
    pub kind: OutputKind,
    /// Rows of a Parquet file, or entries of a quarantine object.
    pub rows: u64,
    /// The object's size in bytes.
    pub bytes: u64,
    /// SHA-256 of the object's content, in hexadecimal.
    pub sha256: String,
    /// Other digests of the content, by algorithm, in the notation of the stores that check them. This version writes none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub checksums: BTreeMap<String, String>,
    /// Statistics of a Parquet file's columns. This version writes none, and keeps what it finds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistics: Option<Value>,
}

/// The kind of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputKind {
    /// A Parquet file.
    Parquet,
    /// A quarantine object.
    Quarantine,
}

/// Identifies the schema of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaName {
    /// The schema's name.
    pub name: String,
    /// The schema's version.
    pub version: u32,
    /// SHA-256 of the schema's canonical text, in hexadecimal. Two schemas with the same name and version can still differ.
    pub sha256: String,
}

impl Receipt {
    /// Returns the receipt as stored: indented JSON with a newline at the end.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("a receipt is plain data");
        bytes.push(b'\n');
        bytes
    }

    /// Parses a stored receipt. An error describes what is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let version: Version = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if !READABLE.contains(&version.format) {
            return Err(format!("unknown format {}; this program reads 1 and {FORMAT}", version.format));
        }
        let receipt: Receipt = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        Ok(Receipt { format: FORMAT, ..receipt })
    }
}
