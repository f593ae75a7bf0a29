//! A gateway's HTTP inside Fn's: requests taken out of calls, answers put into answers.

use crate::body::Body;
use crate::failure::Failure;
use crate::invocation::{Intent, header, intent};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};

const PREFIX: &str = "fn-http-h-";

/// Why there is no request in a call.
#[derive(Debug, thiserror::Error)]
enum NoRequest {
    #[error("the call is no HTTP request: its Fn-Intent is not 'httprequest'")]
    Intent,
    #[error("the gateway's Fn-Http-Method is missing or no method")]
    Method,
    #[error("the gateway's Fn-Http-Request-Url is missing or no URL")]
    Url,
}

/// The request in a call, see [`crate::Invocation::into_http_request`].
pub(crate) fn request(headers: HeaderMap, body: Body) -> Result<Request<Body>, Failure> {
    if intent(&headers) != Intent::HttpRequest {
        return Err(NoRequest::Intent.into());
    }
    let method =
        header(&headers, "fn-http-method").and_then(|method| Method::from_bytes(method.as_bytes()).ok());
    let url = header(&headers, "fn-http-request-url").and_then(|url| url.parse::<Uri>().ok());
    let mut request = Request::new(body);
    *request.method_mut() = method.ok_or(NoRequest::Method)?;
    *request.uri_mut() = url.ok_or(NoRequest::Url)?;
    *request.headers_mut() = unwrap(&headers);
    Ok(request)
}

/// The caller's headers. fdk-python mixes those of the call into them, so that a request has two hosts.
pub(crate) fn unwrap(headers: &HeaderMap) -> HeaderMap {
    let mut caller = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        // A name without its prefix can be empty, nothing else: what is left of a name is made of a name's characters.
        if let Some(Ok(name)) =
            name.as_str().strip_prefix(PREFIX).map(|name| HeaderName::from_bytes(name.as_bytes()))
        {
            caller.append(name, value.clone());
        }
    }
    // The unprefixed one is the rule; a prefixed one besides it would be the same again.
    if let Some(value) = headers.get(CONTENT_TYPE) {
        caller.insert(CONTENT_TYPE, value.clone());
    }
    caller
}

/// The headers by which a gateway is told what to answer.
///
/// A header that is Fn's own already stays as it is, and so does the content type; every other one gets the prefix.
pub(crate) fn wrap(status: StatusCode, headers: HeaderMap) -> HeaderMap {
    let mut wrapped = HeaderMap::with_capacity(headers.len() + 1);
    prefix(headers, &mut wrapped);
    wrapped.insert(HeaderName::from_static("fn-http-status"), HeaderValue::from(status.as_u16()));
    wrapped
}

/// Puts headers behind those in `wrapped`, with the prefix.
pub(crate) fn prefix(headers: HeaderMap, wrapped: &mut HeaderMap) {
    let mut last = None;
    for (name, value) in headers {
        // An iterator that owns gives a name only with the first of its values.
        last = name.or(last);
        let Some(name) = &last else { continue };
        if is_never_sent(name) {
            continue;
        }
        if name == CONTENT_TYPE || name.as_str().starts_with("fn-http-") {
            wrapped.append(name.clone(), value);
        } else if let Ok(name) = HeaderName::try_from(format!("{PREFIX}{name}")) {
            wrapped.append(name, value);
        }
    }
}

/// Headers that no answer has of a function's making, be it with the prefix or without.
///
/// They belong to a connection (RFC 9110, 7.6.1, and the list that the agent strips), follow from the body (the length), or are the agent's
/// (`Fn-Call-Id`, of which there would be two).
pub(crate) fn is_never_sent(name: &HeaderName) -> bool {
    const NAMES: [&str; 11] = [
        "connection",
        "content-length",
        "fn-call-id",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    let name = name.as_str();
    NAMES.contains(&name.strip_prefix(PREFIX).unwrap_or(name))
}

#[cfg(test)]
#[path = "gateway_tests.rs"]
mod tests;
