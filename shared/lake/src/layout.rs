//! Where things are in the lake: keys that are different for different sources, and legal on every store.

use crate::run::{Run, hex};
use object_store::path::Path;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use url::Url;

/// The folder of the quarantine. A leading `_` keeps readers of the table out.
pub const QUARANTINE: &str = "_quarantine";

/// The folder of the receipts.
pub const RECEIPTS: &str = "_receipts";

/// Longest path of a source in a key; what is longer is known by its digest. Object names stop at 1,024 bytes, and the
/// lake's prefix, the folder and the ending need room.
const MAX_SOURCE: usize = 700;

/// Longest folder or name on the way; file systems stop at 255 bytes, and endings need room.
const MAX_SEGMENT: usize = 180;

/// The receipt of the source at `url`: `_receipts/<source>.json`.
pub fn receipt_key(url: &str) -> Path {
    key(format!("{RECEIPTS}/{}.json", source_path(url)))
}

/// The quarantine object of a run: `_quarantine/<source>.<run>.jsonl.gz`.
pub fn quarantine_key(run: &Run) -> Path {
    key(format!("{QUARANTINE}/{}.{}.jsonl.gz", source_path(&run.source.url), run.id))
}

/// The receipt of the run that a quarantine object's key belongs to; `None` when it is no such key.
pub(crate) fn quarantine_receipt_key(key: &Path) -> Option<Path> {
    let name = key.as_ref().strip_prefix(QUARANTINE)?.strip_prefix('/')?.strip_suffix(".jsonl.gz")?;
    let (source, _run) = name.rsplit_once('.')?;
    Path::parse(format!("{RECEIPTS}/{source}.json")).ok()
}

/// The URL of an object in a store that is rooted at `base`: each character of the key that means something in a URL is
/// escaped, so different keys have different URLs.
pub fn object_url(base: &Url, key: &Path) -> String {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(key.as_ref().split('/'));
    }
    url.into()
}

/// The URL of an object of the lake's own: by its key, so that it is the same object when the lake was moved.
pub fn own_url(key: &Path) -> String {
    format!("lake:///{key}")
}

/// A Parquet file of a run. `file` counts the run's files, over all partitions: so their names differ even where a file system
/// takes two partitions for one, because it does not tell capitals apart.
pub(crate) fn parquet_key(partition: &str, run: &Run, file: u32) -> Path {
    let name = format!("{}-{}-{file:05}.parquet", run.stem, run.id);
    key(if partition.is_empty() { name } else { format!("{partition}/{name}") })
}

fn key(text: String) -> Path {
    Path::parse(text).expect("escaped text without empty segments is a path")
}

/// A URL as folders and a name, different for different URLs: `file/data/bronze/0/x.data.gz`.
fn source_path(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("object", url));
    let segments: Vec<&str> = rest.strip_prefix('/').unwrap_or(rest).split('/').collect();
    let mut path = String::from(scheme);
    for (at, segment) in segments.iter().enumerate() {
        path.push('/');
        let start = path.len();
        escape(segment, &mut path);
        // A folder never ends like a receipt or a quarantine object does, so none can be in the other's way.
        if at + 1 < segments.len() && (path.ends_with(".json") || path.ends_with(".gz")) {
            let dot = path.rfind('.').expect("it ends in a dot and letters");
            path.replace_range(dot..=dot, "%2E");
        }
        if path.len() - start > MAX_SEGMENT {
            return digest_path(url);
        }
    }
    if path.len() > MAX_SOURCE { digest_path(url) } else { path }
}

/// What stands for a URL that is too long. No scheme is called `long`.
fn digest_path(url: &str) -> String {
    format!("long/{}", hex(&Sha256::digest(url)))
}

/// Keeps what is harmless in any key and any file system, and makes `%XX` of every other byte.
fn escape(segment: &str, out: &mut String) {
    if segment.is_empty() {
        out.push('%'); // an empty segment (`//`); a lone % comes from nothing else
    }
    for byte in segment.bytes() {
        // A segment of dots alone would be taken for a step in the path.
        let dot = byte == b'.' && !segment.bytes().all(|byte| byte == b'.');
        if dot || byte.is_ascii_alphanumeric() || b"_-=+@,".contains(&byte) {
            out.push(byte as char);
        } else {
            write!(out, "%{byte:02X}").expect("writing to memory does not fail");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_mirrors_its_source() {
        let url = "file:///data/ocid1.serviceconnector.oc1.x/0/20240628T082842Z_20240628T083550Z.0.data.gz";
        let wanted = "_receipts/file/data/ocid1.serviceconnector.oc1.x/0/20240628T082842Z_20240628T083550Z.0.data.gz.json";
        assert_eq!(receipt_key(url).as_ref(), wanted);
    }

    #[test]
    fn different_sources_have_different_receipts() {
        let long = format!("s3://b/{}", "x".repeat(900));
        let urls = [
            "s3://b/x",
            "s3://b/x/y",
            "s3://b/x.json",
            "s3://b/x.json/y",
            "s3://b//x",
            "s3://b/x/",
            "s3://b/%2F",
            "s3://b///",
            "s3://b/..",
            "s3://b/.",
            "s3://b/%2E",
            "file:///b/x",
            "s3://b/X",
            "s3://b/x%00",
            "s3://b/x\0",
            "s3://b/%",
            &long,
            &long[..long.len() - 1],
            "s3://b/é",
            "s3://b/x?y#z",
        ];
        let keys: std::collections::HashSet<Path> = urls.iter().map(|url| receipt_key(url)).collect();
        assert_eq!(keys.len(), urls.len());
        assert!(!receipt_key("s3://b/x.json/y").as_ref().starts_with(receipt_key("s3://b/x").as_ref()));
    }
}
