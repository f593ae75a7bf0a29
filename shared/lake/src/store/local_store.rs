use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, future};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path as FsPath, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The folder in which files are written before they get their names. Gone when nobody writes.
const STAGING: &str = "_staging";

/// A folder of the file system as an object store that a killed process leaves clean.
///
/// A file is written in a staging folder and then renamed, so it is there whole or not at all. Each process has a
/// staging folder of its own and holds a lock on it; the system drops the lock with the process, and the next
/// process that writes removes what it left. (`object_store`'s own local store stages beside the file, under
/// a name that nothing ever clears away.)
///
/// Staging and the files have to be on one file system. What a machine had not written back when its power went is lost, as
/// with any store that does not wait for the disk.
#[derive(Debug)]
pub struct LocalStore {
    inner: LocalFileSystem,
    staging: Arc<Staging>,
}

#[derive(Debug)]
struct Staging {
    root: PathBuf,
    own: Mutex<Option<(PathBuf, File)>>,
    files: AtomicU64,
}

impl LocalStore {
    /// The store rooted at `root`, which is made if it is not there.
    pub fn new(root: &FsPath) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        let root = root.canonicalize()?;
        let inner = LocalFileSystem::new_with_prefix(&root).map_err(io::Error::other)?;
        let inner = inner.with_automatic_cleanup(true); // no empty folders after a deletion
        let staging = Staging { root, own: Mutex::new(None), files: AtomicU64::new(0) };
        Ok(LocalStore { inner, staging: Arc::new(staging) })
    }

    fn target(&self, location: &Path) -> Result<PathBuf> {
        self.inner.path_to_filesystem(location)
    }
}

impl Staging {
    /// A new file in this process's staging folder.
    fn create(&self) -> io::Result<(File, PathBuf)> {
        let number = self.files.fetch_add(1, Ordering::Relaxed);
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if own.is_none() {
            *own = Some(self.enter()?);
        }
        let folder = &own.as_ref().expect("just made if there was none").0;
        let path = folder.join(number.to_string());
        Ok((File::options().write(true).create_new(true).open(&path)?, path))
    }

    /// Clears away what dead processes left, and makes a folder that is locked as long as this process lives.
    fn enter(&self) -> io::Result<(PathBuf, File)> {
        let staging = self.root.join(STAGING);
        loop {
            fs::create_dir_all(&staging)?;
            let Some(_gate) = self.clear()? else { continue };
            let number = self.files.fetch_add(1, Ordering::Relaxed);
            let own = staging.join(format!("{}.{number}", std::process::id()));
            match fs::create_dir(&own) {
                Ok(()) => {}
                // The last one out took `staging` along; or the name is taken, by another store of this process,
                // or by a process of the same number in another container.
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::AlreadyExists) => {
                    continue;
                }
                Err(error) => return Err(error),
            }
            let lock = File::open(&own)?;
            lock.try_lock().map_err(io::Error::from)?;
            return Ok((own, lock));
        }
    }

    /// Removes what dead processes left. Nobody enters while the answer, the locked staging folder, is held; `None`
    /// where there is no such folder, or it was replaced by another just now.
    fn clear(&self) -> io::Result<Option<File>> {
        let staging = self.root.join(STAGING);
        let Some(gate) = unless_gone(File::open(&staging))? else { return Ok(None) };
        gate.lock()?; // nobody else enters, so every folder without a lock is a dead one's
        let Some(present) = unless_gone(fs::metadata(&staging))? else { return Ok(None) };
        if present.ino() != gate.metadata()?.ino() {
            return Ok(None);
        }
        let Some(entries) = unless_gone(fs::read_dir(&staging))? else { return Ok(None) };
        for entry in entries {
            let entry = entry?;
            let path = entry.path();
            // What is not a folder is not of our making.
            if entry.file_type()?.is_dir() && File::open(&path).is_ok_and(|folder| folder.try_lock().is_ok())
            {
                fs::remove_dir_all(&path)?;
            }
        }
        Ok(Some(gate))
    }
}

