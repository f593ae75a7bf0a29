use crate::store::local_upload::LocalUpload;
use crate::store::staging::{Staging, blocking, is_staging, local_error, publish, stored};
use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, future, stream};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use std::fmt;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Component, Path as FsPath, PathBuf};
use std::process;
use std::sync::{Arc, LazyLock, OnceLock};
use tokio::sync::Mutex;

/// A folder of the file system as an object store that stays clean when a process is killed.
///
/// A file is written in a staging folder and then renamed, so it appears complete or not at all. Each process has its own staging folder
/// and holds a lock on it. The system releases the lock when the process ends, and the next process that writes removes what is left.
/// (`object_store`'s own local store stages next to the file, under a name that nothing ever cleans up.)
///
/// An update under the condition that the object has a certain ETag takes an exclusive lock of the store, so it is safe against all
/// processes that use this type. The system releases the lock of a process that is killed.
///
/// The staging folder and the files must be on one file system. As with any store that doesn't wait for the disk, data that hasn't been
/// written back is lost when the machine loses power.
#[derive(Debug)]
pub struct LocalStore {
    /// `None` until the folder exists.
    inner: OnceLock<LocalFileSystem>,
    staging: Arc<Staging>,
    /// Held during an update, so that only one thread of this store waits for the lock. Threads that may block are few, and the update that
    /// has the lock needs one.
    updates: Mutex<()>,
}

