//! The service's clock and the ways it writes a time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::tz::Offset;

/// How far a service's clock may be from this machine's: 100 years. Headers, tokens and certificates can tell every such time.
pub(crate) const SKEW_CEILING_SECONDS: i64 = 100 * 366 * 24 * 3600;

/// The time now, for a service whose clock is `skew` seconds ahead of this machine's, as far as it may be. There is none before 1970.
pub(crate) fn now(skew: i64) -> SystemTime {
    let skew = skew.clamp(-SKEW_CEILING_SECONDS, SKEW_CEILING_SECONDS);
    let shift = Duration::from_secs(skew.unsigned_abs());
    let now = SystemTime::now();
    if skew < 0 { now.checked_sub(shift).unwrap_or(UNIX_EPOCH).max(UNIX_EPOCH) } else { now + shift }
}

/// Milliseconds since 1970: what the index stores, since JSON answers show no more.
pub(crate) fn milliseconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Seconds since 1970, as tokens carry them.
pub(crate) fn seconds() -> i64 {
    milliseconds() / 1000
}

/// RFC 3339 with milliseconds and `Z`, as in JSON answers: `2024-03-05T10:20:30.123Z`.
pub(crate) fn rfc3339(milliseconds: i64) -> String {
    let time = Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH);
    Offset::UTC.to_datetime(time).strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// RFC 3339 in whole seconds, as events have it: `2024-03-05T10:20:30Z`.
pub(crate) fn rfc3339_seconds(milliseconds: i64) -> String {
    let time = Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH);
    Offset::UTC.to_datetime(time).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// IMF-fixdate, as in headers: `Tue, 05 Mar 2024 10:20:30 GMT`.
pub(crate) fn imf(milliseconds: i64) -> String {
    let since = Duration::from_millis(milliseconds.max(0).unsigned_abs());
    httpdate::fmt_http_date(UNIX_EPOCH + since)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::now;

    #[test]
    fn a_skew_of_any_size_is_a_time_that_a_header_can_tell() {
        for skew in [i64::MIN, -1, 0, 1, i64::MAX] {
            assert!(!httpdate::fmt_http_date(now(skew)).is_empty());
        }
        assert_eq!(now(i64::MIN), UNIX_EPOCH);
    }
}
