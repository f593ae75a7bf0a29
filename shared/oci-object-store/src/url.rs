use crate::name;
use object_store::path::Path;
use oci_requests::ConfigError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::fmt;
use std::str::FromStr;

/// A location in Object Storage: `oci://bucket@namespace/name`, the form of Oracle's HDFS connector.
///
/// The name is that of an object or of a folder; a folder contains every name that begins with its own and a slash. In the URL the name is
/// percent-encoded: a `%` in a name is written `%25`. It is not normalized: `//` and `..` stay as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OciUrl {
    bucket: String,
    namespace: String,
    name: String,
}

/// All characters except those that RFC 3986 calls unreserved, the slash, and a few characters that separate nothing in a path.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/')
    .remove(b'=')
    .remove(b'+')
    .remove(b',')
    .remove(b'@')
    .remove(b':');

impl OciUrl {
    /// Creates the location of a name in a bucket. Fails if the service does not allow such names.
    pub fn new(
        bucket: impl Into<String>,
        namespace: impl Into<String>,
        name: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        let url = OciUrl { bucket: bucket.into(), namespace: namespace.into(), name: name.into() };
        url.check().map_err(ConfigError::new)?;
        Ok(url)
    }

    /// Returns the bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Returns the namespace of the bucket's tenancy.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Returns the decoded name. It is empty for the whole bucket.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the path of the object with exactly this name, for `put`, `get` and `head`.
    pub fn object(&self) -> Path {
        if self.name.is_empty() { Path::default() } else { name::to_path(&self.name) }
    }

    /// Returns the path of the folder with this name, for `list`. A slash at its end is ignored.
    pub fn path(&self) -> Path {
        name::to_path_of_prefix(&self.name)
    }

    /// Returns the location of a path in the bucket's store. This URL's own name is ignored.
    pub fn with_path(&self, path: &Path) -> Self {
        OciUrl { name: name::of_path(path), ..self.clone() }
    }

    /// Returns the location of another name in the same bucket.
    pub fn with_name(&self, name: impl Into<String>) -> Self {
        OciUrl { name: name.into(), ..self.clone() }
    }

    /// Returns the location of a path below this one, as in a `PrefixStore` for it.
    pub fn join(&self, path: &Path) -> Self {
        let below = name::of_path(path);
        // A slash at the end of the prefix is the one that separates it from the path.
        let name = match self.name.strip_suffix('/').unwrap_or(&self.name) {
            name if below.is_empty() => name.to_owned(),
            "" => below,
            name => format!("{name}/{below}"),
        };
        OciUrl { name, ..self.clone() }
    }
}

impl FromStr for OciUrl {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Self::read(text).map_err(ConfigError::new)
    }
}

impl OciUrl {
    fn read(text: &str) -> Result<Self, String> {
        let rest =
            text.strip_prefix("oci://").ok_or_else(|| format!("does not begin with oci://; {FORM}"))?;
        let (authority, name) = rest.split_once('/').unwrap_or((rest, ""));
        let (bucket, namespace) =
            authority.split_once('@').ok_or_else(|| format!("has no namespace; {FORM}"))?;
        if name.contains(['?', '#']) {
            return Err("has a '?' or '#'; in an object name, write %3F or %23".into());
        }
        let name =
            percent_decode_str(name).decode_utf8().map_err(|_| "has a name that is not UTF-8".to_owned())?;
        let url = OciUrl { bucket: bucket.into(), namespace: namespace.into(), name: name.into_owned() };
        url.check()?;
        Ok(url)
    }

    fn check(&self) -> Result<(), String> {
        for (what, text) in [("bucket", &self.bucket), ("namespace", &self.namespace)] {
            let valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
            if text.is_empty() {
                return Err(format!("has no {what}; {FORM}"));
            } else if !text.bytes().all(valid) {
                return Err(format!(
                    "'{text}' is not a valid {what}: it may have letters, digits, '-', '_' and '.'"
                ));
            }
        }
        if self.name.contains(['\0', '\r', '\n']) {
            return Err("has NUL, CR or LF in the object name, which Object Storage does not allow".into());
        }
        if self.name.len() > MAX_NAME {
            return Err(format!("has an object name of more than {MAX_NAME} bytes, the maximum"));
        }
        Ok(())
    }
}

/// Maximum length of an object's name, in bytes of UTF-8.
/// <https://docs.oracle.com/en-us/iaas/Content/Object/Tasks/managingobjects_topic-To_upload_objects_to_a_bucket.htm>
const MAX_NAME: usize = 1024;

const FORM: &str = "the form is oci://bucket@namespace/prefix";

impl fmt::Display for OciUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OciUrl { bucket, namespace, name } = self;
        write!(f, "oci://{bucket}@{namespace}/{}", utf8_percent_encode(name, ENCODED))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_url_is_parsed_and_formatted_with_its_name_encoded_once() {
        for (url, name) in [
            ("oci://bronze@ns/", ""),
            ("oci://b.r-o_n@ns/a/b.gz", "a/b.gz"),
            ("oci://b@ns/a%20b/100%25/%C3%BC+=", "a b/100%/ü+="),
            ("oci://b@ns//a//../.", "/a//../."),
            ("oci://b@ns/a%3Fb%23c%22", "a?b#c\""),
        ] {
            let parsed: OciUrl = url.parse().unwrap();
            assert_eq!(parsed.name(), name);
            assert_eq!(parsed.to_string(), url);
            assert_eq!(parsed.with_path(&name::to_path("x/y")).name(), "x/y");
        }
        let bare: OciUrl = "oci://bronze@ns".parse().unwrap();
        assert_eq!((bare.bucket(), bare.namespace(), bare.path()), ("bronze", "ns", Path::default()));
        assert_eq!("oci://b@ns/a/b/".parse::<OciUrl>().unwrap().path().as_ref(), "a/b");
    }

    proptest! {
        #[test]
        fn every_name_survives_in_its_url(name in "[^\\x00\r\n]{0,60}") {
            let url = "oci://b@ns/".parse::<OciUrl>().unwrap().with_name(name.clone());
            prop_assert_eq!(url.to_string().parse::<OciUrl>().unwrap(), url.clone());
            let by_path = url.with_path(&url.object());
            prop_assert_eq!(by_path.name(), name);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".*", begin in prop::sample::select(vec!["", "oci://", "oci://b@ns/"])) {
            let _ = format!("{begin}{text}").parse::<OciUrl>();
        }
    }

    #[test]
    fn an_invalid_url_says_what_is_wrong() {
        for (url, problem) in [
            ("s3://b@ns/x", "begin with oci://"),
            ("oci://bronze/x", "no namespace"),
            ("oci://@ns/x", "no bucket"),
            ("oci://b@/x", "no namespace"),
            ("oci://b@n:s/x", "'n:s' is not a valid namespace"),
            ("oci://b@ns/a?b", "%3F"),
            ("oci://b@ns/%FF", "not UTF-8"),
            ("oci://b@ns/%0A", "LF"),
        ] {
            let error = url.parse::<OciUrl>().unwrap_err().to_string();
            assert!(error.contains(problem), "{url}: {error}");
        }
    }
}
