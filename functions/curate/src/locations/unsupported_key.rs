use object_store::path::Path;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// A key of an object in S3 that is not a path, so that the object can be neither read nor confused with another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnsupportedKey {
    pub(super) key: String,
    /// What is not supported, as the end of a sentence that begins with the key.
    pub(super) problem: &'static str,
}

/// What a key's URL percent-encodes, apart from what is not ASCII.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?');

impl UnsupportedKey {
    /// Returns the key if it is not a path: if it has an empty segment, a segment `.` or `..`, or a control character.
    pub(super) fn of(key: String) -> Option<Self> {
        if Path::parse(&key).is_ok_and(|path| path.as_ref() == key) {
            return None;
        }
        let problem = match &key {
            key if key.chars().any(|character| character.is_ascii_control()) => {
                "contains a control character"
            }
            key if key.contains("//") => "contains //",
            key if key.starts_with('/') => "begins with /",
            key if key.ends_with('/') => "ends in /",
            _ => "has a segment . or ..",
        };
        Some(UnsupportedKey { key, problem })
    }

    /// Returns the URL of the object in the bucket with this URL, which has no slash at its end.
    pub(super) fn url(&self, bucket: &str) -> String {
        format!("{bucket}/{}", utf8_percent_encode(&self.key, ESCAPED))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_not_a_path_is_named_with_its_problem() {
        for (key, problem, url) in [
            ("b//x.gz", "contains //", "s3://b/b//x.gz"),
            ("/lead.gz", "begins with /", "s3://b//lead.gz"),
            ("x.gz/", "ends in /", "s3://b/x.gz/"),
            ("a/./x.gz", "has a segment . or ..", "s3://b/a/./x.gz"),
            ("..", "has a segment . or ..", "s3://b/.."),
            ("a\tb ü.gz", "contains a control character", "s3://b/a%09b%20%C3%BC.gz"),
        ] {
            let unsupported = UnsupportedKey::of(key.into()).unwrap();
            assert_eq!((unsupported.problem, unsupported.url("s3://b").as_str()), (problem, url));
        }
        for key in ["b/x.gz", "...", "a/..b/c", "%2e%2e", " x "] {
            assert_eq!(UnsupportedKey::of(key.into()), None, "{key}");
        }
    }
}
