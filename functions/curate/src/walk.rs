use crate::error::CurateError;
use crate::location::{AwsVariables, Location};
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use std::sync::Arc;

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
/// What the lake itself holds is left out, unless the place is inside of the lake: that is how a quarantine is
/// driven again.
pub(crate) async fn walk(
    place: &str,
    lake: &Location,
    aws: &AwsVariables,
) -> Result<BoxStream<'static, Result<Source, CurateError>>, CurateError> {
    let problem = |problem: String| CurateError::Place { place: place.into(), problem };
    let location = Location::source(place, aws).map_err(problem)?;
    let is_folder = match location.local_path() {
        Some(path) => path.is_dir(),
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
    let lake_url = format!("{}/", lake.base.as_str().trim_end_matches('/'));
    let here = format!("{}/", location.url_of(&location.path).trim_end_matches('/'));
    let skipped = (!here.starts_with(&lake_url)).then_some(lake_url);
    let listing = location.store.list(Some(&location.path));
    let found = listing.filter_map(move |meta| {
        let source = match meta {
            Ok(meta) if !is_object_name(&meta.location) => None,
            Ok(meta) => Some(Ok(source(&location, meta))),
            Err(source) => Some(Err(CurateError::Read { url: here.clone(), source })),
        };
        let ours = |source: &Source| skipped.as_ref().is_some_and(|lake| source.url.starts_with(lake));
        std::future::ready(source.filter(|source| !source.as_ref().is_ok_and(ours)))
    });
    Ok(found.boxed())
}

fn is_object_name(path: &Path) -> bool {
    matches!(path.extension(), Some("gz" | "jsonl"))
}

fn source(location: &Location, meta: ObjectMeta) -> Source {
    let url = location.url_of(&meta.location);
    // A store without versions has at least a time and a size.
    let stand_in = || format!("{}-{}", meta.last_modified.timestamp_micros(), meta.size);
    Source {
        store: Arc::clone(&location.store),
        url,
        has_etag: meta.e_tag.is_some(),
        etag: meta.e_tag.clone().unwrap_or_else(stand_in),
        size: meta.size,
        path: meta.location,
        local: location.local,
    }
}
