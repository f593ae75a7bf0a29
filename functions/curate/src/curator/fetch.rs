use crate::error::CurateError;
use crate::locations::Source;
use bytes::Bytes;
use futures::{StreamExt, stream};
use lake::SourceObject;
use object_store::{Error, GetOptions, GetRange};
use std::ops::Range;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Bytes per request, on a file system and in a cloud, where a request takes tens of milliseconds.
const LOCAL_RANGE: u64 = 1 << 20;
const CLOUD_RANGE: u64 = 4 << 20;

/// Number of requests ahead of what is being read. They hide the round trip to the cloud.
const AHEAD: usize = 2;

/// Reads a source in ranges, all of the version that was found, and sends them on in order.
///
/// Memory: three ranges and the one being read.
pub(crate) async fn fetch(
    source: Source,
    object: SourceObject,
    bytes: mpsc::Sender<Result<Bytes, CurateError>>,
    stop: CancellationToken,
) {
    if stop.run_until_cancelled(fetch_ranges(&source, &object, &bytes)).await.is_none() {
        // The receiver must not mistake the end of the bytes for the end of the object. It is gone if it has stopped by itself.
        let _ = bytes.send(Err(CurateError::Stopped { url: object.url })).await;
    }
}

async fn fetch_ranges(
    source: &Source,
    object: &SourceObject,
    bytes: &mpsc::Sender<Result<Bytes, CurateError>>,
) {
    let range_size = if source.local { LOCAL_RANGE } else { CLOUD_RANGE };
    let starts = (0..object.size).step_by(range_size as usize);
    let ranges = starts.map(|start| start..(start + range_size).min(object.size));
    let requests = ranges.map(|range| get_range(source, object, range));
    let mut ranges = stream::iter(requests).buffered(AHEAD);
    while let Some(range) = ranges.next().await {
        let failed = range.is_err();
        if bytes.send(range).await.is_err() || failed {
            return;
        }
    }
}

async fn get_range(source: &Source, object: &SourceObject, range: Range<u64>) -> Result<Bytes, CurateError> {
    let options = GetOptions {
        range: Some(GetRange::Bounded(range.clone())),
        if_match: source.has_etag.then(|| source.etag.clone()),
        ..GetOptions::default()
    };
    let read = async { source.store.get_opts(&source.path, options).await?.bytes().await };
    let bytes = read.await.map_err(|error| match error {
        Error::Precondition { .. } | Error::NotFound { .. } => {
            CurateError::Changed { url: object.url.clone() }
        }
        error => CurateError::Read { url: object.url.clone(), source: error },
    })?;
    let wanted = range.end - range.start;
    if bytes.len() as u64 != wanted {
        let short = format!("received {} of {wanted} bytes from byte {}", bytes.len(), range.start);
        let source = Error::Generic { store: "source", source: short.into() };
        return Err(CurateError::Read { url: object.url.clone(), source });
    }
    Ok(bytes)
}
