//! Records and filters that are as deep and as large as they can be.

use crate::common::{decode, refusal};
use crate::filter;
use table::{Reason, Schema};

#[test]
fn deep_and_large_records_get_a_verdict() {
    let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    let record = format!(r#"{{"a":{}}}"#, deep(127));
    decode(&filter("json", ".a"), record.as_bytes()).unwrap();
    decode(&filter("boolean", ".a == .a"), record.as_bytes()).unwrap();
    let nested = filter("json", "[[[[[.a]]]]]");
    assert_eq!(refusal(&nested, &record).reason, Reason::JqFailed);
    let embedded = format!(r#"{{"a":"{}"}}"#, deep(100_000));
    assert_eq!(refusal(&filter("json", ".a | fromjson"), &embedded).reason, Reason::JqFailed);

    let many = format!(r#"{{"a":[{}0]}}"#, "0,".repeat(100_000));
    decode(&filter("int64", ".a | length"), many.as_bytes()).unwrap();
    let found = refusal(&filter("json", ".a | sort"), &many);
    assert!(
        found.message.starts_with("the record is too large for this filter: it could take"),
        "{}",
        found.message
    );
    let huge = format!(r#"{{"a":[{}0]}}"#, "\"\",".repeat(300_000));
    let found = refusal(&filter("int64", ".a | length"), &huge);
    assert_eq!(found.message, "the record cannot be read: it would take more than 16 MiB in jq");

    let digits = format!(r#"{{"a":{}}}"#, "9".repeat(300_000));
    decode(&filter("json", ".a"), digits.as_bytes()).unwrap();
    assert_eq!(refusal(&filter("json", ".a + 1"), &digits).reason, Reason::JqFailed);
    let groups = r#"{"a":"babababa"}"#;
    decode(&filter("json", ".a | capture(\"(?:(?<x>a)|(?<y>b))*\")"), groups.as_bytes()).unwrap();
}

/// The stack of a test's thread is 2 MiB, and a debug build needs more of it than others.
#[test]
fn the_deepest_filters_do_not_overflow_the_stack() {
    let record = format!(r#"{{"a":{}1{}}}"#, "[".repeat(127), "]".repeat(127));
    let shapes: &[(&str, &str, &str)] = &[
        (".", "|.", ""),
        ("[.]", "|[.[]]", ""),
        (".a", "+.a", ""),
        ("1", "-(1", ")"),
        (".a", "//.a", ""),
        (".a", "|try .", ""),
        ("1", ",2", ""),
        ("1", "|-.", ""),
        (".a", "?", ""),
        (".a", "[0]", ""),
        (".a", "|map(.)", ""),
        (".", "|{a:.}", ""),
        (".", "|\"\\(.)\"", ""),
        (".a", "|select(.)", ""),
        (".a", "|if . then . else 1 end", ""),
        ("if .a then 1", " elif .a then 1", ""),
        ("", "try ", ""),
        ("", "[", "]"),
        ("", "first(", ")"),
    ];
    for (start, step, end) in shapes {
        let mut accepted = 0;
        for count in [900, 450, 200, 100, 62, 60, 50, 40, 30, 20, 10, 3] {
            let last = if step.contains("elif") {
                " end"
            } else if start.is_empty() {
                ".a"
            } else {
                ""
            };
            let text = format!("{start}{}{last}{}", step.repeat(count), end.repeat(count));
            let filter = serde_json::Value::from(&*text);
            let schema = format!(
                r#"{{"name":"t","version":1,"columns":[{{"name":"x","type":"json","jq":{filter}}}]}}"#
            );
            if let Ok(schema) = Schema::parse(schema.as_bytes()) {
                let _ = decode(&schema, record.as_bytes());
                accepted += 1;
            }
        }
        assert!(accepted > 0, "{start}{step}{end}");
    }
}
