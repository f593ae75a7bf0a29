//! `ingest`: puts the records of HTTP requests on a stream and reports what became of each.
//!
//! ```text
//!             request/               sender              response/
//! request ──► split, key, wrap, ──► order, pace, ──► results by index ──► response
//!             check                 retry
//! ```
//!
//! A [`Handler`] takes a request through these steps. A request is [rejected](Rejection) as a whole or split into records; a record is
//! [refused](RefusalCode) by itself, or sent. Entry points call the handler: as a function of OCI or Fn ([`run_function`]), or as a service on a
//! port of its own ([`run_service`]). Where records go is one file per stream ([`OciStream`]).
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
