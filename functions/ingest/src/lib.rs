//! `ingest`: puts producer traffic on a stream, and answers for every record.
//!
//! Modules, lowest first: `record` (what is put), `outcome` (what became of it), `stream` (where it goes), `publish` (how it gets there),
//! `publisher` (what does that).
//! From a request to records: `rejection` (why none of it is sent), `refusal` (why one record is not), `form` (content types),
//! `content_encoding` (gzip), `pieces` (body → records), `cloud_event`, `pointer`, `key`, `envelope`, `table_check`, `admission` (all of it).
//! From outcomes to the answer: `result` (of a record), `results`, `compact` (those of very many), `answer`. Around both: `schema_file`,
//! `config` (settings), `handler` (a request → its answer), `oci` (OCI Streaming as a stream), `service` (a server of its own), `start`, and the
//! two doors: `function` and `cli`.

mod admission;
mod answer;
mod cli;
mod cloud_event;
mod compact;
mod config;
mod content_encoding;
mod envelope;
mod form;
mod function;
mod handler;
mod key;
mod oci;
mod outcome;
mod pieces;
mod pointer;
mod publish;
mod publisher;
mod record;
mod refusal;
mod rejection;
mod result;
mod results;
mod schema_file;
mod service;
mod start;
mod stream;

pub use admission::{Admission, Admitted, MAX_RECORDS};
pub use answer::{Answer, Counts};
pub use cli::{Arguments, run};
pub use config::{Config, OCI_VARIABLES, PROGRAM, ServiceConfig};
pub use function::run_function;
pub use handler::Handler;
pub use oci::OciStream;
pub use outcome::{Failure, Outcome};
pub use publish::{Full, Publish};
pub use publisher::{Order, PublishCounts, PublishOptions, Publisher};
pub use record::Record;
pub use refusal::RefusalCode;
pub use rejection::{Rejection, RejectionCode};
pub use stream::{Limits, Placed, PutError, Refused, Stream, Why};
