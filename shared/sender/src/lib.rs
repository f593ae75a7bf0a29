//! Puts records on a stream and says what became of each.
//!
//! A [`Sender`] takes batches of [`Record`]s from many callers, packs them into requests for one [`Stream`], and gives every record an
//! [`Outcome`]: stored at a position, or failed with what its producer can do about it. Records of one key stay in order, each stream
//! partition gets no more than it accepts, and what a stream turns away is retried until the batch's time is up.
//!
//! ```text
//! records ─► Sender ─► Scheduler ─► PutRequest ─► Stream
//!               ▲          ▲                        │
//!            outcomes      └──── what was stored ◄──┘
//! ```
//!
//! Everything is decided by the scheduler, which neither sends nor reads a clock: time, records and responses go in, requests and outcomes
//! come out. A driver sends its requests and waits.
//!
//! - What is put: [`Record`], [`Outcome`].
//! - Where it goes: [`Stream`] with its [`Limits`] and [`Promises`], [`Position`], [`NotStored`], [`PutError`].
//! - How it gets there: [`SendRecords`] and [`Sender`] with [`SendOptions`] and [`SendCounts`].

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
