use super::*;
use http::{HeaderName, HeaderValue};

fn of(headers: &[(&'static str, &'static str)]) -> Result<ContentType, String> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    ContentType::of(&map).map_err(|rejection| {
        assert_eq!(rejection.code.status().as_u16(), 415);
        rejection.message
    })
}

#[test]
fn a_content_type_says_what_a_body_is() {
    let types = [
        ("application/json", ContentType::Json),
        ("Application/JSON; charset=UTF-8", ContentType::Json),
        ("application/json;charset=\"utf-8\"", ContentType::Json),
        ("application/x-ndjson", ContentType::Lines),
        ("application/ndjson", ContentType::Lines),
        ("application/jsonl", ContentType::Lines),
        ("application/x-jsonlines", ContentType::Lines),
        ("application/jsonlines", ContentType::Lines),
        ("application/cloudevents+json; charset=utf-8", ContentType::Event),
        ("application/cloudevents-batch+json", ContentType::Events),
    ];
    for (value, expected) in types {
        assert_eq!(of(&[("content-type", value)]), Ok(expected), "{value}");
    }
}

#[test]
fn other_content_types_are_rejected_with_a_list_of_the_supported_ones() {
    let others = [
        "text/plain",
        "application/octet-stream",
        "application/xml",
        "application/vnd.x+json",
        "application/cloudevents+avro",
        "application/cloudevents-batch+protobuf",
        "application/json; charset=utf-16",
        "application/json; charset=latin1",
        "",
    ];
    for value in others {
        let message = of(&[("content-type", value)]).unwrap_err();
        assert!(message.contains("application/x-ndjson"), "{message}");
    }
    assert!(of(&[]).unwrap_err().contains("content type is missing"));
    let twice = [("content-type", "application/json"), ("content-type", "application/json")];
    assert!(of(&twice).unwrap_err().contains("more than one"));
}

#[test]
fn any_required_header_of_an_event_makes_the_body_its_data() {
    for name in EVENT_HEADERS {
        for media_type in ["application/json", "application/vnd.ledger+json; charset=utf-8"] {
            assert_eq!(
                of(&[("content-type", media_type), (name, "1.0")]),
                Ok(ContentType::EventData),
                "{name}"
            );
        }
        assert!(of(&[("content-type", "text/xml"), (name, "1.0")]).is_err());
        assert!(of(&[("content-type", "application/x-ndjson"), (name, "1.0")]).is_err());
        // The content type takes precedence (HTTP binding, 1.3). Headers may repeat attributes of the event (3.2.3).
        assert_eq!(
            of(&[("content-type", "application/cloudevents+json"), (name, "1.0")]),
            Ok(ContentType::Event)
        );
    }
    assert_eq!(of(&[("content-type", "application/json"), ("ce-subject", "x")]), Ok(ContentType::Json));
}
