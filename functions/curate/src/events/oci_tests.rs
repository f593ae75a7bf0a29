use super::*;
use crate::events::Delivery;
use proptest::prelude::*;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/events/", $name))
    };
}

const NAME: &str =
    "ocid1.serviceconnector.oc1.uk-london-1.amaaaaaaexample/0/20240628T082842Z_20240628T083550Z.0.data.gz";

fn one(body: &[u8]) -> Event {
    match crate::events::parse(body).unwrap() {
        Delivery::One(event) => event,
        several => panic!("{several:?}"),
    }
}

fn written(body: &[u8]) -> ObjectWritten {
    match one(body) {
        Event::Written(object) => object,
        other => panic!("{other:?}"),
    }
}

fn urls(object: &ObjectWritten) -> Vec<String> {
    object.candidates.iter().map(ToString::to_string).collect()
}

#[test]
fn a_created_and_a_replaced_object_are_written() {
    for body in [&fixture!("object-created.json")[..], fixture!("object-updated.json")] {
        let object = written(body);
        assert_eq!(urls(&object), [format!("oci://bronze@bronzeworks/{NAME}")]);
        assert!(object.etag.is_some());
    }
}

#[test]
fn the_consoles_sample_and_a_captured_event_are_both_parsed() {
    let sample = written(fixture!("console-sample.json"));
    assert_eq!(urls(&sample), ["oci://my_bucket@example_namespace/my_object"]);
    let captured = written(fixture!("captured-shape.json"));
    assert_eq!(urls(&captured), [format!("oci://bronze@bronzeworks/{NAME}")]);
}

#[test]
fn a_name_is_tried_as_it_is_and_then_decoded() {
    let encoded = NAME.replace('/', "%252F");
    let wanted = [encoded.as_str(), NAME].map(|name| format!("oci://bronze@bronzeworks/{name}"));
    assert_eq!(urls(&written(fixture!("percent-encoded-name.json"))), wanted);
}

#[test]
fn a_deletion_is_of_another_type() {
    let deleted = "com.oraclecloud.objectstorage.deleteobject".to_owned();
    assert_eq!(one(fixture!("object-deleted.json")), Event::OtherType(deleted));
}

#[test]
fn what_is_missing_is_taken_from_the_resource_id_or_named() {
    let event = |data: &str| one(format!(r#"{{"eventType":"{CREATED}","data":{data}}}"#).as_bytes());
    let by_id = event(r#"{"resourceId":"/n/ns/b/bronze/o/a/b.gz","additionalDetails":null}"#);
    let url = OciUrl::new("bronze", "ns", "a/b.gz").unwrap();
    let object = ObjectWritten { candidates: vec![url.into()], etag: None };
    assert_eq!(by_id, Event::Written(object.clone()));
    let odd = r#"{"resourceName":"a/b.gz","resourceId":"/n/ns/b/bronze/o/x","additionalDetails":"x"}"#;
    assert_eq!(event(odd), Event::Written(object.clone()));
    let odd =
        r#"{"resourceName":"a/b.gz","additionalDetails":{"namespace":"ns","bucketName":"bronze","eTag":5}}"#;
    assert_eq!(event(odd), Event::Written(object));
    for (data, missing) in [
        (r#"{"resourceName":"x","additionalDetails":{"bucketName":"b"}}"#, "namespace"),
        (r#"{"resourceName":"x","additionalDetails":{"namespace":"n","bucketName":""}}"#, "bucketName"),
        (r#"{"resourceId":"","additionalDetails":{"namespace":"n","bucketName":"b"}}"#, "resourceName"),
        (r#"{"resourceName":7,"additionalDetails":{"namespace":"n","bucketName":"b"}}"#, "resourceName"),
        (r#"{"resourceName":"x","additionalDetails":{"namespace":"n","bucketName":"a/b"}}"#, "the object"),
        ("7", "data"),
        ("null", "data"),
    ] {
        match event(data) {
            Event::Malformed(problem) => assert!(problem.contains(missing), "{problem}"),
            other => panic!("{data}: {other:?}"),
        }
    }
}

proptest! {
    #[test]
    fn the_order_of_members_and_unknown_members_do_not_matter(order in Just(members()).prop_shuffle()) {
        let body = format!("{{{}}}", order.join(","));
        prop_assert_eq!(urls(&written(body.as_bytes())), ["oci://b@n/a.gz"]);
    }
}

fn members() -> Vec<String> {
    let data = r#"{"x":[],"additionalDetails":{"eTag":"1","namespace":"n","bucketName":"b","y":1},"freeFormTags":null,"resourceName":"a.gz"}"#;
    [
        &format!(r#""eventType":"{UPDATED}""#),
        &format!(r#""data":{data}"#),
        r#""schemaURL":null"#,
        r#""source":"objectstorage""#,
    ]
    .map(str::to_owned)
    .into()
}
