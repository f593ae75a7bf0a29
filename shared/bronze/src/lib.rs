//! Turns the bytes of bronze objects into records, without I/O.
//!
//! Bytes pass through three state machines, all driven by the caller:
//!
//! ```text
//! object bytes ─► Inflater ─► text ─► Framer ─┬─► Chunk of whole lines ─► LineReader ─► Record
//!                     └─► Damage              │                                └─► Unreadable, kept for quarantine
//!                                             └─► Chunk of whole values ─► Values ─► one JSON value each
//! ```
//!
//! 1. [`Inflater`] turns the object's bytes (all gzip members or zstd frames) into text, or reports the position and kind of [`Damage`].
//! 2. [`Framer`] cuts the text into [`Chunk`]s of whole lines or values, at the same positions however the bytes arrive. The [`Format`]
//!    decides which.
//!
//!    [`Chunker`] is both as one.
//! 3. A [`LineReader`] reads one line at a time, and [`Values`] one value at a time. A [`Record`] does not depend on the format, so its
//!    position may be unknown.
//!
//! [`Connector`] reads the format in which OCI Connector Hub writes a stream: gzip-compressed JSON Lines, one envelope per line.
//! [`Quarantine`] reads the lines that a quarantine keeps.
//!
//! ```json
//! {"stream":"ledger","partition":"0","key":"S00=","value":"eyJ1dWlk…","offset":1919522,"timestamp":1719563324779}
//! ```
//!
//! [`ConnectorLine`] writes such lines, and [`ObjectName`] parses the connector's object names. The format is known from a measured run,
//! and from the service's documentation where it says something. Blank lines, a missing last newline and unknown fields are allowed,
//! because nothing rules them out. Unknown fields become the record's headers.
//!
//! ```
//! use bronze::{Connector, Content, LineReader};
//!
//! let line = br#"{"stream":"s","partition":"0","key":null,"value":"e30=","offset":7,"timestamp":1}"#;
//! let mut reader = Connector::default();
//! let Content::Record(record) = reader.read(line).content else { panic!("an envelope") };
//! assert_eq!((record.value, record.key), (&b"{}"[..], None));
//! assert_eq!(record.position.map(|position| position.offset), Some(7));
//! ```

mod base64;
mod chunker;
mod connector_line;
mod damage;
mod entry;
mod envelope;
mod envelope_fields;
mod firehose;
mod format;
mod formats;
mod frame;
mod inflate;
mod kafka_name;
mod line_reader;
mod object_name;
mod quarantined;
mod record;

mod values;

pub use base64::{NotBase64, decode_base64, encode_base64};
pub use chunker::{Chunker, Pushed};
pub use connector_line::ConnectorLine;
pub use damage::{Damage, DamageKind};
pub use entry::{Content, Entry, Kept, Unreadable};
pub use envelope::Envelope;
pub use envelope_fields::{EnvelopeError, EnvelopeProblem};
pub use firehose::undelivered;
pub use format::{Format, UnknownFormat};
pub use formats::{Connector, Quarantine};
pub use frame::{Chunk, ChunkKind, Framer, Framing};
pub use inflate::{Compression, Gunzip, Inflater, RATIO_FLOOR};
pub use kafka_name::KafkaName;
pub use line_reader::LineReader;
pub use object_name::ObjectName;
pub use quarantined::{Quarantined, QuarantinedValue};
pub use record::{Position, Record};

pub use values::{Broken, Unit, Values};
