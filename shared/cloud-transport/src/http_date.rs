use chrono::{DateTime, NaiveDateTime, Utc};
use std::time::SystemTime;

/// The format that RFC 9110 requires of senders (IMF-fixdate), and the two older ones that it requires recipients to accept.
const FIXDATE: &str = "%a, %d %b %Y %H:%M:%S GMT";
const RFC_850: &str = "%A, %d-%b-%y %H:%M:%S GMT";
const ASCTIME: &str = "%a %b %e %H:%M:%S %Y";

/// Formats a time for a header: `Sun, 06 Nov 1994 08:49:37 GMT`. Fractions of a second are dropped.
pub fn format_http_date(time: SystemTime) -> String {
    DateTime::<Utc>::from(time).format(FIXDATE).to_string()
}

/// Parses the date in a header, in any of the three formats of RFC 9110, section 5.6.7.
///
/// The text must be exactly as a sender would write it, including the correct day of the week.
pub fn parse_http_date(text: &str) -> Option<SystemTime> {
    [FIXDATE, RFC_850, ASCTIME].into_iter().find_map(|form| {
        let time = NaiveDateTime::parse_from_str(text, form).ok()?.and_utc();
        // chrono also accepts extra spaces and numbers that are too short.
        (time.format(form).to_string() == text).then(|| time.into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, UNIX_EPOCH};

    const TIME: Duration = Duration::from_secs(784_111_777);

    #[test]
    fn the_three_forms_of_the_standard_are_parsed() {
        for text in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(parse_http_date(text), Some(UNIX_EPOCH + TIME), "{text}");
        }
    }

    #[test]
    fn a_text_that_no_sender_writes_is_not_a_date() {
        for text in [
            "",
            "784111777",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Mon, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37 +0000",
            "Sun, 06 Nov 1994 8:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            " Sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT ",
            "Sun,  06 Nov 1994 08:49:37 GMT",
            "Wed, 30 Feb 1994 08:49:37 GMT",
            "1994-11-06T08:49:37Z",
        ] {
            assert_eq!(parse_http_date(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_formatted_time_is_parsed_back_to_its_second(seconds in 0..253_402_300_800u64, nanoseconds in 0..1_000_000_000u32) {
            let text = format_http_date(UNIX_EPOCH + Duration::new(seconds, nanoseconds));
            prop_assert_eq!(text.len(), 29);
            prop_assert_eq!(parse_http_date(&text), Some(UNIX_EPOCH + Duration::from_secs(seconds)));
        }
    }
}
