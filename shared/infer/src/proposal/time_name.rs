//! Numbers that count time since 1970, as names and sizes tell.

use crate::numbers::Numbers;

/// A type of numbers that count time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Epoch {
    /// Name of the type.
    pub(super) name: &'static str,
    /// The unit in words.
    pub(super) unit: &'static str,
    per_second: f64,
    /// Most digits after the point that are not beyond microseconds.
    scale: u32,
}

const UNITS: [Epoch; 4] = [
    Epoch { name: "timestamp_seconds", unit: "seconds", per_second: 1.0, scale: 6 },
    Epoch { name: "timestamp_millis", unit: "milliseconds", per_second: 1e3, scale: 3 },
    Epoch { name: "timestamp_micros", unit: "microseconds", per_second: 1e6, scale: 0 },
    Epoch { name: "timestamp_nanos", unit: "nanoseconds", per_second: 1e9, scale: 0 },
];

/// The years 2000 to 2099, in seconds and in days since 1970. In other units, the numbers are of other sizes.
const SECONDS: std::ops::RangeInclusive<f64> = 946_684_800.0..=4_102_444_799.0;
const DAYS: std::ops::RangeInclusive<f64> = 10_957.0..=47_481.0;

/// Words that are in the names of times.
const WORDS: [&str; 27] = [
    "at",
    "created",
    "date",
    "datetime",
    "deleted",
    "ended",
    "epoch",
    "exp",
    "expires",
    "expiration",
    "expiry",
    "iat",
    "modified",
    "nbf",
    "occurred",
    "processed",
    "published",
    "received",
    "scheduled",
    "sent",
    "started",
    "time",
    "timestamp",
    "ts",
    "updated",
    "until",
    "when",
];

/// Returns the unit if these numbers, at a place with this name, are times.
pub(super) fn epoch(name: &str, numbers: &Numbers) -> Option<Epoch> {
    let unit = UNITS.into_iter().find(|unit| {
        let within = |number: f64| SECONDS.contains(&(number / unit.per_second).floor());
        within(numbers.least) && within(numbers.most)
    })?;
    is_time(name).then_some(unit)
}

/// Returns whether these whole numbers, at a place with this name, are days.
pub(super) fn is_days(name: &str, numbers: &Numbers) -> bool {
    let is_date = words(name).last().is_some_and(|word| word == "date");
    is_date && DAYS.contains(&numbers.least) && DAYS.contains(&numbers.most)
}

impl Epoch {
    /// Returns whether some of the numbers are finer than microseconds.
    pub(super) fn truncates(&self, numbers: &Numbers) -> bool {
        numbers.scale > self.scale || self.per_second == 1e9 && numbers.odd_thousandths
    }

    /// Returns a number in microseconds since 1970.
    pub(super) fn micros(&self, number: f64) -> i64 {
        (number / self.per_second * 1e6) as i64
    }
}

fn is_time(name: &str) -> bool {
    words(name).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// Returns the words of a name in lower case: those of `eventTime` and of `event_time` are `event` and `time`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for character in name.chars() {
        let begins = after_lower && character.is_uppercase();
        if begins || !character.is_alphanumeric() {
            words.push(String::new());
        }
        if character.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(character.to_lowercase());
        }
        after_lower = character.is_lowercase() || character.is_numeric();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(texts: &[&str]) -> Numbers {
        let mut numbers = Numbers::default();
        texts.iter().for_each(|text| numbers.add(text));
        numbers
    }

    #[test]
    fn a_number_is_a_time_if_name_and_size_say_so() {
        for (name, number, unit) in [
            ("ts_ms", "1719563324779", Some("milliseconds")),
            ("createdAt", "1719563324", Some("seconds")),
            ("timestamp", "1719563324.779", Some("seconds")),
            ("event_time", "1719563324779123", Some("microseconds")),
            ("TimeUnixNano", "1719563324779123456", Some("nanoseconds")),
            ("amount", "1719563324", None),
            ("attempts", "1719563324", None),
            ("time", "12", None),
            ("timestamp", "-1719563324", None),
        ] {
            let epoch = epoch(name, &numbers(&[number]));
            assert_eq!(epoch.map(|epoch| epoch.unit), unit, "{name} {number}");
        }
        assert_eq!(epoch("ts", &numbers(&["1719563324", "1719563324779"])), None);
    }

    #[test]
    fn days_are_recognized_by_a_name_that_ends_in_date() {
        assert!(is_days("order_date", &numbers(&["19902"])));
        assert!(!is_days("order_date", &numbers(&["20240628"])));
        assert!(!is_days("date_count", &numbers(&["19902"])));
    }
}
