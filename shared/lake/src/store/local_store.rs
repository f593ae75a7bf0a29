use crate::store::local_upload::LocalUpload;
use crate::store::staging::{Staging, blocking, is_staging, local_error, publish, stored};
use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, future, stream};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use std::fmt;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Component, Path as FsPath, PathBuf};
use std::process;
use std::sync::{Arc, LazyLock, OnceLock};

/// A folder of the file system as an object store that stays clean when a process is killed.
///
/// A file is written in a staging folder and then renamed, so it appears complete or not at all. Each process has its own staging folder
/// and holds a lock on it. The system releases the lock when the process ends, and the next process that writes removes what is left.
/// (`object_store`'s own local store stages next to the file, under a name that nothing ever cleans up.)
///
/// The staging folder and the files must be on one file system. As with any store that doesn't wait for the disk, data that hasn't been
/// written back is lost when the machine loses power.
#[derive(Debug)]
pub struct LocalStore {
    /// `None` until the folder exists.
    inner: OnceLock<LocalFileSystem>,
    staging: Arc<Staging>,
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
        Ok(LocalStore { inner: OnceLock::new(), staging: Arc::new(Staging::new(root)) })
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
        let create = match options.mode {
            PutMode::Overwrite => false,
            PutMode::Create => true,
            PutMode::Update(_) => {
                let operation = "conditional writes".into();
                return Err(Error::NotImplemented { operation, implementer: self.to_string() });
            }
        };
        let (target, path) = (self.target(location)?, location.to_string());
        let staging = Arc::clone(&self.staging);
        blocking(move || {
            let (mut file, staged) = staging.create().map_err(|source| local_error(&target, source))?;
            let written = payload.iter().try_for_each(|bytes| file.write_all(bytes));
            written.and_then(|()| publish(&staged, &target, create)).map_err(|source| {
                let _ = fs::remove_file(&staged); // if this fails, the file is removed when the process ends
                match source.kind() {
                    ErrorKind::AlreadyExists if create => {
                        Error::AlreadyExists { path, source: source.into() }
                    }
                    _ => local_error(&target, source),
                }
            })
        })
        .await?;
        Ok(stored())
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
