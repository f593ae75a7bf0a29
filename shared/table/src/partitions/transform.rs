use crate::partitions::fixed_offset::FixedOffset;
use crate::partitions::time_unit::TimeUnit;
use std::fmt;

/// How a partition's value follows from its source: one of [Iceberg's transforms](https://iceberg.apache.org/spec/#partition-transforms).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transform {
    /// The value itself.
    Identity,
    /// The year, month, day or hour of a date or time.
    Time(TimeUnit, FixedOffset),
    /// The hash of the value modulo this number of buckets, 1 to 2^31 - 1.
    Bucket(u32),
    /// The first characters of a text, or a number rounded down to a multiple of this width, 1 to 2^31 - 1.
    Truncate(u32),
}

/// The names of transforms in a schema file, for messages.
const NAMES: &str = "identity, year, month, day, hour, bucket[N] and truncate[W]";

impl Transform {
    /// Parses a transform's name in a schema file. A transform of times is in UTC.
    ///
    /// # Errors
    ///
    /// Returns what is wrong, as the end of a sentence.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let time = |unit| Ok(Transform::Time(unit, FixedOffset::UTC));
        match text {
            "identity" => Ok(Transform::Identity),
            "year" => time(TimeUnit::Year),
            "month" => time(TimeUnit::Month),
            "day" => time(TimeUnit::Day),
            "hour" => time(TimeUnit::Hour),
            _ => Transform::parse_with_parameter(text),
        }
    }

    fn parse_with_parameter(text: &str) -> Result<Self, String> {
        let unknown = || {
            let advice = advice(text).unwrap_or_else(|| format!("transforms are {NAMES}"));
            format!("unknown transform {text:?}: {advice}")
        };
        let (name, parameter) = text
            .split_once('[')
            .and_then(|(name, rest)| Some((name, rest.strip_suffix(']')?)))
            .ok_or_else(unknown)?;
        let transform: fn(u32) -> Transform = match name {
            "bucket" => Transform::Bucket,
            "truncate" => Transform::Truncate,
            _ => return Err(unknown()),
        };
        // Iceberg's parameters are 32-bit integers with a sign.
        let number = parameter.parse().ok().filter(|number| (1..=i32::MAX as u32).contains(number));
        let digits = parameter.bytes().all(|byte| byte.is_ascii_digit());
        number.filter(|_| digits).map(transform).ok_or_else(|| {
            format!("transform {text:?}: the number in brackets is a whole number from 1 to {}", i32::MAX)
        })
    }

    /// Returns the transform with another offset, if its values depend on one.
    pub(crate) fn with_offset(self, offset: FixedOffset) -> Option<Self> {
        match self {
            Transform::Time(unit, _) => Some(Transform::Time(unit, offset)),
            _ => None,
        }
    }

    /// Returns the offset from UTC on which the transform's values depend.
    pub fn offset(self) -> FixedOffset {
        match self {
            Transform::Time(_, offset) => offset,
            _ => FixedOffset::UTC,
        }
    }

    /// Returns the values that the transform takes, for a message.
    pub(crate) fn takes(self) -> &'static str {
        match self {
            Transform::Identity => "strings, integers, booleans and dates",
            Transform::Time(TimeUnit::Hour, _) => "timestamps",
            Transform::Time(..) => "dates and timestamps",
            Transform::Bucket(_) => "strings, integers, decimals, dates, timestamps and binary",
            Transform::Truncate(_) => "strings, integers, decimals and binary",
        }
    }
}

/// Returns advice about an unknown transform: the end of a sentence, or `None` if nothing is known about the name.
fn advice(text: &str) -> Option<String> {
    let plain = text.trim().to_ascii_lowercase();
    let word = plain.split(['[', '(']).next().unwrap_or_default();
    let meant = match word {
        "year" | "years" => "year",
        "month" | "months" => "month",
        "day" | "days" | "date" => "day",
        "hour" | "hours" => "hour",
        "bucket" | "hash" => "bucket[N], for example bucket[16]",
        "truncate" | "trunc" | "substr" => "truncate[W], for example truncate[3]",
        "identity" | "none" => "identity",
        _ => return None,
    };
    Some(format!("did you mean {meant}?"))
}

/// Writes the name that a schema file has for the transform. It doesn't include the offset.
impl fmt::Display for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Transform::Identity => f.write_str("identity"),
            Transform::Time(TimeUnit::Year, _) => f.write_str("year"),
            Transform::Time(TimeUnit::Month, _) => f.write_str("month"),
            Transform::Time(TimeUnit::Day, _) => f.write_str("day"),
            Transform::Time(TimeUnit::Hour, _) => f.write_str("hour"),
            Transform::Bucket(buckets) => write!(f, "bucket[{buckets}]"),
            Transform::Truncate(width) => write!(f, "truncate[{width}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transform_is_written_as_it_is_read() {
        for text in
            ["identity", "year", "month", "day", "hour", "bucket[1]", "bucket[2147483647]", "truncate[10]"]
        {
            assert_eq!(Transform::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_wrong_with_a_transform_is_explained() {
        for (text, problem) in [
            ("days", "did you mean day?"),
            ("Day", "did you mean day?"),
            ("bucket(16)", "did you mean bucket[N]"),
            ("bucket", "did you mean bucket[N]"),
            ("truncate[", "did you mean truncate[W]"),
            ("bucket[0]", "a whole number from 1"),
            ("bucket[+1]", "a whole number from 1"),
            ("bucket[]", "a whole number from 1"),
            ("truncate[2147483648]", "from 1 to 2147483647"),
            ("week", "transforms are identity"),
            ("", "transforms are identity"),
            ("void", "transforms are identity"),
        ] {
            assert!(
                Transform::parse(text).unwrap_err().contains(problem),
                "{text}: {:?}",
                Transform::parse(text)
            );
        }
    }
}
