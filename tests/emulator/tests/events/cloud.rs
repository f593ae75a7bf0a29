use std::path::Path;
use std::time::Duration;

use crate::common::{Client, Response};
use crate::function_peers::peer;
use emulator::{
    ApplicationDefinition, Emulator, EventsOptions, FunctionDefinition, Options, RecentDelivery, RecentEvent,
};
use serde_json::{Value, json};

pub(crate) const BRONZE: &str = "/n/bronzeworks/b/bronze";

pub(crate) const RULES: &str = "/20181201/rules";

/// An emulator whose bucket `bronze` emits events, with a function that records its invocations.
pub(crate) struct Cloud {
    pub(crate) cloud: Emulator,
    pub(crate) client: Client,
    pub(crate) folder: tempfile::TempDir,
}

/// Returns options with no delay between attempts and one delivery at a time, so that the results do not depend on time.
pub(crate) fn at_once() -> EventsOptions {
    EventsOptions { retry_delay: Duration::ZERO, concurrency: 1, ..EventsOptions::default() }
}

impl Cloud {
    /// Starts an emulator whose function responds with these statuses first, and with 200 afterwards.
    pub(crate) async fn start(statuses: &str) -> Self {
        Self::with(statuses, at_once()).await
    }

    pub(crate) async fn with(statuses: &str, events: EventsOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let functions = vec![ApplicationDefinition::new("books", vec![recorder(folder.path(), statuses)])];
        let cloud = Emulator::start(Options { functions, events, ..Options::default() }).await.unwrap();
        let client = Client::api_key(cloud.url(), cloud.folder());
        assert!(cloud.emit_object_events("bronze").unwrap());
        Self { cloud, client, folder }
    }

    pub(crate) fn function(&self) -> String {
        crate::function_peers::id(&self.cloud, "link")
    }

    /// Creates a rule that invokes the function for these events, and returns its OCID.
    pub(crate) fn rule(&self, condition: &Value) -> String {
        self.cloud.events().ensure_rule("bronze", &condition.to_string(), &self.function()).unwrap()
    }

    pub(crate) fn put(&self, object: &str) -> String {
        let put = self.client.call("PUT", &format!("{BRONZE}/o/{object}"), &[], object.as_bytes());
        assert_eq!(put.status, 200, "{put:?}");
        put.headers["etag"].clone()
    }

    pub(crate) fn delete(&self, object: &str) {
        assert_eq!(self.client.call("DELETE", &format!("{BRONZE}/o/{object}"), &[], b"").status, 204);
    }

    /// Waits until nothing is pending, and returns the function's invocations.
    pub(crate) async fn calls(&self) -> Vec<Value> {
        self.cloud.events().settled().await;
        recorded(self.folder.path())
    }

    /// Waits until nothing is pending, and returns the objects that the function was invoked for.
    pub(crate) async fn called(&self) -> Vec<String> {
        self.calls().await.iter().map(|call| text(&event(call)["data"]["resourceName"])).collect()
    }

    pub(crate) fn post(&self, body: &Value) -> Response {
        self.client.json("POST", RULES, body)
    }

    /// Returns the body that creates a rule through the API.
    pub(crate) fn details(&self) -> Value {
        let action = json!({ "actionType": "FAAS", "isEnabled": true, "functionId": self.function() });
        json!({
            "displayName": "by hand",
            "isEnabled": true,
            "condition": "{}",
            "compartmentId": self.cloud.tenancy(),
            "actions": { "actions": [action] },
        })
    }

    pub(crate) fn send(
        &self,
        method: &'static str,
        target: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Response {
        // PUT requests sign their body here, too.
        let body = body.to_string();
        let mut request = self.client.request(method, target, headers, body.as_bytes());
        let names =
            ["date", "(request-target)", "host", "content-length", "content-type", "x-content-sha256"];
        self.client.sign_headers(&mut request, &names);
        self.client.exchange(&request).unwrap()
    }
}

pub(crate) fn recorder(folder: &Path, statuses: &str) -> FunctionDefinition {
    peer("link").config("RECORD", folder.join("calls").to_str().unwrap()).config("STATUSES", statuses)
}

pub(crate) fn recorded(folder: &Path) -> Vec<Value> {
    let calls = std::fs::read_to_string(folder.join("calls")).unwrap_or_default();
    calls.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn event(call: &Value) -> Value {
    serde_json::from_str(call["body"].as_str().unwrap()).unwrap()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

pub(crate) fn kind(event: &RecentEvent) -> (&str, &str) {
    (event.event_type.rsplit('.').next().unwrap(), &event.object)
}

pub(crate) fn only(event: &RecentEvent) -> &RecentDelivery {
    assert_eq!(event.deliveries.len(), 1, "{event:?}");
    &event.deliveries[0]
}
