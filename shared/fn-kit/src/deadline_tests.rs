#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

#[test]
fn rfc_3339_is_parsed_with_any_offset_and_nothing_else() {
    let year = Duration::from_secs(365 * 24 * 3600);
    for (text, past) in [
        ("2020-06-23T01:10:21Z", true),
        ("2020-06-23t01:10:21z", true),
        ("2020-06-23T01:10:21.123456789+05:30", true),
        ("2120-06-23T01:10:21-12:00", false),
        (" 2120-06-23T01:10:21Z ", false),
    ] {
        let deadline = Deadline::parse(text).unwrap();
        assert_eq!(deadline.remaining().is_zero(), past, "{text}");
        assert!(deadline.remaining() < year, "nothing overflows");
    }
    for text in [
        "",
        "soon",
        "1592874621",
        "2020-06-23",
        "2020-06-23T01:10:21",
        "2020-13-23T01:10:21Z",
        "2020-06-23T01:10:21Z and more",
    ] {
        assert_eq!(Deadline::parse(text), None, "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_remaining_time_shrinks_to_zero() {
    let deadline = Deadline::after(Duration::from_secs(5));
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(deadline.remaining(), Duration::from_secs(3));
    assert_eq!(deadline.instant(), Instant::now() + Duration::from_secs(3));
    tokio::time::advance(Duration::from_secs(4)).await;
    assert_eq!(deadline.remaining(), Duration::ZERO);
    assert_eq!(Deadline::default_timeout().remaining(), Duration::from_secs(30));
}
