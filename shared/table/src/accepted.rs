//! What columns accept, for those who look at values before there is a schema.

use crate::types::Options;
use crate::types::datetime::{self, Zone};
use crate::types::number;

/// Returns the days since 1970 of a text that columns of type `date` accept.
pub fn parse_date(text: &str) -> Option<i32> {
    datetime::date(text).ok()
}

/// Returns the microseconds since 1970 of a text that columns of type `timestamp` with these options accept.
pub fn parse_timestamp(text: &str, options: &Options) -> Option<i64> {
    datetime::timestamp(text, Zone::None, options).ok()
}

/// Returns the microseconds since 1970 of a text that columns of type `timestamp_utc` with these options accept.
pub fn parse_timestamp_utc(text: &str, options: &Options) -> Option<i64> {
    datetime::timestamp(text, Zone::Required, options).ok()
}

/// Returns the value of a JSON number that columns of type `int64` accept.
pub fn parse_int64(number: &str) -> Option<i64> {
    number::integer(number).ok()
}
