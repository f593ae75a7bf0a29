//! Tests gateways and deployments created through the API, and how requests are routed to them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod gateway_client;

use std::path::Path;

use common::Client;
use emulator::{Emulator, Fault, GatewayRoute, Options, Rule};
use gateway_client::{Connection, call, request};
use serde_json::{Value, json};

async fn cloud() -> (Emulator, Client) {
    of(Options::default()).await
}

async fn of(options: Options) -> (Emulator, Client) {
    let cloud = Emulator::start(options).await.unwrap();
    let client = Client::api_key(cloud.url(), cloud.folder());
    (cloud, client)
}

/// Returns a route to a stock response that identifies itself by its body.
fn stock(path: &str, body: &str) -> Value {
    let headers = [json!({ "name": "X-Own", "value": "1" }), json!({ "name": "X-Own", "value": "2" })];
    let backend =
        json!({ "type": "STOCK_RESPONSE_BACKEND", "status": 203, "headers": headers, "body": body });
    json!({ "path": path, "methods": ["GET", "HEAD"], "backend": backend })
}

/// Waits until a resource is in a state, and returns it.
fn wait(client: &Client, target: &str, state: &str) -> Value {
    loop {
        let found = client.call("GET", target, &[], b"").document();
        if found["lifecycleState"] == state {
            return found;
        }
    }
}

/// Creates a gateway, and returns its OCID.
fn gateway(client: &Client, name: &str) -> String {
    let details = json!({ "displayName": name, "compartmentId": "compartment", "endpointType": "PUBLIC", "subnetId": "subnet" });
    let made = client.json("POST", "/20190501/gateways", &details);
    assert_eq!(made.status, 202, "{made:?}");
    let id = made.document()["id"].as_str().unwrap().to_owned();
    wait(client, &format!("/20190501/gateways/{id}"), "ACTIVE");
    id
}

fn details(gateway: &str, prefix: &str, routes: &[Value]) -> Value {
    let specification = json!({ "routes": routes });
    json!({ "gatewayId": gateway, "compartmentId": "compartment", "displayName": prefix.trim_start_matches('/'),
        "pathPrefix": prefix, "specification": specification })
}

/// Creates a deployment, and returns its representation in the API.
fn deployment(client: &Client, details: &Value) -> Value {
    let made = client.json("POST", "/20190501/deployments", details);
    assert_eq!(made.status, 202, "{made:?}");
    let id = made.document()["id"].as_str().unwrap().to_owned();
    wait(client, &format!("/20190501/deployments/{id}"), "ACTIVE")
}

