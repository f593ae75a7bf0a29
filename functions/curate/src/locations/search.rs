use super::address::Address;
use super::clouds::Clouds;
use super::found::{Extension, Found, Ignored};
use super::location::Location;
use super::names::Names;
use super::own_output::OwnOutput;
use super::s3_listing::Listed;
use super::source::Source;
use crate::error::CurateError;
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use object_store::path::Path;
use object_store::{Error, ObjectStoreExt};
use std::error;
use std::path::{Path as FsPath, PathBuf};
use tokio::sync::mpsc;
use walkdir::{DirEntry, WalkDir};

/// Finds objects at addresses.
#[derive(Debug, Clone)]
pub struct Search {
    /// The names of the objects that are found below a folder or prefix.
    pub(crate) names: Names,
    /// The lake to which they will be written, whose own output is left out.
    pub(crate) lake: Option<Location>,
    /// Access to the stores of clouds.
    pub(crate) clouds: Clouds,
}

impl Search {
    /// Finds the objects at an address: the object with that name, or every object below it, sorted by whether its name is one of those to
    /// find.
    ///
    /// A lake's own output is left out: its rows, quarantine, receipts and `_table.json`. Something that cannot be read is one error, and the
    /// objects after it follow. It is an error if there is no such object at all, because a name may be misspelled: a cloud cannot tell an
    /// empty folder from a missing one.
    pub async fn find(&self, address: &Address) -> BoxStream<'static, Result<Found, CurateError>> {
        self.start(address).await.unwrap_or_else(|error| stream::iter([Err(error)]).boxed())
    }

    /// Returns the problem if the settings don't allow access to the cloud that an address is in. Sends no request.
    pub fn check_access(&self, address: &Address) -> Result<(), String> {
        if address.is_local() { Ok(()) } else { Location::source(address, &self.clouds).map(drop) }
    }

    async fn start(
        &self,
        address: &Address,
    ) -> Result<BoxStream<'static, Result<Found, CurateError>>, CurateError> {
        let Search { names, lake, clouds } = self;
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
                Ok(meta) => {
                    return Ok(stream::iter([Ok(Found::Source(Source::of(&location, meta)))]).boxed());
                }
                Err(Error::NotFound { .. }) if !location.local && !names.include(location.path.as_ref()) => {}
                Err(source) => {
                    return Err(CurateError::Read { url: location.url_of(&location.path), source });
                }
            }
        }
        let own = OwnOutput::new(&location, lake.as_ref());
        let found = match local {
            Some(folder) => walk_folder(location, folder, names.clone()),
            None => walk_prefix(location, names.clone()),
        };
        let select = Select { names: names.clone(), own, any: false, ignored: Ignored::default() };
        Ok(select.apply(address.to_string(), found))
    }
}

/// An object at an address.
enum Object {
    Named(Source),
    /// An object whose name matches none of the patterns, by its URL.
    Other(String),
}

/// Leaves out what is the lake's own, and counts what is ignored.
struct Select {
    names: Names,
    own: OwnOutput,
    /// Whether there has been an object with one of the names, or an error.
    any: bool,
    ignored: Ignored,
}

impl Select {
    /// Returns what was found, followed by an error if nothing has one of the names.
    fn apply(
        self,
        address: String,
        objects: BoxStream<'static, Result<Object, CurateError>>,
    ) -> BoxStream<'static, Result<Found, CurateError>> {
        let state = (Some(self), objects, address);
        let found = stream::unfold(state, |(mut select, mut objects, address)| async move {
            let selecting = select.as_mut()?;
            while let Some(object) = objects.next().await {
                if let Some(found) = selecting.select(object) {
                    return Some((found, (select, objects, address)));
                }
            }
            let Select { any, names, ignored, .. } = select.take()?;
            let nothing =
                CurateError::NoObject { address: address.clone(), names: names.as_str().into(), ignored };
            (!any).then_some((Err(nothing), (None, objects, address)))
        });
        found.boxed()
    }

    fn select(&mut self, object: Result<Object, CurateError>) -> Option<Result<Found, CurateError>> {
        self.any |= !matches!(object, Ok(Object::Other(_)));
        match object {
            Ok(Object::Named(source)) => (!self.own.covers(&source.url)).then_some(Ok(Found::Source(source))),
            Ok(Object::Other(url)) => {
                let extension = Extension::of(&url);
                if self.own.covers(&url) {
                    return None;
                }
                self.ignored.add(extension.clone());
                Some(Ok(Found::Ignored(extension)))
            }
            Err(CurateError::UnsupportedKey { url, .. }) if self.own.covers(&url) => None,
            Err(error) => Some(Err(error)),
        }
    }
}

fn walk_prefix(location: Location, names: Names) -> BoxStream<'static, Result<Object, CurateError>> {
    let found = location.objects().map(move |listed| match listed {
        Ok(Listed::Object(meta)) if names.include(meta.location.as_ref()) => {
            Ok(Object::Named(Source::of(&location, meta)))
        }
        Ok(Listed::Object(meta)) => Ok(Object::Other(location.url_of(&meta.location))),
        Ok(Listed::Unsupported(key)) => {
            let url = location.url_of_unsupported(&key);
            match names.include(key.key.trim_end_matches('/')) {
                true => Err(CurateError::UnsupportedKey { url, problem: key.problem }),
                false => Ok(Object::Other(url)),
            }
        }
        Err(source) => Err(CurateError::Read { url: location.url_of(&location.path), source }),
    });
    found.boxed()
}

/// Number of names found ahead of the requests for them.
const AHEAD: usize = 64;

/// Walks a folder in the order of names, on a thread that may block. (`LocalFileSystem` stops listing at the first name that is not a valid
/// object path.)
fn walk_folder(
    location: Location,
    folder: PathBuf,
    names: Names,
) -> BoxStream<'static, Result<Object, CurateError>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let wanted = names.clone();
    tokio::task::spawn_blocking(move || {
        let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name();
        for entry in walk.into_iter().filter_entry(|entry| !leads_up(entry)) {
            let found = match entry {
                // A link that leads back to a folder of the walk, which has been found without it.
                Err(error) if error.loop_ancestor().is_some() => continue,
                Ok(entry) if !entry.file_type().is_file() => continue,
                Ok(entry) => match Path::from_absolute_path(entry.path()) {
                    // A name that is not a valid path matters only if it is one of the names to curate.
                    Err(_) if !wanted.include(&entry.file_name().to_string_lossy()) => continue,
                    path => path.map_err(|error| search_error(Some(entry.path()), error)),
                },
                Err(error) => Err(search_error(error.path().map(FsPath::to_owned).as_deref(), error)),
            };
            if sender.blocking_send(found).is_err() {
                return;
            }
        }
    });
    let paths = stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) });
    let look = move |path| {
        let (location, names) = (location.clone(), names.clone());
        async move {
            let path: Path = path?;
            if !names.include(path.as_ref()) {
                // Not looked at, because it may be something that cannot be read.
                return Ok(Object::Other(location.url_of(&path)));
            }
            match location.store.head(&path).await {
                Ok(meta) => Ok(Object::Named(Source::of(&location, meta))),
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
