//! The stream connector's object format: what OCI Connector Hub writes from a stream, read and written without I/O.
//!
//! An object is gzip JSON Lines, one envelope a line:
//!
//! ```json
//! {"stream":"ledger","partition":"0","key":"S00=","value":"eyJ1dWlk…","offset":1919522,"timestamp":1719563324779}
//! ```
//!
//! Bytes go through three machines, each fed by hand and each free of I/O:
//!
//! 1. [`Inflater`]: object bytes → text, all gzip members, with the place and kind of any [`Damage`];
//! 2. [`Framer`]: text → [`Chunk`]s of whole lines, cut in the same places however the bytes arrived;
//! 3. [`Line::parse`]: one line → an [`Envelope`], or an [`EnvelopeError`] that concerns this line alone.
//!
//! [`ObjectName`] takes the connector's object names apart, [`Record`] writes envelopes.
//! Source of the format: a measured run, and the service's documentation where it says something
//! (blank lines, a missing last newline and unknown fields are allowed for, since nothing rules them out).

mod base64;
mod damage;
mod envelope;
mod frame;
mod gzip;
mod inflate;
mod object_name;
mod record;

pub use base64::{NotBase64, decode_base64, encode_base64};
pub use damage::{Damage, DamageKind};
pub use envelope::{Envelope, EnvelopeError, EnvelopeProblem, Line};
pub use frame::{Chunk, ChunkKind, Framer};
pub use inflate::{Inflater, RATIO_FLOOR};
pub use object_name::ObjectName;
pub use record::Record;
