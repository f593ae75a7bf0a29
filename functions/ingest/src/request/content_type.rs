use super::rejection::{Rejection, RejectionCode};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use json::excerpt;

/// The kind of a body, which determines what its records are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContentType {
    /// One object or an array of objects: `application/json`.
    Json,
    /// One object per line: `application/x-ndjson`.
    Lines,
    /// One CloudEvent with its attributes and data in one object: `application/cloudevents+json`.
    Event,
    /// An array of CloudEvents: `application/cloudevents-batch+json`.
    Events,
    /// The data of one CloudEvent whose attributes are headers.
    EventData,
}

/// Names in use for JSON Lines. None of them is registered.
const LINES: [&str; 5] = [
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-jsonlines",
    "application/jsonlines",
];

/// Headers that a CloudEvent in binary mode must have. A request with any of them is taken for one.
pub(crate) const EVENT_HEADERS: [&str; 4] = ["ce-specversion", "ce-id", "ce-source", "ce-type"];

impl ContentType {
    /// Determines the kind of a body from the headers.
    ///
    /// For CloudEvents the rule of their HTTP binding applies (1.3): the content type decides whether a body is a structured event or a
    /// batch. Otherwise the headers make any other body an event.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Rejection> {
        let mut values = headers.get_all(CONTENT_TYPE).iter();
        let (value, second) = (values.next(), values.next());
        let value = match (value.map(|value| value.to_str()), second) {
            (Some(Ok(value)), None) => value,
            (None, _) => return Err(unsupported("the content type is missing")),
            (Some(_), _) => {
                return Err(unsupported("there is more than one content type, or it is not text"));
            }
        };
        let mut parts = value.split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
        for parameter in parts {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let charset = value.trim_matches('"');
            let utf8 = charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("us-ascii");
            if name.eq_ignore_ascii_case("charset") && !utf8 {
                return Err(unsupported(&format!("the character set {:?} is not UTF-8", excerpt(charset))));
            }
        }
        let binary_event = EVENT_HEADERS.iter().any(|name| headers.contains_key(*name));
        match media_type.as_str() {
            "application/cloudevents+json" => Ok(ContentType::Event),
            "application/cloudevents-batch+json" => Ok(ContentType::Events),
            other if other.starts_with("application/cloudevents") => Err(unknown(other)),
            other if binary_event => match other == "application/json" || other.ends_with("+json") {
                true => Ok(ContentType::EventData),
                false => Err(unsupported(&format!("the event's data is {:?}, not JSON", excerpt(other)))),
            },
            "application/json" => Ok(ContentType::Json),
            other if LINES.contains(&other) => Ok(ContentType::Lines),
            other => Err(unknown(other)),
        }
    }
}

fn unknown(media_type: &str) -> Rejection {
    unsupported(&format!("the content type {:?} is not supported", excerpt(media_type)))
}

fn unsupported(problem: &str) -> Rejection {
    let message = format!(
        "{problem}; supported are application/json, application/x-ndjson, application/cloudevents+json and \
         application/cloudevents-batch+json, in UTF-8"
    );
    Rejection::new(RejectionCode::UnsupportedMediaType, message)
}

#[cfg(test)]
#[path = "content_type_tests.rs"]
mod tests;
