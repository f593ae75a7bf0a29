//! The input formats whose unit is a line, one file each.
//!
//! To add a format, add a file that implements [`LineReader`] and a variant of [`Format`].

mod connector;
mod quarantine;

pub use connector::Connector;
pub use quarantine::Quarantine;
