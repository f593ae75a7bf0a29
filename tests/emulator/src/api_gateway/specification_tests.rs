use http::Method;
use serde_json::{Value, json};

use super::{RateLimiting, Routed, Specification};

fn function(path: &str, methods: &[&str]) -> Value {
    json!({ "path": path, "methods": methods, "backend": { "type": "ORACLE_FUNCTIONS_BACKEND", "functionId": path } })
}

fn of_routes(routes: Vec<Value>) -> Result<Specification, String> {
    Specification::new(&json!({ "routes": routes }))
}

/// Returns the path of the route that a request takes, the methods of its path if none matches, or an empty text.
fn routed(specification: &Specification, method: &str, path: &str) -> String {
    match specification.route(&Method::from_bytes(method.as_bytes()).unwrap(), path) {
        Routed::Route(route) => route.path.text().to_owned(),
        Routed::WrongMethod(methods) => methods.join(","),
        Routed::Nowhere => String::new(),
    }
}

#[test]
fn the_most_explicit_path_decides_and_then_the_method() {
    let specification = of_routes(vec![
        function("/{rest*}", &["ANY"]),
        function("/a/{x}", &["GET", "PUT"]),
        function("/a/b", &["GET"]),
        function("/a/b", &["POST"]),
    ])
    .unwrap();
    for (method, path, expected) in [
        ("GET", "/a/b", "/a/b"),
        ("POST", "/a/b", "/a/b"),
        // The path exists, so no other route is considered for its methods.
        ("DELETE", "/a/b", "GET,POST"),
        ("PUT", "/a/c", "/a/{x}"),
        ("HEAD", "/a/c", "GET,PUT"),
        ("PURGE", "/elsewhere", "/{rest*}"),
        ("GET", "", "/{rest*}"),
    ] {
        assert_eq!(routed(&specification, method, path), expected, "{method} {path}");
    }
    assert_eq!(routed(&of_routes(vec![function("/a", &["ANY"])]).unwrap(), "GET", "/b"), "");
}

#[test]
fn a_rate_applies_in_total_or_per_client() {
    let limit = |key: &str| {
        let rate = json!({ "rateInRequestsPerSecond": 7, "rateKey": key });
        let document =
            json!({ "requestPolicies": { "rateLimiting": rate }, "routes": [function("/a", &["ANY"])] });
        Specification::new(&document).map(|specification| specification.rate_limiting)
    };
    let of = |by_client| Ok(Some(RateLimiting { requests_per_second: 7, by_client }));
    assert_eq!((limit("TOTAL"), limit("CLIENT_IP")), (of(false), of(true)));
    assert!(limit("COUNTRY").unwrap_err().contains("COUNTRY"));
}

#[test]
fn an_invalid_or_unsupported_part_is_named_by_its_path() {
    let good = || function("/a", &["GET"]);
    let with = |place: &[&str], value: Value| {
        let mut document = json!({ "routes": [good()], "requestPolicies": {}, "loggingPolicies": null });
        let mut at = &mut document;
        for key in place {
            at = match key.parse::<usize>() {
                Ok(number) => &mut at[number],
                Err(_) => &mut at[*key],
            };
        }
        *at = value;
        Specification::new(&document).unwrap_err()
    };
    for (place, value, problem) in [
        (&["routes"] as &[_], json!([]), "specification.routes has 0 routes, but must have 1 to 50"),
        (&["routes"], json!(null), "specification.routes is missing"),
        (&["routes"], json!(vec![good(); 51]), "specification.routes has 51"),
        (&["routes", "0", "path"], json!("a"), "specification.routes[0].path \"a\" does not begin"),
        (
            &["routes", "0", "methods"],
            json!(["GET", "TRACE"]),
            "specification.routes[0].methods has \"TRACE\"",
        ),
        (&["routes", "0", "methods"], json!([]), "specification.routes[0].methods is empty"),
        (&["routes", "0", "backend"], json!(null), "specification.routes[0].backend is missing"),
        (&["routes", "0", "backend"], json!("x"), "specification.routes[0].backend is not an object"),
        (&["routes", "0", "backend", "type"], json!("HTTP_BACKEND"), "backend.type is HTTP_BACKEND"),
        (&["routes", "0", "backend", "functionId"], json!(null), "backend.functionId is missing"),
        (&["routes", "0", "backend", "url"], json!("x"), "backend.url is unknown"),
        (
            &["routes", "0", "requestPolicies"],
            json!({ "cors": {} }),
            "routes[0].requestPolicies.cors is not supported",
        ),
        (
            &["routes", "0", "responsePolicies"],
            json!({ "headerTransformations": {} }),
            "responsePolicies.headerTransformations is not supported",
        ),
        (
            &["requestPolicies", "authentication"],
            json!({}),
            "requestPolicies.authentication is not supported",
        ),
        (&["requestPolicies", "mutualTls"], json!({}), "requestPolicies.mutualTls is not supported"),
        (
            &["loggingPolicies"],
            json!({ "auditLog": {} }),
            "specification.loggingPolicies.auditLog is unknown",
        ),
        (&["paths"], json!({}), "specification.paths is unknown"),
        (
            &["routes"],
            json!([good(), function("/a", &["ANY"])]),
            "GET for \"/a\" and \"/a\", which are equivalent",
        ),
        (
            &["routes"],
            json!([function("/{x}", &["ANY"]), function("/{y}", &["PUT"])]),
            "ANY for \"/{x}\" and \"/{y}\"",
        ),
    ] {
        let found = with(place, value);
        assert!(found.contains(problem), "{found}");
    }
    assert!(Specification::new(&json!([])).unwrap_err().contains("not an object"));
}

#[test]
fn a_stock_response_has_a_status_headers_and_a_body() {
    let route = |status: Value, name: &str| {
        let backend = json!({ "type": "STOCK_RESPONSE_BACKEND", "status": status, "body": "{}",
            "headers": [{ "name": name, "value": "1" }, { "name": "X-Own", "value": "2" }] });
        of_routes(vec![json!({ "path": "/", "backend": backend })])
    };
    assert_eq!(routed(&route(json!(418), "X-Own").unwrap(), "GET", "/"), "/");
    for (status, name, word) in [
        (json!(99), "X", "status"),
        (json!(600), "X", "status"),
        (json!("200"), "X", "status"),
        (json!(200), "Content-Length", "headers[0]"),
        (json!(200), "X Y", "headers[0]"),
    ] {
        let problem = route(status, name).unwrap_err();
        assert!(problem.contains(word), "{problem}");
    }
}

#[test]
fn a_specification_has_a_maximum_size() {
    let of = |padding: usize| {
        let backend = json!({ "type": "STOCK_RESPONSE_BACKEND", "status": 200, "body": "x".repeat(padding) });
        json!({ "routes": [{ "path": "/", "backend": backend }] })
    };
    let most = (2 << 20) - of(0).to_string().len();
    Specification::new(&of(most)).unwrap();
    assert!(Specification::new(&of(most + 1)).unwrap_err().contains("2097153 bytes"));
}
