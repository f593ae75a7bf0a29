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
        PutError::Unknown(_) => Outcome::Unknown(reason(error)),
        PutError::Refused(_) if error.retry_after().is_some() => {
            Outcome::Throttled { retry_after: error.retry_after() }
        }
        _ if error.is_retryable() => Outcome::Failed(reason(error)),
        _ => Outcome::Refused(reason(error)),
    }
}

fn reason(error: &PutError) -> String {
    without_request_id(&chain(error))
}

/// Removes the id of the request, so that equal reasons are counted together.
fn without_request_id(text: &str) -> String {
    let Some((before, id)) = text.split_once("opc-request-id ") else { return text.to_owned() };
    let after = id.find(')').map_or("", |end| &id[end + 1..]);
    match before.strip_suffix(", ") {
        Some(before) => format!("{before}){after}"),
        None => format!("{}{after}", before.trim_end_matches(['(', ' '])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_do_not_contain_the_ids_of_requests() {
        for (text, without) in [
            ("it failed: 404 (1 attempt, opc-request-id AB/CD)", "it failed: 404 (1 attempt)"),
            ("invalid response: x (opc-request-id AB)", "invalid response: x"),
            ("cannot connect (2 attempts)", "cannot connect (2 attempts)"),
        ] {
            assert_eq!(without_request_id(text), without);
        }
    }
}
