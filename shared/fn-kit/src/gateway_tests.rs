#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(HeaderName::from_static(name), value.parse().unwrap());
    }
    headers
}

#[test]
fn wrapping_and_unwrapping_keep_a_callers_headers() {
    let caller =
        headers(&[("accept", "a"), ("content-type", "text/plain"), ("accept", "b"), ("x-odd", "c\u{9}d")]);
    let wrapped = wrap(StatusCode::NOT_FOUND, caller.clone());
    assert_eq!(wrapped["fn-http-status"], "404");
    assert_eq!(unwrap(&wrapped), caller);
}

#[test]
fn a_functions_own_gateway_headers_stay_except_its_status() {
    let wrapped = wrap(
        StatusCode::OK,
        headers(&[("fn-http-h-etag", "1"), ("fn-http-status", "500"), ("fn-call-id", "x")]),
    );
    assert_eq!(wrapped, headers(&[("fn-http-h-etag", "1"), ("fn-http-status", "200")]));
}

#[test]
fn a_content_type_is_read_without_a_prefix_or_else_with_it() {
    let both = headers(&[("content-type", "a/b"), ("fn-http-h-content-type", "c/d")]);
    assert_eq!(unwrap(&both), headers(&[("content-type", "a/b")]));
    let one = headers(&[("fn-http-h-content-type", "c/d")]);
    assert_eq!(unwrap(&one), headers(&[("content-type", "c/d")]));
}

#[test]
fn headers_that_are_never_sent_are_not_sent_with_a_prefix_either() {
    for name in [
        "connection",
        "fn-http-h-connection",
        "content-length",
        "fn-http-h-transfer-encoding",
        "fn-call-id",
        "te",
    ] {
        assert!(is_never_sent(&HeaderName::from_static(name)), "{name}");
    }
    for name in ["etag", "fn-http-h-etag", "fn-http-status", "content-type", "fn-http-h-"] {
        assert!(!is_never_sent(&HeaderName::from_static(name)), "{name}");
    }
}
