//! Turns a request into records.
//!
//! Modules, lowest first: `rejection` (why nothing of a request is sent), `refusal` (why one record is not sent), `content_type`,
//! `content_encoding` (gzip), `splitter` (from body to records), `cloud_event`, `pointer`, `key`, `wrapper`, `admission` (all of it).

mod admission;
mod cloud_event;
mod content_encoding;
mod content_type;
mod key;
mod pointer;
mod refusal;
mod rejection;
mod splitter;
mod wrapper;

pub use admission::{Admission, Admitted, MAX_RECORDS};
pub(crate) use content_encoding::ContentEncoding;
pub(crate) use key::KeyRules;
pub(crate) use refusal::Refusal;
pub use refusal::RefusalCode;
pub use rejection::{Rejection, RejectionCode};
pub(crate) use wrapper::Wrapper;
