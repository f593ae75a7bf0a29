use crate::types::datetime::{DAY, civil_from_days};
use std::fmt;

/// How coarse a partition by time is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// A year, such as `2024`.
    Year,
    /// A month, such as `2024-06`.
    Month,
    /// A day, such as `2024-06-28`.
    Day,
    /// An hour, such as `2024-06-28-13`.
    Hour,
}

const HOUR: i64 = DAY / 24;

/// The year, month, day or hour that contains a time, as text in the form of Iceberg. Times before 1970 are in the unit that contains them
/// as well: they are rounded down.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UnitText {
    unit: TimeUnit,
    days: i64,
    hour: i64,
}

impl UnitText {
    /// Returns the unit that contains a day, given in days since 1970.
    pub(crate) fn of_days(unit: TimeUnit, days: i32) -> Self {
        UnitText { unit, days: days.into(), hour: 0 }
    }

    /// Returns the unit that contains a time, given in microseconds since 1970.
    pub(crate) fn of_micros(unit: TimeUnit, micros: i64) -> Self {
        UnitText { unit, days: micros.div_euclid(DAY), hour: micros.rem_euclid(DAY) / HOUR }
    }
}

impl fmt::Display for UnitText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.days);
        let parts = match self.unit {
            TimeUnit::Year => 0,
            TimeUnit::Month => 1,
            TimeUnit::Day => 2,
            TimeUnit::Hour => 3,
        };
        if (0..=9999).contains(&year) {
            // Formatting each number would take three times as long, for every row.
            let mut text = *b"YYYY-MM-DD-HH";
            let numbers = [year / 100, year % 100, month, day, self.hour];
            for (at, number) in [0, 2, 5, 8, 11].into_iter().zip(numbers) {
                text[at] = b'0' + (number / 10) as u8;
                text[at + 1] = b'0' + (number % 10) as u8;
            }
            return f.write_str(str::from_utf8(&text[..4 + 3 * parts]).map_err(|_| fmt::Error)?);
        }
        write!(f, "{year:04}")?;
        [month, day, self.hour][..parts].iter().try_for_each(|number| write!(f, "-{number:02}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(micros: i64) -> [String; 4] {
        [TimeUnit::Year, TimeUnit::Month, TimeUnit::Day, TimeUnit::Hour]
            .map(|unit| UnitText::of_micros(unit, micros).to_string())
    }

    #[test]
    fn a_time_is_in_its_year_month_day_and_hour() {
        // 2017-12-01T10:12:55.038194, an example of Iceberg's.
        let micros = 1_512_123_175_038_194;
        assert_eq!(texts(micros), ["2017", "2017-12", "2017-12-01", "2017-12-01-10"]);
        assert_eq!(texts(0), ["1970", "1970-01", "1970-01-01", "1970-01-01-00"]);
    }

    #[test]
    fn times_before_1970_are_rounded_down() {
        assert_eq!(texts(-1), ["1969", "1969-12", "1969-12-31", "1969-12-31-23"]);
        assert_eq!(texts(-DAY), ["1969", "1969-12", "1969-12-31", "1969-12-31-00"]);
        assert_eq!(texts(-62_135_596_800_000_000), ["0001", "0001-01", "0001-01-01", "0001-01-01-00"]);
    }

    #[test]
    fn every_number_of_microseconds_has_a_text() {
        assert_eq!(texts(i64::MAX)[2], "294247-01-10");
        assert_eq!(texts(i64::MIN)[2], "-290308-12-21");
    }
}
