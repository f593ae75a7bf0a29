use super::pointer::Pointer;
use super::refusal::{Refusal, RefusalCode};
use bytes::Bytes;
use http::HeaderName;
use http::request::Parts;
use json::{Kind, Scanner};
use percent_encoding::percent_decode;
use std::borrow::Cow;

/// Rules for where a record's key comes from. They are tried in order until one finds a value.
///
/// An empty value or null does not count. If a rule finds something that cannot be a key, the record is refused and later rules are not
/// tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyRules {
    rules: Vec<Rule>,
    /// Whether a record may have no key.
    none: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    Header(HeaderName),
    Query(String),
    Pointer(Pointer),
    /// The `subject` attribute of a CloudEvent.
    Subject,
}

/// The rules for one request, with the values that are the same for all its records already looked up.
#[derive(Debug)]
pub(crate) struct RequestKeys<'r> {
    rules: Vec<RequestKey<'r>>,
    none: bool,
    /// Maximum bytes of a key.
    max_key: usize,
    all: &'r KeyRules,
}

#[derive(Debug)]
enum RequestKey<'r> {
    /// A value from a header or parameter, which is the same for all records.
    Found(Result<Option<Bytes>, Refusal>),
    Pointer(&'r Pointer),
    Subject,
}

impl KeyRules {
    /// Parses the setting: `header:X-Key`, `query:key`, `pointer:/a/b`, `subject`, `none`, or several separated by commas.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        const EXPECTED: &str = "expected header:NAME, query:NAME, pointer:/PATH, subject or none, or several separated by commas";
        let (mut rules, mut none) = (Vec::new(), false);
        for rule in text.split(',').map(str::trim) {
            if none {
                return Err("none must be the last rule: rules after it would never be tried".into());
            }
            match rule.split_once(':') {
                Some(("header", name)) => rules
                    .push(Rule::Header(name.parse().map_err(|_| format!("{name:?} is not a header name"))?)),
                Some(("query", name)) if !name.is_empty() => rules.push(Rule::Query(name.into())),
                Some(("pointer", pointer)) => rules.push(Rule::Pointer(Pointer::parse(pointer)?)),
                None if rule == "subject" => rules.push(Rule::Subject),
                None if rule == "none" => none = true,
                None if rule.starts_with('/') => {
                    return Err(format!("{EXPECTED}; did you mean pointer:{rule}?"));
                }
                _ => return Err(EXPECTED.into()),
            }
        }
        Ok(KeyRules { rules, none })
    }

    /// Looks up the values that are the same for all records of a request.
    pub(crate) fn of_request<'r>(&'r self, head: &Parts, max_key: usize) -> RequestKeys<'r> {
        let rules = self.rules.iter().map(|rule| match rule {
            Rule::Header(name) => RequestKey::Found(header(head, name)),
            Rule::Query(name) => RequestKey::Found(parameter(head, name)),
            Rule::Pointer(pointer) => RequestKey::Pointer(pointer),
            Rule::Subject => RequestKey::Subject,
        });
        RequestKeys { rules: rules.collect(), none: self.none, max_key, all: self }
    }

    /// Returns why no rule finds a key for a record: where there is nothing, and which fields are null or empty.
    fn why_missing(&self, record: &str) -> String {
        let (mut absent, mut empty) = (Vec::new(), Vec::new());
        for rule in &self.rules {
            match rule {
                Rule::Header(name) => absent.push(format!("no header {name}")),
                Rule::Query(name) => absent.push(format!("no parameter {name}")),
                Rule::Subject => absent.push("no subject".to_owned()),
                Rule::Pointer(pointer) => match pointer.find(record) {
                    Ok(Some("null")) => empty.push(format!("field {} is null", pointer.text())),
                    Ok(Some(_)) => empty.push(format!("field {} is empty", pointer.text())),
                    _ => absent.push(format!("no field {}", pointer.text())),
                },
            }
        }
        match (&absent[..], empty.join(" and ")) {
            ([], empty) => format!("the record's {empty}"),
            (absent, empty) if empty.is_empty() => format!("the record has {}", absent.join(" and ")),
            (absent, empty) => format!("the record has {}, and its {empty}", absent.join(" and ")),
        }
    }
}

impl RequestKeys<'_> {
    /// Returns the key of a record. `record` is the record's text, which is a part of `body`. `subject` is that of the event, if the record
    /// is one.
    pub(crate) fn of_record(
        &self,
        body: &Bytes,
        record: &str,
        subject: Option<&str>,
    ) -> Result<Option<Bytes>, Refusal> {
        for rule in &self.rules {
            let key = match rule {
                RequestKey::Found(found) => found.clone()?,
                RequestKey::Pointer(pointer) => pointed(pointer, body, record)?,
                RequestKey::Subject => subject.map(|subject| Bytes::copy_from_slice(subject.as_bytes())),
            };
            match key.filter(|key| !key.is_empty()) {
                Some(key) if key.len() > self.max_key => {
                    let (length, max) = (key.len(), self.max_key);
                    let message = format!("the key is {length} bytes; the stream accepts {max}");
                    return Err(Refusal::new(RefusalCode::KeyTooLong, message));
                }
                Some(key) => return Ok(Some(key)),
                None => {}
            }
        }
        match self.none {
            true => Ok(None),
            false => Err(Refusal::new(RefusalCode::KeyMissing, self.all.why_missing(record))),
        }
    }
}

fn header(head: &Parts, name: &HeaderName) -> Result<Option<Bytes>, Refusal> {
    let mut values = head.headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(ambiguous(&format!("header {name}"))),
        (value, None) => Ok(value.map(|value| Bytes::copy_from_slice(value.as_bytes().trim_ascii()))),
    }
}

/// Returns the value of a form-encoded parameter of the query.
pub(crate) fn parameter(head: &Parts, name: &str) -> Result<Option<Bytes>, Refusal> {
    let decode = |text: &str| -> Vec<u8> { percent_decode(text.replace('+', " ").as_bytes()).collect() };
    let pairs = head.uri.query().unwrap_or_default().split('&');
    let mut values = pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(other, _)| decode(other) == name.as_bytes());
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(ambiguous(&format!("parameter {name}"))),
        (value, None) => Ok(value.map(|(_, value)| decode(value).into())),
    }
}

fn pointed(pointer: &Pointer, body: &Bytes, record: &str) -> Result<Option<Bytes>, Refusal> {
    let found = pointer.find(record).map_err(|twice| ambiguous(&format!("field {:?}", twice.member)))?;
    let Some(value) = found else { return Ok(None) };
    let mut scanner = Scanner::new(value);
    match scanner.kind() {
        Ok(Kind::Null) | Err(_) => Ok(None),
        Ok(Kind::Number) => Ok(Some(body.slice_ref(value.as_bytes()))),
        Ok(Kind::String) => Ok(scanner.string().ok().map(|text| match text.resolve() {
            Cow::Borrowed(plain) => body.slice_ref(plain.as_bytes()),
            Cow::Owned(resolved) => Bytes::from(resolved),
        })),
        Ok(kind) => {
            let message =
                format!("{} is {}; a key must be a string or a number", pointer.text(), kind.name());
            Err(Refusal::new(RefusalCode::KeyBadType, message))
        }
    }
}

fn ambiguous(what: &str) -> Refusal {
    Refusal::new(RefusalCode::KeyAmbiguous, format!("there is more than one {what}"))
}

#[cfg(test)]
#[path = "key_tests.rs"]
mod tests;
