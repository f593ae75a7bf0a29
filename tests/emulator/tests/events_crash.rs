//! Tests that every target of an event about an acknowledged change receives it even if the process dies at any moment: at least once,
//! and as the same event.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod function_peers;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use common::Client;
use common::program::Program;
use emulator::{
    ApplicationDefinition, DeliveryState, Emulator, EventsOptions, Fault, FunctionDefinition, Options, Rule,
};
use function_peers::{peer, until};
use serde_json::{Value, json};

const BRONZE: &str = "/n/bronzeworks/b/bronze";

struct Process(Program);

impl Process {
    /// Starts an emulator on these folders, with a function that records its invocations.
    fn start(folder: &Path) -> Self {
        let functions = folder.join("functions.json");
        std::fs::write(&functions, json!(applications(folder)).to_string()).unwrap();
        let functions = ["--functions", functions.to_str().unwrap()];
        let arguments = [&["--stream-unlimited", "--event-retry-delay", "0"], &functions[..]].concat();
        Self(Program::start(&folder.join("state"), &arguments))
    }

    /// Makes the bucket emit events, and creates a rule that delivers them to the function and to a stream.
    fn prepare(&self) {
        let settings = json!({ "objectEventsEnabled": true });
        assert_eq!(self.0.client.json("POST", BRONZE, &settings).status, 200);
        let functions = self.control("functions");
        let streams = self.control("streams");
        let rule = json!({
            "displayName": "all",
            "isEnabled": true,
            "condition": r#"{"data":{"additionalDetails":{"bucketName":"bronze"}}}"#,
            "compartmentId": self.0.tenancy(),
            "actions": { "actions": [
                { "actionType": "FAAS", "isEnabled": true, "functionId": functions["functions"][0]["id"] },
                { "actionType": "OSS", "isEnabled": true, "streamId": streams[0]["id"] },
            ] },
        });
        assert_eq!(self.0.client.json("POST", "/20181201/rules", &rule).status, 200);
    }

    fn control(&self, path: &str) -> Value {
        self.0.client.call("GET", &format!("/_emulator/{path}"), &[], b"").document()
    }

    fn settle(&self) {
        while self.control("events")["pending"] != 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn applications(folder: &Path) -> Vec<ApplicationDefinition> {
    let calls = folder.join("calls");
    let function = peer("link").config("RECORD", calls.to_str().unwrap());
    vec![ApplicationDefinition::new("books", vec![FunctionDefinition { timeout: 300, ..function }])]
}

/// Returns the events that the function was invoked with. The line of an invocation during which the process died may be incomplete, and
/// is skipped.
fn called(folder: &Path) -> Vec<Value> {
    let calls = std::fs::read_to_string(folder.join("calls")).unwrap_or_default();
    let call = |line: &str| serde_json::from_str::<Value>(line).ok();
    calls.lines().filter_map(call).map(|call| event(call["body"].as_str().unwrap())).collect()
}

fn event(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Returns what identifies a change: the event type, the object, and the entity tag of its version.
fn told(event: &Value) -> (String, String, String) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let data = &event["data"];
    (text(&event["eventType"]), text(&data["resourceName"]), text(&data["additionalDetails"]["eTag"]))
}

const CREATED: &str = "com.oraclecloud.objectstorage.createobject";
const DELETED: &str = "com.oraclecloud.objectstorage.deleteobject";

/// Puts an object, deletes it if its number is odd, and returns the changes that were acknowledged.
fn write(client: &Client, name: &str, number: usize) -> Vec<(String, String, String)> {
    let target = format!("{BRONZE}/o/{name}");
    let tells = |kind: &str, etag: &str| (kind.to_owned(), name.to_owned(), etag.to_owned());
    let Some(put) = client.send("PUT", &target, &[], b"x").ok().filter(|put| put.status == 200) else {
        return Vec::new();
    };
    let etag = &put.headers["etag"];
    let mut acknowledged = vec![tells(CREATED, etag)];
    if number % 2 == 1
        && client.send("DELETE", &target, &[], b"").is_ok_and(|response| response.status == 204)
    {
        acknowledged.push(tells(DELETED, etag));
    }
    acknowledged
}

#[test]
fn acknowledged_changes_are_delivered_after_every_kill() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut acknowledged = BTreeSet::new();
    let mut moments = fastrand::Rng::with_seed(5);
    for round in 0..4 {
        let process = Process::start(folder);
        if round == 0 {
            process.prepare();
        }
        let write = |client: &Client, writer: usize, number: usize| {
            write(client, &format!("{round}-{writer}-{number}"), number)
        };
        acknowledged.extend(process.0.kill_while(3, moments.u64(10..60), write));
    }
    let process = Process::start(folder);
    process.settle();
    process.0.kill();
    check("the function", called(folder), &acknowledged);
    check("the stream", streamed(folder), &acknowledged);
}

/// Checks that every acknowledged change has its event, and that repeated deliveries are of the same event.
fn check(who: &str, events: Vec<Value>, acknowledged: &BTreeSet<(String, String, String)>) {
    let mut ids: BTreeMap<(String, String, String), BTreeSet<String>> = BTreeMap::new();
    for event in &events {
        ids.entry(told(event)).or_default().insert(event["eventID"].as_str().unwrap().to_owned());
    }
    for change in acknowledged {
        assert!(ids.contains_key(change), "{who} was not told of {change:?}");
    }
    for (change, ids) in &ids {
        assert_eq!(ids.len(), 1, "{who} was told of {change:?} by several events");
    }
}

/// Returns the content of the stream from the state of a process that has ended.
fn streamed(folder: &Path) -> Vec<Value> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let options = Options { state: Some(folder.join("state")), ..Options::default() };
        let cloud = Emulator::start(options).await.unwrap();
        let stream = cloud.stream("ledger").unwrap();
        let messages = (0..stream.partitions())
            .flat_map(|partition| stream.read(partition, 0, usize::MAX, u64::MAX).unwrap());
        messages.map(|message| event(std::str::from_utf8(&message.value).unwrap())).collect()
    })
}

