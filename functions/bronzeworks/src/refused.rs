//! Refused records: what the entries of quarantine objects say, in the forms that people see.

mod preview;
mod reader;
#[expect(clippy::module_inception, reason = "the folder is named after its main type")]
mod refused;
mod summary;

pub(crate) use preview::text;
pub(crate) use reader::{Line, LineSplitter};
#[cfg(test)]
pub(crate) use refused::EntryError;
pub(crate) use refused::{Refusable, Refused, UNREADABLE};
pub(crate) use summary::{Summary, example, records};
