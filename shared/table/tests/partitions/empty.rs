//! Partition values that are empty.

use crate::common::{partition, refusal, schema};
use crate::derived_column::TEXT;
use table::{DEFAULT_PARTITION, EmptyPartition, Reason, Schema};

fn with_policy(column: &str, partition_by: &str, policy: Option<&str>) -> Schema {
    let policy = policy.map_or(String::new(), |policy| format!(r#","empty_partition":"{policy}""#));
    schema(&[column], &format!(r#","partition_by":[{partition_by}]{policy}"#))
}

const BINARY: &str = r#"{"name":"x","type":"binary"}"#;

const DERIVED: &str = r#"{"name":"p","from":"x","transform":"truncate[26]"}"#;

#[test]
fn an_empty_partition_value_is_refused_unless_the_schema_says_otherwise() {
    for partition_by in [r#""x""#, DERIVED] {
        for policy in [None, Some("quarantine")] {
            let schema = with_policy(TEXT, partition_by, policy);
            assert_eq!(schema.empty_partition(), Some(EmptyPartition::Quarantine));
            for text in ["", DEFAULT_PARTITION] {
                let found = refusal(&schema, &format!(r#"{{"x":"{text}"}}"#));
                let expected = (Reason::EmptyPartitionValue, Some("x"));
                assert_eq!((found.reason, found.field.as_deref()), expected, "{}", found.message);
            }
            assert_eq!(partition(&schema, "{}"), [None], "null is not empty");
            assert_eq!(partition(&schema, r#"{"x":" "}"#), [Some(" ".into())]);
        }
    }
    assert_eq!(
        refusal(&with_policy(BINARY, DERIVED, None), r#"{"x":""}"#).reason,
        Reason::EmptyPartitionValue
    );
    let long = format!(r#"{{"x":"{DEFAULT_PARTITION}, and more"}}"#);
    assert_eq!(refusal(&with_policy(TEXT, DERIVED, None), &long).reason, Reason::EmptyPartitionValue);
    assert!(partition(&with_policy(TEXT, r#""x""#, None), &long)[0].is_some());
}

#[test]
fn an_empty_partition_value_can_be_kept_or_made_null() {
    for text in ["", DEFAULT_PARTITION] {
        let value = format!(r#"{{"x":"{text}"}}"#);
        for partition_by in [r#""x""#, DERIVED] {
            assert_eq!(
                partition(&with_policy(TEXT, partition_by, Some("keep")), &value),
                [Some(text.into())]
            );
            assert_eq!(partition(&with_policy(TEXT, partition_by, Some("null")), &value), [None]);
        }
        let required = r#"{"name":"x","type":"string","required":true}"#;
        let found = refusal(&with_policy(required, r#""x""#, Some("null")), &value);
        assert_eq!((found.reason, found.field.as_deref()), (Reason::MissingRequired, Some("x")));
        // The column keeps its value, so it isn't null.
        assert_eq!(partition(&with_policy(required, DERIVED, Some("null")), &value), [None]);
    }
}

#[test]
fn a_schema_that_is_not_affected_has_the_same_canonical_text_as_before() {
    let canonical = |column: &str, rest: &str| schema(&[column], rest).canonical();
    let date = r#"{"name":"x","type":"date"}"#;
    let plain = r#"{"name":"t","version":1,"columns":[{"name":"x","type":"date","from":"/x","required":false,"from_string":false}],"partition_by":["x"],"unknown_fields":"rescue","key":"string"}"#;
    assert_eq!(canonical(date, r#","partition_by":["x"]"#), plain);
    assert_eq!(canonical(date, r#","partition_by":["x"],"empty_partition":"keep""#), plain);
    let same = r#","partition_by":[{"name":"x","from":"x","transform":"identity"}]"#;
    assert_eq!(canonical(date, same), plain, "another way to write the column itself");
    assert!(!canonical(TEXT, "").contains("empty_partition"), "nothing is partitioned");
    // The default decides which rows get in, so it is part of what identifies a run.
    assert!(canonical(TEXT, r#","partition_by":["x"]"#).contains(r#""empty_partition":"quarantine""#));
    for policy in ["keep", "null", "quarantine"] {
        let former = with_policy(TEXT, r#""x""#, Some(policy)).former_canonical().unwrap();
        assert_eq!(former, plain.replace("date", "string"));
    }
    assert_eq!(with_policy(date, r#""x""#, None).former_canonical(), None);
}
