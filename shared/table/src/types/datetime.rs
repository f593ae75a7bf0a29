//! Parses dates and times strictly: the proleptic Gregorian calendar, years 0001 to 9999, no leap seconds.

use super::number::{self, NumberError};

/// Microseconds in a day.
const DAY: i64 = 86_400_000_000;

/// Days from 0000-03-01 to 1970-01-01.
const TO_1970: i32 = 719_468;

/// The first and the last microsecond that a timestamp can be. Most readers support the years 0001 to 9999.
const MIN_MICROS: i64 = -62_135_596_800_000_000;
const MAX_MICROS: i64 = 253_402_300_799_999_999;

/// Whether a timestamp's text has a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    /// The text must not have a zone.
    None,
    /// The text must have a zone: `Z` or an offset like `+01:00`.
    Required,
}

/// Parses `YYYY-MM-DD` and returns the days since 1970.
pub(crate) fn date(text: &str) -> Result<i32, &'static str> {
    const FORM: &str = "expected YYYY-MM-DD";
    let days = text.as_bytes().first_chunk().filter(|_| text.len() == 10).ok_or(FORM)?;
    day_number(days, FORM)
}

/// Formats days since 1970 as `YYYY-MM-DD`, the inverse of [`date`].
pub(crate) fn date_text(days: i32) -> String {
    let days = days + TO_1970;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = (era * 400 + year_of_era + month / 10, (month + 2) % 12 + 1);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Parses `YYYY-MM-DDTHH:MM:SS[.f…]` (a space may replace the `T`) and returns the microseconds since 1970, converted to UTC if there is a
/// zone.
pub(crate) fn timestamp(text: &str, zone: Zone) -> Result<i64, &'static str> {
    let form = match zone {
        Zone::None => "expected YYYY-MM-DDTHH:MM:SS",
        Zone::Required => "expected YYYY-MM-DDTHH:MM:SS and Z or an offset like +01:00",
    };
    let bytes = text.as_bytes();
    let (day, time) = bytes.split_first_chunk().ok_or(form)?;
    let [b'T' | b' ', h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] = time else { return Err(form) };
    let days = day_number(day, form)?;
    let (hour, minute) = (two(*h1, *h2).ok_or(form)?, two(*m1, *m2).ok_or(form)?);
    let second = two(*s1, *s2).ok_or(form)?;
    if hour > 23 || minute > 59 || second > 59 {
        return Err("no such time of day");
    }
    let (micros, rest) = fraction(rest)?;
    let offset = match (zone, rest) {
        (Zone::None, []) => 0,
        (Zone::None, _) => return Err("expected a time without a zone, found a zone or other text"),
        (Zone::Required, rest) => offset_minutes(rest)?,
    };
    let seconds = i64::from(hour * 60 + minute) * 60 + i64::from(second) - offset * 60;
    let value = i64::from(days) * DAY + seconds * 1_000_000 + micros;
    if (MIN_MICROS..=MAX_MICROS).contains(&value) { Ok(value) } else { Err("outside the years 0001 to 9999") }
}

/// Parses a number of seconds, or of 10^-n seconds, and returns the microseconds since 1970. `scale` is the number of decimal digits
/// between the unit and microseconds.
pub(crate) fn epoch_micros(text: &str, scale: u8) -> Result<i64, NumberError> {
    let micros = number::decimal(text, 18, scale, None)? as i64;
    if (MIN_MICROS..=MAX_MICROS).contains(&micros) { Ok(micros) } else { Err(NumberError::OutOfRange) }
}

/// Returns the microseconds of a fraction, or 0 if there is none, and the text after it.
fn fraction(text: &[u8]) -> Result<(i64, &[u8]), &'static str> {
    let [b'.', rest @ ..] = text else { return Ok((0, text)) };
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = rest.split_at(count);
    if digits.is_empty() {
        return Err("no digits after the decimal point");
    }
    let (exact, beyond) = digits.split_at(count.min(6));
    if beyond.iter().any(|digit| *digit != b'0') {
        return Err("a fraction finer than microseconds");
    }
    let micros = exact.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    Ok((micros * 10_i64.pow(6 - exact.len() as u32), rest))
}

fn offset_minutes(text: &[u8]) -> Result<i64, &'static str> {
    const FORM: &str = "expected Z or an offset such as +01:00 at the end";
    match text {
        [b'Z' | b'z'] => Ok(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (two(*h1, *h2).ok_or(FORM)?, two(*m1, *m2).ok_or(FORM)?);
            if hours > 23 || minutes > 59 {
                return Err("no such offset");
            }
            let size = i64::from(hours * 60 + minutes);
            Ok(if *sign == b'-' { -size } else { size })
        }
        _ => Err(FORM),
    }
}

fn two(tens: u8, ones: u8) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| u32::from(tens) * 10 + u32::from(ones))
}

/// Returns the days since 1970. `form` is the error for a text that does not have the form of a day.
fn day_number(text: &[u8; 10], form: &'static str) -> Result<i32, &'static str> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else { return Err(form) };
    let parts = || Some((two(*y1, *y2)? * 100 + two(*y3, *y4)?, two(*m1, *m2)?, two(*d1, *d2)?));
    let (year, month, day) = parts().ok_or(form)?;
    if year == 0 || !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
        return Err("no such day in the calendar");
    }
    Ok(days_from_civil(year as i32, month as i32, day as i32))
}

fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns the days since 1970-01-01. Years are counted from March, so that the leap day is the last of its year.
fn days_from_civil(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let day_of_era = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year;
    day_of_era - TO_1970
}

#[cfg(test)]
#[path = "datetime_tests.rs"]
mod tests;
