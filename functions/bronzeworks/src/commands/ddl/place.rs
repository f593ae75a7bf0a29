use std::str::FromStr;

/// Where the lake is, as far as engines distinguish it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A folder's path.
    Folder(String),
    /// A prefix in a bucket of S3, or of a store with its API.
    S3 { bucket: String, prefix: String },
    /// A prefix in a bucket of OCI Object Storage.
    Oci { bucket: String, namespace: String, prefix: String },
    /// Any other URL, which is passed on as it is.
    Url(String),
}

impl Place {
    /// Returns the URL for an engine that knows buckets by the S3 API only. OCI Object Storage has that API, too.
    pub(crate) fn s3_url(&self) -> Option<String> {
        match self {
            Place::S3 { bucket, prefix } | Place::Oci { bucket, prefix, .. } => {
                Some(format!("s3://{bucket}/{prefix}"))
            }
            Place::Folder(_) | Place::Url(_) => None,
        }
    }

    /// Returns the host of OCI's S3 Compatibility API, if the bucket is in OCI Object Storage.
    pub(crate) fn s3_host(&self) -> Option<String> {
        match self {
            Place::Oci { namespace, .. } => {
                Some(format!("{namespace}.compat.objectstorage.REGION.oraclecloud.com"))
            }
            Place::Folder(_) | Place::S3 { .. } | Place::Url(_) => None,
        }
    }
}

/// Parses a path or a URL. Every form ends with a slash, unless it is empty.
impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err("is empty or has control characters".into());
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Ok(Place::Folder(folder(text)));
        };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = folder(path.trim_start_matches('/'));
        match scheme {
            "file" if host.is_empty() => Ok(Place::Folder(folder(&format!("/{path}")))),
            "file" => Err("a file:// URL begins with three slashes".into()),
            "s3" if host.is_empty() => Err("does not name a bucket: s3://BUCKET/PREFIX".into()),
            "s3" => Ok(Place::S3 { bucket: host.into(), prefix }),
            "oci" => match host.split_once('@') {
                Some((bucket, namespace)) if !bucket.is_empty() && !namespace.is_empty() => {
                    Ok(Place::Oci { bucket: bucket.into(), namespace: namespace.into(), prefix })
                }
                _ => Err("does not name a bucket and its namespace: oci://BUCKET@NAMESPACE/PREFIX".into()),
            },
            _ if host.is_empty() => Err("is not a path or a URL".into()),
            _ => Ok(Place::Url(folder(text))),
        }
    }
}

/// Returns a path that ends with a slash, unless it is empty.
fn folder(path: &str) -> String {
    if path.is_empty() || path.ends_with('/') { path.to_owned() } else { format!("{path}/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Place {
        text.parse().unwrap()
    }

    #[test]
    fn a_place_ends_with_a_slash() {
        for text in ["s3://lake/journal", "s3://lake/journal/"] {
            assert_eq!(place(text).s3_url().unwrap(), "s3://lake/journal/");
        }
        assert_eq!(place("s3://lake").s3_url().unwrap(), "s3://lake/");
        assert_eq!(place("oci://lake@ns/a/b").s3_url().unwrap(), "s3://lake/a/b/");
        for text in ["/data/lake", "file:///data/lake/"] {
            assert_eq!(place(text), Place::Folder("/data/lake/".into()));
        }
        assert_eq!(place("./lake"), Place::Folder("./lake/".into()));
        assert_eq!(place("gs://b/p"), Place::Url("gs://b/p/".into()));
    }

    #[test]
    fn what_is_wrong_with_a_place_is_explained() {
        for (text, problem) in [
            ("", "is empty"),
            ("a\nb", "control characters"),
            ("s3:///x", "s3://BUCKET"),
            ("oci://lake/x", "oci://BUCKET@NAMESPACE"),
            ("oci://@ns/x", "oci://BUCKET@NAMESPACE"),
            ("file://host/x", "three slashes"),
        ] {
            assert!(text.parse::<Place>().unwrap_err().contains(problem), "{text}");
        }
    }
}
