use crate::clouds::Clouds;
use lake::LocalStore;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use oci_client::ConfigError;
use oci_object_store::OciUrl;
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;
use url::Url;

/// A place in a store: a folder, a prefix, or an object.
#[derive(Debug, Clone)]
pub struct Location {
    /// The store.
    pub store: Arc<dyn ObjectStore>,
    /// The URL of the store's root.
    root: Root,
    /// The place, from the root.
    pub path: Path,
    /// On the file system, where requests cost next to nothing.
    pub local: bool,
}

#[derive(Debug, Clone)]
enum Root {
    Url(Url),
    /// Names of objects there are more than paths: they are written by the store's own rules.
    Oci(OciUrl),
}

impl Location {
    /// The place that is to be read: a path, or a `file://`, `oci://` or `s3://` URL.
    pub(crate) fn source(place: &str, clouds: &Clouds) -> Result<Self, String> {
        match scheme(place)? {
            Scheme::Local(path) => {
                let path = path.canonicalize().map_err(|error| error.to_string())?;
                let key = Path::from_absolute_path(&path).map_err(|error| error.to_string())?;
                let root = Url::parse("file:///").map_err(|error| error.to_string())?;
                Ok(Location {
                    store: Arc::new(LocalFileSystem::new()),
                    root: Root::Url(root),
                    path: key,
                    local: true,
                })
            }
            Scheme::S3(url) => {
                let path = Path::from_url_path(url.path()).map_err(|error| error.to_string())?;
                let (store, root) = clouds.s3(&url)?;
                Ok(Location { store, root: Root::Url(root), path, local: false })
            }
            Scheme::Oci(url) => {
                let store = Arc::new(clouds.oci(&url)?);
                let path = url.path();
                Ok(Location { store, root: Root::Oci(url.with_path(&Path::ROOT)), path, local: false })
            }
        }
    }

    /// The place of the lake; the store is rooted at it.
    pub(crate) fn lake(place: &str, clouds: &Clouds) -> Result<Self, String> {
        match scheme(place)? {
            Scheme::Local(path) => {
                let store = LocalStore::new(&path).map_err(|error| error.to_string())?;
                let root = path.canonicalize().map_err(|error| error.to_string())?;
                let root = Url::from_file_path(&root).map_err(|()| "is not an absolute path".to_string())?;
                Ok(Location {
                    store: Arc::new(store),
                    root: Root::Url(root),
                    path: Path::default(),
                    local: true,
                })
            }
            Scheme::S3(url) => {
                let prefix = Path::from_url_path(url.path()).map_err(|error| error.to_string())?;
                let (store, bucket) = clouds.s3(&url)?;
                let root =
                    Url::parse(&lake::object_url(&bucket, &prefix)).map_err(|error| error.to_string())?;
                let store = Arc::new(PrefixStore::new(store, prefix));
                Ok(Location { store, root: Root::Url(root), path: Path::default(), local: false })
            }
            Scheme::Oci(url) => {
                let prefix = url.path();
                let store = Arc::new(PrefixStore::new(clouds.oci(&url)?, prefix));
                Ok(Location { store, root: Root::Oci(url), path: Path::default(), local: false })
            }
        }
    }

    /// The URL of the store's root, without a slash at its end.
    pub(crate) fn root_url(&self) -> String {
        let url = match &self.root {
            Root::Url(url) => url.to_string(),
            Root::Oci(url) => url.to_string(),
        };
        url.trim_end_matches('/').to_owned()
    }

    /// The URL of an object in the store.
    pub(crate) fn url_of(&self, path: &Path) -> String {
        match &self.root {
            Root::Url(url) => lake::object_url(url, path),
            Root::Oci(url) => url.join(path).to_string(),
        }
    }

    /// The path on the file system of a place that is on it.
    pub(crate) fn local_path(&self) -> Option<PathBuf> {
        self.local.then(|| FsPath::new("/").join(self.path.as_ref()))
    }
}

/// A place of a form that is understood, as it was given; whether it exists is not checked.
pub(crate) fn check(place: &str) -> Result<String, String> {
    scheme(place).map(|_| place.to_owned())
}

enum Scheme {
    Local(PathBuf),
    S3(Url),
    Oci(OciUrl),
}

fn scheme(place: &str) -> Result<Scheme, String> {
    if place.is_empty() {
        return Err("is empty".into());
    }
    let Some((scheme, _)) = place.split_once("://") else {
        return match place.split_once(':') {
            Some((scheme @ ("file" | "oci" | "s3"), _)) => {
                Err(format!("begins like a URL: it has to begin with {scheme}://, or as a path with ./"))
            }
            _ => Ok(Scheme::Local(PathBuf::from(place))),
        };
    };
    let url = || Url::parse(place).map_err(|error| format!("is not a URL: {error}"));
    match scheme {
        "file" => {
            let path = url()?.to_file_path().map_err(|()| "is not a file URL of this machine".to_string())?;
            Ok(Scheme::Local(path))
        }
        "oci" => place.parse().map(Scheme::Oci).map_err(|error: ConfigError| error.to_string()),
        "s3" => match url()? {
            url if url.host_str().is_some() => Ok(Scheme::S3(url)),
            _ => Err("names no bucket".into()),
        },
        _ => Err(format!("{scheme}:// is not understood, only paths, file://, oci:// and s3://")),
    }
}
