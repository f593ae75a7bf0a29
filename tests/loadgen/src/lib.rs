//! Traffic.

mod batch;
mod journal;

pub use batch::Batch;
pub use journal::{Journals, run_id};
