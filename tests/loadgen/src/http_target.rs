use crate::batch::Batch;
use crate::http_response::outcomes;
use crate::outcome::Outcome;
use crate::target::Target;
use async_trait::async_trait;
use bytes::Bytes;
use cloud_transport::{Body, Timeouts, Transport};
use fn_kit::chain;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, Method, Request, Uri};
use std::time::Duration;
use tokio::net::TcpStream;

/// An HTTP endpoint that reports the fate of every record: `ingest`, behind a gateway or as a service. Each batch is one POST request.
#[derive(Debug, Clone)]
pub struct HttpTarget {
    transport: Transport,
    url: Uri,
    form: HttpForm,
}

/// How the records of a request are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum HttpForm {
    /// One record per line (application/x-ndjson)
    Ndjson,
    /// A JSON array (application/json)
    Json,
}

/// Maximum size of a response in bytes. A response about 100,000 records, the most that `ingest` accepts, is 6 MB.
const MAX_RESPONSE: usize = 16 << 20;

/// Timeout of a response: slightly longer than the 300 s that a function may run and that the gateway waits.
const TIMEOUT: Duration = Duration::from_secs(310);

/// Time for the first connection, after which the host counts as unreachable.
const CONNECT: Duration = Duration::from_secs(5);

impl HttpTarget {
    /// Creates a target that posts records to this URL.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not an HTTP URL with a host.
    pub fn new(url: &str, form: HttpForm) -> Result<Self, String> {
        let url: Uri = url.parse().map_err(|error| format!("{url} is not a URL: {error}"))?;
        if url.authority().is_none() || !matches!(url.scheme_str(), Some("http" | "https")) {
            return Err(format!("{url} is not an http or https URL with a host"));
        }
        let timeouts = Timeouts { idle: TIMEOUT, ..Timeouts::default() };
        let transport = Transport::builder().timeouts(timeouts).build().map_err(|error| chain(&error))?;
        Ok(HttpTarget { transport, url, form })
    }

    fn request(&self, batch: &Batch, indices: &[usize]) -> Result<Request<Body>, http::Error> {
        let (body, content_type) = match self.form {
            HttpForm::Ndjson => (join(batch, indices, "", "\n", "\n"), "application/x-ndjson"),
            HttpForm::Json => (join(batch, indices, "[", ",", "]"), "application/json"),
        };
        let request =
            Request::builder().method(Method::POST).uri(&self.url).header(CONTENT_TYPE, content_type);
        request.body(Body::from(body))
    }

    /// Sends a request, and returns the status, headers and body of the response.
    async fn exchange(&self, request: Request<Body>) -> Result<(u16, HeaderMap, Bytes), String> {
        let response = self.transport.exchange(request, MAX_RESPONSE).await;
        let (head, body) = response.map_err(|error| chain(&error))?.into_parts();
        Ok((head.status.as_u16(), head.headers, body))
    }
}

#[async_trait]
impl Target for HttpTarget {
    async fn reach(&self) -> Result<(), String> {
        let host = self.url.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let default = if self.url.scheme_str() == Some("https") { 443 } else { 80 };
        let address = (host, self.url.port_u16().unwrap_or(default));
        let problem = match tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no connection was made within {CONNECT:?}"),
        };
        Err(format!("cannot reach {}: {problem}", self.url))
    }

    async fn send(&self, batch: &Batch, indices: &[usize]) -> Vec<Outcome> {
        let request = match self.request(batch, indices) {
            Ok(request) => request,
            Err(error) => return vec![Outcome::Refused(error.to_string()); indices.len()],
        };
        match self.exchange(request).await {
            Ok((status, headers, body)) => outcomes(status, retry_after(&headers), &body, indices.len()),
            Err(problem) => vec![Outcome::Unknown(problem); indices.len()],
        }
    }
}

fn join(batch: &Batch, indices: &[usize], before: &str, between: &str, after: &str) -> Bytes {
    let size = |index: &usize| batch.value(*index).len() + between.len();
    let mut body = Vec::with_capacity(before.len() + indices.iter().map(size).sum::<usize>() + after.len());
    body.extend_from_slice(before.as_bytes());
    for (position, index) in indices.iter().enumerate() {
        body.extend_from_slice(if position > 0 { between.as_bytes() } else { b"" });
        body.extend_from_slice(batch.value(*index));
    }
    body.extend_from_slice(after.as_bytes());
    body.into()
}

/// Returns the wait in seconds that the response asks for. A date in its place is ignored.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}
