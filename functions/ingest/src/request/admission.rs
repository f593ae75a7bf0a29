use super::cloud_event::CloudEvent;
use super::content_encoding::ContentEncoding;
use super::content_type::ContentType;
use super::key::{KeyRules, RequestKeys};
use super::refusal::{Refusal, RefusalCode};
use super::rejection::{Rejection, RejectionCode};
use super::splitter::Splitter;
use super::wrapper::{Journal, RecordIndex, Wrapper};
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http::{HeaderMap, Method};
use sender::{Limits, Record};
use std::sync::Arc;
use std::time::SystemTime;
use table::{RowJudge, Schema};

/// Splits requests into records that the stream and the table will accept. Does no I/O.
#[derive(Debug, Clone)]
pub struct Admission {
    pub(crate) key: KeyRules,
    pub(crate) wrapper: Wrapper,
    pub(crate) schema: Option<Arc<Schema>>,
    pub(crate) max_body: usize,
}

/// The records of a request.
#[derive(Debug, Default)]
pub struct Admitted {
    /// The records to send, in the order of the request.
    pub records: Vec<Record>,
    /// The refused records in order, each as its index in the request (counted from 0) and the reason.
    pub(crate) refused: Vec<(usize, Refusal)>,
}

/// Maximum number of records in a request. It limits the size of the response, and the memory that the records take. This many records of
/// only 60 bytes fill 6 MB.
pub const MAX_RECORDS: usize = 100_000;

impl Admission {
    /// Returns the maximum bytes of a body, both as received and after gunzip.
    pub fn max_body(&self) -> usize {
        self.max_body
    }

    /// Checks a request's head, before its body is read.
    ///
    /// # Errors
    ///
    /// Rejects a wrong method (405), an unsupported content type or encoding (415), and a `Content-Length` that is too large (413).
    pub fn check_head(&self, head: &Parts) -> Result<(), Rejection> {
        if head.method != Method::POST {
            let message = format!("the method is {}; send records with POST", head.method);
            return Err(Rejection::new(RejectionCode::MethodNotAllowed, message));
        }
        ContentType::of(&head.headers)?;
        ContentEncoding::of(&head.headers)?;
        match content_length(&head.headers) {
            Some(length) if length > self.max_body as u64 => Err(Rejection::too_large(self.max_body)),
            _ => Ok(()),
        }
    }

    /// Splits a request into records. They are slices of the body, or of its text after gunzip, unless they are wrapped.
    ///
    /// `limits` are those of the stream. `now` is the timestamp of wrapped records.
    ///
    /// # Errors
    ///
    /// Returns a [`Rejection`] of the whole request. None of it may then be sent.
    pub fn admit(
        &self,
        head: &Parts,
        body: Bytes,
        limits: &Limits,
        now: SystemTime,
    ) -> Result<Admitted, Rejection> {
        self.check_head(head)?;
        if content_length(&head.headers).is_some_and(|length| length > body.len() as u64) {
            let message = format!("the body has {} bytes, fewer than its Content-Length", body.len());
            let byte = Some(body.len() as u64);
            return Err(Rejection { byte, ..Rejection::new(RejectionCode::BodyTruncated, message) });
        }
        let content_type = ContentType::of(&head.headers)?;
        let body = ContentEncoding::of(&head.headers)?.decode(body, self.max_body)?;
        if body.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
            return Err(Rejection::new(RejectionCode::EmptyBody, "the body is empty"));
        }
        let splitter = split(content_type, &body);
        let mut judge = Judge {
            content_type,
            head,
            body: &body,
            keys: self.key.of_request(head, limits.key),
            journal: self.wrapper.of_request(head, now)?,
            table: self.schema.as_deref().map(RowJudge::new),
            several: matches!(splitter, Splitter::Elements(_) | Splitter::Lines(_)),
            max_record: limits.record,
        };
        let mut admitted = Admitted::default();
        for (index, piece) in splitter.enumerate() {
            if index == MAX_RECORDS {
                let message = format!("the body has more than {MAX_RECORDS} records");
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
    /// Returns the number of records in the request.
    pub fn total(&self) -> usize {
        self.records.len() + self.refused.len()
    }
}

fn split(content_type: ContentType, body: &[u8]) -> Splitter<'_> {
    match content_type {
        ContentType::Json => Splitter::value_or_elements(body),
        ContentType::Lines => Splitter::lines(body),
        ContentType::Events => Splitter::elements(body),
        ContentType::Event | ContentType::EventData => Splitter::value(body),
    }
}

/// Returns the request's `Content-Length`. If it is not a number, the transport handles that.
fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

/// Checks the records of one request, and converts them to what is put on the stream.
struct Judge<'r> {
    content_type: ContentType,
    head: &'r Parts,
    body: &'r Bytes,
    keys: RequestKeys<'r>,
    journal: Option<Journal>,
    table: Option<RowJudge>,
    /// Whether a body of this type can have several records.
    several: bool,
    /// Maximum bytes of a record's key and value.
    max_record: usize,
}

impl Judge<'_> {
    fn record(&mut self, index: usize, text: &str) -> Result<Record, Refusal> {
        let event = match self.content_type {
            ContentType::Json | ContentType::Lines => None,
            ContentType::Event | ContentType::Events => Some(CloudEvent::parse(text)?),
            ContentType::EventData => Some(CloudEvent::of_headers(&self.head.headers, text)?),
        };
        let subject = event.as_ref().and_then(|event| event.subject.as_deref());
        let key = self.keys.of_record(self.body, text, subject)?;
        let value = match &mut self.journal {
            None => self.body.slice_ref(text.as_bytes()),
            Some(journal) => {
                let data = event.as_ref().map_or(Ok(text), data)?;
                let index = if self.several { RecordIndex::At(index) } else { RecordIndex::Only };
                journal.wrap(data, index, event.as_ref().map(|event| &*event.id))
            }
        };
        let record = Record { key, value };
        if record.size() > self.max_record {
            let (size, max) = (record.size(), self.max_record);
            let message = format!("the record is {size} bytes with its key; the stream accepts {max}");
            return Err(Refusal::new(RefusalCode::RecordTooLarge, message));
        }
        if let Some(table) = &mut self.table {
            // The stream has yet to accept the record, so the time is unknown.
            table.judge(record.key.as_deref(), &record.value, None)?;
        }
        Ok(record)
    }
}

/// Returns the part of an event that is wrapped. It is the same for all three modes of an event.
fn data<'a>(event: &CloudEvent<'a>) -> Result<&'a str, Refusal> {
    event.data.filter(|data| data.starts_with('{')).ok_or_else(|| {
        let message = "the event has no data, or the data is not a JSON object";
        Refusal::new(RefusalCode::EventWithoutData, message)
    })
}

#[cfg(test)]
#[path = "admission_tests.rs"]
mod tests;
