use serde::Deserialize;
use std::time::Duration;

/// The result of PutMessages: the outcome of every message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutMessagesResult {
    /// One entry per message, in the order of the request.
    pub entries: Vec<Entry>,
    /// The service's id of the request.
    pub opc_request_id: Option<String>,
}

/// The outcome of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// The message is on the stream.
    Stored(Stored),
    /// The message is not on the stream.
    Failed(Failed),
}

/// The position of a stored message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The partition's name.
    pub partition: String,
    /// The offset in the partition. It increases from message to message, possibly with gaps.
    pub offset: u64,
    /// When the service stored the message (RFC 3339), as received.
    pub timestamp: String,
}

/// Why a message is not on the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The service's code, such as `429`.
    pub error: String,
    /// The service's message, which may be empty.
    pub error_message: String,
    /// How long to wait before the next attempt, if the service's message says so (`next request can be made in 250 ms`).
    pub retry_after: Option<Duration>,
}

#[derive(Deserialize)]
struct Document {
    failures: u64,
    entries: Vec<EntryDocument>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EntryDocument {
    partition: Option<String>,
    offset: Option<u64>,
    timestamp: Option<String>,
    error: Option<String>,
    error_message: Option<String>,
}

/// The words before the milliseconds in the service's message about throttling.
const HINT: &str = "next request can be made in ";

impl PutMessagesResult {
    /// Parses the body of a response about `count` messages. A response that contradicts itself, or has a different number of entries, is
    /// rejected. The error gives the reason.
    pub(crate) fn read(body: &[u8], count: usize) -> Result<Vec<Entry>, String> {
        let document: Document = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        if document.entries.len() != count {
            return Err(format!("it has {} entries for {count} messages", document.entries.len()));
        }
        let entries = document
            .entries
            .into_iter()
            .enumerate()
            .map(|(index, entry)| entry.read().map_err(|problem| format!("its entry {index} {problem}")));
        let entries = entries.collect::<Result<Vec<Entry>, String>>()?;
        let failed = entries.iter().filter(|entry| matches!(entry, Entry::Failed(_))).count();
        if document.failures != failed as u64 {
            return Err(format!("it reports {} failures but has {failed}", document.failures));
        }
        Ok(entries)
    }
}

impl EntryDocument {
    fn read(self) -> Result<Entry, &'static str> {
        let EntryDocument { partition, offset, timestamp, error, error_message } = self;
        let error = error.filter(|error| !error.is_empty());
        match (error, partition, offset, timestamp) {
            (Some(_), _, Some(_), _) => Err("has an error and an offset"),
            // The service may already have chosen a partition.
            (Some(error), _, None, _) => {
                let error_message = error_message.unwrap_or_default();
                let retry_after = hint(&error_message);
                Ok(Entry::Failed(Failed { error, error_message, retry_after }))
            }
            (None, Some(partition), Some(offset), Some(timestamp)) => {
                Ok(Entry::Stored(Stored { partition, offset, timestamp }))
            }
            (None, ..) => Err("has neither a position nor an error"),
        }
    }
}

impl Failed {
    /// Returns whether the message's partition was throttled. The codes are not documented; throttled messages have been seen with "429 Too
    /// Many Requests".
    pub fn is_throttled(&self) -> bool {
        let says =
            |text: &str| ["429", "TooManyRequests", "Too Many Requests"].iter().any(|s| text.contains(s));
        self.retry_after.is_some() || says(&self.error) || says(&self.error_message)
    }
}

/// Returns the wait from a message that ends with `next request can be made in 250 ms`.
fn hint(message: &str) -> Option<Duration> {
    let (_, after) = message.split_once(HINT)?;
    let digits = after.split(|letter: char| !letter.is_ascii_digit()).next()?;
    let milliseconds = digits.parse().ok()?;
    after[digits.len()..].trim_start().starts_with("ms").then(|| Duration::from_millis(milliseconds))
}

#[cfg(test)]
#[path = "put_result_tests.rs"]
mod tests;
