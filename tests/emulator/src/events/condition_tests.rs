use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Condition, ConditionError};

fn event() -> Value {
    json!({
        "eventType": "com.oraclecloud.objectstorage.createobject",
        "source": "ObjectStorage",
        "data": {
            "resourceName": "ocid1.serviceconnector/0/a.data.gz",
            "nothing": null,
            "count": 5,
            "yes": true,
            "labels": ["red", "green"],
            "additionalDetails": { "bucketName": "bronze", "namespace": "bronzeworks" },
        },
    })
}

fn matches(condition: &Value) -> bool {
    Condition::parse(&condition.to_string()).unwrap().matches(&event())
}

#[test]
fn an_event_must_have_every_field_of_the_condition_at_the_same_depth() {
    for (condition, expected) in [
        (json!({}), true),
        (json!({ "source": "ObjectStorage" }), true),
        (json!({ "source": "objectstorage" }), false),
        (json!({ "source": "ObjectStorage", "absent": "x" }), false),
        (json!({ "data": {} }), true),
        (json!({ "source": {} }), false),
        (json!({ "data": { "additionalDetails": { "bucketName": "bronze" } } }), true),
        (json!({ "data": { "bucketName": "bronze" } }), false),
        (json!({ "bucketName": "bronze" }), false),
        (json!({ "data.additionalDetails.bucketName": "bronze" }), false),
        (json!({ "data": { "additionalDetails": "bronze" } }), false),
        (json!({ "data": { "count": 5 } }), true),
        (json!({ "data": { "count": "5" } }), false),
        (json!({ "data": { "yes": true } }), true),
        (json!({ "data": { "yes": false } }), false),
    ] {
        assert_eq!(matches(&condition), expected, "{condition}");
    }
}

#[test]
fn an_array_matches_any_of_its_values() {
    for (condition, expected) in [
        (json!({ "source": ["Compute", "ObjectStorage"] }), true),
        (json!({ "source": ["Compute"] }), false),
        (
            json!({ "eventType": ["com.oraclecloud.objectstorage.createobject", "com.oraclecloud.objectstorage.updateobject"], "data": { "resourceName": ["bronze/*", "ocid1.*"] } }),
            true,
        ),
        (json!({ "data": { "count": [1, 5] } }), true),
        (json!({ "data": { "labels": "green" } }), true),
        (json!({ "data": { "labels": ["blue", "re*"] } }), true),
        (json!({ "data": { "labels": "blue" } }), false),
    ] {
        assert_eq!(matches(&condition), expected, "{condition}");
    }
}

#[test]
fn a_star_matches_at_the_start_in_the_middle_and_at_the_end_of_values_only() {
    let named = |pattern: &str| matches(&json!({ "data": { "resourceName": pattern } }));
    for pattern in ["ocid1.*", "*.gz", "ocid1.*.gz", "*/0/*", "*", "o*/*.data.gz"] {
        assert!(named(pattern), "{pattern}");
    }
    // A dot in a pattern is a literal dot.
    for pattern in ["ocid1*.", "gz*", "ocid1.serviceconnector/1/*", "*.gz.", "ocid1?serviceconnector*", ".*"]
    {
        assert!(!named(pattern), "{pattern}");
    }
    assert!(!matches(&json!({ "sour*": "ObjectStorage" })));
    assert!(!matches(&json!({ "*": "ObjectStorage" })));
    assert!(!matches(&json!({ "data": { "count": "5*" } })), "a number is no text");
}

#[test]
fn a_lone_star_matches_anything_but_null_and_null_matches_only_null() {
    for (field, star) in [("count", true), ("yes", true), ("labels", true), ("additionalDetails", true)] {
        assert_eq!(matches(&json!({ "data": { field: "*" } })), star, "{field}");
        assert!(!matches(&json!({ "data": { field: null } })), "{field}");
    }
    for (wanted, expected) in [
        (json!("*"), false),
        (json!("**"), false),
        (json!(null), true),
        (json!(["x", null]), true),
        (json!(["*"]), false),
    ] {
        assert_eq!(matches(&json!({ "data": { "nothing": wanted } })), expected);
        assert!(!matches(&json!({ "data": { "absent": wanted } })), "a field that is missing is not null");
    }
}

#[test]
fn an_invalid_condition_is_rejected_with_the_reason() {
    use ConditionError::*;
    for (text, expected) in [
        ("[]", NotAnObject),
        (r#""eventType""#, NotAnObject),
        ("null", NotAnObject),
        (r#"{"eventType":[]}"#, NoValues("eventType".into())),
        (r#"{"data":{"a":[["x"]]}}"#, NestedValues("data.a".into())),
        (r#"{"data":{"a":{"b":["x",{"c":1}]}}}"#, NestedValues("data.a.b".into())),
    ] {
        assert_eq!(Condition::parse(text), Err(expected), "{text}");
    }
    for text in ["", "{", "{} x", r#""eventType": "x""#, r#"{"a":"#] {
        assert!(matches!(Condition::parse(text), Err(NotJson(_))), "{text}");
    }
    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(64 << 10));
    assert!(matches!(Condition::parse(&long), Err(TooLong(_))));
}

/// Generates objects of objects and scalars whose field names overlap.
fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        "[ab*./]{0,4}".prop_map(Value::from)
    ];
    let object = |inner| prop::collection::btree_map("[abc]", inner, 0..4);
    let value = leaf.prop_recursive(3, 20, 4, move |inner| object(inner).prop_map(|fields| json!(fields)));
    object(value.boxed()).prop_map(|fields| json!(fields))
}

/// Returns the document without one of its innermost fields.
fn without_a_field(document: &Value) -> Option<Value> {
    let fields = document.as_object()?;
    let (name, value) = fields.iter().next_back()?;
    let mut less = fields.clone();
    match without_a_field(value) {
        Some(inner) => drop(less.insert(name.clone(), inner)),
        None => drop(less.remove(name)),
    }
    Some(Value::Object(less))
}

proptest! {
    #[test]
    fn a_document_matches_itself_unless_a_field_is_missing(document in documents()) {
        // As a pattern, a string matches itself. So does null, which a star does not match.
        let condition = Condition::parse(&document.to_string()).unwrap();
        prop_assert!(condition.matches(&document));
        if let Some(less) = without_a_field(&document) {
            prop_assert!(!condition.matches(&less));
            prop_assert!(Condition::parse(&less.to_string()).unwrap().matches(&document), "more fields are ignored");
        }
    }

    #[test]
    fn any_part_of_a_string_can_be_a_star(text in "[a-c./*]{0,12}", cuts in prop::collection::vec(0_usize..13, 2)) {
        let (from, to) = (cuts[0].min(cuts[1]).min(text.len()), cuts[0].max(cuts[1]).min(text.len()));
        let pattern = format!("{}*{}", &text[..from], &text[to..]);
        let condition = Condition::parse(&json!({ "name": pattern }).to_string()).unwrap();
        let event = json!({ "name": text });
        prop_assert!(condition.matches(&event), "{pattern} {text}");
        let alternatives = json!({ "name": ["no", pattern] }).to_string();
        prop_assert!(Condition::parse(&alternatives).unwrap().matches(&event));
    }

    #[test]
    fn a_string_without_stars_matches_only_itself(one in "[a-c./]{0,3}", other in "[a-c./]{0,3}") {
        let condition = Condition::parse(&json!({ "name": one }).to_string()).unwrap();
        prop_assert_eq!(condition.matches(&json!({ "name": other })), one == other);
    }

    #[test]
    fn any_string_can_be_matched(text in ".{0,40}") {
        let _ = Condition::parse(&text);
    }
}