impl LocalStore {
    /// Opens the store rooted at `root`. If the folder doesn't exist, the first write creates it; until then the store is empty.
    ///
    /// # Errors
    ///
    /// Fails if `root` is not a folder, or cannot be created: creating a folder in its place is tried, and undone.
    pub fn new(root: &FsPath) -> io::Result<Self> {
        let (root, missing) = resolve(root)?;
        if let Some(missing) = missing {
            // Under a name of its own: another process may be creating the folder, and must not lose it again.
            let probe = missing.with_file_name(format!(".bronzeworks-{}", process::id()));
            match fs::create_dir(&probe) {
                Ok(()) => drop(fs::remove_dir(&probe)),
                // Another thread is trying the same.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        } else if fs::metadata(&root).is_ok_and(|metadata| !metadata.is_dir()) {
            // A folder that another process has removed since is as good as one that never existed.
            return Err(ErrorKind::NotADirectory.into());
        }
        Ok(LocalStore {
            inner: OnceLock::new(),
            staging: Arc::new(Staging::new(root)),
            updates: Mutex::default(),
        })
    }

    /// Returns the absolute path of the folder, without symbolic links.
    pub fn root(&self) -> &FsPath {
        self.staging.root()
    }

    /// Returns the store of the folder if it exists.
    fn existing(&self) -> Result<Option<&LocalFileSystem>> {
        if self.inner.get().is_none() {
            if !self.root().is_dir() {
                return Ok(None);
            }
            let inner = LocalFileSystem::new_with_prefix(self.root())?;
            let inner = inner.with_automatic_cleanup(true); // removes folders that a deletion leaves empty
            let _ = self.inner.set(inner); // fails if another thread was faster
        }
        Ok(self.inner.get())
    }

    /// Returns the store to read from: an empty one if the folder doesn't exist.
    fn reading(&self) -> Result<&dyn ObjectStore> {
        static EMPTY: LazyLock<InMemory> = LazyLock::new(InMemory::new);
        Ok(match self.existing()? {
            Some(inner) => inner,
            None => &*EMPTY,
        })
    }

    /// Returns the ETag of an object: its inode, time and size. `None` if there is no such object.
    async fn e_tag(&self, location: &Path) -> Result<Option<String>> {
        match self.head(location).await {
            Ok(meta) => Ok(meta.e_tag),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn staged_e_tag(&self, staged: &FsPath) -> Result<Option<String>> {
        let name = staged.strip_prefix(self.root()).unwrap_or(staged);
        self.e_tag(&Path::parse(name.to_string_lossy())?).await
    }

    /// Returns the path of an object that is about to be written. Creates the store's folder.
    fn target(&self, location: &Path) -> Result<PathBuf> {
        let create = |source| local_error(self.root(), source);
        fs::create_dir_all(self.root()).map_err(create)?;
        match self.existing()? {
            Some(inner) => inner.path_to_filesystem(location),
            None => Err(create(ErrorKind::NotFound.into())),
        }
    }
}

/// Removes a staged file after an error, and returns the error.
fn abandon(staged: &FsPath, error: Error) -> Error {
    let _ = fs::remove_file(staged); // if this fails, the file is removed when the process ends
    error
}

/// Returns the absolute path without symbolic links, and the first folder of it that doesn't exist.
fn resolve(path: &FsPath) -> io::Result<(PathBuf, Option<PathBuf>)> {
    let absolute = std::path::absolute(path)?;
    let mut missing = Vec::new();
    let mut existing = absolute.as_path();
    let mut resolved = loop {
        match existing.canonicalize() {
            Ok(resolved) => break resolved,
            Err(error) if error.kind() == ErrorKind::NotFound => match existing.parent() {
                Some(parent) => {
                    missing.extend(existing.components().next_back());
                    existing = parent;
                }
                None => return Err(error),
            },
            Err(error) => return Err(error),
        }
    };
    let first = missing.last().map(|first| resolved.join(first));
    for name in missing.into_iter().rev() {
        match name {
            Component::ParentDir => drop(resolved.pop()),
            name => resolved.push(name),
        }
    }
    Ok((resolved, first))
}

#[async_trait]
impl ObjectStore for LocalStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let create = matches!(options.mode, PutMode::Create);
        let (target, path) = (self.target(location)?, location.to_string());
        let staging = Arc::clone(&self.staging);
        let staged = blocking({
            let (staging, target) = (Arc::clone(&staging), target.clone());
            move || {
                let (mut file, staged) = staging.create().map_err(|source| local_error(&target, source))?;
                match payload.iter().try_for_each(|bytes| file.write_all(bytes)) {
                    Ok(()) => Ok(staged),
                    Err(source) => Err(abandon(&staged, local_error(&target, source))),
                }
            }
        })
        .await?;
        // A conditional write can follow this one. The ETag stays the same when the file is renamed.
        let e_tag = match &options.mode {
            PutMode::Overwrite => None,
            PutMode::Create | PutMode::Update(_) => {
                self.staged_e_tag(&staged).await.map_err(|error| abandon(&staged, error))?
            }
        };
        // Held from the comparison to the rename. No other update comes in between, of this process or of another one.
        let _lock = match &options.mode {
            PutMode::Update(expected) => {
                let turn = self.updates.lock().await;
                let lock =
                    blocking(move || staging.lock().map_err(|source| local_error(staging.root(), source)));
                let lock = lock.await.map_err(|error| abandon(&staged, error))?;
                let current = self.e_tag(location).await.map_err(|error| abandon(&staged, error))?;
                if current.is_none() || current != expected.e_tag {
                    let source = "the object was replaced in the meantime".into();
                    return Err(abandon(&staged, Error::Precondition { path, source }));
                }
                Some((lock, turn))
            }
            PutMode::Create | PutMode::Overwrite => None,
        };
        blocking(move || {
            publish(&staged, &target, create).map_err(|source| {
                let error = match source.kind() {
                    ErrorKind::AlreadyExists if create => {
                        Error::AlreadyExists { path, source: source.into() }
                    }
                    _ => local_error(&target, source),
                };
                abandon(&staged, error)
            })
        })
        .await?;
        Ok(PutResult { e_tag, ..stored() })
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let target = self.target(location)?;
        let staging = Arc::clone(&self.staging);
        blocking(move || {
            let (file, staged) = staging.create().map_err(|source| local_error(&target, source))?;
            let upload = LocalUpload::new(file, staged, target, staging);
            Ok(Box::new(upload) as Box<dyn MultipartUpload>)
        })
        .await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.reading()?.get_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        match self.reading() {
            Ok(store) => store.delete_stream(locations),
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.reading() {
            Ok(store) => {
                store.list(prefix).try_filter(|meta| future::ready(!is_staging(&meta.location))).boxed()
            }
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let mut listing = self.reading()?.list_with_delimiter(prefix).await?;
        listing.common_prefixes.retain(|prefix| !is_staging(prefix));
        listing.objects.retain(|meta| !is_staging(&meta.location));
        Ok(listing)
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.reading()?.copy_opts(from, to, options).await
    }
}

impl fmt::Display for LocalStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalStore({})", self.staging.root().display())
    }
}
