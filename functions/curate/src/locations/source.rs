use super::location::Location;
use crate::error::CurateError;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use object_store::path::Path;
use object_store::{Error, GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt};
use std::ops::Range;
use std::sync::Arc;

/// Bytes per request, on a file system and in a cloud, where a request takes tens of milliseconds.
const LOCAL_RANGE: u64 = 1 << 20;
const CLOUD_RANGE: u64 = 4 << 20;

/// Number of requests ahead of what is being read. They hide the round trip to the cloud.
const AHEAD: usize = 2;

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

    /// Reads the object in ranges, all of the version that was found. An error is the last item.
    ///
    /// Memory: three ranges and the one being read.
    pub fn bytes(&self) -> BoxStream<'static, Result<Bytes, CurateError>> {
        let (source, size) = (self.clone(), self.size);
        let range_size = if source.local { LOCAL_RANGE } else { CLOUD_RANGE };
        let starts = (0..size).step_by(range_size as usize);
        let ranges = starts.map(move |start| start..(start + range_size).min(size));
        let read = move |range| {
            let source = source.clone();
            async move { source.range(range).await }
        };
        let until_failure = |failed: &mut bool, range: Result<Bytes, CurateError>| {
            let after_failure = std::mem::replace(failed, range.is_err());
            std::future::ready((!after_failure).then_some(range))
        };
        stream::iter(ranges.map(read)).buffered(AHEAD).scan(false, until_failure).boxed()
    }

    async fn range(&self, range: Range<u64>) -> Result<Bytes, CurateError> {
        let options = GetOptions {
            range: Some(GetRange::Bounded(range.clone())),
            if_match: self.has_etag.then(|| self.etag.clone()),
            ..GetOptions::default()
        };
        let url = || self.url.clone();
        let read = async { self.store.get_opts(&self.path, options).await?.bytes().await };
        let bytes = read.await.map_err(|error| match error {
            Error::Precondition { .. } | Error::NotFound { .. } => CurateError::Changed { url: url() },
            error => CurateError::Read { url: url(), source: error },
        })?;
        let wanted = range.end - range.start;
        if bytes.len() as u64 != wanted {
            let short = format!("received {} of {wanted} bytes from byte {}", bytes.len(), range.start);
            let source = Error::Generic { store: "source", source: short.into() };
            return Err(CurateError::Read { url: url(), source });
        }
        Ok(bytes)
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
