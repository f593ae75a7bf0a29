use crate::body::Body;
use crate::credentials::Credentials;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, Request, header};
use std::fmt::Write;
use std::time::SystemTime;

/// Which parts of a request its signature covers, besides method, path, query and date.
/// <https://docs.oracle.com/en-us/iaas/Content/API/Concepts/signingrequests.htm>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// The host: of a request without a body, and of those whose body is not signed (PutObject, UploadPart, PutMessages).
    Host,
    /// The host, and length, type and SHA-256 of the body: of every other POST, PUT and PATCH.
    HostAndBody,
    /// The body without the host: of the exchange that instances get their tokens by.
    FederationBody,
}

const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-content-sha256");

/// Adds `date`, `host`, what describes the body, and the signature of it all in `authorization`.
///
/// The URI has to be absolute; its path and query are signed as they are, which is how they are sent. Costs about half a
/// millisecond, nearly all of it arithmetic with the key.
pub fn sign(request: &mut Request<Body>, credentials: &Credentials, signed: Signed, now: SystemTime) {
    let uri = request.uri();
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let default = if uri.scheme_str() == Some("https") { ":443" } else { ":80" };
    let host = header_value(host.strip_suffix(default).unwrap_or(host));
    let length = request.body().len();
    let digest = (signed != Signed::Host).then(|| STANDARD.encode(request.body().sha256()));
    let headers = request.headers_mut();
    headers.insert(header::DATE, header_value(&httpdate::fmt_http_date(now)));
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

/// Not a header, but listed with them.
const TARGET: &str = "(request-target)";

/// One line for each name; the last one has no line feed.
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
        written.expect("a String takes everything");
    }
    text
}

/// A value of characters that headers may have; of nothing, where it has others: the service refuses that and says so.
fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
