//! Converts object-created events of any cloud to one event type.
//!
//! To add an event source, write its parser in a new file and add it to `PARSERS` in `delivery`.

mod delivery;
mod event;
mod not_recognized;
mod oci;

pub(crate) use delivery::{Delivery, Unreadable, parse};
pub(crate) use event::{Event, ObjectWritten};
