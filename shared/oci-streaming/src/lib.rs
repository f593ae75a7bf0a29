//! OCI Streaming over its own API: messages are put, and got by cursors.
//!
//! Not the Kafka protocol: requests are signed by an API key, a session, a function's resource principal or an instance's, as
//! [`oci_client`] does it, and there is no token or password to make and keep.
//!
//! ```no_run
//! use oci_client::Environment;
//! use oci_streaming::{Connection, CursorType, Entry, PutMessages};
//! use std::time::Duration;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let connection = Connection::from_environment(&Environment::of_process())?;
//! let stream = connection.stream("ocid1.stream.oc1.eu-frankfurt-1.aaaa");
//! let messages = PutMessages::new([(Some(&b"account-1"[..]), &b"{\"amount\":12.5}"[..]), (None, b"{}")]);
//! for entry in stream.put_messages(&messages, Duration::from_secs(5)).await?.entries {
//!     match entry {
//!         Entry::Stored(stored) => println!("{} at {}", stored.partition, stored.offset),
//!         Entry::Failed(failed) => println!("{}: {}", failed.error, failed.error_message),
//!     }
//! }
//! let mut cursor = stream.create_cursor("0", &CursorType::TrimHorizon).await?;
//! loop {
//!     let got = stream.get_messages(&cursor, None).await?;
//!     println!("{} messages", got.messages.len());
//!     if got.messages.is_empty() {
//!         break;
//!     }
//!     cursor = got.next;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A program that wants timeouts, retries or roots of its own makes the [`oci_client::Client`] itself, and [`Connection::new`] of it. It
//! needs a Tokio runtime with I/O and time enabled.
//!
//! # What each operation does
//!
//! | operation | when an answer is lost, or the service throttles or fails |
//! | --- | --- |
//! | PutMessages | nothing: the caller is told what is known, see below |
//! | CreateCursor, CreateGroupCursor, GetMessages, GetGroup, GetStream, ListStreams | asked again, as [`oci_client::RetryPolicy`] says |
//! | ConsumerCommit, ConsumerHeartbeat, UpdateGroup | sent again: they say where to be, not how far to go |
//! | CreateStream | sent again only if it was not carried out |
//! | DeleteStream | sent again; a stream that is gone then was deleted |
//!
//! # Putting messages without losing or doubling them
//!
//! The service knows no token by which it would recognise a request that it has carried out already, so that one that is sent again may put its
//! messages twice, and one of the same key behind a later one. So PutMessages is sent once, and what came of it is one of four:
//!
//! - [`PutMessagesResult`]: for every message where it is, or why it is not there. An answer that is short, long, garbled or contradicts itself is
//!   none.
//! - [`PutError::NotSent`] and [`PutError::Refused`]: no message is there.
//! - [`PutError::Unknown`]: nobody knows.
//!
//! The service does not say what an entry's `error` may be. [`Failed::is_throttled`] goes by what was seen.
//!
//! # Limits
//!
//! [`MAX_KEY`], [`MAX_MESSAGE`] and [`MAX_REQUEST`] are counted by [`size_of`], before base64. [`PARTITION_BYTES_PER_SECOND`] is what a
//! partition takes.
//!
//! # Memory
//!
//! A request is encoded once, into a buffer of exactly its length: four thirds of the messages. An answer to GetMessages is held twice while it is
//! decoded; the service sends some megabytes at most, and none above 64 MiB is taken.
//!
//! # What it cannot do
//!
//! Streams' tags, stream pools and their settings, connect harnesses, work requests: they belong to Terraform. Requests compressed on their way.

mod address;
mod connection;
mod cursor;
mod document;
mod error;
mod group;
mod limits;
mod message;
mod put_error;
mod put_messages;
mod put_result;
mod scope;
mod stream;
mod stream_client;

pub use connection::Connection;
pub use cursor::{Cursor, CursorType};
pub use error::Error;
pub use group::{Group, GroupCursorType, GroupMember, Reservation};
pub use limits::{MAX_GET, MAX_KEY, MAX_MESSAGE, MAX_REQUEST, PARTITION_BYTES_PER_SECOND, size_of};
pub use message::{Message, Messages};
pub use put_error::PutError;
pub use put_messages::PutMessages;
pub use put_result::{Entry, Failed, PutMessagesResult, Stored};
pub use scope::Scope;
pub use stream::{CreateStream, Stream};
pub use stream_client::StreamClient;

/// The API's, which every path begins with.
const VERSION: &str = "20180418";
