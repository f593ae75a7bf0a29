//! Drafts a table's schema from sample records, without I/O.
//!
//! ```text
//! Chunk ─► Reader ─► Observer ─┬─► merge ─► Proposal: a schema file, and the reasons for it
//! Chunk ─► Reader ─► Observer ─┘
//! ```
//!
//! An [`Observer`] remembers what was seen at each place of the records. It takes bounded memory: when an object has too many different
//! keys, they are data, and when there are too many places, those inside the others are forgotten. A [`Proposal`] decides on the types. Every
//! record that was observed fits the proposed schema.
//!
//! ```
//! use infer::{Observer, Proposal};
//!
//! let mut observer = Observer::default();
//! observer.observe(r#"{"device": "d7", "celsius": 21.5, "at": "2024-06-28T08:28:42Z"}"#)?;
//! let proposal = Proposal::of(&observer, "readings");
//! assert!(proposal.schema.contains(r#"{"name": "celsius", "type": "decimal(18,4)"}"#));
//! # Ok::<(), json::Error>(())
//! ```

mod context;
mod members;
mod node;
mod numbers;
mod observer;
mod per_record;
mod proposal;
mod reader;
mod strings;

pub use observer::{Counts, Observer};
pub use proposal::{Note, Proposal};
pub use reader::Reader;
