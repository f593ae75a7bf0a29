//! `ingest`: puts producer traffic on a stream, and answers for every record.
//!
//! Modules, lowest first: `record` (what is put), `outcome` (what became of it), `stream` (where it goes), `publish` (how it gets there),
//! `handler` (a request → its answer).

mod handler;
mod outcome;
mod publish;
mod record;
mod stream;

pub use handler::Handler;
pub use outcome::{Failure, Outcome};
pub use publish::{Full, Publish};
pub use record::Record;
pub use stream::{Limits, Placed, PutError, Refused, Stream, Why};
