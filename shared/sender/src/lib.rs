//! Puts records on a stream and reports the outcome of each.
//!
//! A [`Sender`] accepts batches of [`Record`]s from many callers, packs them into requests for one [`Stream`], and gives every record an
//! [`Outcome`]: stored at a position, or failed, with what its producer can do about it. Records with the same key stay in order, no
//! partition is sent more than it accepts, and records that the stream turns away are retried until the batch's deadline.
//!
//! ```text
//! records ─► Sender ─► Scheduler ─► PutRequest ─► Stream
//!               ▲          ▲                        │
//!            outcomes      └──── what was stored ◄──┘
//! ```
//!
//! The scheduler makes every decision, but neither sends nor reads a clock: the time, records and responses go in, requests and outcomes
//! come out. A driver sends the requests and does the waiting.
//!
//! - What is sent: [`Record`], and what comes back: [`Outcome`].
//! - Where it is sent: [`Stream`] with its [`Limits`] and [`Promises`], [`Position`], [`NotStored`], [`PutError`].
//! - How it is sent: [`SendRecords`] and [`Sender`] with [`SendOptions`] and [`SendCounts`].

mod driver;
mod limits;
mod outcome;
mod position;
mod promises;
mod put_error;
mod record;
mod scheduler;
mod send_counts;
mod send_options;
mod send_records;
mod sender;
mod shared;
mod stream;

pub use limits::Limits;
pub use outcome::{Failure, Outcome};
pub use position::{PartitionId, Position, Sequence};
pub use promises::{EntryFailures, Promises};
pub use put_error::{Cause, NotStored, PutError};
pub use record::Record;
pub use send_counts::SendCounts;
pub use send_options::{Order, SendOptions};
pub use send_records::{Full, SendRecords};
pub use sender::Sender;
pub use stream::{PutResponse, Stored, Stream};
