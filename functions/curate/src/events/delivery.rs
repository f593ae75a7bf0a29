use super::event::Event;
use super::not_recognized::NotRecognized;
use super::oci;
use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;
use std::fmt;

/// The parsers of all event sources. The first one that recognizes a document decides. A document that none recognizes is malformed, with
/// the first parser's explanation.
const PARSERS: &[Parser] = &[oci::parse];

/// Parses a document that is one event, if it comes from the parser's source.
type Parser = fn(&RawValue) -> Result<Event, NotRecognized>;

/// The events of one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Delivery {
    One(Event),
    Several(Vec<Event>),
}

/// Why a delivery could not be split into events.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("the body is empty")]
    Empty,
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    #[error("the body has more than {MAX_EVENTS} events")]
    TooMany,
}

/// Maximum number of events in one body. The response for this many, with names of 1,024 bytes, stays within the 6 MB that a function may
/// send.
const MAX_EVENTS: usize = 1000;

/// UTF-8 byte-order mark, which editors put at the start of files that people pass to `fn invoke`.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Parses a body: one event, as OCI Events sends it, or a JSON array of events, as an intermediary may send it.
///
/// Only the necessary parts are kept, so memory depends on the number of events.
pub(crate) fn parse(body: &[u8]) -> Result<Delivery, Unreadable> {
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body).trim_ascii();
    if body.is_empty() {
        return Err(Unreadable::Empty);
    }
    let not_json = |error: serde_json::Error| Unreadable::NotJson(error.to_string());
    if body.starts_with(b"[") {
        return match serde_json::from_slice::<Several<'_>>(body) {
            Ok(Several(events)) => Ok(Delivery::Several(events.into_iter().map(event).collect())),
            Err(error) if error.classify() == Category::Data => Err(Unreadable::TooMany),
            Err(error) => Err(not_json(error)),
        };
    }
    let document = serde_json::from_slice::<&RawValue>(body).map_err(not_json)?;
    Ok(Delivery::One(event(document)))
}

fn event(document: &RawValue) -> Event {
    if !document.get().starts_with('{') {
        return Event::Malformed("not a JSON object".into());
    }
    let mut problem = None;
    for parse in PARSERS {
        match parse(document) {
            Ok(event) => return event,
            Err(NotRecognized(reason)) => problem = problem.or(Some(reason)),
        }
    }
    Event::Malformed(problem.unwrap_or_default())
}

/// The elements of an array. Deserializing fails if there are too many.
struct Several<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Several<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements;

        impl<'de> Visitor<'de> for Elements {
            type Value = Several<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of events")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Several<'de>, A::Error> {
                let mut events = Vec::new();
                while let Some(event) = elements.next_element()? {
                    if events.len() == MAX_EVENTS {
                        return Err(A::Error::custom("too many"));
                    }
                    events.push(event);
                }
                Ok(Several(events))
            }
        }

        deserializer.deserialize_seq(Elements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_empty_body_and_one_that_is_not_json_are_distinguished() {
        let fixture = include_bytes!("../../../../tests/fixtures/events/not-json.txt");
        assert!(matches!(parse(fixture), Err(Unreadable::NotJson(_))));
        let fixture = include_bytes!("../../../../tests/fixtures/events/empty.json");
        assert_eq!(parse(fixture), Err(Unreadable::Empty));
        assert_eq!(parse(b" \n"), Err(Unreadable::Empty));
    }

    #[test]
    fn the_events_of_an_array_keep_their_order() {
        let deleted = include_str!("../../../../tests/fixtures/events/object-deleted.json");
        let body = format!("[{deleted}, 7, {{}}]");
        let Delivery::Several(events) = parse(body.as_bytes()).unwrap() else {
            panic!("an array is several")
        };
        assert!(matches!(&events[..], [Event::OtherType(_), Event::Malformed(_), Event::Malformed(_)]));
    }

    #[test]
    fn a_body_with_too_many_events_is_rejected_as_a_whole() {
        let body = |count: usize| format!("[{}]", vec!["{}"; count].join(","));
        let Ok(Delivery::Several(events)) = parse(body(MAX_EVENTS).as_bytes()) else {
            panic!("that many are taken")
        };
        assert_eq!(events.len(), MAX_EVENTS);
        assert_eq!(parse(body(MAX_EVENTS + 1).as_bytes()), Err(Unreadable::TooMany));
        assert!(matches!(parse(b"[{},"), Err(Unreadable::NotJson(_))));
        assert!(matches!(parse(b"{} {}"), Err(Unreadable::NotJson(_))));
    }

    proptest! {
        #[test]
        fn no_body_makes_the_parser_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&body);
        }
    }
}
