//! Keys of the lake's objects. They differ for different sources and are valid on every store.

use crate::own_names::{QUARANTINE, RECEIPTS};
use crate::run::{Run, hex};
use object_store::path::Path;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use url::Url;

/// Maximum length of a source's path in a key; a longer one is replaced by its digest. Object names are limited to 1,024 bytes, and the
/// lake's prefix, the folder and the suffix need room as well.
const MAX_SOURCE: usize = 700;

/// Maximum length of a folder or name. File systems allow 255 bytes, and suffixes need room.
const MAX_SEGMENT: usize = 180;

/// Returns the key of the receipt of the source at `url`: `_receipts/<source>.json`.
pub fn receipt_key(url: &str) -> Path {
    key(format!("{RECEIPTS}/{}.json", source_path(url)))
}

/// Returns the key of a run's quarantine object: `_quarantine/<source>.<run>.jsonl.gz`.
pub fn quarantine_key(run: &Run) -> Path {
    key(format!("{QUARANTINE}/{}.{}.jsonl.gz", source_path(&run.source.url), run.id))
}

/// Returns the receipt key for the run that wrote a quarantine object, or `None` if the key isn't that of a quarantine object.
pub(crate) fn quarantine_receipt_key(key: &Path) -> Option<Path> {
    let name = key.as_ref().strip_prefix(QUARANTINE)?.strip_prefix('/')?.strip_suffix(".jsonl.gz")?;
    let (source, _run) = name.rsplit_once('.')?;
    Path::parse(format!("{RECEIPTS}/{source}.json")).ok()
}

/// Returns the URL of an object in a store rooted at `base`. Characters with a special meaning in URLs are escaped, so different keys have
/// different URLs.
pub fn object_url(base: &Url, key: &Path) -> String {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(key.as_ref().split('/'));
    }
    url.into()
}

/// Returns the URL of one of the lake's own objects. It contains only the key, so it stays the same when the lake is moved.
pub fn own_url(key: &Path) -> String {
    format!("lake:///{key}")
}

/// Returns the key of a Parquet file. `file` counts the run's files across all partitions, so names differ even on a file system that
/// ignores case and treats two partitions as one folder.
pub(crate) fn parquet_key(partition: &str, run: &Run, file: u32) -> Path {
    let name = format!("{}-{}-{file:05}.parquet", run.stem, run.id);
    key(if partition.is_empty() { name } else { format!("{partition}/{name}") })
}

fn key(text: String) -> Path {
    Path::parse(text).expect("escaped text without empty segments is a path")
}

/// Returns a URL as folders and a name, such as `file/data/bronze/0/x.data.gz`. Different URLs have different paths.
fn source_path(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("object", url));
    let segments: Vec<&str> = rest.strip_prefix('/').unwrap_or(rest).split('/').collect();
    let mut path = String::from(scheme);
    for (at, segment) in segments.iter().enumerate() {
        path.push('/');
        let start = path.len();
        escape(segment, &mut path);
        // Folders never end like a receipt or a quarantine object, so a folder and an object can't have the same path.
        if at + 1 < segments.len() && (path.ends_with(".json") || path.ends_with(".gz")) {
            let dot = path.rfind('.').expect("it ends in a suffix with a dot");
            path.replace_range(dot..=dot, "%2E");
        }
        if path.len() - start > MAX_SEGMENT {
            return digest_path(url);
        }
    }
    if path.len() > MAX_SOURCE { digest_path(url) } else { path }
}

/// Returns the path that replaces one that is too long. No scheme is called `long`.
fn digest_path(url: &str) -> String {
    format!("long/{}", hex(&Sha256::digest(url)))
}

/// Copies bytes that are safe in every key and file system, and writes all others as `%XX`.
fn escape(segment: &str, out: &mut String) {
    if segment.is_empty() {
        out.push('%'); // an empty segment (`//`); nothing else produces a lone %
    }
    for byte in segment.bytes() {
        // A segment of only dots would be a relative path.
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
