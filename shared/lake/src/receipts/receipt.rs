use crate::receipts::offset_range::OffsetRange;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the receipt format. A program that finds another one leaves it alone.
pub const FORMAT: u32 = 1;

/// What became of one source object: commit marker and audit trail.
///
/// A source without a receipt is not done, whatever files exist. Files that no receipt names are not part of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// [`FORMAT`].
    pub format: u32,
    /// The object.
    pub source: SourceObject,
    /// Whether the object was read to its end. If not, `damage` says why.
    pub complete: bool,
    /// What couldn't be read.
    pub damage: Vec<DamageNote>,
    /// Lines and what became of them: `lines = curated + quarantined`.
    pub counts: Counts,
    /// Quarantined lines by reason code.
    pub quarantined: BTreeMap<String, u64>,
    /// Rows by partition path.
    pub partitions: BTreeMap<String, PartitionCount>,
    /// Offsets seen, by stream and partition.
    pub offsets: Vec<OffsetRange>,
    /// Records of stream partitions beyond the 1,000 that `offsets` lists.
    pub offsets_left_out: u64,
    /// Every object written, sorted by key.
    pub outputs: Vec<Output>,
    /// The schema used.
    pub schema: SchemaName,
    /// Name and version of the program.
    pub program: String,
    /// The run's id, which is part of the names of all outputs.
    pub run: String,
    /// Keys of outputs of earlier runs on the same source that this receipt supersedes and that haven't been removed yet. Empty once
    /// they have.
    pub supersedes: Vec<String>,
}

/// A source object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceObject {
    /// Its URL: the bucket and the name.
    pub url: String,
    /// Its version, as the store names it.
    pub etag: String,
    /// Its size in bytes.
    pub size: u64,
}

/// Something that couldn't be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamageNote {
    /// [`bronze::DamageKind::code`].
    pub code: String,
    /// Offset in the stored object.
    pub byte: u64,
    /// Details for a person.
    pub message: String,
}

/// Lines and what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Lines that aren't blank.
    pub lines: u64,
    /// Lines of white space alone. Nothing of them is kept.
    pub blank: u64,
    /// Lines that became rows.
    pub curated: u64,
    /// Lines in quarantine.
    pub quarantined: u64,
}

/// What was written to one partition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionCount {
    /// Rows.
    pub rows: u64,
    /// Files.
    pub files: u64,
    /// Bytes of the files.
    pub bytes: u64,
}

/// One object written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Its key in the lake.
    pub key: String,
    /// What it is.
    pub kind: OutputKind,
    /// Rows of a Parquet file, entries of a quarantine object.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its content in hexadecimal.
    pub sha256: String,
}

/// What an output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputKind {
    /// A Parquet file.
    Parquet,
    /// A quarantine object.
    Quarantine,
}

/// The schema of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaName {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// SHA-256 of its canonical text. Two schemas with the same name and version can still differ.
    pub sha256: String,
}

impl Receipt {
    /// The receipt as stored: indented JSON with a newline at the end.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("a receipt is plain data");
        bytes.push(b'\n');
        bytes
    }

    /// Parses a stored receipt. The error says what is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let version: Version = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if version.format != FORMAT {
            return Err(format!("format {} is not {FORMAT}, the one this program knows", version.format));
        }
        serde_json::from_slice(bytes).map_err(|error| error.to_string())
    }
}
