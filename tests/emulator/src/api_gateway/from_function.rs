//! Turns a function's response into the response to the client.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, Method, StatusCode};

use crate::functions::{InvokeResponse, without_hop_by_hop};
use crate::wire::body::ResponseBody;
use crate::wire::response::Response;

/// The prefix of every function header that is meant for the client.
const PREFIX: &str = "fn-http-h-";

const STATUS: HeaderName = HeaderName::from_static("fn-http-status");

/// Returns the response to the client; `None` if the function's status is invalid.
pub(crate) fn answer(response: InvokeResponse, method: &Method) -> Option<Response> {
    let status = match response.headers.get(STATUS) {
        None => StatusCode::OK,
        Some(status) => StatusCode::from_bytes(status.as_bytes()).ok().filter(is_final)?,
    };
    let mut passed = Response::new(status);
    passed.headers = headers(&response.headers);
    passed.body = ResponseBody::whole(response.body);
    Some(match (method, status) {
        (&Method::HEAD, _) => passed.without_body(),
        // These statuses have no body by definition.
        (_, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) => {
            passed.body = ResponseBody::empty();
            passed
        }
        _ => passed,
    })
}

/// Checks that a status ends a request. A 1xx does not, and HTTP defines nothing above 599.
fn is_final(status: &StatusCode) -> bool {
    (200..600).contains(&status.as_u16())
}

/// Returns the headers for the client, and the content type of the body; all others are dropped. The gateway sets the length.
fn headers(function: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in function {
        let name = name.as_str().strip_prefix(PREFIX).and_then(|name| HeaderName::try_from(name).ok());
        if let Some(name) = name {
            headers.append(name, value.clone());
        }
    }
    if let Some(content_type) = function.get(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, content_type.clone());
    }
    headers.remove(CONTENT_LENGTH);
    without_hop_by_hop(headers)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, Method};

    use super::answer;
    use crate::functions::InvokeResponse;

    /// Status, headers, and length of the body that the client gets.
    type Passed = (u16, Vec<(String, String)>, u64);

    fn passed(headers: &[(&'static str, &str)], method: &Method) -> Option<Passed> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let function = InvokeResponse { headers: map, body: Bytes::from("body"), call_id: "ID".to_owned() };
        let response = answer(function, method)?;
        let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.to_string(), value.to_str().unwrap().to_owned())
        };
        Some((response.status.as_u16(), response.headers.iter().map(text).collect(), response.body.length()))
    }

    #[test]
    fn only_the_status_and_prefixed_headers_are_passed_on() {
        let given = [
            ("fn-http-status", "201"),
            ("fn-http-h-set-cookie", "b=1"),
            ("fn-http-h-set-cookie", "a=2"),
            ("fn-http-h-content-length", "99"),
            ("fn-http-h-connection", "close"),
            ("fn-http-h-transfer-encoding", "chunked"),
            ("content-type", "text/csv"),
            ("fn-fdk-version", "x/1"),
            ("x-own", "1"),
        ];
        let (status, headers, length) = passed(&given, &Method::POST).unwrap();
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(headers, [("set-cookie", "b=1"), ("set-cookie", "a=2"), ("content-type", "text/csv")]);
        assert_eq!((status, length), (201, 4));
    }

    #[test]
    fn a_status_that_is_not_final_is_no_response() {
        for (status, expected) in [
            ("200", Some((200, 4))),
            ("404", Some((404, 4))),
            ("599", Some((599, 4))),
            ("204", Some((204, 0))),
            ("304", Some((304, 0))),
            ("100", None),
            ("600", None),
            ("99", None),
            ("OK", None),
            ("2000", None),
        ] {
            let found = passed(&[("fn-http-status", status)], &Method::GET);
            assert_eq!(found.map(|(status, _, length)| (status, length)), expected, "{status}");
        }
        assert_eq!(passed(&[], &Method::GET).unwrap().0, 200);
    }

    #[test]
    fn a_response_to_head_has_the_length_and_no_body() {
        let (status, headers, length) = passed(&[], &Method::HEAD).unwrap();
        assert_eq!((status, length), (200, 0));
        assert_eq!(headers, [("content-length".to_owned(), "4".to_owned())]);
    }
}
