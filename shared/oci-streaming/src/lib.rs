#![doc = include_str!("../README.md")]

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

pub use connection::{Connection, VARIABLES};
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

pub use oci_requests;

/// The version of the API, with which every path begins.
const VERSION: &str = "20180418";
