use emulator::{Emulator, Options};
use http::Method;
use oci_object_store::OciObjectStorage;
use oci_requests::{Client, Environment, Principal, Region, Request, RetryPolicy, Timeouts};
use std::time::Duration;

/// A local cloud with one bucket, and stores for that bucket.
pub(crate) struct Cloud {
    pub(crate) emulator: Emulator,
}

const BUCKET: &str = "lake";
const NAMESPACE: &str = "bronzeworks";

/// Attempts that the tests' stores make: few, with short pauses.
pub(crate) const ATTEMPTS: u32 = 3;

/// Timeout of stores that should soon give up on a response that does not arrive.
const SHORT: Duration = Duration::from_millis(700);

impl Cloud {
    pub(crate) async fn start() -> Self {
        let options = Options {
            buckets: vec![BUCKET.into()],
            copy_delay: Duration::from_millis(5),
            ..Options::default()
        };
        Cloud { emulator: Emulator::start(options).await.unwrap() }
    }

    /// Returns a store that signs with the user's API key, with its own connections.
    pub(crate) fn store(&self) -> OciObjectStorage {
        let config = self.emulator.folder().join("config");
        self.store_by(&[("OCI_CLI_CONFIG_FILE", config.to_str().unwrap())], Timeouts::default())
    }

    /// Returns the same for another bucket.
    pub(crate) fn store_of(&self, bucket: &str) -> OciObjectStorage {
        let config = self.emulator.folder().join("config");
        let client = client(&[("OCI_CLI_CONFIG_FILE", config.to_str().unwrap())], Timeouts::default());
        let endpoint = self.emulator.url().parse().unwrap();
        OciObjectStorage::builder(client, NAMESPACE, bucket).endpoint(endpoint).build()
    }

    /// Returns a store that signs as a function's resource principal.
    pub(crate) fn function_store(&self) -> OciObjectStorage {
        self.function_store_with(Timeouts::default())
    }

    /// Returns the same with a short timeout for connections on which nothing moves.
    pub(crate) fn impatient_store(&self) -> OciObjectStorage {
        self.function_store_with(Timeouts { idle: SHORT, ..Timeouts::default() })
    }

    fn function_store_with(&self, timeouts: Timeouts) -> OciObjectStorage {
        let folder = self.emulator.folder().join("resource-principal");
        let (token, key) = (folder.join("rpst"), folder.join("private.pem"));
        let variables = [
            ("OCI_RESOURCE_PRINCIPAL_VERSION", "2.2"),
            ("OCI_RESOURCE_PRINCIPAL_RPST", token.to_str().unwrap()),
            ("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM", key.to_str().unwrap()),
            ("OCI_RESOURCE_PRINCIPAL_REGION", "eu-frankfurt-1"),
        ];
        self.store_by(&variables, timeouts)
    }

    fn store_by(&self, variables: &[(&str, &str)], timeouts: Timeouts) -> OciObjectStorage {
        let client = client(variables, timeouts);
        OciObjectStorage::builder(client, NAMESPACE, BUCKET)
            .region(Region::find("eu-frankfurt-1", &Environment::default()).unwrap())
            .endpoint(self.emulator.url().parse().unwrap())
            .build()
    }

    /// Enables versioning for the bucket.
    pub(crate) async fn keep_versions(&self) {
        let config = self.emulator.folder().join("config");
        let client = client(&[("OCI_CLI_CONFIG_FILE", config.to_str().unwrap())], Timeouts::default());
        let path = format!("/n/{NAMESPACE}/b/{BUCKET}");
        let request = Request::new("UpdateBucket", Method::POST, &self.emulator.url().parse().unwrap(), path);
        client.send(&request.json(&serde_json::json!({"versioning": "Enabled"}))).await.unwrap();
    }

    /// Returns how many requests for an operation have arrived.
    pub(crate) fn count(&self, operation: &str) -> u32 {
        self.emulator.requests().iter().filter(|request| request.operation == operation).count() as u32
    }
}

fn client(variables: &[(&str, &str)], timeouts: Timeouts) -> Client {
    let environment: Environment = variables.iter().copied().collect();
    let (principal, _) = Principal::from_environment(&environment).unwrap();
    let retry = RetryPolicy { attempts: ATTEMPTS, base: Duration::from_millis(2), ..RetryPolicy::default() };
    Client::builder(principal).retry(retry).timeouts(timeouts).build().unwrap()
}
