//! Reading an object: one request, and further ones if the stream breaks.

use crate::attributes;
use crate::bucket::{self, Bucket};
use crate::error::{generic, of_client};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::stream::{self, BoxStream, StreamExt};
use http::{HeaderMap, Method, header};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, GetResult, GetResultPayload, ObjectMeta, Result};
use oci_requests::{BodyStream, Cause, Request, Response};
use std::error::Error;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// How many times in a row a stream is resumed with less than `PROGRESS` bytes in between, and the pause before each resumption but the
/// first.
const RESUMES: u32 = 5;
const PROGRESS: u64 = 64 << 10;
const RESUME_PAUSE: Duration = Duration::from_millis(200);

/// Reads an object, its head, or a range of it.
pub(crate) async fn get(bucket: &Arc<Bucket>, path: &Path, options: GetOptions) -> Result<GetResult> {
    let method = if options.head { Method::HEAD } else { Method::GET };
    let operation = if options.head { "HeadObject" } else { "GetObject" };
    let mut request = bucket.object(operation, method, path).await?;
    if let Some(version) = &options.version {
        request = request.query("versionId", version);
    }
    // The service evaluates a single ETag. Lists, `*` and dates, which it does not accept, are evaluated below.
    if let Some(etag) = options.if_match.as_deref().filter(|etag| is_one_etag(etag)) {
        request = bucket::header(request, header::IF_MATCH, etag)?;
    }
    if let Some(etag) = options.if_none_match.as_deref().filter(|etag| is_one_etag(etag)) {
        request = bucket::header(request, header::IF_NONE_MATCH, etag)?;
    }
    if let Some(range) = &options.range {
        request = request.header(header::RANGE, range_header(range)?);
    }
    let response =
        if options.head { bucket.head_by(&request, path).await } else { bucket.open(&request, path).await }?;
    let meta = meta(path, &response.headers)?;
    options.check_preconditions(&meta)?;
    let range = match (&options.range, options.head) {
        (Some(asked), false) => {
            let range = content_range(&response.headers)?;
            if !is_requested(asked, &range, meta.size) {
                return Err(generic(format!("{path}: the response has bytes {range:?} instead of {asked}")));
            }
            range
        }
        _ => 0..meta.size,
    };
    let attributes = attributes::of_headers(&response.headers);
    let payload = if options.head {
        stream::empty().boxed()
    } else {
        let version = options.version;
        Reading {
            bucket: Arc::clone(bucket),
            path: path.clone(),
            version,
            etag: meta.e_tag.clone(),
            left: range.clone(),
            since: 0,
            stalls: 0,
        }
        .stream(response)
    };
    Ok(GetResult {
        payload: GetResultPayload::Stream(payload),
        meta,
        range,
        attributes,
        extensions: Default::default(),
    })
}

/// The state of reading a range, with what is needed to resume after the connection breaks.
struct Reading {
    bucket: Arc<Bucket>,
    path: Path,
    version: Option<String>,
    etag: Option<String>,
    left: Range<u64>,
    /// Bytes read since the stream was last resumed, and how many times in a row it broke before `PROGRESS` bytes.
    since: u64,
    stalls: u32,
}

