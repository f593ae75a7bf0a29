use super::*;

fn stored(offset: u64) -> Entry {
    Entry::Stored(Stored { partition: "1".into(), offset, timestamp: "2018-04-20T00:00:07.405Z".into() })
}

fn failed(error: &str, error_message: &str, retry_after: Option<u64>) -> Entry {
    let retry_after = retry_after.map(Duration::from_millis);
    Entry::Failed(Failed { error: error.into(), error_message: error_message.into(), retry_after })
}

const STORED: &str = r#"{"partition":"1","offset":7,"timestamp":"2018-04-20T00:00:07.405Z"}"#;

#[test]
fn every_message_has_its_entry_in_order() {
    let body = format!(
        r#"{{"failures":2,"more":1,"entries":[{STORED},{{"error":"429","errorMessage":"Too Many Requests, next request can be made in 250 ms","partition":"0","offset":null}},{{"partition":"1","offset":8,"timestamp":"2018-04-20T00:00:07.405Z","error":null,"errorMessage":null,"x":[]}},{{"error":"500"}}]}}"#
    );
    let entries = PutMessagesResult::read(body.as_bytes(), 4).unwrap();
    let throttled = failed("429", "Too Many Requests, next request can be made in 250 ms", Some(250));
    assert_eq!(entries, [stored(7), throttled, stored(8), failed("500", "", None)]);
    assert_eq!(PutMessagesResult::read(br#"{"failures":0,"entries":[]}"#, 0).unwrap(), []);
    // An empty error means that there is none.
    let body = br#"{"failures":0,"entries":[{"partition":"1","offset":7,"timestamp":"2018-04-20T00:00:07.405Z","error":"","errorMessage":""}]}"#;
    assert_eq!(PutMessagesResult::read(body, 1).unwrap(), [stored(7)]);
}

#[test]
fn a_response_that_is_unclear_about_any_message_is_an_error() {
    let good = format!(r#"{{"failures":0,"entries":[{STORED}]}}"#);
    PutMessagesResult::read(good.as_bytes(), 1).unwrap();
    let of_entry = |entry: &str, failures: u32| format!(r#"{{"failures":{failures},"entries":[{entry}]}}"#);
    let cases = [
        (String::new(), "EOF"),
        ("<html>".into(), "expected value"),
        ("[]".into(), "invalid"),
        ("{}".into(), "missing field"),
        (good[..good.len() - 1].into(), "EOF"),
        (format!("{good}{good}"), "trailing"),
        (good.replace(r#""failures":0,"#, ""), "missing field `failures`"),
        (good.replace(r#""failures":0"#, r#""failures":null"#), "invalid type"),
        (good.replace(r#""failures":0"#, r#""failures":-1"#), "invalid value"),
        (good.replace(r#""failures":0"#, r#""failures":1"#), "reports 1 failures but has 0"),
        (of_entry(r#"{"error":"500"}"#, 0), "reports 0 failures but has 1"),
        (r#"{"failures":0,"entries":[]}"#.into(), "0 entries for 1"),
        (of_entry(&format!("{STORED},{STORED}"), 0), "2 entries for 1"),
        (of_entry("{}", 0), "entry 0 has neither"),
        (of_entry(r#"{"errorMessage":"?"}"#, 1), "entry 0 has neither"),
        (of_entry("null", 0), "invalid type"),
        (of_entry(&STORED.replace("7,", "-7,"), 0), "invalid value"),
        (of_entry(&STORED.replace("7,", "7.0,"), 0), "invalid type"),
        (of_entry(&STORED.replace(r#""1""#, "1"), 0), "invalid type"),
        (of_entry(&STORED.replace(r#""partition":"1","#, ""), 0), "entry 0 has neither"),
        (of_entry(&STORED.replace(r#""offset":7,"#, ""), 0), "entry 0 has neither"),
        (
            of_entry(&STORED.replace(r#","timestamp":"2018-04-20T00:00:07.405Z""#, ""), 0),
            "entry 0 has neither",
        ),
        (of_entry(&STORED.replace('}', r#","error":"500"}"#), 1), "entry 0 has an error and an offset"),
        (of_entry(&STORED.replace('}', r#","offset":8}"#), 0), "duplicate field"),
    ];
    for (body, problem) in cases {
        let problem_found = PutMessagesResult::read(body.as_bytes(), 1).unwrap_err();
        assert!(problem_found.contains(problem), "{body}: {problem_found}");
    }
}

#[test]
fn the_wait_is_parsed_from_the_services_message() {
    for (message, milliseconds) in [
        ("next request can be made in 1 ms", Some(1)),
        ("429: limit reached, next request can be made in 1200 ms.", Some(1200)),
        ("next request can be made in 5ms", Some(5)),
        ("next request can be made in a while", None),
        ("next request can be made in 5 seconds", None),
        ("next request can be made in -5 ms", None),
        ("next request can be made in 99999999999999999999 ms", None),
        ("next request can be made in ", None),
        ("", None),
    ] {
        assert_eq!(hint(message), milliseconds.map(Duration::from_millis), "{message}");
    }
}

#[test]
fn throttling_is_distinguished_from_failure() {
    let throttled = |error: &str, message: &str| match failed(error, message, None) {
        Entry::Failed(failed) => failed.is_throttled(),
        Entry::Stored(_) => unreachable!(),
    };
    assert!(throttled("429", ""));
    assert!(throttled("TooManyRequests", "slow down"));
    assert!(throttled("x", "429 Too Many Requests"));
    assert!(!throttled("500", "Internal Server Error"));
}
