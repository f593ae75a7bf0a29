use crate::receipt::SourceObject;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use table::Schema;

/// One source object under one schema, with one program and one set of limits: what every name and byte follows from.
#[derive(Debug, Clone)]
pub struct Run {
    /// The object that is curated.
    pub source: SourceObject,
    /// Identifies the run: hexadecimal, the same whenever all of the above is the same, and else different.
    pub id: String,
    /// What a person recognises the source by in a file's name.
    pub stem: String,
    /// SHA-256 of the schema's canonical text, hexadecimal.
    pub schema_sha256: String,
    /// Name and version of the program.
    pub program: String,
}

/// Hexadecimal digits of a run's id: 128 bits, too many for two runs to meet by chance.
const ID_DIGITS: usize = 32;

/// Longest stem of a file's name.
const MAX_STEM: usize = 80;

impl Run {
    /// The run on `source`. `limits` is a text of every setting that has a say in what is written.
    pub fn new(source: SourceObject, schema: &Schema, limits: &str, program: &str) -> Self {
        let schema_sha256 = hex(&Sha256::digest(schema.canonical()));
        let mut digest = Sha256::new();
        for part in [&source.url, &source.etag, &schema_sha256, limits, program] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        let mut id = hex(&digest.finalize());
        id.truncate(ID_DIGITS);
        let stem = stem(&source.url);
        Run { source, id, stem, schema_sha256, program: program.into() }
    }
}

/// The source's own name without its endings, in characters that are the same everywhere.
fn stem(url: &str) -> String {
    let name = url.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let name =
        [".gz", ".jsonl", ".data"].iter().fold(name, |name, end| name.strip_suffix(end).unwrap_or(name));
    let safe = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let cut: String = name.chars().take(MAX_STEM).map(safe).collect();
    // `_` and `.` in front hide a file from most readers of a lake.
    let stem = cut.trim_start_matches(['.', '_']);
    if stem.is_empty() { "source".into() } else { stem.into() }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to memory does not fail");
        text
    })
}
