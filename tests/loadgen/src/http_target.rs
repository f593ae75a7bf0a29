use crate::batch::Batch;
use crate::http_answer::outcomes;
use crate::outcome::Outcome;
use crate::stream_target::told;
use crate::target::Target;
use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, Method, Request, Uri};
use oci_client::{Body, BodyStream, Timeouts, Transport};
use std::time::Duration;

/// An HTTP endpoint that answers for every record: `ingest`, behind a gateway or as a service. One POST a batch.
#[derive(Debug, Clone)]
pub struct HttpTarget {
    transport: Transport,
    url: Uri,
    form: HttpForm,
}

/// How records are put into a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum HttpForm {
    /// A record a line, `application/x-ndjson`.
    Ndjson,
    /// A JSON array of records, `application/json`.
    Json,
}

/// An answer about 100,000 records, which is as many as `ingest` takes, has 6 MB.
const MAX_ANSWER: usize = 16 << 20;

/// No function works longer than 300 s, and the gateway waits as long.
const PATIENCE: Duration = Duration::from_secs(310);

impl HttpTarget {
    /// Records are posted to this URL.
    ///
    /// # Errors
    ///
    /// It is none, or has no host.
    pub fn new(url: &str, form: HttpForm) -> Result<Self, String> {
        let url: Uri = url.parse().map_err(|error| format!("{url} is no URL: {error}"))?;
        if url.authority().is_none() || !matches!(url.scheme_str(), Some("http" | "https")) {
            return Err(format!("{url} is no URL with http or https and a host"));
        }
        let timeouts = Timeouts { idle: PATIENCE, ..Timeouts::default() };
        let transport = Transport::new(&timeouts, b"").map_err(|error| told(&error))?;
        Ok(HttpTarget { transport, url, form })
    }

    fn request(&self, batch: &Batch, places: &[usize]) -> Result<Request<Body>, http::Error> {
        let (body, content_type) = match self.form {
            HttpForm::Ndjson => (join(batch, places, "", "\n", "\n"), "application/x-ndjson"),
            HttpForm::Json => (join(batch, places, "[", ",", "]"), "application/json"),
        };
        let request =
            Request::builder().method(Method::POST).uri(&self.url).header(CONTENT_TYPE, content_type);
        request.body(Body::from(body))
    }

    /// The answer's status, headers and body.
    async fn exchange(&self, request: Request<Body>) -> Result<(u16, HeaderMap, Vec<u8>), String> {
        let answer = self.transport.send(request).await.map_err(|cause| told(&cause))?;
        let (head, body) = answer.into_parts();
        Ok((head.status.as_u16(), head.headers, whole(body).await?))
    }
}

#[async_trait]
impl Target for HttpTarget {
    async fn send(&self, batch: &Batch, places: &[usize]) -> Vec<Outcome> {
        let request = match self.request(batch, places) {
            Ok(request) => request,
            Err(error) => return vec![Outcome::Refused(error.to_string()); places.len()],
        };
        match self.exchange(request).await {
            Ok((status, headers, body)) => outcomes(status, retry_after(&headers), &body, places.len()),
            Err(problem) => vec![Outcome::Unknown(problem); places.len()],
        }
    }
}

fn join(batch: &Batch, places: &[usize], before: &str, between: &str, after: &str) -> Bytes {
    let size = |place: &usize| batch.value(*place).len() + between.len();
    let mut body = Vec::with_capacity(before.len() + places.iter().map(size).sum::<usize>() + after.len());
    body.extend_from_slice(before.as_bytes());
    for (number, place) in places.iter().enumerate() {
        body.extend_from_slice(if number > 0 { between.as_bytes() } else { b"" });
        body.extend_from_slice(batch.value(*place));
    }
    body.extend_from_slice(after.as_bytes());
    body.into()
}

async fn whole(mut body: BodyStream) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = body.chunk().await.map_err(|cause| told(&cause))? {
        if bytes.len() + chunk.len() > MAX_ANSWER {
            return Err(format!("the answer is longer than {MAX_ANSWER} bytes"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The wait in whole seconds; dates are not read.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}
