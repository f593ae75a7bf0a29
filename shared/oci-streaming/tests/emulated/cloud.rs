use emulator::{Emulator, Options, StreamSpec, StreamingOptions};
use oci_requests::{Client, Environment, Principal, RetryPolicy, Timeouts};
use oci_streaming::{
    Connection, CursorType, Entry, Message, PutError, PutMessages, PutMessagesResult, Scope, StreamClient,
};
use std::time::Duration;

/// A local cloud with one stream, and clients for that stream.
pub(crate) struct Cloud {
    pub(crate) emulator: Emulator,
}

pub(crate) const STREAM: &str = "ledger";

/// A time longer than any of these tests takes.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// Attempts that the tests' clients make at what may be retried: few, with short pauses.
const ATTEMPTS: u32 = 3;

/// The key and value of a message.
pub(crate) type Given<'a> = (Option<&'a str>, &'a str);

impl Cloud {
    /// Starts a cloud without limits.
    pub(crate) async fn start(partitions: u32) -> Self {
        Self::with(partitions, StreamingOptions::default().unlimited()).await
    }

    pub(crate) async fn with(partitions: u32, streaming: StreamingOptions) -> Self {
        let streams = vec![StreamSpec { name: STREAM.into(), partitions }];
        let streaming = StreamingOptions { streams, ..streaming };
        let options = Options { streaming, ..Options::default() };
        Cloud { emulator: Emulator::start(options).await.unwrap() }
    }

    /// Returns a connection that signs with the user's API key.
    pub(crate) fn connection(&self) -> Connection {
        let config = self.emulator.folder().join("config");
        self.connection_by(&[("OCI_CLI_CONFIG_FILE", config.to_str().unwrap())])
    }

    /// Returns a connection that signs as a function's resource principal.
    pub(crate) fn function_connection(&self) -> Connection {
        let folder = self.emulator.folder().join("resource-principal");
        let (token, key) = (folder.join("rpst"), folder.join("private.pem"));
        self.connection_by(&[
            ("OCI_RESOURCE_PRINCIPAL_VERSION", "2.2"),
            ("OCI_RESOURCE_PRINCIPAL_RPST", token.to_str().unwrap()),
            ("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM", key.to_str().unwrap()),
            ("OCI_RESOURCE_PRINCIPAL_REGION", "eu-frankfurt-1"),
        ])
    }

    fn connection_by(&self, variables: &[(&str, &str)]) -> Connection {
        let environment: Environment = variables.iter().copied().collect();
        let (principal, region) = Principal::from_environment(&environment).unwrap();
        let retry =
            RetryPolicy { attempts: ATTEMPTS, base: Duration::from_millis(2), ..RetryPolicy::default() };
        let client = Client::builder(principal).retry(retry).timeouts(Timeouts::default()).build().unwrap();
        Connection::new(client, region).endpoint(self.emulator.url().parse().unwrap())
    }

    /// Returns a client for the stream, with its own connections.
    pub(crate) fn stream(&self) -> StreamClient {
        self.connection().stream(self.id())
    }

    /// Returns a client for the stream that signs as a function, whose token can be refused.
    pub(crate) fn function_stream(&self) -> StreamClient {
        self.function_connection().stream(self.id())
    }

    pub(crate) fn id(&self) -> String {
        self.emulator.stream(STREAM).unwrap().id()
    }

    pub(crate) fn scope(&self) -> Scope {
        Scope::Compartment(self.emulator.tenancy().to_owned())
    }

    /// Returns how many requests for an operation have arrived.
    pub(crate) fn count(&self, operation: &str) -> usize {
        self.emulator.requests().iter().filter(|request| request.operation == operation).count()
    }

    /// Returns the values of the messages on the stream, ordered by partition and offset.
    pub(crate) fn values(&self) -> Vec<String> {
        let stream = self.emulator.stream(STREAM).unwrap();
        let mut values = Vec::new();
        for partition in 0..stream.partitions() {
            let read = stream.read(partition, 0, usize::MAX, u64::MAX).unwrap();
            values.extend(read.iter().map(|message| String::from_utf8(message.value.to_vec()).unwrap()));
        }
        values
    }
}

pub(crate) fn encoded(messages: &[Given<'_>]) -> PutMessages {
    let bytes = messages.iter().map(|(key, value)| (key.map(str::as_bytes), value.as_bytes()));
    PutMessages::new(bytes)
}

pub(crate) async fn put(
    stream: &StreamClient,
    messages: &[Given<'_>],
) -> Result<PutMessagesResult, PutError> {
    stream.put_messages(&encoded(messages), LONG).await
}

/// Reads every message of a partition.
pub(crate) async fn all(stream: &StreamClient, partition: &str) -> Vec<Message> {
    let mut messages = Vec::new();
    let mut cursor = stream.create_cursor(partition, &CursorType::TrimHorizon).await.unwrap();
    loop {
        let got = stream.get_messages(&cursor, None).await.unwrap();
        if got.messages.is_empty() {
            return messages;
        }
        messages.extend(got.messages);
        cursor = got.next;
    }
}

/// Returns the values of messages as text.
pub(crate) fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| std::str::from_utf8(&message.value).unwrap()).collect()
}

/// Returns the offset of an entry that must be stored.
pub(crate) fn offset(entry: &Entry) -> u64 {
    match entry {
        Entry::Stored(stored) => stored.offset,
        Entry::Failed(failed) => panic!("{failed:?}"),
    }
}
