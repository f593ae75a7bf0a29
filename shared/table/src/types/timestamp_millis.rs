use super::definition::TypeReference;
use super::epoch::{Epoch, Unit};
use super::options::OptionName;

/// Type `timestamp_millis`: a time given as milliseconds since 1970, stored as UTC.
pub(super) type Type = Epoch<Millis>;

/// The unit of `timestamp_millis`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Millis;

impl Unit for Millis {
    const REFERENCE: TypeReference = TypeReference {
        name: "timestamp_millis",
        json: "a number of milliseconds since 1970, exact to the µs",
        parquet: "timestamp in µs, UTC",
        options: &[OptionName::Truncate, OptionName::FromString],
    };
    const SCALE: i8 = 3;
}
