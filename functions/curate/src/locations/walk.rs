use super::address::Address;
use super::clouds::Clouds;
use super::location::Location;
use super::own_output::OwnOutput;
use super::source::{Source, is_file_name, is_object_name};
use crate::error::CurateError;
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use object_store::path::Path;
use object_store::{Error, ObjectStoreExt};
use std::error;
use std::path::{Path as FsPath, PathBuf};
use std::pin::Pin;
use tokio::sync::mpsc;
use walkdir::{DirEntry, WalkDir};

/// A source, or the reason why it cannot be read.
pub(crate) type Found = Result<Source, CurateError>;

/// Finds the objects at an address: the object with that name, or every object below it whose name ends in `.gz` or `.jsonl`.
///
/// A lake's own output is left out (see [`OwnOutput`]). Something that cannot be read is one error, and the other sources follow. It is an
/// error if there is no such object at all, because a name may be misspelled: a cloud cannot tell an empty folder from a missing one.
pub(crate) async fn walk(
    address: &Address,
    lake: &Location,
    clouds: &Clouds,
) -> Result<BoxStream<'static, Found>, CurateError> {
    let problem =
        |problem: String| CurateError::Search { address: address.to_string(), source: problem.into() };
    let location = Location::source(address, clouds).map_err(problem)?;
    let local = location.local_path();
    let is_folder = match &local {
        Some(path) if path.is_dir() => true,
        Some(path) if path.is_file() => false,
        Some(_) => return Err(problem("it is neither a file nor a folder".into())),
        None => location.path.as_ref().is_empty(),
    };
    if !is_folder {
        match location.store.head(&location.path).await {
            Ok(meta) => return Ok(stream::iter([Ok(Source::of(&location, meta))]).boxed()),
            Err(Error::NotFound { .. }) if !location.local && !is_object_name(&location.path) => {}
            Err(source) => return Err(CurateError::Read { url: location.url_of(&location.path), source }),
        }
    }
    let own = OwnOutput::new(&location, lake);
    let found = match local {
        Some(folder) => walk_folder(location, folder),
        None => walk_prefix(location),
    };
    let mut found = found.peekable();
    if Pin::new(&mut found).peek().await.is_none() {
        return Err(CurateError::NoObject { address: address.to_string() });
    }
    let wanted = move |found: &Found| !found.as_ref().is_ok_and(|source| own.covers(&source.url));
    Ok(found.filter(move |found| std::future::ready(wanted(found))).boxed())
}

fn walk_prefix(location: Location) -> BoxStream<'static, Found> {
    let listing = location.store.list(Some(&location.path));
    let found = listing.filter_map(move |meta| {
        std::future::ready(match meta {
            Ok(meta) if !is_object_name(&meta.location) => None,
            Ok(meta) => Some(Ok(Source::of(&location, meta))),
            Err(source) => Some(Err(CurateError::Read { url: location.url_of(&location.path), source })),
        })
    });
    found.boxed()
}

/// Number of names found ahead of the requests for them.
const AHEAD: usize = 64;

/// Walks a folder in the order of names, on a thread that may block. (`LocalFileSystem` stops listing at the first name that is not a valid
/// object path.)
fn walk_folder(location: Location, folder: PathBuf) -> BoxStream<'static, Found> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name();
        for entry in walk.into_iter().filter_entry(|entry| !leads_up(entry)) {
            let found = match entry {
                // A link that leads back to a folder of the walk, which has been found without it.
                Err(error) if error.loop_ancestor().is_some() => continue,
                Ok(entry) if !entry.file_type().is_file() || !is_file_name(entry.path()) => continue,
                Ok(entry) => Path::from_absolute_path(entry.path())
                    .map_err(|error| search_error(Some(entry.path()), error)),
                Err(error) => Err(search_error(error.path().map(FsPath::to_owned).as_deref(), error)),
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
                Ok(meta) => Ok(Source::of(&location, meta)),
                Err(source) => Err(CurateError::Read { url: location.url_of(&path), source }),
            }
        }
    };
    paths.then(look).boxed()
}

/// Returns whether an entry is a link to a folder that contains it. Its files would be found twice.
fn leads_up(entry: &DirEntry) -> bool {
    let real = |path: &FsPath| path.canonicalize().ok();
    entry.path_is_symlink()
        && entry.file_type().is_dir()
        && real(entry.path())
            .zip(entry.path().parent().and_then(real))
            .is_some_and(|(target, parent)| parent.starts_with(target))
}

fn search_error(path: Option<&FsPath>, error: impl error::Error + Send + Sync + 'static) -> CurateError {
    let address = path.map_or_else(String::new, |path| format!("{path:?}"));
    CurateError::Search { address, source: error.into() }
}
