//! The service's limits, and how it counts sizes.
//!
//! <https://docs.oracle.com/en-us/iaas/Content/Streaming/Concepts/streamingoverview.htm#limits> says "1 MB". The
//! reference of PutMessages and the service's own message ("Request size is limited to 1 MiB") say "1 MiB", counted after base64 has been
//! decoded.

/// Maximum bytes of a key: "a byte array up to 256 bytes in size" (`PutMessagesDetailsEntry`).
pub const MAX_KEY: usize = 256;

/// Maximum bytes of a message, key and value together.
pub const MAX_MESSAGE: usize = 1 << 20;

/// Maximum bytes of all messages in one PutMessages request. The number of messages has no limit.
pub const MAX_REQUEST: usize = 1 << 20;

/// Maximum number of messages that one GetMessages request may ask for.
pub const MAX_GET: u32 = 10_000;

/// Maximum bytes of messages that a partition accepts per second: "1 MB", in any number of requests.
pub const PARTITION_BYTES_PER_SECOND: u64 = 1_000_000;

/// Returns the size of a message as every limit counts it: key and value, before base64 and without the JSON around them. The size of a
/// request is the sum of its messages' sizes.
pub fn size_of(key: Option<&[u8]>, value: &[u8]) -> usize {
    key.map_or(0, <[u8]>::len) + value.len()
}
