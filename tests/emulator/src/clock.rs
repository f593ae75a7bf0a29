//! The services' clock, and the formats in which they write times.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, NaiveDateTime, Utc};

/// Maximum difference between a service's clock and this machine's: 100 years. Headers, tokens and certificates can represent all times
/// in that range.
pub(crate) const SKEW_CEILING_SECONDS: i64 = 100 * 366 * 24 * 3600;

/// The date format of HTTP headers: `Tue, 05 Mar 2024 10:20:30 GMT`.
const IMF_FIXDATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

/// Returns the current time of a service whose clock is `skew` seconds ahead of this machine's. The skew is clamped, and the time is
/// never before 1970.
pub(crate) fn now(skew: i64) -> SystemTime {
    let skew = skew.clamp(-SKEW_CEILING_SECONDS, SKEW_CEILING_SECONDS);
    let shift = Duration::from_secs(skew.unsigned_abs());
    let now = SystemTime::now();
    if skew < 0 { now.checked_sub(shift).unwrap_or(UNIX_EPOCH).max(UNIX_EPOCH) } else { now + shift }
}

/// Returns the current time in milliseconds since 1970. The index stores no finer times because JSON responses do not show them.
pub(crate) fn milliseconds() -> i64 {
    milliseconds_of(SystemTime::now())
}

/// Returns the current time in seconds since 1970, as in tokens.
pub(crate) fn seconds() -> i64 {
    milliseconds() / 1000
}

/// Formats a time as RFC 3339 with milliseconds and `Z`, as in JSON responses: `2024-03-05T10:20:30.123Z`.
pub(crate) fn rfc3339(milliseconds: i64) -> String {
    formatted(milliseconds, "%Y-%m-%dT%H:%M:%S%.3fZ")
}

/// Formats a time as RFC 3339 in whole seconds, as in events: `2024-03-05T10:20:30Z`.
pub(crate) fn rfc3339_seconds(milliseconds: i64) -> String {
    formatted(milliseconds, "%Y-%m-%dT%H:%M:%SZ")
}

/// Formats a time as an IMF-fixdate, as in headers: `Tue, 05 Mar 2024 10:20:30 GMT`.
pub(crate) fn imf(milliseconds: i64) -> String {
    formatted(milliseconds.max(0), IMF_FIXDATE)
}

/// Parses the date of a header; returns `None` unless the text is exactly an IMF-fixdate.
pub(crate) fn parse_imf(text: &str) -> Option<SystemTime> {
    let time = NaiveDateTime::parse_from_str(text, IMF_FIXDATE).ok()?.and_utc();
    // The parser is more lenient than the format: it accepts other case, and missing zeros and spaces.
    (time.format(IMF_FIXDATE).to_string() == text).then(|| time.into())
}

/// Formats a time in chrono's notation; a time that chrono cannot represent is shown as 1970.
pub(crate) fn formatted(milliseconds: i64, format: &str) -> String {
    DateTime::<Utc>::from_timestamp_millis(milliseconds).unwrap_or_default().format(format).to_string()
}

/// Converts a time to milliseconds since 1970; an earlier time becomes 0.
pub(crate) fn milliseconds_of(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::{imf, milliseconds_of, now, parse_imf, rfc3339, rfc3339_seconds};

    #[test]
    fn a_skew_of_any_size_gives_a_time_that_a_header_can_represent() {
        for skew in [i64::MIN, -1, 0, 1, i64::MAX] {
            assert!(imf(milliseconds_of(now(skew))).ends_with(" GMT"));
        }
        assert_eq!(now(i64::MIN), UNIX_EPOCH);
    }

    #[test]
    fn times_are_written_as_the_service_writes_them() {
        assert_eq!(rfc3339(1_709_634_030_123), "2024-03-05T10:20:30.123Z");
        assert_eq!(rfc3339(1_709_634_030_000), "2024-03-05T10:20:30.000Z");
        assert_eq!(rfc3339_seconds(1_709_634_030_999), "2024-03-05T10:20:30Z");
        assert_eq!(imf(1_709_634_030_999), "Tue, 05 Mar 2024 10:20:30 GMT");
        assert_eq!(imf(-1), "Thu, 01 Jan 1970 00:00:00 GMT");
    }

    #[test]
    fn a_date_in_a_header_is_an_imf_fixdate_and_nothing_else() {
        let time = parse_imf("Tue, 05 Mar 2024 10:20:30 GMT").unwrap();
        assert_eq!(milliseconds_of(time), 1_709_634_030_000);
        for text in [
            "",
            "Wed, 05 Mar 2024 10:20:30 GMT",
            "Tue, 5 Mar 2024 10:20:30 GMT",
            "tue, 05 mar 2024 10:20:30 GMT",
            "Tue, 05 Mar 2024 10:20:30 UTC",
            "Tue, 05 Mar 2024 10:20:30 +0000",
            "Tue, 05 Mar 2024  10:20:30 GMT",
            " Tue, 05 Mar 2024 10:20:30 GMT",
            "Tue, 30 Feb 2024 10:20:30 GMT",
            "Tuesday, 05-Mar-24 10:20:30 GMT",
            "Tue Mar  5 10:20:30 2024",
            "2024-03-05T10:20:30Z",
        ] {
            assert_eq!(parse_imf(text), None, "{text}");
        }
    }
}
