use crate::audit::Audit;
use fn_kit::chain;
use futures::{TryStreamExt, stream};
use oci_streaming::{CursorType, MAX_GET, StreamClient};
use std::sync::{Mutex, PoisonError};

/// Number of partitions read concurrently; the service limits each of them separately.
const AT_ONCE: usize = 4;

/// Reads the records that arrived on a stream since a time (RFC 3339) into an audit, each partition in its order and to its end.
///
/// # Errors
///
/// Returns an error if a partition cannot be read.
pub async fn read_back(
    stream: &StreamClient,
    partitions: u32,
    since: &str,
    audit: Audit,
) -> Result<Audit, String> {
    let audit = Mutex::new(audit);
    let partitions = stream::iter((0..partitions).map(Ok));
    partitions
        .try_for_each_concurrent(AT_ONCE, |partition| {
            let audit = &audit;
            async move {
                let failed = |error| format!("cannot read back partition {partition}: {}", chain(&error));
                let start = CursorType::AtTime(since.to_owned());
                let cursor = stream.create_cursor(&partition.to_string(), &start).await;
                let mut cursor = cursor.map_err(failed)?;
                loop {
                    let got = stream.get_messages(&cursor, Some(MAX_GET)).await.map_err(failed)?;
                    if got.messages.is_empty() {
                        return Ok::<(), String>(());
                    }
                    let mut audit = audit.lock().unwrap_or_else(PoisonError::into_inner);
                    for message in &got.messages {
                        audit.observe(message.key.as_deref(), &message.value);
                    }
                    cursor = got.next;
                }
            }
        })
        .await?;
    Ok(audit.into_inner().unwrap_or_else(PoisonError::into_inner))
}
