use crate::terminal::Progress;
use bytes::Bytes;
use curate::{Address, CurateError, Found, Ignored, Search, Source};
use futures::StreamExt;
use std::collections::HashSet;
use tokio::sync::mpsc::Sender;

/// What is found at the sources' addresses, and the bytes of the objects there.
#[derive(Debug)]
pub(super) enum Event {
    /// An object begins.
    Object(Box<Source>),
    /// The object's next bytes.
    Bytes(Bytes),
    /// All bytes of the object have been sent.
    End,
    /// Something could not be found, or an object could not be read to its end.
    Failed(CurateError),
    /// The objects that were passed over.
    Ignored(Ignored),
}

/// Sends the objects at the addresses, one after another, until nobody listens.
pub(super) async fn feed(search: Search, addresses: Vec<Address>, events: Sender<Event>, progress: Progress) {
    let (mut seen, mut ignored) = (HashSet::new(), Ignored::default());
    for address in addresses {
        let mut found = search.find(&address).await;
        while let Some(found) = found.next().await {
            let sent = match found {
                Ok(Found::Source(source)) if !seen.insert(source.url().to_owned()) => Ok(()),
                Ok(Found::Source(source)) => feed_object(source, &events, &progress).await,
                Ok(Found::Ignored(extension)) => {
                    ignored.add(extension);
                    Ok(())
                }
                Err(error) => events.send(Event::Failed(error)).await,
            };
            if sent.is_err() {
                return;
            }
        }
    }
    let _ = events.send(Event::Ignored(ignored)).await;
}

type Sent = Result<(), tokio::sync::mpsc::error::SendError<Event>>;

async fn feed_object(source: Source, events: &Sender<Event>, progress: &Progress) -> Sent {
    progress.found(source.size());
    let mut bytes = source.bytes();
    events.send(Event::Object(Box::new(source))).await?;
    while let Some(piece) = bytes.next().await {
        match piece {
            Ok(piece) => {
                progress.done(piece.len() as u64);
                events.send(Event::Bytes(piece)).await?;
            }
            Err(error) => return events.send(Event::Failed(error)).await,
        }
    }
    events.send(Event::End).await
}
