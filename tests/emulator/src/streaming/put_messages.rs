//! PutMessages.

use std::borrow::Cow;

use base64_simd::STANDARD;
use bytes::Bytes;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::partition::{Message, Outcome, Throttled};
use super::service::Streaming;
use crate::clock;
use crate::faults::effects::EntryFault;
use crate::lock::lock;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::{ServiceError, invalid, missing};

/// The body of PutMessages.
#[derive(Debug, Deserialize)]
struct PutMessagesDetails<'a> {
    #[serde(borrow)]
    messages: Option<Vec<Entry<'a>>>,
}

#[derive(Debug, Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    key: Option<Text<'a>>,
    value: Option<Text<'a>>,
}

/// Text that is borrowed from the body unless it contains escapes.
#[derive(Debug, Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Debug, Serialize)]
struct PutMessagesResult {
    failures: usize,
    entries: Vec<ResultEntry>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultEntry {
    partition: Option<String>,
    offset: Option<u64>,
    timestamp: Option<String>,
    error: Option<&'static str>,
    error_message: Option<String>,
}

/// Maximum size of a request: "The total size of a message or request must be 1 MiB or less", "the sum of its keys and messages after
/// they've been decoded from Base64".
const REQUEST_CEILING: usize = 1 << 20;

/// Maximum size of a key: "A byte array up to 256 bytes in size".
const KEY_CEILING: usize = 256;

/// Size of the random value that replaces a null key: "If the key is null, the partition is calculated using a random 16-byte value."
const NULL_KEY: usize = 16;

impl Streaming {
    pub(crate) async fn put_messages(
        &self,
        call: &Call,
        request: &mut Request,
    ) -> Result<Response, ServiceError> {
        let content = request.upload.whole().await?;
        if let Some(signed) = &request.content_sha256
            && *signed != STANDARD.encode_to_string(digest(&SHA256, &content))
        {
            return Err(ServiceError::not_authenticated());
        }
        let stream = self.stream(&call.id)?;
        let messages = decode(&content)?;
        let mut entries: Vec<ResultEntry> = Vec::new();
        entries.resize_with(messages.len(), ResultEntry::default);
        // The messages for every partition in the order of the request, with their indices in the request.
        let mut shares: Vec<(Vec<usize>, Vec<Message>)> = vec![Default::default(); stream.partitions.len()];
        for (place, (message, partition)) in self.spread(messages, stream.partitions.len()).enumerate() {
            if let Some(outcome) = request.fault.as_ref().and_then(|fault| fault.hits_message(place)) {
                entries[place] = ResultEntry::new(partition, outcome, None);
                continue;
            }
            shares[partition].0.push(place);
            shares[partition].1.push(message);
        }
        let now = self.clock.now();
        let cutoff = stream.cutoff(now);
        for (number, (places, messages)) in
            shares.iter().enumerate().filter(|(_, (places, _))| !places.is_empty())
        {
            let outcomes = stream.partitions[number].put(messages, &self.options, now, cutoff);
            // All messages of a partition are stored together, so they share one time.
            let stored = outcomes.iter().find_map(Outcome::timestamp).map(clock::rfc3339);
            for (place, outcome) in places.iter().zip(outcomes) {
                entries[*place] = ResultEntry::new(number, outcome, stored.as_deref());
            }
        }
        if request.fault == Some(EntryFault::LeaveOutLast) {
            entries.pop();
        }
        let failures = entries.iter().filter(|entry| entry.error.is_some()).count();
        Ok(Response::json(&PutMessagesResult { failures, entries }))
    }

    /// Puts a message from within the emulator. The limits of API calls apply, but faults do not, because they apply to requests.
    pub(crate) fn put_message(&self, id: &str, message: Message) -> Result<Outcome, ServiceError> {
        let stream = self.stream(id)?;
        let now = self.clock.now();
        let (message, partition) =
            self.spread(vec![message], stream.partitions.len()).next().expect("one message in, one out");
        let mut outcomes =
            stream.partitions[partition].put(&[message], &self.options, now, stream.cutoff(now));
        Ok(outcomes.pop().expect("one message in, one outcome out"))
    }

