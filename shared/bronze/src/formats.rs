//! The input formats, one file each.
//!
//! To add a format, add a file that implements [`LineReader`] and a variant of [`Format`].

mod connector;

pub use connector::Connector;

use crate::line_reader::LineReader;

/// An input format of bronze objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// One envelope per line, as OCI Connector Hub writes it. Quarantine objects have this format as well.
    #[default]
    Connector,
}

impl Format {
    /// Returns a reader for lines of this format, for use by one thread.
    pub fn reader(self) -> Box<dyn LineReader> {
        match self {
            Format::Connector => Box::<Connector>::default(),
        }
    }
}
