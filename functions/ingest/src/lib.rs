//! `ingest`: puts producer traffic on a stream, and answers for every record.
//!
//! Modules, lowest first: `record` (what is put), `outcome` (what became of it), `stream` (where it goes), `publish` (how it gets there, in
//! one function), `publisher` (the same, done).

mod outcome;
mod publish;
mod publisher;
mod record;
mod stream;

pub use outcome::{Failure, Outcome};
pub use publish::{Full, Publish};
pub use publisher::{Counts, Order, PublishOptions, Publisher};
pub use record::Record;
pub use stream::{Limits, Placed, PutError, Refused, Stream, Why};
