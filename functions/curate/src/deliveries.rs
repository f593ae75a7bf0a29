//! What is done with events: which of them matter, what happens to their objects, and how it is reported.

mod handler;
mod scope;
mod summary;

pub(crate) use handler::Handler;
pub(crate) use summary::{Rejected, Summary};
