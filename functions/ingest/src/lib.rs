//! `ingest`: puts the records of HTTP requests on a stream and reports the outcome of each.
//!
//! ```text
//!             request/               sender              response/
//! request ──► split, key, wrap, ──► order, pace, ──► results by index ──► response
//!             check                 retry
//! ```
//!
//! A [`Handler`] takes a request through these steps. A request is either [rejected](Rejection) as a whole or split into records, and each
//! record is either [refused](RefusalCode) or sent. The entry points that call the handler are a function of OCI or Fn ([`run_function`])
//! and a service on its own port ([`run_service`]). Each kind of stream is in one file ([`OciStream`]).
//!
//! Settings are in [`PROGRAM`] and [`Config`].

mod config;
mod entrypoints;
mod handler;
mod request;
mod response;
mod schema_file;
mod streams;

pub use config::{Config, PROGRAM, ServiceConfig};
pub use entrypoints::{PROCESS, command, run_function, run_service};
pub use handler::Handler;
pub use request::{Admission, Admitted, MAX_RECORDS, RefusalCode, Rejection, RejectionCode};
pub use response::{Counts, IngestResponse};
pub use sender::Limits;
pub use streams::OciStream;
