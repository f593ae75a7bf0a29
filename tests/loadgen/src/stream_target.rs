use crate::batch::Batch;
use crate::outcome::Outcome;
use crate::target::Target;
use async_trait::async_trait;
use fn_kit::chain;
use oci_streaming::{Entry, PutError, PutMessages, StreamClient};
use std::time::Duration;

/// A stream; each batch is one PutMessages request.
#[derive(Debug, Clone)]
pub struct StreamTarget {
    stream: StreamClient,
}

/// Timeout of a response: the read timeout of Oracle's SDK for Python.
const TIMEOUT: Duration = Duration::from_secs(60);

impl StreamTarget {
    /// Creates a target that puts records on this stream.
    pub fn new(stream: StreamClient) -> Self {
        StreamTarget { stream }
    }
}

#[async_trait]
impl Target for StreamTarget {
    async fn send(&self, batch: &Batch, indices: &[usize]) -> Vec<Outcome> {
        let put = PutMessages::new(indices.iter().map(|index| (batch.key(*index), batch.value(*index))));
        match self.stream.put_messages(&put, TIMEOUT).await {
            Ok(result) => result.entries.into_iter().map(of_entry).collect(),
            Err(error) => vec![of_error(&error); indices.len()],
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

/// Returns the outcome of every record of a request that failed as a whole.
fn of_error(error: &PutError) -> Outcome {
    match error {
        PutError::Unknown(_) => Outcome::Unknown(chain(error)),
        PutError::Refused(_) if error.retry_after().is_some() => {
            Outcome::Throttled { retry_after: error.retry_after() }
        }
        _ if error.is_retryable() => Outcome::Failed(chain(error)),
        _ => Outcome::Refused(chain(error)),
    }
}
