use crate::clouds::Clouds;
use crate::error::CurateError;
use crate::location::Location;
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use lake::{QUARANTINE, RECEIPTS};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use std::path::{Path as FsPath, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::mpsc;
use walkdir::WalkDir;

/// An object to be curated.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) path: Path,
    pub(crate) url: String,
    pub(crate) etag: String,
    /// Whether `etag` is the store's own, which reads can be made conditional on.
    pub(crate) has_etag: bool,
    pub(crate) size: u64,
    pub(crate) local: bool,
}

/// Finds the objects at a place: itself, if it is one, or everything below it that is named `.gz` or `.jsonl`.
///
/// What this lake, or any other, has written besides rows is left out, unless the place is inside of it: that is how a quarantine is
/// driven again. What cannot be looked at is one failed source; the others go on.
pub(crate) async fn walk(
    place: &str,
    lake: &Location,
    clouds: &Clouds,
) -> Result<BoxStream<'static, Result<Source, CurateError>>, CurateError> {
    let problem = |problem: String| CurateError::Place { place: place.into(), problem };
    let location = Location::source(place, clouds).map_err(problem)?;
    let local = location.local_path();
    let is_folder = match &local {
        Some(path) if path.is_dir() => true,
        Some(path) if path.is_file() => false,
        Some(_) => return Err(problem("neither a file nor a folder".into())),
        None => location.path.as_ref().is_empty(),
    };
    if !is_folder {
        match location.store.head(&location.path).await {
            Ok(meta) => return Ok(stream::iter([Ok(source(&location, meta))]).boxed()),
            Err(object_store::Error::NotFound { .. })
                if !location.local && !is_object_name(&location.path) => {}
            Err(source) => return Err(CurateError::Read { url: location.url_of(&location.path), source }),
        }
    }
    let skip = Skip::new(&location, lake);
    let found = match local {
        Some(folder) => walk_folder(location, folder),
        None => {
            walk_prefix(location).await.ok_or_else(|| problem("there is no .gz or .jsonl object".into()))?
        }
    };
    let wanted =
        move |found: &Result<Source, _>| !found.as_ref().is_ok_and(|source| skip.covers(&source.url));
    Ok(found.filter(move |found| std::future::ready(wanted(found))).boxed())
}

/// What a walk passes over: what this lake, or any other, has written besides rows, and this lake's rows.
#[derive(Debug)]
pub(crate) struct Skip {
    here: String,
    lake: String,
    /// The place is inside of the lake.
    in_lake: bool,
    /// The place is inside of a quarantine, of whatever lake.
    in_quarantine: bool,
}

impl Skip {
    pub(crate) fn new(place: &Location, lake: &Location) -> Self {
        let folder = |url: &str| format!("{}/", url.trim_end_matches('/'));
        let here = folder(&place.url_of(&place.path));
        let lake = folder(&lake.root_url());
        let in_quarantine = here.split('/').any(|step| step == QUARANTINE);
        Skip { in_lake: here.starts_with(&lake), in_quarantine, here, lake }
    }

    /// Whether the place is inside of the lake.
    pub(crate) fn is_in_lake(&self) -> bool {
        self.in_lake
    }

    pub(crate) fn covers(&self, url: &str) -> bool {
        let below = url.strip_prefix(&self.here).unwrap_or(url);
        let of_a_lake = below.split('/').any(|step| [QUARANTINE, RECEIPTS].contains(&step));
        !self.in_lake && (url.starts_with(&self.lake) || of_a_lake && !self.in_quarantine)
    }
}

/// Lists a prefix; `None` when it holds no object. A prefix without objects is not there at all: it may be misspelt.
async fn walk_prefix(location: Location) -> Option<BoxStream<'static, Result<Source, CurateError>>> {
    let listing = location.store.list(Some(&location.path));
    let found = listing.filter_map(move |meta| {
        std::future::ready(match meta {
            Ok(meta) if !is_object_name(&meta.location) => None,
            Ok(meta) => Some(Ok(source(&location, meta))),
            Err(source) => Some(Err(CurateError::Read { url: location.url_of(&location.path), source })),
        })
    });
    let mut found = found.boxed().peekable();
    Pin::new(&mut found).peek().await?;
    Some(found.boxed())
}

/// Walks on a thread of its own, in the order of names. (The store's own listing ends at the first name it cannot express.)
fn walk_folder(location: Location, folder: PathBuf) -> BoxStream<'static, Result<Source, CurateError>> {
    /// Names found ahead of the work on them.
    const AHEAD: usize = 64;
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        for entry in WalkDir::new(folder).follow_links(true).sort_by_file_name() {
            let found = match entry {
                Ok(entry) if !entry.file_type().is_file() || !is_file_name(entry.path()) => continue,
                Ok(entry) => Path::from_absolute_path(entry.path())
                    .map_err(|error| place_error(Some(entry.path()), error.to_string())),
                Err(error) => Err(place_error(error.path(), error.to_string())),
            };
            if sender.blocking_send(found).is_err() {
                return;
            }
        }
    });
    let paths = stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) });
    let look = move |path| {
        let location = location.clone();
        async move {
            let path: Path = path?;
            match location.store.head(&path).await {
                Ok(meta) => Ok(source(&location, meta)),
                Err(source) => Err(CurateError::Read { url: location.url_of(&path), source }),
            }
        }
    };
    paths.then(look).boxed()
}

fn place_error(path: Option<&FsPath>, problem: String) -> CurateError {
    let place = path.map_or_else(String::new, |path| format!("{path:?}"));
    CurateError::Place { place, problem }
}

pub(crate) fn is_object_name(path: &Path) -> bool {
    matches!(path.extension(), Some("gz" | "jsonl"))
}

fn is_file_name(path: &FsPath) -> bool {
    path.extension().is_some_and(|extension| extension == "gz" || extension == "jsonl")
}

impl Source {
    /// Whether the object is what it was when it was found, as far as its time and size tell.
    pub(crate) async fn is_still_there(&self) -> Result<bool, CurateError> {
        match self.store.head(&self.path).await {
            Ok(meta) => Ok(etag(&meta) == self.etag),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(source) => Err(CurateError::Read { url: self.url.clone(), source }),
        }
    }
}

/// The object's version. A store without versions has at least a time and a size.
fn etag(meta: &ObjectMeta) -> String {
    let stand_in = || format!("{}-{}", meta.last_modified.timestamp_micros(), meta.size);
    meta.e_tag.clone().unwrap_or_else(stand_in)
}

pub(crate) fn source(location: &Location, meta: ObjectMeta) -> Source {
    Source {
        store: Arc::clone(&location.store),
        url: location.url_of(&meta.location),
        has_etag: meta.e_tag.is_some(),
        etag: etag(&meta),
        size: meta.size,
        path: meta.location,
        local: location.local,
    }
}
