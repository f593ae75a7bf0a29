use crate::common::{Client, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use emulator::{Emulator, Options, StreamSpec, StreamingOptions};
use serde_json::{Value, json};

/// An emulator with one stream, and a client for it.
pub(crate) struct Cloud {
    pub(crate) cloud: Emulator,
    pub(crate) client: Client,
    pub(crate) stream: String,
}

impl Cloud {
    pub(crate) async fn start(partitions: u32, streaming: StreamingOptions) -> Self {
        let streams = vec![StreamSpec { name: "ledger".to_owned(), partitions }];
        let streaming = StreamingOptions { streams, ..streaming };
        let cloud = Emulator::start(Options { streaming, ..Options::default() }).await.unwrap();
        let client = Client::api_key(cloud.url(), cloud.folder());
        let stream = format!("/20180418/streams/{}", cloud.stream("ledger").unwrap().id());
        Self { cloud, client, stream }
    }

    pub(crate) async fn unlimited(partitions: u32) -> Self {
        Self::start(partitions, StreamingOptions::default().unlimited()).await
    }

    pub(crate) fn put(&self, messages: &[(Option<&str>, &str)]) -> Value {
        let response = self.client.json("POST", &format!("{}/messages", self.stream), &details(messages));
        assert_eq!(response.status, 200, "{response:?}");
        response.document()
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Response {
        self.client.json("POST", &format!("{}/{path}", self.stream), body)
    }

    pub(crate) fn cursor(&self, details: &Value) -> String {
        let response = self.post("cursors", details);
        assert_eq!(response.status, 201, "{response:?}");
        response.document()["value"].as_str().unwrap().to_owned()
    }

    pub(crate) fn group_cursor(&self, group: &str, instance: &str) -> String {
        let details = json!({ "type": "TRIM_HORIZON", "groupName": group, "instanceName": instance });
        let response = self.post("groupCursors", &details);
        assert_eq!(response.status, 201, "{response:?}");
        response.document()["value"].as_str().unwrap().to_owned()
    }

    pub(crate) fn get(&self, cursor: &str, more: &str) -> Response {
        self.client.call("GET", &format!("{}/messages?cursor={cursor}{more}", self.stream), &[], b"")
    }

    /// Returns the values that a cursor yields, and the next cursor.
    pub(crate) fn values(&self, cursor: &str) -> (Vec<String>, String) {
        let response = self.get(cursor, "");
        assert_eq!(response.status, 200, "{response:?}");
        let text = |message: &Value| {
            let value = BASE64_STANDARD.decode(message["value"].as_str().unwrap()).unwrap();
            String::from_utf8(value).unwrap()
        };
        let values = response.document().as_array().unwrap().iter().map(text).collect();
        (values, response.headers["opc-next-cursor"].clone())
    }
}

pub(crate) fn details(messages: &[(Option<&str>, &str)]) -> Value {
    let message = |(key, value): &(Option<&str>, &str)| json!({ "key": key.map(|key| BASE64_STANDARD.encode(key)), "value": BASE64_STANDARD.encode(value) });
    json!({ "messages": messages.iter().map(message).collect::<Vec<_>>() })
}

pub(crate) fn refused(response: &Response, status: u16, code: &str, message: &str) {
    assert_eq!((response.status, response.code().as_str()), (status, code), "{response:?}");
    let told = response.document()["message"].as_str().unwrap().to_owned();
    assert!(told.contains(message), "{told}");
}

/// Returns the number of messages on the stream.
pub(crate) fn stored(cloud: &Cloud) -> u64 {
    cloud.cloud.stream("ledger").unwrap().load().iter().map(|partition| partition.messages_in).sum()
}