/// `None` where something was removed by another process just now.
fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let own = self.own.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        // What stays is cleared away by the next process.
        if let Some((path, _lock)) = own {
            let _ = fs::remove_dir_all(&path);
        }
        // Also where this one had nothing to write: what the killed one had left to do may have been just this.
        if let Ok(Some(_gate)) = self.clear() {
            let _ = fs::remove_dir(self.root.join(STAGING));
        }
    }
}

/// Gives a staged file its name.
fn publish(staged: &FsPath, target: &FsPath, create: bool) -> io::Result<()> {
    let place = || match create {
        false => fs::rename(staged, target),
        true => fs::hard_link(staged, target).and_then(|()| fs::remove_file(staged)),
    };
    // A folder that is not there is made; and made again if a deletion cleared it away as empty just then.
    for _ in 0..ATTEMPTS {
        match place() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::create_dir_all(target.parent().unwrap_or(target))?;
            }
            result => return result,
        }
    }
    place()
}

/// How often a file's folder may vanish before its name is given up: others would have to delete in it all the time.
const ATTEMPTS: usize = 10;

/// Files that have no name yet are no objects.
fn is_staging(path: &Path) -> bool {
    path.parts().next().is_some_and(|first| first.as_ref() == STAGING)
}

fn error(path: &FsPath, source: io::Error) -> Error {
    let named = io::Error::new(source.kind(), format!("{}: {source}", path.display()));
    Error::Generic { store: "local", source: named.into() }
}

/// Runs file work where it may block.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await?
}

fn stored() -> PutResult {
    PutResult { e_tag: None, version: None, extensions: Default::default() }
}

#[async_trait]
impl ObjectStore for LocalStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let create = match options.mode {
            PutMode::Overwrite => false,
            PutMode::Create => true,
            PutMode::Update(_) => {
                let operation = "a write on condition of a version".into();
                return Err(Error::NotImplemented { operation, implementer: self.to_string() });
            }
        };
        let (target, path) = (self.target(location)?, location.to_string());
        let staging = Arc::clone(&self.staging);
        blocking(move || {
            let (mut file, staged) = staging.create().map_err(|source| error(&target, source))?;
            let written = payload.iter().try_for_each(|bytes| file.write_all(bytes));
            written.and_then(|()| publish(&staged, &target, create)).map_err(|source| {
                let _ = fs::remove_file(&staged); // otherwise the end of the process does it
                match source.kind() {
                    ErrorKind::AlreadyExists if create => {
                        Error::AlreadyExists { path, source: source.into() }
                    }
                    _ => error(&target, source),
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
            let (file, staged) = staging.create().map_err(|source| error(&target, source))?;
            let (file, offset) = (Arc::new(file), 0);
            Ok(Box::new(LocalUpload { file, offset, staged, target, _staging: staging })
                as Box<dyn MultipartUpload>)
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
        write!(f, "LocalStore({})", self.staging.root.display())
    }
}

/// A staged file that is written in parts, in whatever order they come to be written.
#[derive(Debug)]
struct LocalUpload {
    file: Arc<File>,
    /// Where the next part goes.
    offset: u64,
    staged: PathBuf,
    target: PathBuf,
    /// Keeps the staging folder until the upload is done.
    _staging: Arc<Staging>,
}

#[async_trait]
impl MultipartUpload for LocalUpload {
    fn put_part(&mut self, payload: PutPayload) -> UploadPart {
        let (file, target) = (Arc::clone(&self.file), self.target.clone());
        let mut offset = self.offset;
        self.offset += payload.content_length() as u64;
        Box::pin(blocking(move || {
            for bytes in &payload {
                file.write_all_at(bytes, offset).map_err(|source| error(&target, source))?;
                offset += bytes.len() as u64;
            }
            Ok(())
        }))
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let (staged, target) = (self.staged.clone(), self.target.clone());
        blocking(move || publish(&staged, &target, false).map_err(|source| error(&target, source))).await?;
        Ok(stored())
    }

    async fn abort(&mut self) -> Result<()> {
        let staged = self.staged.clone();
        blocking(move || fs::remove_file(&staged).map_err(|source| error(&staged, source))).await
    }
}
