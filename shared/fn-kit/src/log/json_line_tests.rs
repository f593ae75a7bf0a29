#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use crate::log::{Format, LogLines};
use serde_json::Value;
use std::fmt;
use std::sync::{Arc, Mutex};
use tracing_subscriber::layer::SubscriberExt;

/// Returns the lines that an action logs.
fn lines(action: impl FnOnce()) -> Vec<Value> {
    let written = Arc::new(Mutex::new(Vec::new()));
    let into = written.clone();
    let layer = LogLines::new(Format::Json, move |line: &[u8]| into.lock().unwrap().push(line.to_vec()));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), action);
    let written = written.lock().unwrap();
    let one = |line: &Vec<u8>| {
        assert_eq!(line.iter().position(|byte| *byte == b'\n'), Some(line.len() - 1), "one line a write");
        serde_json::from_slice(line).unwrap()
    };
    written.iter().map(one).collect()
}

#[derive(Debug, thiserror::Error)]
#[error("outer")]
struct Outer(#[source] std::fmt::Error);

#[test]
fn values_of_all_kinds_are_json() {
    let error = Outer(std::fmt::Error);
    let error: &(dyn std::error::Error + 'static) = &error;
    let lines = lines(|| {
        let nothing: Option<&str> = None;
        tracing::info!(
            text = "a \"b\"\n\u{1}\u{2028}é",
            int = -5,
            big = u64::MAX,
            huge = u128::MAX,
            truth = true,
            float = 0.5,
            not = f64::NAN,
            endless = f64::INFINITY,
            debug = ?vec![1, 2],
            error,
            nothing,
            r#type = "raw",
            a.b = 1,
            "hello\n{}",
            "world"
        );
        tracing::warn!("");
    });
    let line = &lines[0];
    assert_eq!((&line["message"], &line["level"]), (&"hello\nworld".into(), &"INFO".into()));
    assert!(line["target"].as_str().unwrap().starts_with("fn_kit::log"));
    let timestamp = line["timestamp"].as_str().unwrap();
    assert!(
        timestamp.len() == "2026-11-22T05:05:04.123456Z".len()
            && chrono::DateTime::parse_from_rfc3339(timestamp).is_ok()
    );
    assert_eq!(line["text"], "a \"b\"\n\u{1}\u{2028}é");
    assert_eq!(
        (&line["int"], &line["big"], &line["truth"], &line["float"]),
        (&(-5).into(), &u64::MAX.into(), &true.into(), &0.5.into())
    );
    assert_eq!((&line["not"], &line["endless"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&line["debug"], &line["error"]),
        (&"[1, 2]".into(), &"outer: an error occurred when formatting an argument".into())
    );
    assert_eq!((&line["type"], &line["a.b"], line.get("nothing")), (&"raw".into(), &1.into(), None));
    assert_eq!((&lines[1]["message"], &lines[1]["level"]), (&"".into(), &"WARN".into()));
}

#[test]
fn fields_of_spans_are_next_to_those_of_the_event_and_the_innermost_takes_precedence() {
    let lines = lines(|| {
        let outer = tracing::info_span!("outer", call_id = "1", both = "outer", late = tracing::field::Empty);
        outer.record("late", 7);
        let _outer = outer.enter();
        let _inner = tracing::info_span!("inner", both = "inner", message = "not this").entered();
        tracing::info!(own = "event", "said");
        tracing::info!(call_id = "2", "said");
    });
    assert_eq!(
        (&lines[0]["call_id"], &lines[0]["both"], &lines[0]["late"]),
        (&"1".into(), &"inner".into(), &7.into())
    );
    assert_eq!((&lines[0]["own"], &lines[0]["message"]), (&"event".into(), &"said".into()));
    assert_eq!(lines[1]["call_id"], "2");
}

#[test]
fn fields_cannot_replace_those_of_the_line() {
    let lines = lines(|| tracing::info!(level = "mine", timestamp = 0, target = 1, "said"));
    assert_eq!(
        (&lines[0]["level"], &lines[0]["level_"], &lines[0]["timestamp_"]),
        (&"INFO".into(), &"mine".into(), &0.into())
    );
}

#[test]
fn long_values_are_cut_between_characters() {
    let lines = lines(|| {
        tracing::info!(text = "é".repeat(5000), debug = ?"x".repeat(1 << 20), "{}", "m".repeat(1 << 20));
    });
    for name in ["text", "debug", "message"] {
        let value = lines[0][name].as_str().unwrap();
        assert!(
            value.ends_with('…') && (8 << 10..(8 << 10) + 4).contains(&value.len()),
            "{name}: {}",
            value.len()
        );
    }
}

#[test]
fn a_value_that_logs_while_it_is_formatted_is_harmless() {
    struct Chatty;
    impl fmt::Debug for Chatty {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            tracing::info!("from within");
            f.write_str("chatty")
        }
    }
    let lines = lines(|| {
        let span = tracing::info_span!("span", value = ?Chatty);
        span.in_scope(|| tracing::info!(value = ?Chatty, "said"));
    });
    assert_eq!(lines.last().unwrap()["value"], "chatty");
}
