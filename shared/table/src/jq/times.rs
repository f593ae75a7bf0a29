use chrono::format::{self, Item, Parsed, StrftimeItems};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use jaq_core::Error;
use jaq_json::{Num, Val, ValR};
use jaq_std::ValT;
use std::fmt::Write;

/// Checks that a text is a format that [`strftime`] and [`strptime`] understand.
pub(super) fn check_format(format: &str) -> Result<(), String> {
    match StrftimeItems::new(format).any(|item| matches!(item, Item::Error)) {
        true => Err(format!("{format:?} is not a time format")),
        false => Ok(()),
    }
}

/// Formats seconds since 1970, or a time in parts, in UTC.
pub(super) fn strftime(time: Val, format: Val) -> ValR {
    let moment = match time {
        Val::Arr(_) => moment_of_parts(&time)?,
        _ => moment_of_seconds(&time)?,
    };
    let (format, mut text) = (text_of(&format)?, String::new());
    match write!(text, "{}", moment.format(format)) {
        Ok(()) => Ok(Val::from(text)),
        Err(_) => Err(Error::str(format_args!("{format:?} is not a time format"))),
    }
}

/// Parses a time, and returns its parts.
pub(super) fn strptime(text: Val, format: Val) -> ValR {
    let (text, format) = (text_of(&text)?, text_of(&format)?);
    let wrong =
        || Error::str(format_args!("{:?} is not a time in the format {format:?}", json::excerpt(text)));
    let mut parsed = Parsed::new();
    format::parse(&mut parsed, text, StrftimeItems::new(format)).map_err(|_| wrong())?;
    let offset = parsed.offset().unwrap_or(0);
    let local = match parsed.to_naive_datetime_with_offset(offset) {
        Ok(local) => local,
        Err(_) => NaiveDateTime::new(parsed.to_naive_date().map_err(|_| wrong())?, NaiveTime::MIN),
    };
    let utc = local.checked_sub_signed(chrono::TimeDelta::seconds(offset.into())).ok_or_else(wrong)?;
    Ok(parts(&utc))
}

/// Returns the parts of a time in seconds since 1970.
pub(super) fn gmtime(seconds: Val) -> ValR {
    Ok(parts(&moment_of_seconds(&seconds)?.naive_utc()))
}

/// Returns the seconds since 1970 of a time in parts.
pub(super) fn mktime(time: Val) -> ValR {
    Ok(seconds_of(moment_of_parts(&time)?.timestamp()))
}

/// Returns the seconds since 1970 of a time in the form of RFC 3339.
pub(super) fn from_iso8601(text: Val) -> ValR {
    let text = text_of(&text)?;
    let moment = DateTime::parse_from_rfc3339(text).map_err(|_| {
        Error::str(format_args!("{:?} is not a time such as 2024-06-28T08:28:42Z", json::excerpt(text)))
    })?;
    Ok(match moment.timestamp_subsec_micros() {
        0 => seconds_of(moment.timestamp()),
        _ => Val::from(moment.timestamp_micros() as f64 / 1e6),
    })
}

/// Formats seconds since 1970 as RFC 3339 says, without a fraction.
pub(super) fn to_iso8601(seconds: Val) -> ValR {
    strftime(seconds, Val::from("%Y-%m-%dT%H:%M:%SZ".to_owned()))
}

fn text_of(value: &Val) -> Result<&str, Error<Val>> {
    let text = value.as_utf8_bytes().and_then(|bytes| str::from_utf8(bytes).ok());
    text.ok_or_else(|| Error::typ(value.clone(), "string"))
}

fn moment_of_seconds(value: &Val) -> Result<DateTime<Utc>, Error<Val>> {
    let wrong = || Error::typ(value.clone(), "seconds since 1970");
    let moment = match (value.as_isize(), value.as_f64()) {
        (Some(seconds), _) => DateTime::from_timestamp(seconds as i64, 0),
        (None, Some(seconds)) if seconds.abs() < 1e15 => {
            DateTime::from_timestamp_micros((seconds * 1e6).floor() as i64)
        }
        _ => None,
    };
    moment.ok_or_else(wrong)
}

fn moment_of_parts(value: &Val) -> Result<DateTime<Utc>, Error<Val>> {
    let wrong = || Error::typ(value.clone(), "a time in parts");
    let Val::Arr(parts) = value else { return Err(wrong()) };
    let part = |index: usize| parts.get(index).and_then(Val::as_f64).map(|part| part.floor() as i64);
    let unsigned = |index: usize| part(index).and_then(|part| u32::try_from(part).ok());
    let moment = || {
        let year = i32::try_from(part(0)?).ok()?;
        let date = NaiveDate::from_ymd_opt(year, unsigned(1)?.checked_add(1)?, unsigned(2)?)?;
        Some(date.and_hms_opt(unsigned(3)?, unsigned(4)?, unsigned(5)?)?.and_utc())
    };
    moment().ok_or_else(wrong)
}

/// Returns a time as jq's array: year, month from 0, day, hour, minute, second, weekday, day of the year from 0.
fn parts(time: &NaiveDateTime) -> Val {
    let second = match time.nanosecond() {
        0 => Val::from(time.second() as isize),
        nanos => Val::from(f64::from(time.second()) + f64::from(nanos) / 1e9),
    };
    let before = [
        time.year() as isize,
        time.month0() as isize,
        time.day() as isize,
        time.hour() as isize,
        time.minute() as isize,
    ];
    let after = [time.weekday().num_days_from_sunday() as isize, time.ordinal0() as isize];
    before.map(Val::from).into_iter().chain([second]).chain(after.map(Val::from)).collect()
}

fn seconds_of(seconds: i64) -> Val {
    Val::Num(Num::from_integral(seconds))
}