    /// Assigns a partition to every message.
    fn spread(&self, messages: Vec<Message>, partitions: usize) -> impl Iterator<Item = (Message, usize)> {
        let mut null_keys = lock(&self.null_keys);
        messages.into_iter().map(move |message| {
            let partition = match &message.key {
                Some(key) => partition_of(key, partitions),
                None => {
                    let key: [u8; NULL_KEY] = std::array::from_fn(|_| null_keys.u8(..));
                    partition_of(&key, partitions)
                }
            };
            (message, partition)
        })
    }
}

/// Returns the partition of a key. The service documents that it derives the partition from the key, but not how. This is FNV-1a with
/// murmur's finalizer, so that the remainder depends on all bits.
fn partition_of(key: &[u8], partitions: usize) -> usize {
    let hash = key.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    let partitions = partitions.max(1) as u64;
    ((hash ^ (hash >> 33)) % partitions) as usize
}

/// Decodes the request; a single invalid message invalidates all of it. All keys and values are decoded into one buffer, which the
/// messages share.
fn decode(content: &[u8]) -> Result<Vec<Message>, ServiceError> {
    let details: PutMessagesDetails<'_> = serde_json::from_slice(content)
        .map_err(|error| ServiceError::bad_request("CannotParseRequest", error.to_string()))?;
    let entries = details.messages.ok_or_else(|| missing("messages"))?;
    if entries.is_empty() {
        return Err(invalid("The messages are empty."));
    }
    let mut decoded = Vec::with_capacity(STANDARD.estimated_decoded_length(content.len()));
    let mut lengths = Vec::with_capacity(entries.len());
    for (place, entry) in entries.into_iter().enumerate() {
        let mut decode = |name: &str, text: Text<'_>| {
            let before = decoded.len();
            match STANDARD.decode_append(text.0.as_bytes(), &mut decoded) {
                Ok(()) => Ok(decoded.len() - before),
                Err(_) => Err(invalid(format!("The {name} of message {place} is not base64."))),
            }
        };
        let key = entry.key.map(|key| decode("key", key)).transpose()?;
        let value = entry.value.ok_or_else(|| missing(&format!("The value of message {place}")))?;
        let value = decode("value", value)?;
        if key.is_some_and(|key| key > KEY_CEILING) {
            return Err(invalid(format!("The key of message {place} is longer than {KEY_CEILING} bytes.")));
        }
        if decoded.len() > REQUEST_CEILING {
            return Err(invalid("Request size is limited to 1 MiB."));
        }
        lengths.push((key, value));
    }
    let mut rest = Bytes::from(decoded);
    let messages = lengths.into_iter().map(|(key, value)| {
        let key = key.map(|length| rest.split_to(length));
        Message { key, value: rest.split_to(value) }
    });
    Ok(messages.collect())
}

impl EntryFault {
    /// Returns the outcome that this fault causes for a message of the request, which is then not stored; `index` counts from 0.
    fn hits_message(&self, index: usize) -> Option<Outcome> {
        let is_hit = |every: u64| (index as u64 + 1).is_multiple_of(every.max(1));
        match *self {
            Self::Throttle { every, wait_milliseconds } => is_hit(every).then(|| {
                let limit = "bytes written a second";
                Outcome::Throttled(Throttled { limit, wait_milliseconds })
            }),
            Self::Fail { every } => {
                is_hit(every).then(|| Outcome::Failed("An internal server error occurred.".to_owned()))
            }
            Self::LeaveOutLast => None,
        }
    }
}

impl ResultEntry {
    fn new(partition: usize, outcome: Outcome, stored: Option<&str>) -> Self {
        match outcome {
            Outcome::Stored { offset, .. } => Self {
                partition: Some(partition.to_string()),
                offset: Some(offset),
                timestamp: stored.map(str::to_owned),
                ..Self::default()
            },
            Outcome::Throttled(throttled) => {
                Self { error: Some("429"), error_message: Some(throttled.message()), ..Self::default() }
            }
            Outcome::Failed(message) => {
                Self { error: Some("500"), error_message: Some(message), ..Self::default() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{decode, partition_of};

    #[test]
    fn keys_are_spread_and_a_key_always_has_the_same_partition() {
        for partitions in [1, 2, 7, 50] {
            let mut counts = vec![0; partitions];
            for number in 0..10_000 {
                let key = format!("account-{number}");
                let partition = partition_of(key.as_bytes(), partitions);
                assert_eq!(partition_of(key.as_bytes(), partitions), partition);
                counts[partition] += 1;
            }
            let fair = 10_000 / partitions;
            assert!(counts.iter().all(|count| (fair * 2 / 3..=fair * 3 / 2).contains(count)), "{counts:?}");
        }
    }

    #[test]
    fn a_request_is_decoded_strictly() {
        let messages = |text: &str| decode(format!(r#"{{"messages":[{text}],"more":1}}"#).as_bytes());
        let good = messages(r#"{"value":"dmFsdWU=","key":null,"x":2},{"key":"","value":""},{"key":"a2V5","value":"\u0064g=="}"#).unwrap();
        assert_eq!(
            good.iter().map(|message| &message.value[..]).collect::<Vec<_>>(),
            [&b"value"[..], b"", b"v"]
        );
        assert_eq!(
            good.iter().map(|message| message.key.as_deref()).collect::<Vec<_>>(),
            [None, Some(&b""[..]), Some(b"key")]
        );
        for (bad, code) in [
            ("", "InvalidParameter"),
            (r#"{"key":"a2V5"}"#, "MissingParameter"),
            (r#"{"value":null}"#, "MissingParameter"),
            (r#"{"value":"dmFsdWU"}"#, "InvalidParameter"),
            (r#"{"value":"dmFsdWV="}"#, "InvalidParameter"),
            (r#"{"value":"dmFs dWU="}"#, "InvalidParameter"),
            (r#"{"value":"dm-_"}"#, "InvalidParameter"),
            (r#"{"value":1}"#, "CannotParseRequest"),
        ] {
            assert_eq!(messages(bad).unwrap_err().code, code, "{bad}");
        }
        let sized = |key: usize, value: usize| {
            let text = |length: usize| base64_simd::STANDARD.encode_to_string(vec![7; length]);
            messages(&format!(r#"{{"key":"{}","value":"{}"}}"#, text(key), text(value)))
        };
        sized(256, (1 << 20) - 256).unwrap();
        assert!(sized(256, (1 << 20) - 255).unwrap_err().message.contains("limited to 1 MiB"));
        assert!(sized(257, 1).unwrap_err().message.contains("longer than 256"));
    }
}
