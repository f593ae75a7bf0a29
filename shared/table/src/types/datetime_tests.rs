use super::*;

fn naive(text: &str) -> Result<i64, &'static str> {
    timestamp(text, Zone::None)
}

#[test]
fn timestamps_count_microseconds_since_1970() {
    assert_eq!(naive("1970-01-01T00:00:00"), Ok(0));
    assert_eq!(naive("2024-06-28T08:28:42.253667"), Ok(1_719_563_322_253_667));
    assert_eq!(naive("2024-06-28 08:28:42.2"), Ok(1_719_563_322_200_000));
    assert_eq!(naive("0001-01-01T00:00:00"), Ok(MIN_MICROS));
    assert_eq!(naive("9999-12-31T23:59:59.999999"), Ok(MAX_MICROS));
    assert_eq!(naive("2024-02-29T00:00:00.123456000"), Ok(1_709_164_800_123_456));
}

#[test]
fn days_and_times_that_do_not_exist_are_refused() {
    for text in [
        "2024-02-30T00:00:00",
        "2023-02-29T00:00:00",
        "1900-02-29T00:00:00",
        "2024-13-01T00:00:00",
        "2024-00-01T00:00:00",
        "0000-01-01T00:00:00",
        "2024-06-28T24:00:00",
        "2024-06-28T23:59:60",
        "2024-06-28T08:28:42.1234567",
        "2024-06-28T08:28:42.",
        "2024-06-28T08:28:42Z",
        "2024-06-28T08:28:42+00:00",
        "2024-06-28T08:28",
        "2024-06-28",
        "2024-6-28T08:28:42",
        "+2024-06-28T08:28:42",
        "2024-06-28T08:28:42 ",
        "",
    ] {
        assert!(naive(text).is_err(), "{text}");
    }
}

#[test]
fn a_utc_timestamp_requires_a_zone() {
    let utc = |text| timestamp(text, Zone::Required);
    assert_eq!(utc("2024-06-28T10:28:42.253667+02:00"), Ok(1_719_563_322_253_667));
    assert_eq!(utc("2024-06-28T08:28:42.253667Z"), Ok(1_719_563_322_253_667));
    assert_eq!(utc("2024-06-27T22:28:42-10:00"), utc("2024-06-28T08:28:42Z"));
    for text in [
        "2024-06-28T08:28:42",
        "2024-06-28T08:28:42+0200",
        "2024-06-28T08:28:42+24:00",
        "0001-01-01T00:00:00+01:00",
    ] {
        assert!(utc(text).is_err(), "{text}");
    }
}

#[test]
fn the_expected_form_is_given_as_a_whole() {
    for text in ["yesterday", "28.06.2024 10:28:42", "2024-06-28", "2024-06-28T10:28"] {
        assert_eq!(timestamp(text, Zone::None), Err("expected YYYY-MM-DDTHH:MM:SS"), "{text}");
        let utc = timestamp(text, Zone::Required);
        assert_eq!(utc, Err("expected YYYY-MM-DDTHH:MM:SS and Z or an offset like +01:00"), "{text}");
    }
    assert_eq!(date("28.06.2024"), Err("expected YYYY-MM-DD"));
}

#[test]
fn dates_round_trip_through_their_text() {
    let (first, last) = (date("0001-01-01").unwrap(), date("9999-12-31").unwrap());
    let mut count = 0;
    for days in (first..=last).step_by(13) {
        assert_eq!(date(&date_text(days)), Ok(days));
        count += 1;
    }
    assert!(count > 200_000);
    assert_eq!(date_text(0), "1970-01-01");
    assert_eq!(date_text(date("2024-02-29").unwrap()), "2024-02-29");
}
