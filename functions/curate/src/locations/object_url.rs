use object_store::path::Path;
use oci_object_store::OciUrl;
use std::fmt;

/// An object, or a folder of objects, in a bucket of any cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectUrl {
    url: String,
    bucket: String,
    /// The decoded name in the bucket. It is empty for the whole bucket.
    name: String,
    path: Path,
}

impl ObjectUrl {
    /// Returns the bucket's URL, which is equal for two objects in the same bucket.
    pub(crate) fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Returns the object's path in a store that is rooted at the bucket.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether this is the folder itself, or is below it in the same bucket.
    pub(crate) fn is_below(&self, folder: &ObjectUrl) -> bool {
        let name = folder.name.trim_end_matches('/');
        let below = |rest: &str| rest.is_empty() || rest.starts_with('/');
        self.bucket == folder.bucket && (name.is_empty() || self.name.strip_prefix(name).is_some_and(below))
    }
}

impl From<OciUrl> for ObjectUrl {
    fn from(url: OciUrl) -> Self {
        ObjectUrl {
            bucket: url.with_name("").to_string(),
            name: url.name().to_owned(),
            path: url.object(),
            url: url.to_string(),
        }
    }
}

impl fmt::Display for ObjectUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> ObjectUrl {
        text.parse::<OciUrl>().unwrap().into()
    }

    #[test]
    fn a_folder_ends_at_a_slash() {
        let folder = url("oci://bronze@ns/landing/");
        assert!(url("oci://bronze@ns/landing/a.gz").is_below(&folder));
        assert!(!url("oci://bronze@ns/landing-not/a.gz").is_below(&folder));
        assert!(!url("oci://silver@ns/landing/a.gz").is_below(&folder));
        assert!(url("oci://bronze@ns/any").is_below(&url("oci://bronze@ns/")));
    }
}
