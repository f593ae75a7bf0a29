use super::definition::TypeReference;
use super::epoch::{Epoch, Unit};
use super::options::OptionName;

/// Type `timestamp_nanos`: a time given as nanoseconds since 1970, stored as UTC.
pub(super) type Type = Epoch<Nanos>;

/// The unit of `timestamp_nanos`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Nanos;

impl Unit for Nanos {
    const REFERENCE: TypeReference = TypeReference {
        name: "timestamp_nanos",
        json: "a number of nanoseconds since 1970, exact to the µs",
        parquet: "timestamp in µs, UTC",
        options: &[OptionName::Truncate, OptionName::FromString],
    };
    const SCALE: i8 = -3;
}
