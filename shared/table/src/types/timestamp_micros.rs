use super::definition::TypeReference;
use super::epoch::{Epoch, Unit};
use super::options::OptionName;

/// Type `timestamp_micros`: a time given as microseconds since 1970, stored as UTC.
pub(super) type Type = Epoch<Micros>;

/// The unit of `timestamp_micros`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Micros;

impl Unit for Micros {
    const REFERENCE: TypeReference = TypeReference {
        name: "timestamp_micros",
        json: "a number of microseconds since 1970, without a fraction",
        parquet: "timestamp in µs, UTC",
        options: &[OptionName::Truncate, OptionName::FromString],
    };
    const SCALE: i8 = 0;
}
