use fn_kit::chain;
use http::StatusCode;
use oci_streaming::{Entry, PutError as OciError, PutMessages, StreamClient};
use sender::{
    Cause, EntryFailures, Limits, NotStored, Position, Promises, PutError, PutResponse, Record, Sequence,
    Stored, Stream,
};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// A stream of OCI Streaming, used through the service's own API.
#[derive(Debug)]
pub struct OciStream {
    client: StreamClient,
    limits: Limits,
}

/// Maximum bytes of a request. The service rejects requests of more than 2^20 bytes, but its documentation also says "1 MB", and a request
/// that is rejected for its size would take a thousand good records with it.
const FILLED: usize = 1_000_000;

/// Maximum number of records in a request. A record costs about 300 bytes here while the response is received, so a request of tiny records
/// would take thirty times its own size. With this maximum, records of 250 bytes and more still fill a request.
const FILLED_RECORDS: usize = 4_000;

impl OciStream {
    /// Creates a stream that uses this client to put messages.
    pub fn new(client: StreamClient) -> Self {
        OciStream { client, limits: OciStream::LIMITS }
    }

    /// Sets how many bytes per second a partition accepts, or `None` for no limit.
    #[must_use]
    pub fn partition_rate(mut self, bytes_per_second: Option<u64>) -> Self {
        self.limits.partition_bytes_per_second = bytes_per_second;
        self
    }

    /// The documented limits. The service documents no limit on the number of messages per second.
    pub const LIMITS: Limits = Limits {
        key: oci_streaming::MAX_KEY,
        record: oci_streaming::MAX_MESSAGE,
        request: FILLED,
        request_records: FILLED_RECORDS,
        partition_bytes_per_second: Some(oci_streaming::PARTITION_BYTES_PER_SECOND),
        partition_records_per_second: None,
    };
}

impl Stream for OciStream {
    fn limits(&self) -> Limits {
        self.limits
    }

    /// The service documents neither promise. Entries have been seen to be appended in the order of the request, and all entries of a
    /// partition to be throttled together (oci-go-sdk#479), but each has its own result.
    fn promises(&self) -> Promises {
        Promises { append_order: true, entry_failures: EntryFailures::OneByOne }
    }

    async fn put(&self, records: &[Record], within: Duration) -> Result<PutResponse, PutError> {
        let messages = records.iter().map(|record| (record.key.as_deref(), &record.value[..]));
        let messages = PutMessages::new(messages);
        match self.client.put_messages(&messages, within).await {
            Ok(result) => {
                let mut texts = Texts::default();
                Ok(result.entries.into_iter().map(|entry| result_of(entry, &mut texts)).collect())
            }
            Err(error) => Err(put_error(&error)),
        }
    }
}

/// The texts of a response, each stored once.
#[derive(Default)]
struct Texts(HashSet<Arc<str>>);

impl Texts {
    fn share(&mut self, text: String) -> Arc<str> {
        if let Some(text) = self.0.get(text.as_str()) {
            return Arc::clone(text);
        }
        let text = Arc::from(text);
        self.0.insert(Arc::clone(&text));
        text
    }
}

fn result_of(entry: Entry, texts: &mut Texts) -> Result<Stored, NotStored> {
    match entry {
        Entry::Stored(stored) => Ok(Stored {
            position: Position {
                partition: texts.share(stored.partition).into(),
                sequence: Sequence::Number(stored.offset),
            },
            timestamp: Some(texts.share(stored.timestamp)),
        }),
        Entry::Failed(failed) => {
            let cause = if failed.is_throttled() { Cause::Throttled } else { Cause::Failed };
            let wait = failed.retry_after;
            let message = match failed.error_message.is_empty() {
                true => failed.error,
                false => format!("{}: {}", failed.error, failed.error_message),
            };
            Err(NotStored { cause, message, wait })
        }
    }
}

/// Converts a failed request to what it means for its records. Wrong credentials, permissions and addresses are not the records' fault: the
/// records can be sent again once the cause has been fixed.
fn put_error(error: &OciError) -> PutError {
    let message = chain(error);
    if matches!(error, OciError::Unknown(_)) {
        return PutError::Unknown { message, wait: error.retry_after() };
    }
    let cause = match error.status() {
        Some(StatusCode::TOO_MANY_REQUESTS) => Cause::Throttled,
        // The error is about the request itself, which would be the same the next time.
        Some(StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE)
            if matches!(error, OciError::Refused(_)) =>
        {
            Cause::Permanent
        }
        _ => Cause::Failed,
    };
    PutError::Rejected { cause, message, wait: error.retry_after() }
}
