use crate::store::local_upload::LocalUpload;
use crate::store::staging::{Staging, blocking, is_staging, local_error, publish, stored};
use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, future};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use std::fmt;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;

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
    inner: LocalFileSystem,
    staging: Arc<Staging>,
}

impl LocalStore {
    /// Opens the store rooted at `root`, and creates the folder if it doesn't exist.
    pub fn new(root: &FsPath) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        let root = root.canonicalize()?;
        let inner = LocalFileSystem::new_with_prefix(&root).map_err(io::Error::other)?;
        let inner = inner.with_automatic_cleanup(true); // removes folders that a deletion leaves empty
        Ok(LocalStore { inner, staging: Arc::new(Staging::new(root)) })
    }

    fn target(&self, location: &Path) -> Result<PathBuf> {
        self.inner.path_to_filesystem(location)
    }
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
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix).try_filter(|meta| future::ready(!is_staging(&meta.location))).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let mut listing = self.inner.list_with_delimiter(prefix).await?;
        listing.common_prefixes.retain(|prefix| !is_staging(prefix));
        listing.objects.retain(|meta| !is_staging(&meta.location));
        Ok(listing)
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

impl fmt::Display for LocalStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalStore({})", self.staging.root().display())
    }
}
