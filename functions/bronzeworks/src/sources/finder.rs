use crate::terminal::Progress;
use curate::{Address, CurateError, Found, Ignored, Search, Source};
use futures::stream::{self, Stream, StreamExt};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// Number of sources found ahead of the work on them, so that the progress bar soon knows the total. A source takes about half a kilobyte.
const AHEAD: usize = 4096;

/// Finds the sources at the addresses, in order. Each result comes with the URL or the address that it is about. Counts what is ignored.
///
/// Addresses may overlap; each object is returned once.
pub(super) fn find_ahead(
    search: Search,
    addresses: Vec<Address>,
    progress: Progress,
    ignored: Arc<Mutex<Ignored>>,
) -> impl Stream<Item = (String, Result<Source, CurateError>)> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        let several = addresses.len() > 1;
        let mut seen = HashSet::new();
        for address in addresses {
            let mut found = search.find(&address).await;
            while let Some(found) = found.next().await {
                let found = match found {
                    Ok(Found::Source(source)) => Ok(source),
                    Ok(Found::Ignored(extension)) => {
                        ignored.lock().unwrap_or_else(PoisonError::into_inner).add(extension);
                        continue;
                    }
                    Err(error) => Err(error),
                };
                let url = match &found {
                    Ok(source) if several && !seen.insert(source.url().to_owned()) => continue,
                    Ok(source) => {
                        progress.found(source.size());
                        source.url().to_owned()
                    }
                    Err(_) => address.to_string(),
                };
                if sender.send((url, found)).await.is_err() {
                    return;
                }
            }
        }
    });
    stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) })
}
