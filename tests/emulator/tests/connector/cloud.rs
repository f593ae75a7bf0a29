use std::time::Duration;

use crate::common::bronze::{Object, objects};
use crate::common::{Client, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use emulator::{ConnectorDetails, ConnectorPartition, Emulator, Options, StreamSpec, StreamingOptions};
use serde_json::{Value, json};

/// An emulator with the stream `ledger` and the bucket `bronze`, and a client for both.
pub(crate) struct Cloud {
    pub(crate) cloud: Emulator,
    pub(crate) client: Client,
    pub(crate) stream: String,
}

impl Cloud {
    pub(crate) async fn start(partitions: u32, options: Options) -> Self {
        let streams = vec![StreamSpec { name: "ledger".to_owned(), partitions }];
        let streaming = StreamingOptions { streams, ..StreamingOptions::default().unlimited() };
        let cloud = Emulator::start(Options { streaming, ..options }).await.unwrap();
        let client = Client::api_key(cloud.url(), cloud.folder());
        let stream = cloud.stream("ledger").unwrap().id();
        Self { cloud, client, stream }
    }

    pub(crate) async fn in_memory(partitions: u32) -> Self {
        Self::start(partitions, Options::default()).await
    }

    pub(crate) fn put(&self, values: &[Vec<u8>]) {
        self.put_to(&self.stream, values);
    }

    pub(crate) fn put_to(&self, stream: &str, values: &[Vec<u8>]) {
        let message = |value: &Vec<u8>| json!({ "key": null, "value": BASE64_STANDARD.encode(value) });
        let messages = json!({ "messages": values.iter().map(message).collect::<Vec<_>>() });
        let response = self.client.json("POST", &format!("/20180418/streams/{stream}/messages"), &messages);
        assert_eq!((response.status, &response.document()["failures"]), (200, &json!(0)), "{response:?}");
    }

    pub(crate) fn texts(&self, texts: &[&str]) {
        self.put(&texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>());
    }

    /// Returns the body that creates a connector from `ledger` to `bronze`.
    pub(crate) fn details(&self) -> Value {
        json!({
            "displayName": "bronze",
            "compartmentId": self.cloud.tenancy(),
            "source": { "kind": "streaming", "streamId": self.stream },
            "target": { "kind": "objectStorage", "bucketName": "bronze" },
        })
    }

    pub(crate) fn call(&self, method: &'static str, path: &str, body: &Value) -> Response {
        let body = if method == "POST" || method == "PUT" { body.to_string() } else { String::new() };
        // The shared client does not sign the body of a PUT, like Object Storage's clients.
        let mut request = self.client.request(method, &format!("/20200909/{path}"), &[], body.as_bytes());
        let signed =
            ["date", "(request-target)", "host", "content-length", "content-type", "x-content-sha256"];
        self.client.sign_headers(&mut request, if body.is_empty() { &signed[..3] } else { &signed });
        self.client.exchange(&request).unwrap()
    }

    pub(crate) fn ensure(&self, details: ConnectorDetails) -> String {
        self.cloud.ensure_connector("bronze", "ledger", "bronze", details).unwrap()
    }

    pub(crate) fn partition(&self, number: usize) -> ConnectorPartition {
        self.cloud.connectors()[0].partitions[number].clone()
    }

    /// Waits until a partition meets a condition, and returns its status.
    pub(crate) async fn until(
        &self,
        number: usize,
        is: impl Fn(&ConnectorPartition) -> bool,
    ) -> ConnectorPartition {
        loop {
            let partition = self.partition(number);
            if is(&partition) {
                return partition;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) fn objects(&self) -> Vec<Object> {
        objects(&self.client, "bronze")
    }
}

pub(crate) fn values(object: &Object) -> Vec<String> {
    let value = |line: &Value| {
        String::from_utf8(BASE64_STANDARD.decode(line["value"].as_str().unwrap()).unwrap()).unwrap()
    };
    object.lines().iter().map(value).collect()
}

pub(crate) fn noise(count: usize, length: usize, seed: u64) -> Vec<Vec<u8>> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut value = || {
        let mut value = vec![0; length];
        random.fill(&mut value);
        value
    };
    (0..count).map(|_| value()).collect()
}
