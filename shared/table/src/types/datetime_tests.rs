use super::*;
use crate::types::options::Truncation;

fn naive(text: &str) -> Result<i64, &'static str> {
    timestamp(text, Zone::None, &Options::default())
}

fn utc(text: &str) -> Result<i64, &'static str> {
    timestamp(text, Zone::Required, &Options::default())
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
fn every_form_of_rfc_3339_is_accepted() {
    let instant = utc("2024-06-28T08:28:42.250000Z");
    assert!(instant.is_ok());
    for text in [
        "2024-06-28t08:28:42.25z",
        "2024-06-28 08:28:42.25z",
        "2024-06-28t08:28:42.250-00:00",
        "2024-06-28T08:28:42.2500000000000+00:00",
        "2024-06-29T08:27:42.25+23:59",
        "2024-06-27t08:29:42.25-23:59",
    ] {
        assert_eq!(utc(text), instant, "{text}");
    }
    assert_eq!(naive("2024-06-28t08:28:42.25"), instant);
    for text in [
        "2024-06-28_08:28:42Z",
        "2024-06-28  08:28:42Z",
        "2024-06-28T08:28:42 Z",
        "20240628T082842Z",
        "2024-06-28T08:28Z",
        "2024-06-28T08:28:42,25Z",
    ] {
        assert!(utc(text).is_err(), "{text}");
    }
}

#[test]
fn basic_offsets_are_accepted_on_request() {
    let options = Options { offset: Some(OffsetForm::Basic), ..Options::default() };
    let basic = |text: &str| timestamp(text, Zone::Required, &options);
    let instant = utc("2024-06-28T08:30:42Z");
    for text in [
        "2024-06-28T14:00:42+0530",
        "2024-06-28T14:00:42+05:30",
        "2024-06-28T03:30:42-05",
        "2024-06-28T08:30:42Z",
    ] {
        assert_eq!(basic(text), instant, "{text}");
    }
    for text in [
        "2024-06-28T14:00:42+530",
        "2024-06-28T14:00:42+5",
        "2024-06-28T14:00:42+2400",
        "2024-06-28T14:00:42+0560",
        "2024-06-28T14:00:42+05:3",
        "2024-06-28T14:00:42",
    ] {
        assert!(basic(text).is_err(), "{text}");
    }
    for text in ["2024-06-28T14:00:42+0530", "2024-06-28T03:30:42-05"] {
        assert!(utc(text).is_err(), "{text}");
    }
}

#[test]
fn truncation_goes_to_the_last_microsecond_that_is_not_later() {
    let options = Options { truncate: Some(Truncation::Micros), ..Options::default() };
    let cut = |text: &str| timestamp(text, Zone::None, &options);
    assert_eq!(cut("2024-06-28T08:28:42.2536679"), naive("2024-06-28T08:28:42.253667"));
    assert_eq!(cut("1969-12-31T23:59:59.999999999"), Ok(-1));
    assert_eq!(cut("9999-12-31T23:59:59.999999999"), Ok(MAX_MICROS));
    let epoch = |text: &str, scale| epoch_micros(text, scale, &options);
    assert_eq!(epoch("-1", -3), Ok(-1));
    assert_eq!(epoch("-1000", -3), Ok(-1));
    assert_eq!(epoch("-1000.5", -3), Ok(-2));
    assert_eq!(epoch("1999.9", -3), Ok(1));
    assert_eq!(epoch("0.0019999", 3), Ok(1));
    assert_eq!(epoch("-0.0000001", 6), Ok(-1));
    assert_eq!(epoch("1e-99999999999", 6), Ok(0));
    assert_eq!(epoch("-1e-99999999999", 0), Ok(-1));
    assert_eq!(epoch("253402300799999999.9", 0), Ok(MAX_MICROS));
    assert_eq!(epoch("-62135596800000000.1", 0), Err(NumberError::OutOfRange));
}

#[test]
fn the_expected_form_is_given_as_a_whole() {
    for text in ["yesterday", "28.06.2024 10:28:42", "2024-06-28", "2024-06-28T10:28"] {
        assert_eq!(naive(text), Err("expected YYYY-MM-DDTHH:MM:SS"), "{text}");
        assert_eq!(utc(text), Err("expected YYYY-MM-DDTHH:MM:SS and Z or an offset like +01:00"), "{text}");
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
