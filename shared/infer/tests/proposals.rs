//! What is proposed for records, and that it fits them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use infer::{Note, Observer, Proposal};
use proptest::prelude::*;
use table::{RowJudge, Schema};

fn observer(records: &[impl AsRef<str>]) -> Observer {
    let mut observer = Observer::default();
    records.iter().for_each(|record| observer.observe(record.as_ref()).unwrap());
    observer
}

/// Returns the proposal for records, after checking that it is a schema that accepts them.
fn proposal(records: &[impl AsRef<str>]) -> Proposal {
    let proposal = Proposal::of(&observer(records), "sample");
    let schema = Schema::parse(proposal.schema.as_bytes())
        .unwrap_or_else(|error| panic!("{error}: {}", proposal.schema));
    let mut judge = RowJudge::new(&schema);
    for record in records {
        if let Err(refusal) = judge.judge(None, record.as_ref().as_bytes(), None) {
            panic!("{refusal:?}\n{}\n{}", record.as_ref(), proposal.schema);
        }
    }
    proposal
}

/// Returns the types of the columns for records, one per line.
fn columns(records: &[impl AsRef<str>]) -> String {
    let schema = proposal(records).schema;
    let lines = schema.lines().filter_map(|line| line.strip_prefix("    "));
    lines.map(|line| line.trim_end_matches(',')).collect::<Vec<_>>().join("\n")
}

fn column(records: &[impl AsRef<str>]) -> String {
    let columns = columns(records);
    let (_, rest) = columns.split_once("\"type\": ").unwrap();
    rest.trim_end_matches('}').to_owned()
}

fn note(records: &[impl AsRef<str>], subject: &str) -> Note {
    proposal(records).notes.into_iter().find(|note| note.subject == subject).unwrap()
}

