//! Turns the outcomes of records into the response.
//!
//! Modules, lowest first: `record_result` (the result of one record), `counts`, `offset` (a position as JSON), `compact` (very many
//! results), `results`, `ingest_response`.

mod compact;
mod counts;
mod ingest_response;
mod offset;
mod record_result;
mod results;

pub use counts::Counts;
pub use ingest_response::IngestResponse;