/// Returns the body of the response to a GET, or the status of the gateway's own response.
fn get(cloud: &Emulator, target: &str, host: &str) -> String {
    let mut connection = Connection::open(&cloud.gateway_url());
    connection.send(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n")).unwrap();
    let response = connection.answer(true).unwrap();
    match response.status {
        203 => String::from_utf8(response.body).unwrap(),
        status => status.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_routed_by_host_prefix_path_and_method() {
    let (cloud, client) = cloud().await;
    let (first, second) = (gateway(&client, "first"), gateway(&client, "second"));
    let one = deployment(&client, &details(&first, "/v1", &[stock("/a", "first"), stock("/{x*}", "rest")]));
    deployment(&client, &details(&first, "/v1/deep", &[stock("/a", "deep")]));
    let other = deployment(&client, &details(&second, "/v1", &[stock("/a", "second")]));
    deployment(&client, &details(&second, "/v2", &[stock("/", "root")]));
    assert_eq!(one["endpoint"], format!("{}/v1", cloud.gateway_url()));
    // If an older gateway has the same prefix, a deployment is reached by the host name of its own gateway.
    let endpoint = other["endpoint"].as_str().unwrap().to_owned();
    let host = endpoint.strip_prefix("http://").unwrap().strip_suffix("/v1").unwrap();
    assert!(host.contains(".localhost:"), "{endpoint}");
    let shown = client.call("GET", &format!("/20190501/gateways/{second}"), &[], b"").document();
    assert_eq!(shown["hostname"], host);
    let label = host.split('.').next().unwrap();
    let real = format!("{label}.apigateway.eu-frankfurt-1.oci.customer-oci.com");
    for (target, host, expected) in [
        ("/v1/a", "gateway", "first"),
        ("/v1/a?q=/v2", "gateway", "first"),
        ("/v1/a", host, "second"),
        ("/v1/a", &real, "second"),
        ("/v1/other/path", "gateway", "rest"),
        ("/v1/other/path", host, "404"),
        ("/v1/deep/a", "gateway", "deep"),
        // The longest prefix is chosen, even if another deployment has a matching route.
        ("/v1/deep/b", "gateway", "404"),
        ("/v1/deeper", "gateway", "rest"),
        ("/v2", "gateway", "root"),
        ("/v2/", "gateway", "root"),
        ("/v2/x", "gateway", "404"),
        ("/v3", "gateway", "404"),
        ("/", "gateway", "404"),
        ("http://gateway/v1/a", host, "first"),
        (&format!("{endpoint}/a"), "gateway", "second"),
    ] {
        assert_eq!(get(&cloud, target, host), expected, "{target} {host}");
    }
    let response = call(&cloud.gateway_url(), "DELETE", "/v1/a", &[], b"");
    assert_eq!(response.words(), (405, 405, "Method Not Allowed".to_owned()));
    assert_eq!(response.header("allow"), Some("GET, HEAD"));
    let response = call(&cloud.gateway_url(), "HEAD", "/v1/a", &[], b"");
    assert_eq!(
        (response.status, response.header("content-length"), response.all("x-own")),
        (203, Some("5"), vec!["1", "2"])
    );
    let response = call(&cloud.gateway_url(), "GET", "/nowhere", &[], b"");
    assert_eq!(response.words(), (404, 404, "Not Found".to_owned()));
    assert!(response.header("opc-request-id").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsupported_field_of_a_gateway_is_rejected_by_name() {
    let (_cloud, client) = cloud().await;
    let gateway = gateway(&client, "first");
    let refused = |details: Value, status: u16, code: &str, word: &str| {
        let response = client.json("POST", "/20190501/deployments", &details);
        let message = response.document()["message"].as_str().unwrap().to_owned();
        assert_eq!((response.status, response.code().as_str()), (status, code), "{message}");
        assert!(message.contains(word), "{message}");
    };
    let good = |prefix: &str| details(&gateway, prefix, &[stock("/", "")]);
    let with = |key: &str, value: Value| {
        let mut details = good("/good");
        details[key] = value;
        details
    };
    for prefix in ["", "v1", "/v1/", "//v1", "/v1//a", "/{a}", "/a b"] {
        refused(good(prefix), 400, "InvalidParameter", "pathPrefix");
    }
    refused(good(&format!("/{}", "a".repeat(255))), 400, "InvalidParameter", "255");
    refused(with("gatewayId", json!("ocid1.apigateway.none")), 404, "NotAuthorizedOrNotFound", "none");
    refused(with("gatewayId", json!(null)), 400, "MissingParameter", "gatewayId");
    refused(with("specification", json!(null)), 400, "MissingParameter", "specification");
    refused(with("locks", json!([{}])), 400, "InvalidParameter", "locks");
    let http = json!([{ "path": "/", "backend": { "type": "HTTP_BACKEND", "url": "http://x" } }]);
    refused(with("specification", json!({ "routes": http })), 400, "InvalidParameter", "HTTP_BACKEND");
    deployment(&client, &good(&format!("/{}", "a".repeat(254))));
    for number in 1..20 {
        deployment(&client, &good(&format!("/{number}")));
    }
    refused(good("/20"), 400, "LimitExceeded", "20");
    let first = client.call("GET", "/20190501/deployments?compartmentId=compartment&displayName=1", &[], b"");
    let id = first.document()["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(client.call("DELETE", &format!("/20190501/deployments/{id}"), &[], b"").status, 202);
    refused(good("/2"), 409, "Conflict", "/2");
    refused(good("/"), 409, "Conflict", "only one");
    let response = client.call("DELETE", &format!("/20190501/gateways/{gateway}"), &[], b"");
    assert_eq!((response.status, response.code().as_str()), (409, "IncorrectState"));
    for (key, value) in
        [("certificateId", json!("c")), ("ipMode", json!("IPV6")), ("endpointType", json!("NONE"))]
    {
        let mut details = json!({ "compartmentId": "c", "endpointType": "PUBLIC", "subnetId": "s" });
        details[key] = value;
        let response = client.json("POST", "/20190501/gateways", &details);
        assert_eq!(response.status, 400, "{key}");
        assert!(response.document()["message"].as_str().unwrap().contains(key), "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_repeated_with_a_retry_token_is_carried_out_once() {
    let (cloud, client) = cloud().await;
    let gateway = gateway(&client, "first");
    let create = |path: &str, body: &Value| {
        let target = format!("/20190501/{path}");
        client.call("POST", &target, &[("opc-retry-token", "token")], body.to_string().as_bytes())
    };
    let good = details(&gateway, "/v1", &[stock("/", "")]);
    let (one, two) = (create("deployments", &good), create("deployments", &good));
    assert_eq!((one.status, one.document()["id"].clone()), (202, two.document()["id"].clone()));
    assert_eq!(cloud.gateway_status().deployments.len(), 1);
    let another = details(&gateway, "/v2", &[stock("/", "")]);
    let foreign = json!({ "compartmentId": "compartment", "endpointType": "PUBLIC", "subnetId": "subnet" });
    for other in [create("deployments", &another), create("gateways", &foreign)] {
        assert_eq!((other.status, other.code().as_str()), (409, "InvalidatedRetryToken"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn work_requests_are_listed_by_resource_and_in_pages() {
    let (_cloud, client) = cloud().await;
    let (first, second) = (gateway(&client, "first"), gateway(&client, "second"));
    let listed = |query: &str| {
        let target = format!("/20190501/workRequests?compartmentId=compartment{query}");
        client.call("GET", &target, &[], b"")
    };
    let of = |response: &common::Response| {
        let items = response.document()["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["resources"][0]["identifier"].clone()).collect::<Vec<Value>>()
    };
    assert_eq!(of(&listed("")), [second.as_str(), &first], "the newest first");
    assert_eq!(of(&listed(&format!("&resourceId={first}"))), [first.as_str()]);
    let page = listed("&limit=1");
    assert_eq!(of(&page), [second.as_str()]);
    let rest = listed(&format!("&limit=1&page={}", page.headers["opc-next-page"]));
    assert_eq!((of(&rest), rest.headers.get("opc-next-page")), (vec![json!(first)], None));
    let response = client.call("GET", "/20190501/workRequests", &[], b"");
    assert_eq!((response.status, response.code().as_str()), (400, "MissingParameter"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limit_lets_only_so_many_requests_pass() {
    let (cloud, client) = cloud().await;
    let gateway = gateway(&client, "first");
    let mut details = details(&gateway, "/v1", &[stock("/", "in")]);
    details["specification"]["requestPolicies"] =
        json!({ "rateLimiting": { "rateInRequestsPerSecond": 1, "rateKey": "CLIENT_IP" } });
    let made = deployment(&client, &details);
    let call = || call(&cloud.gateway_url(), "GET", "/v1/", &[], b"");
    assert_eq!(call().status, 203);
    // The next request is rejected, unless a second has passed.
    let refused = std::iter::repeat_with(call).find(|response| response.status != 203).unwrap();
    assert_eq!(refused.words(), (429, 429, "Too Many Requests".to_owned()));
    assert_eq!(refused.header("retry-after"), Some("1"));
    // Without the policy, there is no limit.
    let target = format!("/20190501/deployments/{}", made["id"].as_str().unwrap());
    let change = json!({ "specification": { "routes": [stock("/", "in")] } });
    let mut update = client.request("PUT", &target, &[], change.to_string().as_bytes());
    client.sign_headers(
        &mut update,
        &["date", "(request-target)", "host", "content-length", "content-type", "x-content-sha256"],
    );
    assert_eq!(client.exchange(&update).unwrap().status, 202);
    for _ in 0..5 {
        assert_eq!(get(&cloud, "/v1/", "gateway"), "in");
    }
    let statuses = cloud.gateway_status().deployments[0].statuses.clone();
    assert_eq!((statuses[&429], statuses[&203] >= 6), (1, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_hit_by_the_deployments_name_or_prefix_and_the_path() {
    let (cloud, client) = cloud().await;
    let gateway = gateway(&client, "first");
    deployment(&client, &details(&gateway, "/v1", &[stock("/{x*}", "body")]));
    let url = cloud.gateway_url();
    let rule = |fault| Rule::new("GatewayRequest", fault);
    for (fault, status) in [
        (Fault::Throttle { retry_after_seconds: Some(7) }, 429),
        (Fault::Unavailable { retry_after_seconds: Some(7) }, 503),
        (Fault::InternalError, 500),
    ] {
        cloud.faults().set(vec![rule(fault.clone()).bucket("v1").object("/v1/a*")]);
        let response = call(&url, "GET", "/v1/ab?q", &[], b"");
        assert_eq!((response.status, response.words().1), (status, u64::from(status)));
        assert_eq!(response.header("retry-after"), Some("7").filter(|_| status != 500));
        assert_eq!(cloud.requests().pop().unwrap().fault.as_deref(), Some(fault.name()));
        assert_eq!(get(&cloud, "/v1/b", "gateway"), "body");
    }
    cloud.faults().set(vec![rule(Fault::BadGateway).bucket("/v1")]);
    let response = call(&url, "GET", "/v1/a", &[], b"");
    assert_eq!((response.status, response.header("content-type")), (502, Some("text/html")));
    assert!(response.header("opc-request-id").is_some());
    for fault in [Fault::ResetBefore, Fault::ResetAfter, Fault::TruncatedBody { after_bytes: 3 }] {
        cloud.faults().set(vec![rule(fault.clone()).first(1)]);
        let mut connection = Connection::open(&url);
        connection.send(request("GET", "/v1/a", &[], b"")).unwrap();
        connection.answer(true).unwrap_err();
        assert_eq!(cloud.requests().pop().unwrap().fault.as_deref(), Some(fault.name()));
        assert_eq!(get(&cloud, "/v1/a", "gateway"), "body");
    }
    cloud.faults().set(vec![rule(Fault::SlowBody { bytes_per_second: 20 })]);
    assert_eq!(get(&cloud, "/v1/a", "gateway"), "body");
    cloud.faults().set(vec![rule(Fault::Stall { after_bytes: 2 })]);
    let mut connection = Connection::open(&url);
    connection.send(request("GET", "/v1/a", &[], b"")).unwrap();
    while !connection.line().unwrap().is_empty() {}
    cloud.faults().clear();
    let logged = cloud.requests().pop().unwrap();
    assert_eq!((logged.operation.as_str(), logged.target.as_str()), ("GatewayRequest", "/v1/a"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_deployments_and_a_fresh_start_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let options = |fresh| Options { state: Some(folder.path().join("state")), fresh, ..Options::default() };
    let shown = |client: &Client| {
        let list = |kind: &str| {
            let target = format!("/20190501/{kind}?compartmentId=compartment&sortBy=displayName");
            client.call("GET", &target, &[], b"").document()["items"].clone()
        };
        let mut shown = [list("gateways"), list("deployments")];
        // Every start uses another port.
        for item in shown.iter_mut().flat_map(|list| list.as_array_mut().unwrap()) {
            item.as_object_mut().unwrap().retain(|key, _| key != "hostname" && key != "endpoint");
        }
        shown
    };
    let (cloud, client) = of(options(false)).await;
    let gateway = gateway(&client, "first");
    deployment(&client, &details(&gateway, "/v1", &[stock("/", "one")]));
    let gone = deployment(&client, &details(&gateway, "/v2", &[stock("/", "two")]));
    let target = format!("/20190501/deployments/{}", gone["id"].as_str().unwrap());
    assert_eq!(client.call("DELETE", &target, &[], b"").status, 202);
    wait(&client, &target, "DELETED");
    let own = cloud.ensure_deployment("own", "/own", &[GatewayRoute::any("/", "f")]).unwrap();
    assert!(own.starts_with(&cloud.gateway_url()));
    let before = shown(&client);
    cloud.stop().await;
    let (cloud, client) = of(options(false)).await;
    assert_eq!(shown(&client), before);
    assert_eq!((get(&cloud, "/v1/", "g").as_str(), get(&cloud, "/v2/", "g").as_str()), ("one", "404"));
    // The function does not exist, but the deployment does.
    assert_eq!(get(&cloud, "/own/", "g"), "500");
    cloud.ensure_deployment("own", "/own", &[GatewayRoute::any("/", "f")]).unwrap();
    assert_eq!(cloud.gateway_status().deployments.len(), 2);
    cloud.stop().await;
    let (cloud, client) = of(options(true)).await;
    assert_eq!(shown(&client), [json!([]), json!([])]);
    assert_eq!(get(&cloud, "/v1/", "g"), "404");
    assert!(Path::new(&folder.path().join("state/api-gateway/journal.jsonl")).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_control_api_shows_deployments_and_the_latest_requests() {
    let (cloud, client) = cloud().await;
    let gateway = gateway(&client, "first");
    let made = deployment(&client, &details(&gateway, "/v1", &[stock("/", "in")]));
    for target in ["/v1/", "/v1/", "/v1/x", "/elsewhere"] {
        get(&cloud, target, "gateway");
    }
    let shown = client.exchange(&client.request("GET", "/_emulator/gateways", &[], b"")).unwrap().document();
    assert_eq!(shown["url"], cloud.gateway_url());
    let one = &shown["deployments"][0];
    assert_eq!(
        (&one["id"], &one["gateway"], &one["endpoint"]),
        (&made["id"], &json!("first"), &made["endpoint"])
    );
    assert_eq!(
        one["routes"],
        json!([{ "path": "/", "methods": ["GET", "HEAD"], "backend": "STOCK_RESPONSE_BACKEND" }])
    );
    assert_eq!(one["statuses"], json!({ "203": 2, "404": 1 }));
    let requests = shown["requests"].as_array().unwrap();
    let brief: Vec<(&Value, &Value)> =
        requests.iter().map(|one| (&one["deployment"], &one["status"])).collect();
    assert_eq!(brief[2..], [(&json!("v1"), &json!(404)), (&json!(null), &json!(404))]);
}
