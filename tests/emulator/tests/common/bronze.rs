//! Reads the objects that a connector has written.

use std::io::Read;

#[allow(clippy::disallowed_types, reason = "the crate with the other decoder is the project's")]
use flate2::read::MultiGzDecoder;
use serde_json::Value;

use super::Client;

/// An object: its name, its compressed size in bytes, and its decompressed text.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) name: String,
    pub(crate) size: usize,
    pub(crate) text: String,
}

impl Object {
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn offsets(&self) -> Vec<u64> {
        self.lines().iter().map(|line| line["offset"].as_u64().unwrap()).collect()
    }

    pub(crate) fn partition(&self) -> String {
        self.name.rsplit('/').nth(1).unwrap().to_owned()
    }
}

/// Returns all objects of a bucket, sorted by name.
pub(crate) fn objects(client: &Client, bucket: &str) -> Vec<Object> {
    let (mut objects, mut start) = (Vec::new(), String::new());
    loop {
        let listed = client
            .call("GET", &format!("/n/bronzeworks/b/{bucket}/o?limit=1000{start}"), &[], b"")
            .document();
        for object in listed["objects"].as_array().unwrap() {
            objects.push(read(client, bucket, object["name"].as_str().unwrap()));
        }
        match listed["nextStartWith"].as_str() {
            Some(next) => start = format!("&start={next}"),
            None => return objects,
        }
    }
}

fn read(client: &Client, bucket: &str, name: &str) -> Object {
    let response = client.call("GET", &format!("/n/bronzeworks/b/{bucket}/o/{name}"), &[], b"");
    assert_eq!(response.status, 200, "{name}");
    let mut text = String::new();
    #[allow(clippy::disallowed_types, reason = "the crate with the other decoder is the project's")]
    MultiGzDecoder::new(&response.body[..]).read_to_string(&mut text).unwrap();
    assert!(text.ends_with('\n'), "{name} ends with its last line");
    Object { name: name.to_owned(), size: response.body.len(), text }
}
