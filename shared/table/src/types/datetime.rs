//! Parses dates and times strictly: the proleptic Gregorian calendar, years 0001 to 9999, no leap seconds.

use super::number::{self, Excess, NumberError};
use super::options::{OffsetForm, Options};

/// Microseconds in a day.
pub(crate) const DAY: i64 = 86_400_000_000;

/// Days from 0000-03-01 to 1970-01-01.
const TO_1970: i32 = 719_468;

/// The first and the last day that a date can be.
const MIN_DAYS: i64 = MIN_MICROS / DAY;
const MAX_DAYS: i64 = MAX_MICROS / DAY;

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
    let (year, month, day) = civil_from_days(i64::from(days));
    format!("{year:04}-{month:02}-{day:02}")
}

/// Returns the year, month and day that is this many days after 1970-01-01, for days in any year.
pub(crate) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + i64::from(TO_1970);
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    (era * 400 + year_of_era + month / 10, (month + 2) % 12 + 1, day)
}

/// Parses a number of days since 1970, which must be whole, and returns it.
pub(crate) fn epoch_days(text: &str) -> Result<i32, NumberError> {
    let days = number::integer(text)?;
    if (MIN_DAYS..=MAX_DAYS).contains(&days) { Ok(days as i32) } else { Err(NumberError::OutOfRange) }
}

/// Parses `YYYY-MM-DDTHH:MM:SS[.f…]` and returns the microseconds since 1970, converted to UTC if there is a zone.
///
/// The forms are those of [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339#section-5.6): `T` and `Z` may be lower case, and a space may
/// replace the `T`. There is no second of 60, because a number of microseconds since 1970 has no room for it.
pub(crate) fn timestamp(text: &str, zone: Zone, options: &Options) -> Result<i64, &'static str> {
    let form = match zone {
        Zone::None => "expected YYYY-MM-DDTHH:MM:SS",
        Zone::Required => "expected YYYY-MM-DDTHH:MM:SS and Z or an offset like +01:00",
    };
    let bytes = text.as_bytes();
    let (day, time) = bytes.split_first_chunk().ok_or(form)?;
    let [b'T' | b't' | b' ', h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] = time else { return Err(form) };
    let days = day_number(day, form)?;
    let (hour, minute) = (two(*h1, *h2).ok_or(form)?, two(*m1, *m2).ok_or(form)?);
    let second = two(*s1, *s2).ok_or(form)?;
    if hour > 23 || minute > 59 || second > 59 {
        return Err("no such time of day");
    }
    let (micros, rest) = fraction(rest, options)?;
    let offset = match (zone, rest) {
        (Zone::None, []) => 0,
        (Zone::None, _) => return Err("expected a time without a zone, found a zone or other text"),
        (Zone::Required, rest) => offset_minutes(rest, options)?,
    };
    let seconds = i64::from(hour * 60 + minute) * 60 + i64::from(second) - offset * 60;
    let value = i64::from(days) * DAY + seconds * 1_000_000 + micros;
    if (MIN_MICROS..=MAX_MICROS).contains(&value) { Ok(value) } else { Err("outside the years 0001 to 9999") }
}

/// Parses a number of seconds, or of 10^-n seconds, and returns the microseconds since 1970. `scale` is the number of decimal digits
/// between the unit and microseconds. It is negative for a finer unit.
pub(crate) fn epoch_micros(text: &str, scale: i8, options: &Options) -> Result<i64, NumberError> {
    /// Number of digits of the last microsecond.
    const MICROS: u8 = 18;
    let excess = if options.truncate.is_some() { Excess::Floor } else { Excess::Refuse };
    let micros = match u8::try_from(scale) {
        Ok(scale) => number::decimal(text, MICROS, scale, excess)?,
        Err(_) => {
            let finer = scale.unsigned_abs();
            let (count, unit) =
                (number::decimal(text, MICROS + finer, 0, excess)?, 10_i128.pow(finer.into()));
            if count % unit != 0 && excess == Excess::Refuse {
                return Err(NumberError::PrecisionLost);
            }
            count.div_euclid(unit)
        }
    };
    let micros = micros as i64;
    if (MIN_MICROS..=MAX_MICROS).contains(&micros) { Ok(micros) } else { Err(NumberError::OutOfRange) }
}

/// Returns the microseconds of a fraction, or 0 if there is none, and the text after it.
fn fraction<'a>(text: &'a [u8], options: &Options) -> Result<(i64, &'a [u8]), &'static str> {
    let [b'.', rest @ ..] = text else { return Ok((0, text)) };
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = rest.split_at(count);
    if digits.is_empty() {
        return Err("no digits after the decimal point");
    }
    let (exact, beyond) = digits.split_at(count.min(6));
    if beyond.iter().any(|digit| *digit != b'0') && options.truncate.is_none() {
        return Err("a fraction finer than microseconds");
    }
    let micros = exact.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    Ok((micros * 10_i64.pow(6 - exact.len() as u32), rest))
}

fn offset_minutes(text: &[u8], options: &Options) -> Result<i64, &'static str> {
    const FORM: &str = "expected Z or an offset such as +01:00 at the end";
    let (sign, hours, minutes) = match (text, options.offset) {
        ([b'Z' | b'z'], _) => return Ok(0),
        ([sign @ (b'+' | b'-'), h1, h2, b':', m1, m2], _)
        | ([sign @ (b'+' | b'-'), h1, h2, m1, m2], Some(OffsetForm::Basic)) => {
            (sign, two(*h1, *h2).ok_or(FORM)?, two(*m1, *m2).ok_or(FORM)?)
        }
        ([sign @ (b'+' | b'-'), h1, h2], Some(OffsetForm::Basic)) => (sign, two(*h1, *h2).ok_or(FORM)?, 0),
        _ => return Err(FORM),
    };
    if hours > 23 || minutes > 59 {
        return Err("no such offset");
    }
    let size = i64::from(hours * 60 + minutes);
    Ok(if *sign == b'-' { -size } else { size })
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
