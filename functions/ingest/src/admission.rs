use crate::cloud_event::CloudEvent;
use crate::content_encoding::ContentEncoding;
use crate::envelope::{Envelope, Journal, Place};
use crate::form::Form;
use crate::key::{KeyRules, RequestKeys};
use crate::pieces::Pieces;
use crate::record::Record;
use crate::refusal::{Refusal, RefusalCode};
use crate::rejection::{Rejection, RejectionCode};
use crate::stream::Limits;
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http::{HeaderMap, Method};
use jiff::Timestamp;
use std::sync::Arc;
use table::{RowJudge, Schema};

/// Takes requests apart into records that the stream and the table will take. Does no I/O.
#[derive(Debug, Clone)]
pub struct Admission {
    pub(crate) key: KeyRules,
    pub(crate) envelope: Envelope,
    pub(crate) schema: Option<Arc<Schema>>,
    pub(crate) max_body: usize,
}

/// What is in a request.
#[derive(Debug, Default)]
pub struct Admitted {
    /// The records to be sent, in the request's order.
    pub records: Vec<Record>,
    /// The others: which of the request's records, from 0, and why, in order.
    pub(crate) refused: Vec<(usize, Refusal)>,
}

/// The most records of a request: so the answer about them, and what they take in memory, has an end. Records of 60 bytes, which is a small
/// one, fill 6 MB with as many.
pub const MAX_RECORDS: usize = 100_000;

impl Admission {
    /// The most bytes of a body, on its way and gunzipped.
    pub fn max_body(&self) -> usize {
        self.max_body
    }

    /// Judges a request by its head: before its body is read.
    ///
    /// # Errors
    ///
    /// The method (405), the content type and encoding (415), and a length that is too great by the request's own word (413).
    pub fn check_head(&self, head: &Parts) -> Result<(), Rejection> {
        if head.method != Method::POST {
            let message = format!("the method is {}; records are sent by POST", head.method);
            return Err(Rejection::new(RejectionCode::MethodNotAllowed, message));
        }
        Form::of(&head.headers)?;
        ContentEncoding::of(&head.headers)?;
        match content_length(&head.headers) {
            Some(length) if length > self.max_body as u64 => Err(Rejection::too_large(self.max_body)),
            _ => Ok(()),
        }
    }

    /// Takes a request apart. Records are slices of the body, or of its text where it is gunzipped, unless there is an envelope.
    ///
    /// `limits` are those of the stream; `now` is told by envelopes.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] of the whole request, of which nothing may be sent then.
    pub fn admit(
        &self,
        head: &Parts,
        body: Bytes,
        limits: &Limits,
        now: Timestamp,
    ) -> Result<Admitted, Rejection> {
        self.check_head(head)?;
        if content_length(&head.headers).is_some_and(|length| length > body.len() as u64) {
            let message = format!("the body ends after {} bytes, and should be longer", body.len());
            let byte = Some(body.len() as u64);
            return Err(Rejection { byte, ..Rejection::new(RejectionCode::BodyTruncated, message) });
        }
        let form = Form::of(&head.headers)?;
        let body = ContentEncoding::of(&head.headers)?.decode(body, self.max_body)?;
        if body.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
            return Err(Rejection::new(RejectionCode::EmptyBody, "there is nothing in the body"));
        }
        let pieces = pieces(form, &body);
        let mut judge = Judge {
            form,
            head,
            body: &body,
            keys: self.key.of_request(head, limits.key),
            journal: self.envelope.of_request(head, now)?,
            table: self.schema.as_deref().map(RowJudge::new),
            several: matches!(pieces, Pieces::Elements(_) | Pieces::Lines(_)),
            largest: limits.record,
        };
        let mut admitted = Admitted::default();
        for (index, piece) in pieces.enumerate() {
            if index == MAX_RECORDS {
                let message = format!("there are more than {MAX_RECORDS} records in the body");
                return Err(Rejection::new(RejectionCode::TooManyRecords, message));
            }
            match piece?.and_then(|text| judge.record(index, text)) {
                Ok(record) => admitted.records.push(record),
                Err(refusal) => admitted.refused.push((index, refusal)),
            }
        }
        Ok(admitted)
    }
}

impl Admitted {
    /// How many records the request has.
    pub fn total(&self) -> usize {
        self.records.len() + self.refused.len()
    }
}

fn pieces(form: Form, body: &[u8]) -> Pieces<'_> {
    match form {
        Form::Json => Pieces::value_or_elements(body),
        Form::Lines => Pieces::lines(body),
        Form::Events => Pieces::elements(body),
        Form::Event | Form::EventData => Pieces::value(body),
    }
}

/// The length that the request says it has; what is no number is the transport's business.
fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

/// Judges the records of one request, and makes them what is put.
struct Judge<'r> {
    form: Form,
    head: &'r Parts,
    body: &'r Bytes,
    keys: RequestKeys<'r>,
    journal: Option<Journal>,
    table: Option<RowJudge>,
    /// Whether the body's form lets it have several records.
    several: bool,
    /// The largest record, in bytes of key and value.
    largest: usize,
}

impl Judge<'_> {
    fn record(&mut self, index: usize, text: &str) -> Result<Record, Refusal> {
        let event = match self.form {
            Form::Json | Form::Lines => None,
            Form::Event | Form::Events => Some(CloudEvent::parse(text)?),
            Form::EventData => Some(CloudEvent::of_headers(&self.head.headers, text)?),
        };
        let subject = event.as_ref().and_then(|event| event.subject.as_deref());
        let key = self.keys.of_record(self.body, text, subject)?;
        let value = match &mut self.journal {
            None => self.body.slice_ref(text.as_bytes()),
            Some(journal) => {
                let data = event.as_ref().map_or(Ok(text), data)?;
                let place = if self.several { Place::At(index) } else { Place::Only };
                journal.wrap(data, place, event.as_ref().map(|event| &*event.id))
            }
        };
        let record = Record { key, value };
        if record.size() > self.largest {
            let (size, largest) = (record.size(), self.largest);
            let message = format!("the record has {size} bytes with its key, and the stream takes {largest}");
            return Err(Refusal::new(RefusalCode::RecordTooLarge, message));
        }
        if let Some(table) = &mut self.table {
            table.judge(record.key.as_deref(), &record.value)?;
        }
        Ok(record)
    }
}

/// What of an event goes into an envelope: the three modes of an event make the same record.
fn data<'a>(event: &CloudEvent<'a>) -> Result<&'a str, Refusal> {
    event.data.filter(|data| data.starts_with('{')).ok_or_else(|| {
        let message = "the event has no data, or data that is no JSON object";
        Refusal::new(RefusalCode::EventWithoutData, message)
    })
}

#[cfg(test)]
#[path = "admission_tests.rs"]
mod tests;
