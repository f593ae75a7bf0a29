use serde::{Serialize, Serializer};
use std::fmt;

/// A fixed offset from UTC.
///
/// There are no named zones: their rules change, so the same record could be in another partition after an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FixedOffset {
    minutes: i16,
}

const MICROS_PER_MINUTE: i64 = 60_000_000;

impl FixedOffset {
    /// UTC itself.
    pub const UTC: FixedOffset = FixedOffset { minutes: 0 };

    /// Parses `Z` or an offset such as `+02:00`, below 24 hours.
    ///
    /// # Errors
    ///
    /// Returns what is wrong, as the end of a sentence.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text == "Z" {
            return Ok(FixedOffset::UTC);
        }
        if text.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return Err(format!(
                "offset {text:?} is a named zone, whose rules change between builds of its database; give a fixed offset \
                 such as \"+02:00\""
            ));
        }
        parse_digits(text).ok_or_else(|| {
            format!("offset {text:?} is not an offset from UTC such as \"+02:00\" or \"-05:30\"")
        })
    }

    /// Returns the offset in microseconds; it is positive east of Greenwich.
    pub(crate) fn micros(self) -> i64 {
        i64::from(self.minutes) * MICROS_PER_MINUTE
    }
}

fn parse_digits(text: &str) -> Option<FixedOffset> {
    let [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] = text.as_bytes() else { return None };
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| i16::from(byte - b'0'));
    let (hours, minutes) = (digit(h1)? * 10 + digit(h2)?, digit(m1)? * 10 + digit(m2)?);
    let size = hours * 60 + minutes;
    let valid = hours < 24 && minutes < 60;
    valid.then_some(FixedOffset { minutes: if *sign == b'-' { -size } else { size } })
}

impl fmt::Display for FixedOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, size) = (if self.minutes < 0 { '-' } else { '+' }, self.minutes.abs());
        write!(f, "{sign}{:02}:{:02}", size / 60, size % 60)
    }
}

impl Serialize for FixedOffset {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_written_as_it_is_read() {
        for text in ["+00:00", "+02:00", "-05:30", "+14:00", "-00:45", "+23:59", "-23:59"] {
            assert_eq!(FixedOffset::parse(text).unwrap().to_string(), text);
        }
        for utc in ["Z", "+00:00", "-00:00"] {
            assert_eq!(FixedOffset::parse(utc), Ok(FixedOffset::UTC));
        }
        assert_eq!(FixedOffset::parse("-05:30").unwrap().micros(), -330 * 60_000_000);
    }

    #[test]
    fn other_forms_are_not_offsets_and_named_zones_are_explained() {
        for text in ["", "2", "+2", "+0200", "02:00", "+24:00", "+02:60", "+02:00 ", "+0a:00", "−05:00"] {
            assert!(FixedOffset::parse(text).unwrap_err().contains("is not an offset"), "{text}");
        }
        for text in ["Europe/Berlin", "UTC", "CET", "z"] {
            assert!(FixedOffset::parse(text).unwrap_err().contains("rules change"), "{text}");
        }
    }
}
