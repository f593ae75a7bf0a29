use super::key::parameter;
use super::rejection::{Rejection, RejectionCode};
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use http::request::Parts;
use std::fmt::Write;
use std::time::SystemTime;
use uuid::Uuid;

/// The form in which records are wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Wrapper {
    /// Not wrapped: the record's bytes go to the stream unchanged.
    #[default]
    None,
    /// Wrapped as a ledger's journal: `{"uuid":…,"run_id":…,"scenario":…,"timestamp":…,"data":<the record's bytes, unchanged>}`.
    Journal,
}

/// Wraps the records of one request in journals.
#[derive(Debug)]
pub(crate) struct Journal {
    /// The request's `Idempotency-Key`, from which the `uuid`s of its records are derived.
    request_id: Option<String>,
    /// The part that is the same for all records: `,"run_id":…,"scenario":…,"timestamp":…,"data":`.
    middle: String,
    /// The buffer to which journals are written, one after another. A buffer for each would double the cost.
    buffer: BytesMut,
}

/// The index of a record in its request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RecordIndex {
    /// The record is the only one that a body of this type can have.
    Only,
    /// The record is one of possibly several. The index is counted from 0.
    At(usize),
}

/// The header with which a producer identifies a request, so that it can be recognized if it is sent again.
pub(crate) const REQUEST_ID: &str = "idempotency-key";

const RUN_ID: (&str, &str) = ("x-run-id", "run_id");
const SCENARIO: (&str, &str) = ("x-scenario", "scenario");

/// Number of bytes to allocate at a time: enough for several dozen journals.
const ROOM: usize = 64 << 10;

impl Wrapper {
    /// Parses the setting.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Wrapper::None),
            "journal" => Ok(Wrapper::Journal),
            _ => Err("expected none or journal".into()),
        }
    }

    /// Returns the wrapper for a request received at `now`, or `None` if its records are not wrapped.
    pub(crate) fn of_request(self, head: &Parts, now: SystemTime) -> Result<Option<Journal>, Rejection> {
        match self {
            Wrapper::None => Ok(None),
            Wrapper::Journal => Journal::new(head, now).map(Some),
        }
    }
}

impl Journal {
    fn new(head: &Parts, now: SystemTime) -> Result<Self, Rejection> {
        let request_id = text_header(head, REQUEST_ID)?;
        // The header's draft (IETF, httpapi) puts its value in quotes. Most producers do not.
        let request_id = request_id.map(|id| id.trim_matches('"').to_owned()).filter(|id| !id.is_empty());
        let mut middle = String::from(r#","run_id":"#);
        push_text(&mut middle, header_or_parameter(head, RUN_ID)?.as_deref());
        middle.push_str(r#","scenario":"#);
        push_text(&mut middle, header_or_parameter(head, SCENARIO)?.as_deref());
        // UTC without a zone, as in the table's column.
        let _ = write!(
            middle,
            r#","timestamp":"{}","data":"#,
            DateTime::<Utc>::from(now).format("%Y-%m-%dT%H:%M:%S%.6f")
        );
        Ok(Journal { request_id, middle, buffer: BytesMut::new() })
    }

    /// Wraps a record.
    ///
    /// Its `uuid` is the id of the event, or else that of the request, followed by the record's index if there can be several, or else
    /// random.
    pub(crate) fn wrap(&mut self, record: &str, index: RecordIndex, event_id: Option<&str>) -> Bytes {
        let uuid = match (event_id, &self.request_id, index) {
            (Some(id), ..) => id.to_owned(),
            (None, Some(id), RecordIndex::Only) => id.clone(),
            (None, Some(id), RecordIndex::At(index)) => format!("{id}-{index}"),
            (None, None, _) => Uuid::new_v4().to_string(),
        };
        let mut start = String::from(r#"{"uuid":"#);
        push_text(&mut start, Some(&uuid));
        let parts = [start.as_bytes(), self.middle.as_bytes(), record.as_bytes(), b"}"];
        let length: usize = parts.iter().map(|part| part.len()).sum();
        if self.buffer.capacity() < length {
            self.buffer = BytesMut::with_capacity(length.max(ROOM));
        }
        parts.iter().for_each(|part| self.buffer.extend_from_slice(part));
        self.buffer.split().freeze()
    }
}

fn header_or_parameter(head: &Parts, names: (&str, &str)) -> Result<Option<String>, Rejection> {
    let (header, query) = names;
    if let Some(value) = text_header(head, header)? {
        return Ok(Some(value));
    }
    let invalid = |problem: String| Rejection::new(RejectionCode::InvalidHeader, problem);
    let value = parameter(head, query).map_err(|refusal| invalid(refusal.message))?;
    let text = value.map(|value| String::from_utf8(value.into()));
    text.transpose().map_err(|_| invalid(format!("the parameter {query} is not UTF-8")))
}

/// Returns a header that may occur at most once and must be UTF-8.
fn text_header(head: &Parts, name: &str) -> Result<Option<String>, Rejection> {
    let mut values = head.headers.get_all(name).iter();
    let (value, second) = (values.next(), values.next());
    let text = value.map(|value| str::from_utf8(value.as_bytes()));
    match (text.transpose(), second) {
        (Ok(text), None) => Ok(text.map(str::to_owned)),
        _ => {
            let message = format!("the header {name} occurs more than once or is not UTF-8");
            Err(Rejection::new(RejectionCode::InvalidHeader, message))
        }
    }
}

/// Appends a text as JSON, or null if there is none.
fn push_text(out: &mut String, text: Option<&str>) {
    out.push_str(&serde_json::to_string(&text).expect("a text is JSON"));
}

#[cfg(test)]
#[path = "wrapper_tests.rs"]
mod tests;
