use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the receipts' form. A program that finds a newer one leaves it alone.
pub const FORMAT: u32 = 1;

/// What became of one source object: the commit marker, and the audit trail.
///
/// A source without a receipt is not done, whatever files there are; files that no receipt names are not part of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// [`FORMAT`].
    pub format: u32,
    /// The object.
    pub source: SourceObject,
    /// Whether the object was read to its end. If not, `damage` says what is wrong with it.
    pub complete: bool,
    /// What could not be read.
    pub damage: Vec<DamageNote>,
    /// Lines, and what became of them: `lines = curated + quarantined`.
    pub counts: Counts,
    /// Quarantined lines by reason code.
    pub quarantined: BTreeMap<String, u64>,
    /// Rows by partition path.
    pub partitions: BTreeMap<String, PartitionCount>,
    /// Offsets seen, by stream and partition.
    pub offsets: Vec<crate::OffsetRange>,
    /// Records of further stream partitions, beyond the 1,000 that `offsets` tells.
    pub offsets_left_out: u64,
    /// Every object written, sorted by key.
    pub outputs: Vec<Output>,
    /// The schema used.
    pub schema: SchemaName,
    /// Name and version of the program.
    pub program: String,
    /// The run's id, which is in the names of all outputs.
    pub run: String,
    /// Keys of the outputs of earlier runs on the same source, which this receipt declares void and which are still to be removed:
    /// empty once they are.
    pub supersedes: Vec<String>,
}

/// A source object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceObject {
    /// Its URL: the bucket and the name.
    pub url: String,
    /// Its version, in the store's words.
    pub etag: String,
    /// Its size in bytes.
    pub size: u64,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamageNote {
    /// [`bronze::DamageKind::code`].
    pub code: String,
    /// Position in the object as stored.
    pub byte: u64,
    /// The particulars.
    pub message: String,
}

/// Lines, and what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Lines with something on them.
    pub lines: u64,
    /// Lines of white space alone: nothing is in them, nothing is kept of them.
    pub blank: u64,
    /// Lines that became rows.
    pub curated: u64,
    /// Lines in quarantine.
    pub quarantined: u64,
}

/// What one partition got.
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
    /// SHA-256 of its content, hexadecimal.
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

/// A schema, in the words of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaName {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// SHA-256 of its canonical text: two schemas of one name and version can still differ.
    pub sha256: String,
}

impl Receipt {
    /// The receipt as it is stored: JSON for people and programs, ending in a newline.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("a receipt is plain data");
        bytes.push(b'\n');
        bytes
    }

    /// Reads a stored receipt.
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