#[test]
fn the_type_follows_from_the_values() {
    for (records, found) in [
        (vec![r#"{"a":1}"#, r#"{"a":null}"#, "{}"], r#""int64""#),
        (vec![r#"{"a":1}"#, r#"{"a":1.5}"#], r#""decimal(18,4)""#),
        (vec![r#"{"a":19.99}"#], r#""decimal(18,4)""#),
        (vec![r#"{"a":51.507351}"#], r#""decimal(18,9)""#),
        (vec![r#"{"a":1.123456789012345678}"#], r#""decimal(38,18)""#),
        (vec![r#"{"a":0.30000000000000004}"#], r#""float64""#),
        (vec![r#"{"a":1.5e-7}"#], r#""float64""#),
        (vec![r#"{"a":1e400}"#], r#""json""#),
        (vec![r#"{"a":12345678901234567890}"#], r#""decimal(38,0)""#),
        (vec![r#"{"a":1234567890123456789012345678901234567890123}"#], r#""json""#),
        (vec![r#"{"a":true}"#], r#""boolean""#),
        (vec![r#"{"a":"0049"}"#], r#""string""#),
        (vec![r#"{"a":"2024-06-28"}"#], r#""date""#),
        (vec![r#"{"a":"2024-06-28T08:28:42"}"#], r#""timestamp""#),
        (
            vec![r#"{"a":"2024-06-28T08:28:42Z"}"#, r#"{"a":"2024-06-28 08:28:42+01:00"}"#],
            r#""timestamp_utc""#,
        ),
        (vec![r#"{"a":"2024-06-28T08:28:42.1234567Z"}"#], r#""timestamp_utc", "truncate": "micros""#),
        (vec![r#"{"a":"2024-06-28T08:28:42+0530"}"#], r#""timestamp_utc", "offset": "basic""#),
        (vec![r#"{"a":"2024-06-28T08:28:42Z"}"#, r#"{"a":""}"#], r#""string""#),
        (vec![r#"{"a":"2024-02-30"}"#], r#""string""#),
        (vec![r#"{"a":1}"#, r#"{"a":"1"}"#], r#""json""#),
        (vec![r#"{"a":null}"#], r#""json""#),
        (vec![r#"{"a":[]}"#], r#""array<json>""#),
        (vec![r#"{"a":{}}"#], r#""json""#),
        (vec![r#"{"a":[1,null]}"#, r#"{"a":[]}"#], r#""array<int64>""#),
        (vec![r#"{"a":{"b":1,"c d":"x"}}"#], r#""struct<b: int64, `c d`: string>""#),
        (vec![r#"{"a":{"2024-06-28":1,"2024-06-29":2.5}}"#], r#""map<string, decimal(18,4)>""#),
        (
            vec![r#"{"a":{"at":"2024-06-28T08:28:42.1234567+05"}}"#],
            r#""struct<at: timestamp_utc>", "truncate": "micros", "offset": "basic""#,
        ),
    ] {
        assert_eq!(column(&records), found, "{records:?}");
    }
}

#[test]
fn columns_are_in_the_order_of_the_records() {
    let found = columns(&[r#"{"z":1,"b":2}"#, r#"{"z":1,"opt":0,"b":2,"_id":"x"}"#]);
    let expected = r#"{"name": "z", "type": "int64"}
{"name": "opt", "type": "int64"}
{"name": "b", "type": "int64"}
{"name": "id", "type": "string", "from": "/_id"}"#;
    assert_eq!(found, expected);
}

#[test]
fn numbers_that_count_time_become_times_if_their_names_say_so() {
    assert_eq!(column(&[r#"{"ts_ms":1719563324779}"#]), r#""timestamp_millis""#);
    assert_eq!(column(&[r#"{"created":1719563324}"#]), r#""timestamp_seconds""#);
    assert_eq!(column(&[r#"{"time":1719563324.7791234}"#]), r#""timestamp_seconds", "truncate": "micros""#);
    assert_eq!(column(&[r#"{"ts":1719563324779123456}"#]), r#""timestamp_nanos", "truncate": "micros""#);
    assert_eq!(column(&[r#"{"amount":1719563324779}"#]), r#""int64""#);
    assert_eq!(column(&[r#"{"order_date":19902}"#]), r#""date_days""#);
}

#[test]
fn an_identifier_is_required_if_enough_records_have_it() {
    let records: Vec<_> = (0..100)
        .map(|n| format!(r#"{{"orderId":{n},"a":1,"b":{}}}"#, if n == 50 { "null" } else { "1" }))
        .collect();
    assert_eq!(
        columns(&records),
        "{\"name\": \"orderId\", \"type\": \"int64\", \"required\": true}
{\"name\": \"a\", \"type\": \"int64\"}
{\"name\": \"b\", \"type\": \"int64\"}"
    );
    assert_eq!(note(&records, "b").reason, "in 100 of 100, null in 1");
    assert_eq!(columns(&records[..9]).matches("required").count(), 0);
}

#[test]
fn many_different_keys_are_a_map() {
    let records: Vec<_> = (0..300).map(|n| format!(r#"{{"m":{{"k{n}":{{"x":{n}}}}}}}"#)).collect();
    assert_eq!(column(&records), r#""map<string, struct<x: int64>>""#);
    let records: Vec<_> = (0..30).map(|n| format!(r#"{{"m":{{"k{n}":{n}}}}}"#)).collect();
    assert_eq!(column(&records), r#""map<string, int64>""#);
    let records: Vec<_> =
        (0..300).map(|n| format!(r#"{{"m":{{"k{n}":{}}}}}"#, if n % 9 == 0 { "[]" } else { "1" })).collect();
    assert!(column(&records).starts_with("\"json\""));
}

#[test]
fn outliers_do_not_decide_the_type_and_are_counted() {
    for (usual, outlier, found, reason) in [
        ("2", r#""two""#, r#""int64""#, "these will be quarantined: 1 string"),
        (
            r#""2024-06-28T08:28:42Z""#,
            r#""yesterday""#,
            r#""timestamp_utc""#,
            "these will be quarantined: 1 something else",
        ),
        (r#""2024-06-28""#, r#""""#, r#""date""#, "these will be quarantined: 1 empty"),
        (r#"{"b":1}"#, "1", r#""struct<b: int64>""#, "these will be quarantined: 1 number"),
    ] {
        let of = |number: usize| -> Vec<String> {
            (0..number).map(|at| format!(r#"{{"a":{}}}"#, if at == 7 { outlier } else { usual })).collect()
        };
        let proposal = Proposal::of(&observer(&of(200)), "sample");
        assert!(proposal.schema.contains(&format!(r#""type": {found}"#)), "{}", proposal.schema);
        let reasons = &proposal.notes.iter().find(|note| note.subject == "a").unwrap().reason;
        assert!(reasons.contains(reason), "{reasons}");
        // Among few records, nothing is unusual.
        assert_ne!(column(&of(20)), found);
    }
}

#[test]
fn a_day_is_a_partition_if_the_time_of_the_event_is_clear() {
    let records: Vec<_> =
        (0..100).map(|n| format!(r#"{{"time":"2024-06-{:02}T00:00:00Z"}}"#, n % 3 + 1)).collect();
    let schema = proposal(&records).schema;
    assert!(
        schema.contains(r#""partition_by": [{"name": "day", "from": "time", "transform": "day"}]"#),
        "{schema}"
    );
    let one_day = vec![r#"{"time":"2024-06-01T00:00:00Z"}"#; 100];
    assert!(proposal(&one_day).schema.contains("partition_by"), "the lake cannot be partitioned later");
    for records in [
        vec![r#"{"a_at":"2024-06-01T00:00:00Z","b_at":"2024-06-02T00:00:00Z"}"#; 100],
        vec![r#"{"a":1}"#; 100],
    ] {
        assert!(!proposal(&records).schema.contains("partition_by"), "{records:?}");
        assert_eq!(note(&records, "partition_by").decision, "nothing");
    }
}

#[test]
fn names_that_differ_only_in_case_are_told_apart() {
    let found = columns(&[r#"{"id":1,"ID":2,"s":{"x":1,"X":2}}"#]);
    assert!(
        found.contains(r#"{"name": "ID_2", "type": "int64", "from": "/ID"}"#)
            || found.contains(r#"{"name": "id_2""#),
        "{found}"
    );
    assert!(found.contains("struct<X: int64>"), "{found}");
}

#[test]
fn records_with_a_field_twice_are_counted() {
    let mut observer = Observer::default();
    for text in [r#"{"a":1,"a":2}"#, r#"{"a":{"b":1,"b":1}}"#, r#"{"a":1}"#, "[]", "1"] {
        observer.observe(text).unwrap();
    }
    assert!(observer.observe("{\"a\":1").is_err());
    assert_eq!((observer.counts.records, observer.counts.duplicates, observer.counts.not_objects), (1, 2, 2));
}

#[test]
fn extremes_take_bounded_memory_and_get_a_schema() {
    let wide = format!("{{{}}}", (0..5000).map(|n| format!("\"k{n}\":1")).collect::<Vec<_>>().join(","));
    assert_eq!(columns(&[wide]).lines().count(), 1000);
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(127), "]".repeat(127));
    assert!(column(&[deep]).contains("json"));
    let long = format!("{{\"a\":[{}1]}}", "1,".repeat(999_999));
    assert_eq!(column(&[long]), r#""json""#);
    let structs = format!("{{\"a\":[{}{{}}]}}", "{\"x\":1.5,\"y\":[]},".repeat(60_000));
    assert_eq!(column(&[structs]), r#""json""#);
    let tree = |inside: &str| {
        format!("{{{}}}", (0..40).map(|n| format!("\"x{n}\":{inside}")).collect::<Vec<_>>().join(","))
    };
    let tree = tree(&tree(&tree("1")));
    columns(&[tree]);
    let keys: Vec<_> = (0..20)
        .map(|n| {
            format!(
                "{{\"m\":{{{}}}}}",
                (0..2000).map(|k| format!("\"{n}-{k}\":\"v\"")).collect::<Vec<_>>().join(",")
            )
        })
        .collect();
    assert_eq!(column(&keys), r#""map<string, string>""#);
    columns(&[format!("{{\"{}\":1}}", "k".repeat(1_000_000))]);
}

/// JSON values such as programs write, with few names, so that values of different types meet at the same place.
fn value() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        (-10_000_i64..10_000).prop_map(|value| value.to_string()),
        any::<f64>()
            .prop_filter("JSON has no others", |value| value.is_finite())
            .prop_map(|value| format!("{value:e}")),
        "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,4})?",
        (1_600_000_000_u64..1_800_000_000).prop_map(|value| value.to_string()),
        (1_600_000_000_000_u64..1_800_000_000_000).prop_map(|value| value.to_string()),
        "(1[67][0-9]{17})",
        "\"20[0-9]{2}-[01][0-9]-[0-3][0-9]([T ][0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,10})?(Z|[+-][01][0-9](:?[03]0)?)?)?\"",
        "\"[0-9]{1,5}(\\.[0-9])?\"",
        "[a-zé\\\\\"\n]{0,5}".prop_map(|text| serde_json::Value::from(text).to_string()),
    ];
    scalar.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(|values| format!("[{}]", values.join(","))),
            object(inner),
        ]
    })
}

fn object(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let name = prop_oneof![
        8 => "a|b|c|A|ts|created_at|date|_id",
        1 => "[0-9]{1,3}|[a-z ,:<>`~/\\n\"\\\\é]{0,4}",
    ];
    prop::collection::btree_map(name, value, 0..6).prop_map(|members| {
        let member = |(name, value): (String, String)| format!("{}:{value}", serde_json::Value::from(name));
        format!("{{{}}}", members.into_iter().map(member).collect::<Vec<_>>().join(","))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn every_record_fits_the_schema_proposed_for_it(records in prop::collection::vec(object(value()), 0..20)) {
        proposal(&records);
    }

    #[test]
    fn every_record_of_a_large_sample_fits(records in prop::collection::vec(object(value()), 1..8)) {
        let many: Vec<_> = records.iter().cycle().take(120).collect();
        proposal(&many);
    }

    #[test]
    fn the_order_and_the_parts_do_not_matter(
        records in prop::collection::vec(object(value()), 0..20),
        cuts in prop::collection::vec(0_usize..20, 0..3),
        reversed in any::<bool>(),
        inside_out in any::<bool>(),
    ) {
        let whole = Proposal::of(&observer(&records), "sample");
        let mut cuts = cuts;
        cuts.retain(|cut| *cut <= records.len());
        cuts.extend([0, records.len()]);
        cuts.sort_unstable();
        let mut parts: Vec<_> = cuts.windows(2).map(|cut| observer(&records[cut[0]..cut[1]])).collect();
        if reversed {
            parts.reverse();
        }
        let merged = if inside_out {
            parts.into_iter().rev().reduce(|merged, mut part| { part.merge(merged); part })
        } else {
            parts.into_iter().reduce(|mut merged, part| { merged.merge(part); merged })
        };
        prop_assert_eq!(Proposal::of(&merged.unwrap(), "sample"), whole);
    }
}
