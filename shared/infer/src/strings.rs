use json::Scanner;
use table::{OffsetForm, Options, Truncation, parse_date, parse_timestamp, parse_timestamp_utc};

/// What was seen of the strings at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Strings {
    pub(crate) count: u64,
    pub(crate) empty: u64,
    /// Strings that look like a number.
    pub(crate) numbers: u64,
    /// Calendar days.
    pub(crate) dates: u64,
    /// Times without a zone.
    pub(crate) local_times: u64,
    /// Times with a zone.
    pub(crate) times: u64,
    /// Times with digits beyond microseconds.
    pub(crate) fine: u64,
    /// Times whose offset has no colon.
    pub(crate) basic: u64,
    /// The range of all dates and times, in microseconds since 1970.
    pub(crate) earliest: i64,
    pub(crate) latest: i64,
}

/// Microseconds in a day.
pub(crate) const DAY: i64 = 86_400_000_000;

const STRICT: Options = Options { round: None, truncate: None, offset: None, from_string: false };
const TRUNCATE: Options = Options { truncate: Some(Truncation::Micros), ..STRICT };
const BASIC: Options = Options { offset: Some(OffsetForm::Basic), ..STRICT };
const BOTH: Options = Options { offset: Some(OffsetForm::Basic), ..TRUNCATE };

/// The shortest and longest text of a time: a date, and a time with a fraction of some digits more than anyone writes.
const TIME_LENGTHS: std::ops::RangeInclusive<usize> = 10..=64;

/// The longest text that is tried as a number.
const MAX_NUMBER: usize = 64;

impl Default for Strings {
    fn default() -> Self {
        Strings {
            count: 0,
            empty: 0,
            numbers: 0,
            dates: 0,
            local_times: 0,
            times: 0,
            fine: 0,
            basic: 0,
            earliest: i64::MAX,
            latest: i64::MIN,
        }
    }
}

impl Strings {
    /// Adds a string without escapes.
    #[inline]
    pub(crate) fn add(&mut self, text: &str) {
        self.count += 1;
        match text.as_bytes() {
            [] => self.empty += 1,
            [b'0'..=b'9', _, _, _, b'-', ..] if TIME_LENGTHS.contains(&text.len()) => self.add_time(text),
            [b'0'..=b'9' | b'-', ..] if text.len() <= MAX_NUMBER => {
                self.numbers += u64::from(is_number(text))
            }
            _ => {}
        }
    }

    fn add_time(&mut self, text: &str) {
        if let Some(days) = parse_date(text) {
            self.dates += 1;
            return self.add_range(i64::from(days) * DAY);
        }
        if let Some(micros) = parse_timestamp_utc(text, &STRICT) {
            self.times += 1;
            return self.add_range(micros);
        }
        if let Some(micros) = parse_timestamp_utc(text, &BOTH) {
            self.times += 1;
            self.fine += u64::from(parse_timestamp_utc(text, &BASIC).is_none());
            self.basic += u64::from(parse_timestamp_utc(text, &TRUNCATE).is_none());
            return self.add_range(micros);
        }
        if let Some(micros) = parse_timestamp(text, &TRUNCATE) {
            self.local_times += 1;
            self.fine += u64::from(parse_timestamp(text, &STRICT).is_none());
            self.add_range(micros);
        }
    }

    fn add_range(&mut self, micros: i64) {
        self.earliest = self.earliest.min(micros);
        self.latest = self.latest.max(micros);
    }

    pub(crate) fn merge(&mut self, other: &Strings) {
        self.count += other.count;
        self.empty += other.empty;
        self.numbers += other.numbers;
        self.dates += other.dates;
        self.local_times += other.local_times;
        self.times += other.times;
        self.fine += other.fine;
        self.basic += other.basic;
        self.earliest = self.earliest.min(other.earliest);
        self.latest = self.latest.max(other.latest);
    }
}

fn is_number(text: &str) -> bool {
    let mut scanner = Scanner::new(text);
    scanner.number().is_ok_and(|number| number.len() == text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_string_is_recognized() {
        let mut strings = Strings::default();
        for text in [
            "",
            "12.5",
            "0049123",
            "2024-06-28",
            "2024-06-31",
            "2024-06-28T08:28:42Z",
            "2024-06-28T08:28:42.1234567+0530",
            "2024-06-28 08:28:42.123456789",
            "1234-abcdefgh",
        ] {
            strings.add(text);
        }
        let Strings { count, empty, numbers, dates, local_times, times, fine, basic, .. } = strings;
        assert_eq!((count, empty, numbers, dates), (9, 1, 1, 1));
        assert_eq!((local_times, times, fine, basic), (1, 2, 2, 1));
    }
}
