use crate::record::Record;
use crate::stream::{Limits, Placed, PutError, Refused, Stream, Why};
use fdk::chain;
use http::StatusCode;
use oci_streaming::{Entry, PutError as OciError, PutMessages, StreamClient};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// A stream of OCI Streaming, by its own API.
#[derive(Debug)]
pub struct OciStream {
    client: StreamClient,
    limits: Limits,
}

/// Requests are filled up to here. A message may have 2^20 bytes, and the service refuses requests of more; but its pages also speak of
/// "1 MB", and one that is refused for its size would take a thousand good records with it.
const FILLED: usize = 1_000_000;

/// A record costs some 300 bytes here while its answer comes in, so that of tiny ones a request would take thirty times its own size. With so
/// many it is full from 250 bytes a record on.
const FILLED_RECORDS: usize = 4_000;

impl OciStream {
    /// The stream that the client puts messages on.
    pub fn new(client: StreamClient) -> Self {
        OciStream { client, limits: OciStream::LIMITS }
    }

    /// With partitions that take so many bytes in a second, or any number.
    #[must_use]
    pub fn partition_rate(mut self, bytes_per_second: Option<u64>) -> Self {
        self.limits.partition_bytes_per_second = bytes_per_second;
        self
    }

    /// What a stream of OCI takes, asking nobody. Of messages a second only the bytes are limited: no limit on their number is documented.
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

    async fn put(
        &self,
        records: &[Record],
        within: Duration,
    ) -> Result<Vec<Result<Placed, Refused>>, PutError> {
        let messages = records.iter().map(|record| (record.key.as_deref(), &record.value[..]));
        let messages = PutMessages::new(messages);
        match self.client.put_messages(&messages, within).await {
            Ok(result) => {
                let mut texts = Texts::default();
                Ok(result.entries.into_iter().map(|entry| outcome(entry, &mut texts)).collect())
            }
            Err(error) => Err(put_error(&error)),
        }
    }
}

/// The texts of an answer, each once.
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

fn outcome(entry: Entry, texts: &mut Texts) -> Result<Placed, Refused> {
    match entry {
        Entry::Stored(stored) => Ok(Placed {
            partition: texts.share(stored.partition),
            offset: stored.offset,
            timestamp: texts.share(stored.timestamp),
        }),
        Entry::Failed(failed) => {
            let why = if failed.is_throttled() { Why::Throttled } else { Why::Failed };
            let wait = failed.retry_after;
            let message = match failed.error_message.is_empty() {
                true => failed.error,
                false => format!("{}: {}", failed.error, failed.error_message),
            };
            Err(Refused { why, message, wait })
        }
    }
}

/// What a failure says about the records. Credentials, permissions and addresses that are wrong are nothing that is wrong with them: they
/// may be sent again once somebody has put it right.
fn put_error(error: &OciError) -> PutError {
    let message = chain(error);
    if matches!(error, OciError::Unknown(_)) {
        return PutError::Unknown { message, wait: error.retry_after() };
    }
    let why = match error.status() {
        Some(StatusCode::TOO_MANY_REQUESTS) => Why::Throttled,
        // By the request itself, and it will be the same the next time.
        Some(StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE)
            if matches!(error, OciError::Refused(_)) =>
        {
            Why::Never
        }
        _ => Why::Failed,
    };
    PutError::NotTaken { why, message, wait: error.retry_after() }
}
