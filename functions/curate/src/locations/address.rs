use oci_object_store::OciUrl;
use oci_requests::ConfigError;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use url::Url;

/// The address of something, as given by the user: a path or a `file://`, `oci://` or `s3://` URL.
///
/// Parsing checks only the form. Whether anything exists there becomes known when it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    text: String,
    pub(super) scheme: Scheme,
}

/// An address, by the kind of store that it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scheme {
    Local(PathBuf),
    S3(Url),
    Oci(OciUrl),
}

impl Address {
    /// Returns the path, if the address is on this machine's file system.
    pub fn path(&self) -> Option<&Path> {
        match &self.scheme {
            Scheme::Local(path) => Some(path),
            Scheme::S3(_) | Scheme::Oci(_) => None,
        }
    }

    /// Returns whether the address is on this machine's file system.
    pub fn is_local(&self) -> bool {
        self.path().is_some()
    }
}

impl FromStr for Address {
    type Err = String;

    /// Parses an address. The error is the end of a sentence that begins with the address.
    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Address { text: text.to_owned(), scheme: scheme(text)? })
    }
}

impl From<OciUrl> for Address {
    fn from(url: OciUrl) -> Self {
        Address { text: url.to_string(), scheme: Scheme::Oci(url) }
    }
}

/// Shows the address as given by the user.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn scheme(text: &str) -> Result<Scheme, String> {
    if text.is_empty() {
        return Err("is empty".into());
    }
    let Some((scheme, _)) = text.split_once("://") else {
        return match text.split_once(':') {
            Some((scheme @ ("file" | "oci" | "s3"), _)) => {
                Err(format!("looks like a URL but does not begin with {scheme}://; write a path as ./{text}"))
            }
            _ => Ok(Scheme::Local(PathBuf::from(text))),
        };
    };
    let url = || Url::parse(text).map_err(|error| format!("is not a URL: {error}"));
    match scheme {
        "file" => {
            let path = url()?.to_file_path().map_err(|()| "is not a file URL on this machine".to_string())?;
            Ok(Scheme::Local(path))
        }
        "oci" => text.parse().map(Scheme::Oci).map_err(|error: ConfigError| error.to_string()),
        // A URL has another path without them.
        "s3" if text.chars().any(|character| character.is_ascii_control()) => {
            Err("contains a control character".into())
        }
        "s3" if text.split('/').any(|segment| matches!(decoded(segment).as_ref(), b"." | b"..")) => {
            Err("has a segment . or .., which is not supported".into())
        }
        "s3" => match url()? {
            url if url.host_str().is_some() => Ok(Scheme::S3(url)),
            _ => Err("does not name a bucket".into()),
        },
        _ => Err(format!("{scheme}:// is not supported; use a path, file://, oci:// or s3://")),
    }
}

fn decoded(segment: &str) -> Cow<'_, [u8]> {
    percent_decode_str(segment).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_text() {
        for text in ["lake", "./a:b", "file:///x", "oci://b@n/x", "s3://b/x"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn only_paths_and_files_are_local() {
        for (text, local) in
            [("lake", true), ("file:///x", true), ("oci://b@n/x", false), ("s3://b/x", false)]
        {
            assert_eq!(text.parse::<Address>().unwrap().is_local(), local, "{text}");
        }
    }

    #[test]
    fn an_address_of_another_form_is_refused() {
        for text in [
            "",
            "s3:b/x",
            "oci:b",
            "file:x",
            "ftp://x/y",
            "s3://",
            "oci://b/x",
            "file://host/x",
            "s3://b/../x",
            "s3://b/a/%2e/x",
            "s3://b/x/..",
            "s3://b/a\tb",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