impl Reading {
    fn stream(self, response: Response<BodyStream>) -> BoxStream<'static, Result<Bytes>> {
        let state = (self, Some(response.body));
        stream::try_unfold(state, |(mut reading, body)| async move {
            let Some(mut body) = body.filter(|_| !reading.left.is_empty()) else { return Ok(None) };
            let chunk = reading.next(&mut body).await?;
            Ok(Some((chunk, (reading, Some(body)))))
        })
        .boxed()
    }

    /// Returns the next bytes. If the connection breaks or ends early, requests the rest of the same version of the object.
    async fn next(&mut self, body: &mut BodyStream) -> Result<Bytes> {
        loop {
            let left = self.left.end - self.left.start;
            let broken = match body.chunk().await {
                Ok(Some(chunk)) if chunk.len() as u64 <= left => {
                    self.left.start += chunk.len() as u64;
                    self.since += chunk.len() as u64;
                    return Ok(chunk);
                }
                Ok(Some(_)) => {
                    return Err(generic(format!(
                        "{}: the response is longer than its Content-Length",
                        self.path
                    )));
                }
                Ok(None) => Cause::Unexpected(format!("the response ended {left} bytes early")),
                Err(error) => error.into(),
            };
            self.stalls = if self.since < PROGRESS { self.stalls + 1 } else { 1 };
            self.since = 0;
            if self.stalls > RESUMES {
                let error = oci_requests::Error {
                    operation: "GetObject",
                    target: self.path.to_string(),
                    attempts: self.stalls,
                    effect_unknown: false,
                    cause: broken,
                };
                return Err(of_client(error, self.path.as_ref()));
            }
            tracing::debug!(object = %self.path, left, cause = &broken as &dyn Error, "resuming an interrupted download");
            tokio::time::sleep(RESUME_PAUSE * (self.stalls - 1)).await;
            *body = self.resume().await?;
        }
    }

    async fn resume(&self) -> Result<BodyStream> {
        let Range { start, end } = self.left;
        let mut request: Request = self.bucket.object("GetObject", Method::GET, &self.path).await?;
        if let Some(version) = &self.version {
            request = request.query("versionId", version);
        }
        if let Some(etag) = &self.etag {
            request = bucket::header(request, header::IF_MATCH, etag)?;
        }
        let request = request.header(header::RANGE, format!("bytes={start}-{}", end - 1));
        let response = self.bucket.open(&request, &self.path).await?;
        match content_range(&response.headers)? {
            range if range == self.left => Ok(response.body),
            _ => Err(generic(format!(
                "{}: the response has a different range from the one requested",
                self.path
            ))),
        }
    }
}

fn is_one_etag(etag: &str) -> bool {
    etag != "*" && !etag.contains(',')
}

fn range_header(range: &GetRange) -> Result<String> {
    match range {
        GetRange::Bounded(range) if range.start < range.end => {
            Ok(format!("bytes={}-{}", range.start, range.end - 1))
        }
        GetRange::Bounded(range) => Err(generic(format!("the range {range:?} is empty"))),
        GetRange::Offset(start) => Ok(format!("bytes={start}-")),
        GetRange::Suffix(length) => Ok(format!("bytes=-{length}")),
    }
}

/// Returns whether a range of an object of this size is the requested one.
fn is_requested(asked: &GetRange, range: &Range<u64>, size: u64) -> bool {
    let wanted = match asked {
        GetRange::Bounded(wanted) => wanted.start..wanted.end.min(size),
        GetRange::Offset(start) => *start..size,
        GetRange::Suffix(length) => size.saturating_sub(*length)..size,
    };
    *range == wanted
}

/// Returns an object's metadata from the headers of a HEAD or GET response.
pub(crate) fn meta(path: &Path, headers: &HeaderMap) -> Result<ObjectMeta> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let lacks = |what: &str| generic(format!("{path}: the response has no valid {what}"));
    let modified =
        text(header::LAST_MODIFIED.as_str()).and_then(|text| DateTime::parse_from_rfc2822(text).ok());
    let last_modified = modified.ok_or_else(|| lacks("last-modified"))?.with_timezone(&Utc);
    let size = match text(header::CONTENT_RANGE.as_str()) {
        Some(range) => range
            .rsplit_once('/')
            .and_then(|(_, total)| total.parse().ok())
            .ok_or_else(|| lacks("content-range"))?,
        None => text(header::CONTENT_LENGTH.as_str())
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| lacks("content-length"))?,
    };
    let text = |name: &str| text(name).map(str::to_owned);
    Ok(ObjectMeta {
        location: path.clone(),
        last_modified,
        size,
        e_tag: text("etag"),
        version: text("version-id"),
    })
}

/// Parses a header such as `bytes 0-9/100`.
fn content_range(headers: &HeaderMap) -> Result<Range<u64>> {
    let parse = || {
        let (range, _) =
            headers.get(header::CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
        (first <= last && last < u64::MAX).then(|| first..last + 1)
    };
    parse().ok_or_else(|| generic("the response has no valid content-range, although a range was requested"))
}
