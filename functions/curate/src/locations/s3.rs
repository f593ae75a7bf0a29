use super::s3_page::S3Page;
use async_trait::async_trait;
use cloud_transport::{Body, BodyStream, ConfigError, Error, Proxies, Transport};
use futures::{TryStreamExt, stream};
use http_body_util::{BodyExt, StreamBody};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse,
    HttpResponseBody, HttpService,
};
use object_store::{ClientConfigKey, ClientOptions};
use std::io;

/// Sends S3 requests over the same transport as OCI requests. With this one HTTP stack, which has its own DNS client and built-in roots, S3
/// can be reached even from an empty image.
#[derive(Debug)]
pub(crate) struct S3Connector {
    transport: Transport,
}

#[derive(Debug)]
struct S3Service {
    transport: Transport,
    allow_http: bool,
}

impl S3Connector {
    /// Creates a connector that trusts the certificates in `trust` (PEM) in addition to the built-in roots.
    pub(crate) fn new(trust: &[u8], proxies: Proxies) -> Result<Self, ConfigError> {
        let transport = Transport::builder().trust(trust).proxies(proxies).build()?;
        Ok(S3Connector { transport })
    }
}

impl HttpConnector for S3Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let allow_http = options.get_config_value(&ClientConfigKey::AllowHttp);
        Ok(HttpClient::new(S3Service {
            transport: self.transport.clone(),
            allow_http: allow_http.is_some_and(|allowed| allowed == "true"),
        }))
    }
}

#[async_trait]
impl HttpService for S3Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        if !self.allow_http && request.uri().scheme_str() == Some("http") {
            let problem = "the endpoint is http://, without TLS; set AWS_ALLOW_HTTP=true to allow that";
            return Err(HttpError::new(HttpErrorKind::Unknown, io::Error::other(problem)));
        }
        let (parts, body) = request.into_parts();
        let lists = parts.uri.query().is_some_and(|query| query.split('&').any(|part| part == "list-type=2"));
        let body = whole(body).await?;
        let response =
            self.transport.send(http::Request::from_parts(parts, body)).await.map_err(http_error)?;
        if lists && response.status().is_success() {
            return page(response).await;
        }
        Ok(response.map(|body| HttpResponseBody::new(StreamBody::new(frames(body)))))
    }
}

/// Maximum size of a page of a list in bytes: 1,000 keys of 1,024 bytes, of which each may be written as an entity, and what else it says
/// about them.
const MAX_PAGE: usize = 16 << 20;

/// Takes the keys that `object_store` cannot read out of a page, and makes them an extension of the response.
async fn page(response: http::Response<BodyStream>) -> Result<HttpResponse, HttpError> {
    let (mut parts, body) = response.into_parts();
    let mut bytes = body.whole(MAX_PAGE).await.map_err(http_error)?;
    // `object_store` reports a page that is not valid XML.
    if let Some(page) = str::from_utf8(&bytes).ok().and_then(|text| S3Page::of(text).ok()) {
        bytes = page.text.into();
        parts.headers.remove(http::header::CONTENT_LENGTH);
        parts.extensions.insert(page.unsupported);
    }
    Ok(HttpResponse::from_parts(parts, bytes.into()))
}

/// Collects the bytes of a body. They are already in memory and are not copied.
async fn whole(mut body: HttpRequestBody) -> Result<Body, HttpError> {
    let mut chunks = Vec::new();
    while let Some(frame) = body.frame().await {
        chunks.extend(frame?.into_data());
    }
    Ok(chunks.into_iter().collect())
}

fn frames(
    body: BodyStream,
) -> impl futures::Stream<Item = Result<http_body::Frame<bytes::Bytes>, HttpError>> {
    let chunks = stream::try_unfold(body, |mut body| async {
        let chunk = body.chunk().await.map_err(http_error)?;
        Ok(chunk.map(|chunk| (chunk, body)))
    });
    chunks.map_ok(http_body::Frame::data)
}

/// Converts an error. Its kind determines what `object_store` does: it retries after connection errors and timeouts.
fn http_error(error: Error) -> HttpError {
    let kind = match &error {
        Error::Connect(_) => HttpErrorKind::Connect,
        Error::Connection(_) => HttpErrorKind::Interrupted,
        Error::Timeout(_) => HttpErrorKind::Timeout,
        _ => HttpErrorKind::Unknown,
    };
    HttpError::new(kind, error)
}
