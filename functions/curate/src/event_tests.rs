use super::*;
use proptest::prelude::*;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/fixtures/events/", $name))
    };
}

const NAME: &str =
    "ocid1.serviceconnector.oc1.uk-london-1.amaaaaaaexample/0/20240628T082842Z_20240628T083550Z.0.data.gz";

fn one(body: &[u8]) -> Event {
    match parse(body).unwrap() {
        Delivery::One(event) => event,
        several => panic!("{several:?}"),
    }
}

fn written(body: &[u8]) -> ObjectEvent {
    match one(body) {
        Event::Written(object) => object,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_object_created_and_one_replaced_are_written() {
    for body in [&fixture!("object-created.json")[..], fixture!("object-updated.json")] {
        let object = written(body);
        assert_eq!((&*object.namespace, &*object.bucket, &*object.name), ("bronzeworks", "bronze", NAME));
        assert!(object.etag.is_some());
    }
}

#[test]
fn the_consoles_sample_and_a_captured_event_are_both_understood() {
    let sample = written(fixture!("console-sample.json"));
    assert_eq!(
        (&*sample.namespace, &*sample.bucket, &*sample.name),
        ("example_namespace", "my_bucket", "my_object")
    );
    let captured = written(fixture!("captured-shape.json"));
    assert_eq!((&*captured.namespace, &*captured.bucket, &*captured.name), ("bronzeworks", "bronze", NAME));
}

#[test]
fn a_name_is_taken_as_it_stands() {
    assert_eq!(written(fixture!("percent-encoded-name.json")).name, NAME.replace('/', "%2F"));
}

#[test]
fn a_deletion_is_of_another_type() {
    let deleted = "com.oraclecloud.objectstorage.deleteobject".to_owned();
    assert_eq!(one(fixture!("object-deleted.json")), Event::OtherType(deleted));
}

#[test]
fn what_is_no_json_and_what_is_empty_are_told_apart() {
    assert!(matches!(parse(fixture!("not-json.txt")), Err(Unreadable::NotJson(_))));
    assert_eq!(parse(fixture!("empty.json")), Err(Unreadable::Empty));
    assert_eq!(parse(b" \n"), Err(Unreadable::Empty));
}

#[test]
fn what_is_missing_is_taken_from_the_resource_id_or_named() {
    let event = |data: &str| one(format!(r#"{{"eventType":"{CREATED}","data":{data}}}"#).as_bytes());
    let by_id = event(r#"{"resourceId":"/n/ns/b/bronze/o/a/b.gz","additionalDetails":null}"#);
    let object =
        ObjectEvent { namespace: "ns".into(), bucket: "bronze".into(), name: "a/b.gz".into(), etag: None };
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
        ("7", "data"),
        ("null", "data"),
    ] {
        match event(data) {
            Event::Malformed(problem) => assert!(problem.contains(missing), "{problem}"),
            other => panic!("{data}: {other:?}"),
        }
    }
}

#[test]
fn an_array_is_as_many_events_in_order() {
    let body = format!("[{}, 7, {{}}]", std::str::from_utf8(fixture!("object-deleted.json")).unwrap());
    let Delivery::Several(events) = parse(body.as_bytes()).unwrap() else { panic!("an array is several") };
    assert!(matches!(&events[..], [Event::OtherType(_), Event::Malformed(_), Event::Malformed(_)]));
}

#[test]
fn too_many_events_in_one_body_are_refused_as_a_whole() {
    let body = |count: usize| format!("[{}]", vec!["{}"; count].join(","));
    let Ok(Delivery::Several(events)) = parse(body(MOST_EVENTS).as_bytes()) else {
        panic!("that many are taken")
    };
    assert_eq!(events.len(), MOST_EVENTS);
    assert_eq!(parse(body(MOST_EVENTS + 1).as_bytes()), Err(Unreadable::TooMany));
    assert!(matches!(parse(b"[{},"), Err(Unreadable::NotJson(_))));
    assert!(matches!(parse(b"{} {}"), Err(Unreadable::NotJson(_))));
}

proptest! {
    #[test]
    fn the_order_of_members_and_those_unknown_do_not_matter(order in Just(members()).prop_shuffle()) {
        let body = format!("{{{}}}", order.join(","));
        prop_assert_eq!(written(body.as_bytes()).name, "a.gz");
    }

    #[test]
    fn no_body_is_too_strange_to_be_judged(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&body);
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
