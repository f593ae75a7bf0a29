use super::datetime::{self, Zone};
use super::definition::TypeDefinition;
use super::json_value::{Failure, JsonValue};
use super::options::Options;
use crate::cell::Cell;
use crate::reason::Reason;
use json::{Kind, excerpt};

/// Reads a timestamp from a string as microseconds since 1970.
#[inline(always)]
pub(crate) fn scan<T: TypeDefinition>(
    definition: &T,
    options: &Options,
    value: JsonValue<'_, '_>,
    zone: Zone,
) -> Result<Cell, Failure> {
    if value.kind != Kind::String {
        return Err(value.mismatch(&definition.name()));
    }
    let text = value.string()?.resolve();
    datetime::timestamp(&text, zone, options)
        .map(Cell::Int64)
        .map_err(|problem| Failure::Refused(Reason::BadTimestamp, format!("{:?}: {problem}", excerpt(&text))))
}
