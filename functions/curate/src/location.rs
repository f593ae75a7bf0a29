use lake::LocalStore;
use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use std::ffi::OsString;
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;
use url::Url;

/// A place in a store: a folder, a prefix, or an object.
#[derive(Debug, Clone)]
pub struct Location {
    /// The store.
    pub store: Arc<dyn ObjectStore>,
    /// The URL of the store's root.
    pub base: Url,
    /// The place, from the root.
    pub path: Path,
    /// On the file system, where requests cost next to nothing.
    pub local: bool,
}

/// Environment variables that say how to reach S3, as the AWS tools name them.
pub(crate) type AwsVariables = Vec<(String, String)>;

/// Picks the variables of the AWS tools.
pub(crate) fn aws_variables(environment: &[(OsString, OsString)]) -> AwsVariables {
    let text = |text: &OsString| text.to_str().map(str::to_owned);
    let pairs = environment.iter().filter_map(|(name, value)| Some((text(name)?, text(value)?)));
    pairs.filter(|(name, _)| name.starts_with("AWS_")).collect()
}

impl Location {
    /// The place that is to be read: a path, or a `file://` or `s3://` URL.
    pub(crate) fn source(place: &str, aws: &AwsVariables) -> Result<Self, String> {
        match scheme(place)? {
            Scheme::Local(path) => {
                let path = path.canonicalize().map_err(|error| error.to_string())?;
                let key = Path::from_absolute_path(&path).map_err(|error| error.to_string())?;
                let base = Url::parse("file:///").map_err(|error| error.to_string())?;
                Ok(Location { store: Arc::new(LocalFileSystem::new()), base, path: key, local: true })
            }
            Scheme::S3(url) => {
                let path = Path::from_url_path(url.path()).map_err(|error| error.to_string())?;
                let (store, base) = s3(&url, aws)?;
                Ok(Location { store, base, path, local: false })
            }
        }
    }

    /// The place of the lake; the store is rooted at it.
    pub(crate) fn lake(place: &str, aws: &AwsVariables) -> Result<Self, String> {
        match scheme(place)? {
            Scheme::Local(path) => {
                let store = LocalStore::new(&path).map_err(|error| error.to_string())?;
                let root = path.canonicalize().map_err(|error| error.to_string())?;
                let base = Url::from_file_path(&root).map_err(|()| "is not an absolute path".to_string())?;
                Ok(Location { store: Arc::new(store), base, path: Path::default(), local: true })
            }
            Scheme::S3(url) => {
                let prefix = Path::from_url_path(url.path()).map_err(|error| error.to_string())?;
                let (store, root) = s3(&url, aws)?;
                let base =
                    Url::parse(&lake::object_url(&root, &prefix)).map_err(|error| error.to_string())?;
                let store = object_store::prefix::PrefixStore::new(store, prefix);
                Ok(Location { store: Arc::new(store), base, path: Path::default(), local: false })
            }
        }
    }

    /// The URL of an object in the store.
    pub(crate) fn url_of(&self, path: &Path) -> String {
        lake::object_url(&self.base, path)
    }

    /// The path on the file system of a place that is on it.
    pub(crate) fn local_path(&self) -> Option<PathBuf> {
        self.local.then(|| FsPath::new("/").join(self.path.as_ref()))
    }
}

/// Says whether a place is of a form that is understood; not whether it is there.
pub(crate) fn check(place: &str) -> Result<(), String> {
    scheme(place).map(|_| ())
}

enum Scheme {
    Local(PathBuf),
    S3(Url),
}

fn scheme(place: &str) -> Result<Scheme, String> {
    if place.is_empty() {
        return Err("is empty".into());
    }
    let Some((scheme, _)) = place.split_once("://") else {
        return Ok(Scheme::Local(PathBuf::from(place)));
    };
    let url = Url::parse(place).map_err(|error| format!("is not a URL: {error}"))?;
    match scheme {
        "file" => {
            let path = url.to_file_path().map_err(|()| "is not a file URL of this machine".to_string())?;
            Ok(Scheme::Local(path))
        }
        "s3" if url.host_str().is_some() => Ok(Scheme::S3(url)),
        "s3" => Err("names no bucket".into()),
        _ => Err(format!("{scheme}:// is not understood, only paths, file:// and s3://")),
    }
}

fn s3(url: &Url, aws: &AwsVariables) -> Result<(Arc<dyn ObjectStore>, Url), String> {
    let bucket = url.host_str().ok_or("names no bucket")?;
    let mut builder = AmazonS3Builder::new().with_bucket_name(bucket);
    for (name, value) in aws {
        if let Ok(key) = name.to_ascii_lowercase().parse() {
            builder = builder.with_config(key, value);
        }
    }
    let store = builder.build().map_err(|error| error.to_string())?;
    let base = Url::parse(&format!("s3://{bucket}/")).map_err(|error| error.to_string())?;
    Ok((Arc::new(store), base))
}
