//! Handles events: decides which of them matter, curates their objects, and reports the results.

mod handler;
mod scope;
mod summary;

pub(crate) use handler::Handler;
pub(crate) use summary::{Rejected, Summary};
