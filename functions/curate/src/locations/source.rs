use super::location::Location;
use crate::error::CurateError;
use object_store::path::Path;
use object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt};
use std::sync::Arc;

/// An object to be curated.
#[derive(Debug, Clone)]
pub struct Source {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) path: Path,
    pub(crate) url: String,
    /// What identifies the version: `etag`, except for the lake's own quarantine, whose objects keep their identity in a copy of the lake.
    pub(crate) version: String,
    pub(crate) etag: String,
    /// Whether `etag` is the store's own, so that reads can be conditional on it.
    pub(crate) has_etag: bool,
    pub(crate) size: u64,
    pub(crate) local: bool,
}

impl Source {
    /// Creates a source from a store's description of an object.
    pub(crate) fn of(location: &Location, meta: ObjectMeta) -> Self {
        Source {
            store: Arc::clone(&location.store),
            url: location.url_of(&meta.location),
            has_etag: meta.e_tag.is_some(),
            version: etag(&meta),
            etag: etag(&meta),
            size: meta.size,
            path: meta.location,
            local: location.local,
        }
    }

    /// Returns the object's URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the object's size in bytes, as stored.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns whether the object is still the version that was found, as far as its time and size tell.
    pub(crate) async fn is_still_there(&self) -> Result<bool, CurateError> {
        match self.store.head(&self.path).await {
            Ok(meta) => Ok(etag(&meta) == self.etag),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(source) => Err(CurateError::Read { url: self.url.clone(), source }),
        }
    }
}

/// Returns the object's version. For a store without versions, it consists of the object's time and size.
fn etag(meta: &ObjectMeta) -> String {
    let stand_in = || format!("{}-{}", meta.last_modified.timestamp_micros(), meta.size);
    meta.e_tag.clone().unwrap_or_else(stand_in)
}
