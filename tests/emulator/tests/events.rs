//! Tests events about objects, which rules deliver to functions and streams.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod function_peers;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use common::{Client, Response};
use emulator::{
    ApplicationDefinition, DeliveryState, Emulator, EventsOptions, Fault, FunctionDefinition, Options,
    RecentDelivery, RecentEvent, Rule,
};
use function_peers::{peer, until};
use serde_json::{Value, json};

const BRONZE: &str = "/n/bronzeworks/b/bronze";
const RULES: &str = "/20181201/rules";

/// An emulator whose bucket `bronze` emits events, with a function that records its invocations.
struct Cloud {
    cloud: Emulator,
    client: Client,
    folder: tempfile::TempDir,
}

/// Returns options with no delay between attempts and one delivery at a time, so that the results do not depend on time.
fn at_once() -> EventsOptions {
    EventsOptions { retry_delay: Duration::ZERO, concurrency: 1, ..EventsOptions::default() }
}

impl Cloud {
    /// Starts an emulator whose function responds with these statuses first, and with 200 afterwards.
    async fn start(statuses: &str) -> Self {
        Self::with(statuses, at_once()).await
    }

    async fn with(statuses: &str, events: EventsOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let functions = vec![ApplicationDefinition::new("books", vec![recorder(folder.path(), statuses)])];
        let cloud = Emulator::start(Options { functions, events, ..Options::default() }).await.unwrap();
        let client = Client::api_key(cloud.url(), cloud.folder());
        assert!(cloud.emit_object_events("bronze").unwrap());
        Self { cloud, client, folder }
    }

    fn function(&self) -> String {
        function_peers::id(&self.cloud, "link")
    }

    /// Creates a rule that invokes the function for these events, and returns its OCID.
    fn rule(&self, condition: &Value) -> String {
        self.cloud.events().ensure_rule("bronze", &condition.to_string(), &self.function()).unwrap()
    }

    fn put(&self, object: &str) -> String {
        let put = self.client.call("PUT", &format!("{BRONZE}/o/{object}"), &[], object.as_bytes());
        assert_eq!(put.status, 200, "{put:?}");
        put.headers["etag"].clone()
    }

    fn delete(&self, object: &str) {
        assert_eq!(self.client.call("DELETE", &format!("{BRONZE}/o/{object}"), &[], b"").status, 204);
    }

    /// Waits until nothing is pending, and returns the function's invocations.
    async fn calls(&self) -> Vec<Value> {
        self.cloud.events().settled().await;
        recorded(self.folder.path())
    }

    /// Waits until nothing is pending, and returns the objects that the function was invoked for.
    async fn called(&self) -> Vec<String> {
        self.calls().await.iter().map(|call| text(&event(call)["data"]["resourceName"])).collect()
    }

    fn post(&self, body: &Value) -> Response {
        self.client.json("POST", RULES, body)
    }

    /// Returns the body that creates a rule through the API.
    fn details(&self) -> Value {
        let action = json!({ "actionType": "FAAS", "isEnabled": true, "functionId": self.function() });
        json!({
            "displayName": "by hand",
            "isEnabled": true,
            "condition": "{}",
            "compartmentId": self.cloud.tenancy(),
            "actions": { "actions": [action] },
        })
    }

    fn send(&self, method: &'static str, target: &str, headers: &[(&str, &str)], body: &Value) -> Response {
        // PUT requests sign their body here, too.
        let body = body.to_string();
        let mut request = self.client.request(method, target, headers, body.as_bytes());
        let names =
            ["date", "(request-target)", "host", "content-length", "content-type", "x-content-sha256"];
        self.client.sign_headers(&mut request, &names);
        self.client.exchange(&request).unwrap()
    }
}

fn recorder(folder: &Path, statuses: &str) -> FunctionDefinition {
    peer("link").config("RECORD", folder.join("calls").to_str().unwrap()).config("STATUSES", statuses)
}

