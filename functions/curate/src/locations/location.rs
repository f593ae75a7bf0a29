use super::address::{Address, Scheme};
use super::clouds::Clouds;
use super::s3_listing::{Listed, list_s3};
use super::unsupported_key::UnsupportedKey;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use lake::LocalStore;
use object_store::aws::AmazonS3;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, Result as StoreResult};
use oci_object_store::OciUrl;
use std::ffi::OsString;
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;
use url::Url;

/// A path in a store: a folder, a prefix, or an object.
#[derive(Debug, Clone)]
pub struct Location {
    /// The store that the path is in.
    pub store: Arc<dyn ObjectStore>,
    /// The URL of the store's root.
    root: Root,
    /// The path, relative to the root.
    pub path: Path,
    /// Whether the store is on the file system, where requests cost almost nothing.
    pub local: bool,
    /// The store, if it is S3 and this is a location to read from.
    s3: Option<Arc<AmazonS3>>,
}

#[derive(Debug, Clone)]
enum Root {
    Url(Url),
    /// In OCI, names of objects are more than paths, so the store's own rules convert them to URLs.
    Oci(OciUrl),
}

impl Location {
    /// Opens a location to read from. On the file system it must exist; in a cloud that is not checked.
    ///
    /// # Errors
    ///
    /// Returns the problem as a text.
    pub(crate) fn source(address: &Address, clouds: &Clouds) -> Result<Self, String> {
        match &address.scheme {
            Scheme::Local(path) => {
                let path = path.canonicalize().map_err(|error| error.to_string())?;
                let key = Path::from_absolute_path(&path).map_err(|error| error.to_string())?;
                let root = Url::parse("file:///").map_err(|error| error.to_string())?;
                Ok(Location {
                    store: Arc::new(LocalFileSystem::new()),
                    root: Root::Url(root),
                    path: key,
                    local: true,
                    s3: None,
                })
            }
            Scheme::S3(url) => {
                let path = Path::from_url_path(url.path()).map_err(|error| error.to_string())?;
                let (store, root) = clouds.s3(url)?;
                let s3 = Some(Arc::clone(&store));
                Ok(Location { store, root: Root::Url(root), path, local: false, s3 })
            }
            Scheme::Oci(url) => {
                let store = Arc::new(clouds.oci(url)?);
                let path = url.path();
                Ok(Location {
                    store,
                    root: Root::Oci(url.with_path(&Path::ROOT)),
                    path,
                    local: false,
                    s3: None,
                })
            }
        }
    }

    /// Opens the location of a lake, with the store rooted at it. A local lake's folder is created by the first write; in a cloud
    /// nothing is checked.
    ///
    /// # Errors
    ///
    /// Returns the problem as a text.
    pub(crate) fn lake(address: &Address, clouds: &Clouds) -> Result<Self, String> {
        match &address.scheme {
            Scheme::Local(path) => {
                let store = LocalStore::new(path).map_err(|error| match path.is_file() {
                    true => "is a file, not a folder".to_string(),
                    false => format!("cannot create the folder: {error}"),
                })?;
                let root =
                    Url::from_file_path(store.root()).map_err(|()| "is not an absolute path".to_string())?;
                Ok(Location {
                    store: Arc::new(store),
                    root: Root::Url(root),
                    path: Path::default(),
                    local: true,
                    s3: None,
                })
            }
            Scheme::S3(url) => {
                let prefix = Path::from_url_path(url.path()).map_err(|error| error.to_string())?;
                let (store, bucket) = clouds.s3(url)?;
                let root =
                    Url::parse(&lake::object_url(&bucket, &prefix)).map_err(|error| error.to_string())?;
                let store = Arc::new(PrefixStore::new(store, prefix));
                Ok(Location { store, root: Root::Url(root), path: Path::default(), local: false, s3: None })
            }
            Scheme::Oci(url) => {
                let prefix = url.path();
                let store = Arc::new(PrefixStore::new(clouds.oci(url)?, prefix));
                Ok(Location {
                    store,
                    root: Root::Oci(url.clone()),
                    path: Path::default(),
                    local: false,
                    s3: None,
                })
            }
        }
    }

    /// Returns a lake that is empty, and in which no source is.
    pub(crate) fn nowhere() -> Self {
        Location {
            store: Arc::new(InMemory::new()),
            root: Root::Url(Url::parse("nowhere:///").expect("a scheme and a path are a URL")),
            path: Path::default(),
            local: true,
            s3: None,
        }
    }

    /// Opens a lake to read from it, with the access to clouds that the environment's variables configure. On the file system its folder
    /// must exist; in a cloud nothing is checked.
    ///
    /// # Errors
    ///
    /// Returns the problem as a text: the end of a sentence that begins with the address.
    pub fn existing_lake(address: &Address, environment: &[(OsString, OsString)]) -> Result<Self, String> {
        match address.path() {
            Some(path) if !path.exists() => Err("does not exist".into()),
            _ => Location::lake(address, &Clouds::new(environment)),
        }
    }

    /// Returns the URL of the store's root, without a slash at its end.
    pub fn root_url(&self) -> String {
        let url = match &self.root {
            Root::Url(url) => url.to_string(),
            Root::Oci(url) => url.to_string(),
        };
        url.trim_end_matches('/').to_owned()
    }

    /// Returns the URL of an object in the store.
    pub fn url_of(&self, path: &Path) -> String {
        match &self.root {
            Root::Url(url) => lake::object_url(url, path),
            Root::Oci(url) => url.join(path).to_string(),
        }
    }

    /// Lists the objects below the path.
    pub(crate) fn objects(&self) -> BoxStream<'static, StoreResult<Listed>> {
        match &self.s3 {
            Some(s3) => list_s3(Arc::clone(s3), &self.path),
            None => self.store.list(Some(&self.path)).map_ok(Listed::Object).boxed(),
        }
    }

    /// Returns the URL of an object in the store whose key is not a path.
    pub(crate) fn url_of_unsupported(&self, key: &UnsupportedKey) -> String {
        key.url(&self.root_url())
    }

    /// Returns the path on the file system, if the location is local.
    pub(crate) fn local_path(&self) -> Option<PathBuf> {
        self.local.then(|| FsPath::new("/").join(self.path.as_ref()))
    }
}
