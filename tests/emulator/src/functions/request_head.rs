//! The headers that a function receives: the caller's without hop-by-hop headers, plus the agent's.

use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, HeaderName, PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderValue};

use super::invocation::Invocation;
use crate::clock;

/// Hop-by-hop headers, which are not passed on in requests or responses (the agent's list, `StripHopHeaders`).
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("keep-alive"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// The headers for the function, and whether the agent decompresses gzip itself because the caller did not specify an encoding.
#[derive(Debug)]
pub(crate) struct RequestHead {
    pub(crate) headers: HeaderMap,
    pub(crate) unzips: bool,
}

impl RequestHead {
    /// Creates the headers. `deadline` is in seconds since 1970, because the contract uses whole seconds.
    pub(crate) fn new(invocation: &Invocation, call_id: &str, opc_request_id: &str, deadline: i64) -> Self {
        let mut headers = without_hop_by_hop(invocation.headers.clone());
        headers.remove(CONTENT_LENGTH);
        headers.insert(HOST, HeaderValue::from_static("localhost"));
        let unzips = !headers.contains_key(ACCEPT_ENCODING);
        if unzips {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if invocation.body.is_empty() {
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let deadline = clock::rfc3339_seconds(deadline.saturating_mul(1000));
        let subject = invocation.subject.as_ref();
        for (name, value) in [
            ("fn-call-id", Some(call_id)),
            ("fn-deadline", Some(deadline.as_str())),
            ("fn-intent", invocation.intent.as_deref()),
            ("fn-invoke-type", Some(invocation.kind.name())),
            ("opc-request-id", Some(opc_request_id)),
            ("oci-subject-id", subject.map(|subject| subject.id.as_str())),
            ("oci-subject-tenancy-id", subject.map(|subject| subject.tenancy_id.as_str())),
            ("oci-subject-type", subject.map(|subject| subject.kind.as_str())),
        ] {
            // Removed in any case, so that a caller cannot forge its identity.
            headers.remove(name);
            if let Some(Ok(value)) = value.map(HeaderValue::from_str) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        Self { headers, unzips }
    }
}

pub(crate) fn without_hop_by_hop(mut headers: HeaderMap) -> HeaderMap {
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
    headers
}

/// Returns the headers of a signed request that go to the function, that is, all but the signature.
pub(crate) fn of_signed(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    headers.remove(AUTHORIZATION);
    headers
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;

    use super::super::invocation::{Invocation, Subject};
    use super::RequestHead;

    #[test]
    fn all_headers_of_the_caller_pass_except_the_connections_and_the_agents() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "keep-alive"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("content-length", "5"),
            ("host", "elsewhere"),
            ("x-own", "1"),
            ("cookie", "a=b"),
            ("fn-call-id", "forged"),
            ("fn-deadline", "forged"),
            ("oci-subject-id", "forged"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let subject = Subject { id: "me".into(), tenancy_id: "us".into(), kind: "user".into() };
        let mut call = Invocation {
            headers,
            body: Bytes::from("12345"),
            subject: Some(subject),
            ..Invocation::default()
        };
        let head = RequestHead::new(&call, "ID", "REQUEST", 1_592_874_081);
        let mut found: Vec<(&str, &str)> =
            head.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        found.sort_unstable();
        assert_eq!(
            found,
            [
                ("accept-encoding", "gzip"),
                ("cookie", "a=b"),
                ("fn-call-id", "ID"),
                ("fn-deadline", "2020-06-23T01:01:21Z"),
                ("fn-invoke-type", "sync"),
                ("host", "localhost"),
                ("oci-subject-id", "me"),
                ("oci-subject-tenancy-id", "us"),
                ("oci-subject-type", "user"),
                ("opc-request-id", "REQUEST"),
                ("x-own", "1"),
            ]
        );
        assert!(head.unzips);
        call.headers.insert("accept-encoding", "identity".parse().unwrap());
        call.body = Bytes::new();
        let head = RequestHead::new(&call, "ID", "REQUEST", 0);
        assert_eq!((head.unzips, head.headers["content-length"].to_str().unwrap()), (false, "0"));
    }
}