fn recorded(folder: &Path) -> Vec<Value> {
    let calls = std::fs::read_to_string(folder.join("calls")).unwrap_or_default();
    calls.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn event(call: &Value) -> Value {
    serde_json::from_str(call["body"].as_str().unwrap()).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn kind(event: &RecentEvent) -> (&str, &str) {
    (event.event_type.rsplit('.').next().unwrap(), &event.object)
}

fn only(event: &RecentEvent) -> &RecentDelivery {
    assert_eq!(event.deliveries.len(), 1, "{event:?}");
    &event.deliveries[0]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_is_invoked_with_the_event_as_captured_from_oci() {
    let cloud = Cloud::start("").await;
    let rule = cloud.rule(&json!({ "data": { "resourceName": "in/*.gz" } }));
    cloud.put("out/1.gz");
    let etag = cloud.put("in/a%20b.gz");
    let calls = cloud.calls().await;
    assert_eq!(calls.len(), 1);
    let mut told = event(&calls[0]);
    let bucket = cloud.client.call("GET", BRONZE, &[], b"").document();
    let id = told["eventID"].take();
    assert_eq!(uuid_like(&text(&id)), [8, 4, 4, 4, 12], "{id}");
    let time = text(&told["eventTime"].take());
    assert!(time.len() == 20 && time.ends_with('Z'), "{time}");
    assert_eq!(
        told,
        json!({
            "eventType": "com.oraclecloud.objectstorage.createobject",
            "cloudEventsVersion": "0.1",
            "eventTypeVersion": "2.0",
            "source": "ObjectStorage",
            "eventTime": null,
            "contentType": "application/json",
            "data": {
                "compartmentId": cloud.cloud.tenancy(),
                "compartmentName": "bronzeworks",
                "resourceName": "in/a b.gz",
                "resourceId": "/n/bronzeworks/b/bronze/o/in/a b.gz",
                "availabilityDomain": "FRA-AD-1",
                "additionalDetails": {
                    "bucketName": "bronze",
                    "archivalState": "Available",
                    "namespace": "bronzeworks",
                    "bucketId": bucket["id"],
                    "eTag": etag,
                },
            },
            "eventID": null,
            "extensions": { "compartmentId": cloud.cloud.tenancy() },
        })
    );
    let head: Vec<String> = calls[0]["head"].as_array().unwrap().iter().map(text).collect();
    for line in [
        "Content-Type: application/json",
        "Fn-Intent: cloudevent",
        "Fn-Invoke-Type: sync",
        &format!("Oci-Subject-Id: {rule}"),
        &format!("Oci-Subject-Tenancy-Id: {}", cloud.cloud.tenancy()),
        "Oci-Subject-Type: resource",
    ] {
        assert!(head.iter().any(|found| found == line), "{line} in {head:?}");
    }
    let recent = cloud.cloud.events().recent();
    assert_eq!(recent.iter().map(|event| event.rules.len()).collect::<Vec<_>>(), [0, 1]);
    assert_eq!((&recent[1].etag, &recent[1].id), (&etag, &text(&id)));
    let call = function_peers::last(&cloud.cloud);
    let delivery = only(&recent[1]);
    assert_eq!(
        (delivery.state, delivery.attempts, delivery.status),
        (DeliveryState::Succeeded, 1, Some(200))
    );
    assert_eq!(delivery.call_id.as_ref(), Some(&call.call_id));
    let metrics = cloud.cloud.events().metrics();
    assert_eq!((metrics.published_events, metrics.matched_events), (2, 1));
    assert_eq!((metrics.delivery_succeed_events, metrics.delivery_failed_events), (1, 0));
}

fn uuid_like(id: &str) -> Vec<usize> {
    id.split('-').map(str::len).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_create_change_and_delete_an_object_emits_an_event() {
    let cloud = Cloud::start("").await;
    let client = &cloud.client;
    let post = |target: &str, body: Value| {
        let response = client.json("POST", &format!("{BRONZE}/{target}"), &body);
        assert!(response.status < 300, "{response:?}");
        response
    };
    cloud.put("a");
    cloud.put("a");
    let upload = post("u", json!({ "object": "parts" })).document();
    let target = format!("{BRONZE}/u/parts?uploadId={}", upload["uploadId"].as_str().unwrap());
    let part = client.call("PUT", &format!("{target}&uploadPartNum=1"), &[], b"part");
    let commit = json!({ "partsToCommit": [{ "partNum": 1, "etag": part.headers["etag"] }] });
    assert_eq!(client.json("POST", &target, &commit).status, 200);
    post("actions/renameObject", json!({ "sourceName": "a", "newName": "b" }));
    let copy = |from: &str, to: &str| {
        json!({
            "sourceObjectName": from,
            "destinationRegion": "eu-frankfurt-1",
            "destinationNamespace": "bronzeworks",
            "destinationBucket": "bronze",
            "destinationObjectName": to,
        })
    };
    for (number, (from, to)) in [("b", "c"), ("parts", "b")].into_iter().enumerate() {
        post("actions/copyObject", copy(from, to));
        until(|| cloud.cloud.events().recent().len() == 6 + number).await;
    }
    post(
        "actions/batchDeleteObjects",
        json!({ "objects": [{ "objectName": "c" }, { "objectName": "absent" }, { "objectName": "parts" }] }),
    );
    cloud.delete("b");
    // This bucket emits no events.
    assert_eq!(client.call("PUT", "/n/bronzeworks/b/lake/o/x", &[], b"").status, 200);
    cloud.cloud.events().settled().await;
    let recent = cloud.cloud.events().recent();
    assert_eq!(
        recent.iter().map(kind).collect::<Vec<_>>(),
        [
            ("createobject", "a"),
            ("updateobject", "a"),
            ("createobject", "parts"),
            ("createobject", "b"),
            ("deleteobject", "a"),
            ("createobject", "c"),
            ("updateobject", "b"),
            ("deleteobject", "c"),
            ("deleteobject", "parts"),
            ("deleteobject", "b"),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_emits_events_only_if_set_to_and_versions_have_their_ids() {
    let cloud = Cloud::start("").await;
    cloud.rule(&json!({}));
    let update = |settings: Value| {
        assert_eq!(cloud.client.json("POST", BRONZE, &settings).status, 200);
    };
    update(json!({ "objectEventsEnabled": false }));
    cloud.put("silent");
    update(json!({ "objectEventsEnabled": true, "versioning": "Enabled" }));
    cloud.put("a");
    let newest = cloud.client.call("HEAD", &format!("{BRONZE}/o/a"), &[], b"").headers["version-id"].clone();
    cloud.delete("a");
    let target = format!("{BRONZE}/o/a?versionId={newest}");
    assert_eq!(cloud.client.call("DELETE", &target, &[], b"").status, 204);
    let told: Vec<(String, Value)> = cloud
        .calls()
        .await
        .iter()
        .map(event)
        .map(|event| (text(&event["eventType"]), event["data"]["additionalDetails"]["versionId"].clone()))
        .collect();
    let kinds = ["createobject", "deleteobject", "deleteobject"];
    let expected = kinds.map(|kind| (format!("com.oraclecloud.objectstorage.{kind}"), json!(newest)));
    assert_eq!(told, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_delivery_is_retried_with_the_same_event() {
    let cloud = Cloud::start("502 504 500").await;
    cloud.rule(&json!({}));
    cloud.put("a");
    let calls = cloud.calls().await;
    let ids: BTreeSet<String> = calls.iter().map(|call| text(&call["body"])).collect();
    assert_eq!((calls.len(), ids.len()), (4, 1), "it is the same to the letter");
    let recent = cloud.cloud.events().recent();
    let delivery = only(&recent[0]);
    assert_eq!((delivery.state, delivery.attempts, delivery.succeeded), (DeliveryState::Succeeded, 4, 1));
    let metrics = cloud.cloud.events().metrics();
    assert_eq!((metrics.delivery_succeed_events, metrics.delivery_failed_events), (1, 3));
    let statuses: Vec<u16> = cloud.cloud.functions().recent().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [502, 504, 502, 200]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_delivery_is_abandoned_unless_the_function_is_too_busy() {
    let options = EventsOptions { retry_for: Duration::ZERO, ..at_once() };
    let cloud = Cloud::with("", options).await;
    cloud.rule(&json!({}));
    cloud.cloud.faults().add(
        Rule::new("DeliverEvent", Fault::Unavailable { retry_after_seconds: None }).object("busy").first(5),
    );
    cloud.cloud.faults().add(Rule::new("DeliverEvent", Fault::BadGateway).object("broken"));
    cloud.put("busy");
    cloud.put("broken");
    assert_eq!(cloud.called().await, ["busy"]);
    let recent = cloud.cloud.events().recent();
    assert_eq!((only(&recent[0]).state, only(&recent[0]).attempts), (DeliveryState::Succeeded, 6));
    let broken = only(&recent[1]);
    assert_eq!(
        (broken.state, broken.status, broken.fault),
        (DeliveryState::Failed, Some(502), Some("bad_gateway"))
    );
    // An attempt in the same millisecond as the event still counts as in time, so there may be several.
    assert!(broken.attempts >= 1 && broken.succeeded == 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_function_is_retried_until_the_rule_is_deleted() {
    let options =
        EventsOptions { retry_delay: Duration::from_secs(3600), retry_ceiling: Duration::MAX, ..at_once() };
    let cloud = Cloud::with("", options).await;
    let rule = cloud.cloud.events().ensure_rule("wrong", "{}", "ocid1.fnfunc.oc1..absent").unwrap();
    cloud.put("a");
    let delivery = || cloud.cloud.events().recent().first().map(|event| only(event).clone());
    until(|| delivery().is_some_and(|delivery| delivery.status.is_some())).await;
    let failed = delivery().unwrap();
    assert_eq!((failed.state, failed.status), (DeliveryState::Pending, Some(404)));
    assert_eq!(failed.code.as_deref(), Some("NotAuthorizedOrNotFound"));
    assert_eq!((cloud.cloud.events().pending(), failed.call_id), (1, None));
    let status = cloud.client.call("GET", "/_emulator/events", &[], b"").document();
    assert_eq!(status["pending"], 1);
    assert_eq!(status["metrics"]["DeliveryFailedEvents"], 1);
    assert_eq!(status["events"][0]["deliveries"][0]["target"], "ocid1.fnfunc.oc1..absent");
    assert_eq!(status["events"][0]["deliveries"][0]["state"], "pending");
    assert_eq!(cloud.client.call("DELETE", &format!("{RULES}/{rule}"), &[], b"").status, 204);
    cloud.cloud.events().settled().await;
    assert_eq!(delivery().unwrap().state, DeliveryState::Dropped);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_can_be_delivered_to_a_stream() {
    let cloud = Cloud::start("").await;
    let stream = cloud.cloud.stream("ledger").unwrap();
    let mut details = cloud.details();
    details["actions"]["actions"].as_array_mut().unwrap().extend([
        json!({ "actionType": "OSS", "isEnabled": true, "streamId": stream.id() }),
        json!({ "actionType": "OSS", "isEnabled": false, "streamId": "ocid1.stream.disabled" }),
    ]);
    assert_eq!(cloud.post(&details).status, 200);
    cloud.put("a");
    let calls = cloud.calls().await;
    let messages: Vec<_> = (0..stream.partitions())
        .flat_map(|partition| stream.read(partition, 0, 10, 1 << 20).unwrap())
        .collect();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].value, text(&calls[0]["body"]));
    assert_eq!(messages[0].key, None);
    let recent = cloud.cloud.events().recent();
    let kinds: Vec<&str> = recent[0].deliveries.iter().map(|delivery| delivery.action_type).collect();
    assert_eq!(kinds, ["FAAS", "OSS"], "a disabled action does not fire");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_applies_to_its_compartment_while_it_is_enabled() {
    let cloud = Cloud::start("").await;
    let compartment = "ocid1.compartment.oc1..another";
    let bucket = json!({ "name": "other", "compartmentId": compartment, "objectEventsEnabled": true });
    assert_eq!(cloud.client.json("POST", "/n/bronzeworks/b/", &bucket).status, 200);
    let put_other = |name: &str| {
        let target = format!("/n/bronzeworks/b/other/o/{name}");
        assert_eq!(cloud.client.call("PUT", &target, &[], b"").status, 200);
    };
    let mut details = cloud.details();
    details["compartmentId"] = json!(compartment);
    let made = cloud.post(&details);
    let rule = format!("{RULES}/{}", text(&made.document()["id"]));
    cloud.put("elsewhere");
    put_other("1");
    assert_eq!(cloud.called().await, ["1"]);
    // The rules of the root compartment also apply to its children.
    let moved = json!({ "compartmentId": cloud.cloud.tenancy() });
    let response = cloud.client.json("POST", &format!("{rule}/actions/changeCompartment"), &moved);
    assert_eq!(response.status, 204);
    put_other("2");
    cloud.put("3");
    assert_eq!(cloud.called().await, ["1", "2", "3"]);
    let updated = cloud.send("PUT", &rule, &[], &json!({ "isEnabled": false }));
    assert_eq!((updated.status, &updated.document()["lifecycleState"]), (200, &json!("INACTIVE")));
    cloud.put("4");
    assert_eq!(cloud.called().await, ["1", "2", "3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_created_listed_changed_and_deleted() {
    let cloud = Cloud::start("").await;
    let details = cloud.details();
    let made = cloud.send("POST", RULES, &[("opc-retry-token", "once")], &details);
    let document = made.document();
    assert_eq!(made.status, 200, "{document}");
    let again = cloud.send("POST", RULES, &[("opc-retry-token", "once")], &details);
    assert_eq!(again.document(), document, "an answer that was lost is no second rule");
    let mut other = details.clone();
    other["displayName"] = json!("another");
    let conflict = cloud.send("POST", RULES, &[("opc-retry-token", "once")], &other);
    assert_eq!((conflict.status, conflict.code().as_str()), (409, "InvalidatedRetryToken"));
    assert_eq!(document["condition"], "{}");
    assert_eq!(document["actions"]["actions"][0]["functionId"], cloud.function());
    assert_eq!(document["actions"]["actions"][0]["lifecycleState"], "ACTIVE");
    let rule = format!("{RULES}/{}", text(&document["id"]));
    let got = cloud.client.call("GET", &rule, &[], b"");
    assert_eq!((got.document(), &got.headers["etag"]), (document, &made.headers["etag"]));
    let stale = [("if-match", "stale")];
    let change = json!({ "condition": r#"{"eventType":"x"}"# });
    assert_eq!(cloud.send("PUT", &rule, &stale, &change).status, 412);
    assert_eq!(cloud.client.call("DELETE", &rule, &stale, b"").status, 412);
    let fresh = [("if-match", made.headers["etag"].as_str())];
    let changed = cloud.send("PUT", &rule, &fresh, &change);
    assert_eq!((changed.status, &changed.document()["condition"]), (200, &change["condition"]));
    let wrong = cloud.send("PUT", &rule, &[], &json!({ "condition": "nothing" }));
    assert_eq!((wrong.status, wrong.code().as_str()), (400, "InvalidParameter"));
    let mut topic = details.clone();
    topic["actions"] = json!({ "actions": [{ "actionType": "ONS", "isEnabled": true, "topicId": "t" }] });
    let refused = cloud.post(&topic);
    assert_eq!((refused.status, refused.code().as_str()), (400, "InvalidParameter"));
    assert!(text(&refused.document()["message"]).contains("does not support Notifications"));
    assert_eq!(cloud.client.call("DELETE", &rule, &[], b"").status, 204);
    let gone = cloud.client.call("GET", &rule, &[], b"");
    assert_eq!((gone.status, gone.code().as_str()), (404, "NotAuthorizedOrNotFound"));
    let unsigned = cloud.client.request("GET", RULES, &[], b"");
    assert_eq!(cloud.client.exchange(&unsigned).unwrap().status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn at_most_fifty_rules_exist_and_they_are_listed_in_pages() {
    let cloud = Cloud::start("").await;
    for number in 0..50 {
        let mut details = cloud.details();
        details["displayName"] = json!(format!("rule {number:02}"));
        details["isEnabled"] = json!(number % 2 == 0);
        assert_eq!(cloud.post(&details).status, 200);
    }
    let refused = cloud.post(&cloud.details());
    assert_eq!((refused.status, refused.code().as_str()), (400, "LimitExceeded"));
    let list = |more: &str| {
        let target = format!("{RULES}?compartmentId={}{more}", cloud.cloud.tenancy());
        let response = cloud.client.call("GET", &target, &[], b"");
        let names: Vec<String> =
            response.document().as_array().unwrap().iter().map(|rule| text(&rule["displayName"])).collect();
        (names, response.headers.get("opc-next-page").cloned())
    };
    assert_eq!(list("").0.len(), 10);
    let (mut names, mut page) = list("&sortBy=DISPLAY_NAME&limit=20");
    while let Some(next) = page {
        let (more, next) = list(&format!("&sortBy=DISPLAY_NAME&limit=20&page={next}"));
        names.extend(more);
        page = next;
    }
    assert_eq!(names, (0..50).map(|number| format!("rule {number:02}")).collect::<Vec<_>>());
    assert_eq!(list("&sortBy=DISPLAY_NAME&sortOrder=DESC&limit=1").0, ["rule 49"]);
    assert_eq!(list("&displayName=rule%2007").0, ["rule 07"]);
    assert_eq!(list("&lifecycleState=INACTIVE&limit=50").0.len(), 25);
    let elsewhere = cloud.client.call("GET", &format!("{RULES}?compartmentId=other"), &[], b"");
    assert_eq!(elsewhere.document(), json!([]));
    for wrong in ["", "?compartmentId=c&limit=51", "?compartmentId=c&sortBy=SIZE", "?compartmentId=c&page=x"]
    {
        assert_eq!(cloud.client.call("GET", &format!("{RULES}{wrong}"), &[], b"").status, 400, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ensured_rule_is_created_once_and_updated() {
    let cloud = Cloud::start("").await;
    let events = cloud.cloud.events();
    let function = cloud.function();
    let ensure = |condition: &str| events.ensure_rule("pipeline", condition, &function);
    let first = ensure("{}").unwrap();
    let etag = || cloud.client.call("GET", &format!("{RULES}/{first}"), &[], b"").headers["etag"].clone();
    let before = etag();
    assert_eq!((ensure("{}").unwrap(), etag()), (first.clone(), before.clone()), "nothing has changed");
    assert_eq!(ensure(r#"{"source":"none"}"#).unwrap(), first);
    assert_ne!(etag(), before);
    cloud.put("a");
    assert!(cloud.called().await.is_empty(), "the new condition holds");
    let error = ensure("[]").unwrap_err();
    assert_eq!(
        (error.rule.as_str(), error.problem.as_str()),
        ("pipeline", "The condition is not a JSON object.")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_delivered_in_their_order_unless_one_is_delayed() {
    let cloud = Cloud::start("").await;
    cloud.rule(&json!({}));
    let names: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    // Nothing is delivered before all events have arrived.
    cloud
        .cloud
        .faults()
        .add(Rule::new("DeliverEvent", Fault::Delay { milliseconds: 100_000_000 }).object("late"));
    cloud.put("late");
    names.iter().for_each(|name| drop(cloud.put(name)));
    let recent = || cloud.cloud.events().recent();
    until(|| recent().iter().filter(|event| only(event).state == DeliveryState::Succeeded).count() == 20)
        .await;
    let calls = recorded(cloud.folder.path());
    let called: Vec<String> = calls.iter().map(|call| text(&event(call)["data"]["resourceName"])).collect();
    assert_eq!(called, names, "the first was overtaken, and no other");
    let late = &recent()[0];
    assert_eq!(
        (only(late).state, only(late).fault, only(late).attempts),
        (DeliveryState::Pending, Some("delay"), 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delay_ends_and_hits_once() {
    let cloud = Cloud::start("").await;
    cloud.rule(&json!({}));
    cloud.cloud.faults().add(Rule::new("DeliverEvent", Fault::Delay { milliseconds: 20 }).object("late"));
    cloud.put("late");
    assert_eq!(cloud.called().await, ["late"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_redeliver_and_lose_events_and_responses() {
    let cloud = Cloud::start("").await;
    cloud.rule(&json!({}));
    for (object, fault) in [
        ("thrice", Fault::Redeliver { times: 2 }),
        ("lost", Fault::Lose),
        ("unheard", Fault::ResetAfter),
        ("unsaid", Fault::ResetBefore),
    ] {
        cloud.cloud.faults().add(Rule::new("DeliverEvent", fault).bucket("bronze").object(object).first(1));
    }
    for object in ["thrice", "lost", "unheard", "unsaid"] {
        cloud.put(object);
        cloud.cloud.events().settled().await;
    }
    let called = cloud.called().await;
    assert_eq!(called, ["thrice", "thrice", "thrice", "unheard", "unheard", "unsaid"]);
    let ids: BTreeSet<String> =
        cloud.calls().await.iter().map(|call| text(&event(call)["eventID"])).collect();
    assert_eq!(ids.len(), 3);
    let recent = cloud.cloud.events().recent();
    let seen: Vec<_> = recent
        .iter()
        .map(|event| (only(event).state, only(event).attempts, only(event).succeeded, only(event).fault))
        .collect();
    assert_eq!(
        seen,
        [
            (DeliveryState::Succeeded, 3, 3, Some("redeliver")),
            (DeliveryState::Lost, 0, 0, Some("lose")),
            (DeliveryState::Succeeded, 2, 1, Some("reset_after")),
            (DeliveryState::Succeeded, 2, 1, Some("reset_before")),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_function_is_invoked_again() {
    let cloud = Cloud::start("").await;
    cloud.rule(&json!({}));
    let kill = Fault::KillFunction { after_milliseconds: 0 };
    cloud.cloud.faults().add(Rule::new("CallFunction", kill).bucket("books").object("link").first(2));
    cloud.put("a");
    cloud.cloud.events().settled().await;
    let statuses: Vec<u16> = cloud.cloud.functions().recent().iter().map(|call| call.status).collect();
    assert_eq!(statuses.last(), Some(&200));
    let recent = cloud.cloud.events().recent();
    assert_eq!(only(&recent[0]).state, DeliveryState::Succeeded);
    assert_eq!(only(&recent[0]).attempts, statuses.len() as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_without_room_in_the_queue_wait_in_object_storage() {
    let cloud = Cloud::with("", EventsOptions { queue: 1, ..at_once() }).await;
    cloud.rule(&json!({}));
    let names: Vec<String> = (0..250).map(|number| number.to_string()).collect();
    cloud.cloud.faults().add(Rule::new("DeliverEvent", Fault::Delay { milliseconds: 100_000_000 }).nth([1]));
    names.iter().for_each(|name| drop(cloud.put(name)));
    let events = cloud.cloud.events();
    until(|| !events.recent().is_empty()).await;
    let taken_over = events.recent().len();
    assert!(taken_over <= 100, "{taken_over} were taken over at once");
    assert_eq!(events.pending(), names.len());
    // When a rule changes, its deliveries are reconsidered.
    cloud.rule(&json!({ "source": "*" }));
    let mut called = cloud.called().await;
    called.sort_by_key(|name| name.parse::<u32>().unwrap());
    assert_eq!(called, names);
    assert_eq!(events.pending(), 0);
}
