//! `ingest`: puts producer traffic on a stream, and answers for every record.
//!
//! Modules, lowest first: `record` (what is put), `outcome` (what became of it), `stream` (where it goes).

mod outcome;
mod record;
mod stream;

pub use outcome::{Failure, Outcome};
pub use record::Record;
pub use stream::{Limits, Placed, PutError, Refused, Stream, Why};