fn options(folder: &Path) -> Options {
    Options {
        state: Some(folder.join("state")),
        functions: applications(folder),
        events: EventsOptions { retry_delay: Duration::ZERO, concurrency: 1, ..EventsOptions::default() },
        ..Options::default()
    }
}

fn put(cloud: &Emulator, name: &str) {
    let client = Client::api_key(cloud.url(), cloud.folder());
    assert_eq!(client.call("PUT", &format!("{BRONZE}/o/{name}"), &[], b"x").status, 200);
}

fn names(folder: &Path) -> Vec<String> {
    called(folder).iter().map(|event| told(event).1).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_delivery_is_repeated_after_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cloud = Emulator::start(options(folder)).await.unwrap();
    cloud.emit_object_events("bronze").unwrap();
    let function = function_peers::id(&cloud, "link");
    cloud.events().ensure_rule("all", "{}", &function).unwrap();
    // One event is delivered again and again, so that its delivery never ends; the other is delayed.
    cloud.faults().set(vec![
        Rule::new("DeliverEvent", Fault::Redeliver { times: u64::MAX }).object("again"),
        Rule::new("DeliverEvent", Fault::Delay { milliseconds: 100_000_000 }).object("late"),
    ]);
    put(&cloud, "done");
    cloud.events().settled().await;
    put(&cloud, "late");
    put(&cloud, "again");
    until(|| names(folder).len() > 3).await;
    cloud.stop().await;
    std::fs::remove_file(folder.join("calls")).unwrap();
    let cloud = Emulator::start(options(folder)).await.unwrap();
    cloud.events().settled().await;
    assert_eq!(names(folder), ["late", "again"], "what was done is done");
    let recent = cloud.events().recent();
    let shown: Vec<_> =
        recent.iter().map(|event| (event.object.as_str(), event.deliveries[0].state)).collect();
    assert_eq!(shown, [("late", DeliveryState::Succeeded), ("again", DeliveryState::Succeeded)]);
    assert_eq!((&recent[0].rules[0], &recent[0].deliveries[0].target), (&"all".to_owned(), &function));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_never_taken_over_is_taken_over_after_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let journal = folder.join("state/events/journal.jsonl");
    let cloud = Emulator::start(options(folder)).await.unwrap();
    cloud.emit_object_events("bronze").unwrap();
    cloud.events().ensure_rule("all", "{}", &function_peers::id(&cloud, "link")).unwrap();
    put(&cloud, "first");
    cloud.events().settled().await;
    let before = std::fs::read_to_string(&journal).unwrap();
    put(&cloud, "second");
    put(&cloud, "third");
    cloud.events().settled().await;
    cloud.stop().await;
    let first = called(folder);
    // As if the process had died before it recorded in the journal that it had taken over the events.
    std::fs::write(&journal, before).unwrap();
    let cloud = Emulator::start(options(folder)).await.unwrap();
    cloud.events().settled().await;
    cloud.stop().await;
    let both = called(folder);
    assert_eq!(names(folder), ["first", "second", "third", "second", "third"]);
    assert_eq!(both[3..], first[1..], "they are the same events");
    // They are not delivered a third time.
    let cloud = Emulator::start(options(folder)).await.unwrap();
    put(&cloud, "fourth");
    cloud.events().settled().await;
    assert_eq!(names(folder)[5..], ["fourth"]);
    cloud.stop().await;
    let cloud = Emulator::start(Options { fresh: true, ..options(folder) }).await.unwrap();
    let client = Client::api_key(cloud.url(), cloud.folder());
    let rules = format!("/20181201/rules?compartmentId={}", cloud.tenancy());
    assert_eq!(client.call("GET", &rules, &[], b"").document(), json!([]), "a fresh start has no rules");
}
