use crate::credentials::Credentials;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cloud_transport::{Body, format_http_date};
use http::{HeaderName, HeaderValue, Request, header};
use ring::digest::{Context, Digest, SHA256};
use std::fmt::Write;
use std::time::SystemTime;

/// What a request's signature covers, in addition to method, path, query and date.
/// <https://docs.oracle.com/en-us/iaas/Content/API/Concepts/signingrequests.htm>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// The host. For requests without a body, and those whose body is not signed (PutObject, UploadPart, PutMessages).
    Host,
    /// The host, and the length, type and SHA-256 of the body. For every other POST, PUT and PATCH.
    HostAndBody,
    /// The body without the host. For the exchange that gives instances their tokens.
    FederationBody,
}

const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-content-sha256");

/// Signs a request: adds `date`, `host`, the headers that describe the body, and `authorization`.
///
/// The URI must be absolute. Its path and query are signed exactly as they are sent. A signature takes about a millisecond, nearly all of
/// it spent on arithmetic with the key.
pub fn sign(request: &mut Request<Body>, credentials: &Credentials, signed: Signed, now: SystemTime) {
    let uri = request.uri();
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let default = if uri.scheme_str() == Some("https") { ":443" } else { ":80" };
    let host = header_value(host.strip_suffix(default).unwrap_or(host));
    let length = request.body().len();
    let digest = (signed != Signed::Host).then(|| STANDARD.encode(sha256(request.body())));
    let headers = request.headers_mut();
    headers.insert(header::DATE, header_value(&format_http_date(now)));
    headers.insert(header::HOST, host);
    if let Some(digest) = digest {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_SHA256, header_value(&digest));
    } else if length > 0 || request.method() == http::Method::PUT {
        request.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    let names = signed.header_names();
    let text = signing_string(request, names);
    let signature = STANDARD.encode(credentials.key().sign(text.as_bytes()));
    let authorization = format!(
        r#"Signature algorithm="rsa-sha256",headers="{}",keyId="{}",signature="{signature}",version="1""#,
        names.join(" "),
        credentials.key_id(),
    );
    let mut authorization = header_value(&authorization);
    authorization.set_sensitive(true);
    request.headers_mut().insert(header::AUTHORIZATION, authorization);
}

impl Signed {
    fn header_names(self) -> &'static [&'static str] {
        match self {
            Signed::Host => &["date", TARGET, "host"],
            Signed::HostAndBody => {
                &["date", TARGET, "host", "content-length", "content-type", "x-content-sha256"]
            }
            Signed::FederationBody => &["date", TARGET, "content-length", "content-type", "x-content-sha256"],
        }
    }
}

/// Pseudo-header that the list of signed headers contains for method, path and query.
const TARGET: &str = "(request-target)";

fn sha256(body: &Body) -> Digest {
    let mut context = Context::new(&SHA256);
    body.chunks().iter().for_each(|chunk| context.update(chunk));
    context.finish()
}

/// Returns the text to sign: one line for each name, without a line feed after the last.
fn signing_string(request: &Request<Body>, names: &[&str]) -> String {
    let mut text = String::with_capacity(512);
    for name in names {
        if !text.is_empty() {
            text.push('\n');
        }
        let written = if *name == TARGET {
            let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
            write!(text, "{TARGET}: {} {target}", request.method().as_str().to_ascii_lowercase())
        } else {
            let value =
                request.headers().get(*name).and_then(|value| value.to_str().ok()).unwrap_or_default();
            write!(text, "{name}: {value}")
        };
        written.expect("writing to a String does not fail");
    }
    text
}

/// Returns a header value, or an empty one if the text is invalid. The service then refuses the request with a message.
fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
