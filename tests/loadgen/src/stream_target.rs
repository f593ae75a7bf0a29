use crate::batch::Batch;
use crate::outcome::Outcome;
use crate::target::Target;
use async_trait::async_trait;
use oci_streaming::{Entry, PutError, PutMessages, StreamClient};
use std::time::Duration;

/// A stream, by one PutMessages a batch.
#[derive(Debug, Clone)]
pub struct StreamTarget {
    stream: StreamClient,
}

/// How long an answer is waited for: what Oracle's SDK for Python does (60 s to read).
const PATIENCE: Duration = Duration::from_secs(60);

impl StreamTarget {
    /// Records go to this stream.
    pub fn new(stream: StreamClient) -> Self {
        StreamTarget { stream }
    }
}

#[async_trait]
impl Target for StreamTarget {
    async fn send(&self, batch: &Batch, places: &[usize]) -> Vec<Outcome> {
        let put = PutMessages::new(places.iter().map(|place| (batch.key(*place), batch.value(*place))));
        match self.stream.put_messages(&put, PATIENCE).await {
            Ok(result) => result.entries.into_iter().map(of_entry).collect(),
            Err(error) => vec![of_error(&error); places.len()],
        }
    }
}

fn of_entry(entry: Entry) -> Outcome {
    match entry {
        Entry::Stored(stored) => Outcome::Stored { partition: stored.partition, offset: stored.offset },
        Entry::Failed(failed) if failed.is_throttled() => {
            Outcome::Throttled { retry_after: failed.retry_after }
        }
        Entry::Failed(failed) => Outcome::Failed(failed.error),
    }
}

/// One about the whole request.
fn of_error(error: &PutError) -> Outcome {
    match error {
        PutError::Unknown(_) => Outcome::Unknown(told(error)),
        PutError::Refused(_) if error.retry_after().is_some() => {
            Outcome::Throttled { retry_after: error.retry_after() }
        }
        _ if error.is_retryable() => Outcome::Failed(told(error)),
        _ => Outcome::Refused(told(error)),
    }
}

/// An error with what it is because of.
pub(crate) fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(": {error}");
        source = error.source();
    }
    text
}
