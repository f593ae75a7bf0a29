//! The local cloud, and what is on its stream.

use bytes::Bytes;
use emulator::{Emulator, Options, StreamSpec, StreamingOptions};
use std::collections::BTreeMap;

/// A local cloud with one stream.
pub(crate) struct Cloud {
    pub(crate) emulator: Emulator,
}

/// A message on the stream.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stored {
    pub(crate) partition: String,
    pub(crate) offset: u64,
    pub(crate) key: Option<Bytes>,
    pub(crate) value: Bytes,
}

impl Cloud {
    /// Starts a cloud whose stream has this many partitions and no rate limits.
    pub(crate) async fn unlimited(partitions: u32) -> Self {
        Cloud::start(partitions, StreamingOptions::default().unlimited()).await
    }

    pub(crate) async fn start(partitions: u32, limits: StreamingOptions) -> Self {
        let streams = vec![StreamSpec { name: "ledger".into(), partitions }];
        let options = Options { streaming: StreamingOptions { streams, ..limits }, ..Options::default() };
        Cloud { emulator: Emulator::start(options).await.unwrap() }
    }

    /// Returns the variables that the program needs to find its stream.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        let config = self.emulator.folder().join("config").to_str().unwrap().to_owned();
        let stream = self.emulator.stream("ledger").unwrap().id();
        let url = self.emulator.url().to_owned();
        vec![
            ("OCI_CLI_CONFIG_FILE", config),
            ("OCI_STREAMING_ENDPOINT", url.clone()),
            ("STREAM_ENDPOINT", url),
            ("STREAM_ID", stream),
        ]
    }

    /// Returns all messages, partition by partition.
    pub(crate) fn stored(&self) -> Vec<Stored> {
        let stream = self.emulator.stream("ledger").unwrap();
        let read = |number: usize| {
            let messages = stream.read(number, 0, usize::MAX, u64::MAX).unwrap();
            messages.into_iter().map(move |message| Stored {
                partition: number.to_string(),
                offset: message.offset,
                key: message.key,
                value: message.value,
            })
        };
        (0..stream.partitions()).flat_map(read).collect()
    }

    /// Returns how often each value is on the stream.
    pub(crate) fn copies(&self) -> BTreeMap<Bytes, usize> {
        let mut copies = BTreeMap::new();
        for stored in self.stored() {
            *copies.entry(stored.value).or_default() += 1;
        }
        copies
    }

    /// Returns the number of PutMessages requests.
    pub(crate) fn puts(&self) -> usize {
        self.emulator.requests().iter().filter(|request| request.operation == "PutMessages").count()
    }
}
