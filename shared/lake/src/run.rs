use crate::input::Input;
use crate::receipts::receipt::SourceObject;
use crate::table::document::TableDocument;
use crate::table::field_paths;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use table::Schema;

/// One source object with one schema and the ids of its fields, one program and one set of limits. Together they determine every name and
/// byte written.
#[derive(Debug, Clone)]
pub struct Run {
    /// The source object.
    pub source: SourceObject,
    /// How the source is read.
    pub input: Input,
    /// Identifies the run, in hexadecimal. Two runs have the same id exactly if the source's URL and ETag, the schema, the ids, the limits and the
    /// program are the same.
    pub id: String,
    /// The part of file names by which a person can recognize the source.
    pub stem: String,
    /// SHA-256 of the schema's canonical text in hexadecimal.
    pub schema_sha256: String,
    /// Name and version of the program.
    pub program: String,
}

/// Number of hexadecimal digits of a run's id. They hold 128 bits, so a collision by chance is practically impossible.
const ID_DIGITS: usize = 32;

/// Maximum length of a file name's stem.
const MAX_STEM: usize = 80;

impl Run {
    pub(crate) fn new(
        source: SourceObject,
        input: Input,
        schema: &Schema,
        table: &TableDocument,
        limits: &str,
        program: &str,
    ) -> Self {
        let schema_sha256 = hex(&Sha256::digest(schema.canonical()));
        let mut digest = Sha256::new();
        let ids = ids(schema, table);
        for part in [&source.url, &source.etag, &schema_sha256, &ids, limits, program] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        let mut id = hex(&digest.finalize());
        id.truncate(ID_DIGITS);
        let stem = stem(&source.url);
        Run { source, input, id, stem, schema_sha256, program: program.into() }
    }
}

/// Returns the ids of the schema's fields as text. They are in the files, and differ if a column was dropped and added again.
fn ids(schema: &Schema, table: &TableDocument) -> String {
    let ids = table.all_ids();
    let mut text = String::new();
    for field in field_paths::of(schema) {
        write!(text, "{} ", ids.get(&field.path).unwrap_or(&0)).expect("writing to memory does not fail");
    }
    text
}

/// Endings that say how an object is compressed, then what it contains. Each is removed once, in this order.
const SUFFIXES: [&str; 6] = [".gz", ".zst", ".jsonl", ".ndjson", ".json", ".data"];

/// Returns the source's name without its suffixes, with unsafe characters replaced.
fn stem(url: &str) -> String {
    let name = url.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let name = SUFFIXES.iter().fold(name, |name, end| without_suffix(name, end));
    let safe = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let cut: String = name.chars().take(MAX_STEM).map(safe).collect();
    // A leading `_` or `.` hides a file from most readers of a lake.
    let stem = cut.trim_start_matches(['.', '_']);
    if stem.is_empty() { "source".into() } else { stem.into() }
}

/// Returns a name without a suffix that it may have, in upper or lower case.
fn without_suffix<'a>(name: &'a str, suffix: &str) -> &'a str {
    match name.len().checked_sub(suffix.len()).and_then(|at| name.split_at_checked(at)) {
        Some((start, end)) if end.eq_ignore_ascii_case(suffix) => start,
        _ => name,
    }
}

/// Returns bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to memory does not fail");
        text
    })
}
