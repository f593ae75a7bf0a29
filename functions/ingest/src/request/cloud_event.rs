//! Reads CloudEvents 1.0: the JSON format, and the headers of the HTTP binding's binary mode.
//!
//! Only the required attributes are checked, and only what is needed is read. Other attributes, such as extensions, are ignored.

use super::content_type::EVENT_HEADERS;
use super::refusal::{Refusal, RefusalCode};
use http::{HeaderMap, HeaderValue};
use json::{Kind, Scanner, Text};
use percent_encoding::percent_decode;
use std::borrow::Cow;

/// The parts of an event that are needed here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CloudEvent<'a> {
    pub(crate) id: Cow<'a, str>,
    pub(crate) subject: Option<Cow<'a, str>>,
    /// The JSON text of the event's data, if the data is JSON within the event.
    pub(crate) data: Option<&'a str>,
}

/// The accepted version. Other versions are drafts.
const VERSION: &str = "1.0";

/// The members of an event that are read, in the order of [`Members`].
const READ: [&str; 7] = ["specversion", "id", "source", "type", "subject", "data", "data_base64"];

const SUBJECT: &str = "ce-subject";

/// The values of the members named in [`READ`], as JSON texts.
type Members<'a> = [Option<&'a str>; READ.len()];

impl<'a> CloudEvent<'a> {
    /// Reads an event in the JSON format. `text` must be a JSON object.
    pub(crate) fn parse(text: &'a str) -> Result<Self, Refusal> {
        let members = members(text)?;
        let mut required = Vec::with_capacity(4);
        for (name, value) in READ.into_iter().zip(members).take(4) {
            required.push(attribute(name, value)?);
        }
        check_required(required.iter().map(Option::as_deref), &READ)?;
        let subject = attribute(READ[4], members[4])?;
        let [data, base64] = [members[5], members[6]].map(|value| value.filter(|value| *value != "null"));
        if data.is_some() && base64.is_some() {
            return Err(invalid("both data and data_base64 are present"));
        }
        let id = required.swap_remove(1).unwrap_or_default();
        Ok(CloudEvent { id, subject, data })
    }

    /// Reads an event whose attributes are headers and whose data is `text`.
    pub(crate) fn of_headers(headers: &'a HeaderMap, text: &'a str) -> Result<Self, Refusal> {
        let mut required = Vec::with_capacity(EVENT_HEADERS.len());
        for name in EVENT_HEADERS {
            required.push(header(headers, name)?);
        }
        check_required(required.iter().map(Option::as_deref), &EVENT_HEADERS)?;
        let subject = header(headers, SUBJECT)?;
        let id = required.swap_remove(1).unwrap_or_default();
        Ok(CloudEvent { id, subject, data: Some(text) })
    }
}

fn check_required<'v>(values: impl Iterator<Item = Option<&'v str>>, names: &[&str]) -> Result<(), Refusal> {
    for (number, (name, value)) in names.iter().zip(values).enumerate() {
        match value.filter(|value| !value.is_empty()) {
            None => return Err(invalid(format!("{name} is missing or empty"))),
            Some(version) if number == 0 && version != VERSION => {
                return Err(invalid(format!("{name} is {:?}, not 1.0", json::excerpt(version))));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn members(text: &str) -> Result<Members<'_>, Refusal> {
    let broken = |error: json::Error| invalid(error.to_string());
    let mut scanner = Scanner::new(text);
    let (mut members, mut first) = (Members::default(), true);
    scanner.open_object().map_err(broken)?;
    while let Some(key) = scanner.next_key(first).map_err(broken)? {
        first = false;
        let value = scanner.any().map_err(broken)?;
        if let Some(at) = READ.iter().position(|name| key.is(name))
            && members[at].replace(value).is_some()
        {
            return Err(invalid(format!("{} occurs twice", READ[at])));
        }
    }
    Ok(members)
}

/// Returns an attribute whose value must be a string. Null counts as missing.
fn attribute<'a>(name: &str, value: Option<&'a str>) -> Result<Option<Cow<'a, str>>, Refusal> {
    let Some(value) = value else { return Ok(None) };
    let mut scanner = Scanner::new(value);
    match scanner.kind() {
        Ok(Kind::Null) => Ok(None),
        Ok(Kind::String) => Ok(scanner.string().ok().as_ref().map(Text::resolve)),
        _ => Err(invalid(format!("{name} is not a string"))),
    }
}

/// Returns an attribute from a header, without quotes and percent-encoding (HTTP binding, 3.1.3.2).
fn header<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<Cow<'a, str>>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let value = match (values.next(), values.next()) {
        (value, None) => value.map(HeaderValue::as_bytes),
        (_, Some(_)) => return Err(invalid(format!("{name} occurs twice"))),
    };
    let Some(value) = value else { return Ok(None) };
    let unquoted = match value {
        [b'"', inner @ .., b'"'] => Cow::Owned(unescape(inner)),
        _ => Cow::Borrowed(value),
    };
    let text = match unquoted {
        Cow::Borrowed(value) => percent_decode(value).decode_utf8().ok(),
        Cow::Owned(value) => percent_decode(&value).decode_utf8().ok().map(|text| text.into_owned().into()),
    };
    text.map(Some).ok_or_else(|| invalid(format!("{name} is not UTF-8")))
}

/// Replaces each backslash in a quoted string, together with the character after it, by that character.
fn unescape(quoted: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(quoted.len());
    let mut bytes = quoted.iter();
    while let Some(byte) = bytes.next() {
        out.push(if *byte == b'\\' { *bytes.next().unwrap_or(byte) } else { *byte });
    }
    out
}

fn invalid(problem: impl Into<String>) -> Refusal {
    let problem = problem.into();
    Refusal::new(RefusalCode::InvalidEvent, format!("not a CloudEvent of version 1.0: {problem}"))
}

#[cfg(test)]
#[path = "cloud_event_tests.rs"]
mod tests;
