//! Translates between a gateway's HTTP and Fn's: unwraps requests from calls, and wraps responses.

use crate::body::Body;
use crate::failure::Failure;
use crate::headers::{Intent, header, intent};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};

const PREFIX: &str = "fn-http-h-";

/// Why a call contains no HTTP request.
#[derive(Debug, thiserror::Error)]
enum NoRequest {
    #[error("the call is not an HTTP request: its Fn-Intent is not 'httprequest'")]
    Intent,
    #[error("the gateway's Fn-Http-Method is missing or not a method")]
    Method,
    #[error("the gateway's Fn-Http-Request-Url is missing or not a URL")]
    Url,
}

/// Returns the request that a call contains, see [`crate::Invocation::into_http_request`].
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

/// Returns the caller's headers. (fdk-python mixes them with those of the call, so a request has two `Host` headers.)
pub(crate) fn unwrap(headers: &HeaderMap) -> HeaderMap {
    let mut caller = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        // Without the prefix a name may be empty, but it cannot be invalid in any other way.
        if let Some(Ok(name)) =
            name.as_str().strip_prefix(PREFIX).map(|name| HeaderName::from_bytes(name.as_bytes()))
        {
            caller.append(name, value.clone());
        }
    }
    // The content type normally has no prefix. A prefixed one in addition would be a duplicate.
    if let Some(value) = headers.get(CONTENT_TYPE) {
        caller.insert(CONTENT_TYPE, value.clone());
    }
    caller
}

/// Returns the headers that tell a gateway what to respond.
///
/// Fn's own headers and the content type are unchanged. Every other header gets the prefix.
pub(crate) fn wrap(status: StatusCode, headers: HeaderMap) -> HeaderMap {
    let mut wrapped = HeaderMap::with_capacity(headers.len() + 1);
    prefix(headers, &mut wrapped);
    wrapped.insert(HeaderName::from_static("fn-http-status"), HeaderValue::from(status.as_u16()));
    wrapped
}

/// Appends headers to `wrapped`, adding the prefix where needed.
pub(crate) fn prefix(headers: HeaderMap, wrapped: &mut HeaderMap) {
    let mut last = None;
    for (name, value) in headers {
        // The iterator returns a name only with the first of its values.
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

/// Returns whether a header is never sent, with or without the prefix, even if the function sets it.
///
/// These headers belong to the connection (RFC 9110, section 7.6.1, and the list that the agent strips), are determined by the body (its
/// length), or are set by the agent (`Fn-Call-Id`).
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
