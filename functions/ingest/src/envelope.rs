use crate::key::parameter;
use crate::rejection::{Rejection, RejectionCode};
use bytes::{Bytes, BytesMut};
use http::request::Parts;
use jiff::Timestamp;
use std::fmt::Write;
use uuid::Uuid;

/// What is put around each record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Envelope {
    /// Nothing: the record's bytes go to the stream as they were sent.
    #[default]
    None,
    /// What the ledger's table reads: `{"uuid":…,"run_id":…,"scenario":…,"timestamp":…,"data":<the record's bytes as they were sent>}`.
    Journal,
}

/// The envelopes of one request's records.
#[derive(Debug)]
pub(crate) struct Journal {
    /// Who says which record is which: `Idempotency-Key`.
    request_id: Option<String>,
    /// What is the same for all of them: `,"run_id":…,"scenario":…,"timestamp":…,"data":`.
    middle: String,
    /// Where they are written, one after the other: a buffer each would cost as much again.
    buffer: BytesMut,
}

/// Which record of a request a record is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// It is the only one, by the body's form.
    Only,
    /// One of several, from 0.
    At(usize),
}

/// By this header a producer names a request, so that it is known again when it is sent again.
pub(crate) const REQUEST_ID: &str = "idempotency-key";

const RUN_ID: (&str, &str) = ("x-run-id", "run_id");
const SCENARIO: (&str, &str) = ("x-scenario", "scenario");

/// Room that is made for envelopes at a time: some dozens of journal lines.
const ROOM: usize = 64 << 10;

impl Envelope {
    /// Reads the setting.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Envelope::None),
            "journal" => Ok(Envelope::Journal),
            _ => Err("expected none or journal".into()),
        }
    }

    /// The envelopes of a request that came at `now`; `None` where there are none.
    pub(crate) fn of_request(self, head: &Parts, now: Timestamp) -> Result<Option<Journal>, Rejection> {
        match self {
            Envelope::None => Ok(None),
            Envelope::Journal => Journal::new(head, now).map(Some),
        }
    }
}

impl Journal {
    fn new(head: &Parts, now: Timestamp) -> Result<Self, Rejection> {
        let request_id = text_header(head, REQUEST_ID)?;
        // The header's draft (IETF, httpapi) has quotes around its value, and most producers do not.
        let request_id = request_id.map(|id| id.trim_matches('"').to_owned()).filter(|id| !id.is_empty());
        let mut middle = String::from(r#","run_id":"#);
        push_text(&mut middle, header_or_parameter(head, RUN_ID)?.as_deref());
        middle.push_str(r#","scenario":"#);
        push_text(&mut middle, header_or_parameter(head, SCENARIO)?.as_deref());
        // Without a zone, and UTC: as the table's column has it.
        let _ = write!(middle, r#","timestamp":"{}","data":"#, now.strftime("%Y-%m-%dT%H:%M:%S.%6f"));
        Ok(Journal { request_id, middle, buffer: BytesMut::new() })
    }

    /// Puts a record's bytes into an envelope.
    ///
    /// Its `uuid` is the event's id, else the request's, with the record's index behind it if it may be one of several; else it is random.
    pub(crate) fn wrap(&mut self, record: &str, place: Place, event_id: Option<&str>) -> Bytes {
        let uuid = match (event_id, &self.request_id, place) {
            (Some(id), ..) => id.to_owned(),
            (None, Some(id), Place::Only) => id.clone(),
            (None, Some(id), Place::At(index)) => format!("{id}-{index}"),
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

/// A header that is there once at most, and UTF-8.
fn text_header(head: &Parts, name: &str) -> Result<Option<String>, Rejection> {
    let mut values = head.headers.get_all(name).iter();
    let (value, second) = (values.next(), values.next());
    let text = value.map(|value| str::from_utf8(value.as_bytes()));
    match (text.transpose(), second) {
        (Ok(text), None) => Ok(text.map(str::to_owned)),
        _ => {
            let message = format!("the header {name} is there more than once, or is not UTF-8");
            Err(Rejection::new(RejectionCode::InvalidHeader, message))
        }
    }
}

/// Appends a text as JSON; null where there is none.
fn push_text(out: &mut String, text: Option<&str>) {
    out.push_str(&serde_json::to_string(&text).expect("a text is JSON"));
}

#[cfg(test)]
#[path = "envelope_tests.rs"]
mod tests;
