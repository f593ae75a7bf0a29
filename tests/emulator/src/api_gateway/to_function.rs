//! Turns a client's request into the request to the function.

use std::net::IpAddr;

use http::header::{CONNECTION, CONTENT_TYPE, FORWARDED, HeaderName};
use http::{HeaderMap, HeaderValue, Method};

use crate::functions::without_hop_by_hop;

/// The prefix of every client header that is passed to the function.
const PREFIX: &str = "fn-http-h-";

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// The content type of a body for which the client gave none (seen in a dump of a GET).
const NO_TYPE: &str = "application/octet-stream";

/// Returns the headers of an invocation with the intent `httprequest`; `None` if a header cannot carry the target. `target` is path and
/// query as received, including the deployment's prefix.
pub(crate) fn headers(
    client: &HeaderMap,
    method: &Method,
    target: &str,
    address: IpAddr,
) -> Option<HeaderMap> {
    let mut all = HeaderMap::new();
    let mut client = without_own_hop_by_hop(client);
    let content_type = client.remove(CONTENT_TYPE).unwrap_or(HeaderValue::from_static(NO_TYPE));
    all.insert(CONTENT_TYPE, content_type);
    forwarded(&mut client, address.to_canonical());
    for (name, value) in &client {
        let name = HeaderName::try_from(format!("{PREFIX}{name}")).ok()?;
        all.append(name, value.clone());
    }
    all.insert("fn-http-method", HeaderValue::from_str(method.as_str()).ok()?);
    all.insert("fn-http-request-url", HeaderValue::from_bytes(target.as_bytes()).ok()?);
    Some(all)
}

/// Returns the client's headers without those that its `Connection` names.
fn without_own_hop_by_hop(client: &HeaderMap) -> HeaderMap {
    let named: Vec<HeaderName> = client
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| HeaderName::try_from(name.trim()).ok())
        .collect();
    let mut headers = without_hop_by_hop(client.clone());
    for name in named {
        headers.remove(name);
    }
    headers
}

/// Adds the origin of the request to the headers that the client sent; its `x-real-ip` is replaced.
fn forwarded(headers: &mut HeaderMap, address: IpAddr) {
    let node = if address.is_ipv6() { format!("for=\"[{address}]\"") } else { format!("for={address}") };
    let address = address.to_string();
    for (name, own) in [(FORWARDED_FOR, &address), (FORWARDED, &node)] {
        let mut value = Vec::new();
        for given in headers.get_all(&name) {
            value.extend_from_slice(given.as_bytes());
            value.extend_from_slice(b", ");
        }
        value.extend_from_slice(own.as_bytes());
        if let Ok(value) = HeaderValue::from_bytes(&value) {
            headers.insert(name, value);
        }
    }
    if let Ok(value) = HeaderValue::from_str(&address) {
        headers.insert(REAL_IP, value);
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::headers;

    fn mapped(given: &[(&'static str, &str)], address: &str) -> Vec<(String, String)> {
        let mut client = HeaderMap::new();
        for (name, value) in given {
            client.append(*name, value.parse().unwrap());
        }
        let all = headers(&client, &Method::GET, "/v1/a%20b?q=1&q=2", address.parse().unwrap()).unwrap();
        let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.to_string(), value.to_str().unwrap().to_owned())
        };
        let mut all: Vec<_> = all.iter().map(text).collect();
        all.sort_unstable();
        all
    }

    fn expected(headers: &[(&str, &str)]) -> Vec<(String, String)> {
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_header_is_prefixed_and_repeated_ones_stay_repeated() {
        let given = [
            ("host", "gateway:8421"),
            ("content-type", "application/json"),
            ("content-length", "5"),
            ("x-own", "2"),
            ("x-own", "1"),
            ("authorization", "Bearer x"),
            // A client cannot impersonate the gateway.
            ("fn-intent", "forged"),
            ("oci-subject-id", "forged"),
            ("x-real-ip", "forged"),
            ("connection", "keep-alive, X-Hop"),
            ("x-hop", "1"),
            ("te", "gzip"),
            ("transfer-encoding", "chunked"),
        ];
        let found = mapped(&given, "192.0.2.1");
        let wanted = expected(&[
            ("content-type", "application/json"),
            ("fn-http-h-authorization", "Bearer x"),
            ("fn-http-h-content-length", "5"),
            ("fn-http-h-fn-intent", "forged"),
            ("fn-http-h-forwarded", "for=192.0.2.1"),
            ("fn-http-h-host", "gateway:8421"),
            ("fn-http-h-oci-subject-id", "forged"),
            ("fn-http-h-x-forwarded-for", "192.0.2.1"),
            ("fn-http-h-x-own", "1"),
            ("fn-http-h-x-own", "2"),
            ("fn-http-h-x-real-ip", "192.0.2.1"),
            ("fn-http-method", "GET"),
            ("fn-http-request-url", "/v1/a%20b?q=1&q=2"),
        ]);
        assert_eq!(found, wanted);
    }

    #[test]
    fn the_origin_of_a_request_is_added_to_what_the_client_says() {
        let given =
            [("x-forwarded-for", "10.0.0.1"), ("x-forwarded-for", "10.0.0.2"), ("forwarded", "for=10.0.0.1")];
        let wanted = expected(&[
            ("content-type", "application/octet-stream"),
            ("fn-http-h-forwarded", "for=10.0.0.1, for=\"[2001:db8::1]\""),
            ("fn-http-h-x-forwarded-for", "10.0.0.1, 10.0.0.2, 2001:db8::1"),
            ("fn-http-h-x-real-ip", "2001:db8::1"),
            ("fn-http-method", "GET"),
            ("fn-http-request-url", "/v1/a%20b?q=1&q=2"),
        ]);
        assert_eq!(mapped(&given, "2001:db8::1"), wanted);
    }
}
