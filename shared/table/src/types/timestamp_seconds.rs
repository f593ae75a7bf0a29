use super::definition::TypeReference;
use super::epoch::{Epoch, Unit};
use super::options::OptionName;

/// Type `timestamp_seconds`: a time given as seconds since 1970, stored as UTC.
pub(super) type Type = Epoch<Seconds>;

/// The unit of `timestamp_seconds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seconds;

impl Unit for Seconds {
    const REFERENCE: TypeReference = TypeReference {
        name: "timestamp_seconds",
        json: "a number of seconds since 1970, exact to the µs",
        parquet: "timestamp in µs, UTC",
        options: &[OptionName::Truncate, OptionName::FromString],
    };
    const SCALE: i8 = 6;
}
