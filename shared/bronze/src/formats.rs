//! The input formats, one file each.
//!
//! To add a format, add a file that implements [`LineReader`] and a variant of [`Format`].

mod connector;

pub use connector::Connector;

use crate::line_reader::LineReader;

/// An input format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// One envelope a line, as OCI Connector Hub writes it. Quarantine objects are of this format, too.
    #[default]
    Connector,
}

impl Format {
    /// A reader for lines of this format, for one thread.
    pub fn reader(self) -> Box<dyn LineReader> {
        match self {
            Format::Connector => Box::<Connector>::default(),
        }
    }
}
