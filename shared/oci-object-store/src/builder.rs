use crate::bucket::{Bucket, Place};
use crate::store::OciObjectStorage;
use crate::url::OciUrl;
use oci_client::{Client, ConfigError, CredentialsError, Endpoint, Environment, Principal, Region};
use tokio::sync::OnceCell;

/// Makes an [`OciObjectStorage`].
#[derive(Debug)]
pub struct OciObjectStorageBuilder {
    connection: Connection,
    namespace: String,
    bucket: String,
}

/// How to reach Object Storage, for any number of buckets: one client, and where the service is.
#[derive(Debug, Clone)]
pub struct Connection {
    client: Client,
    region: Option<Region>,
    endpoint: Option<Endpoint>,
    dedicated: bool,
}

impl OciObjectStorageBuilder {
    pub(crate) fn new(client: Client, namespace: String, bucket: String) -> Self {
        OciObjectStorageBuilder { connection: Connection::new(client, None), namespace, bucket }
    }

    /// The region of the bucket. Without one the principal is asked, which knows it if it is an instance.
    pub fn region(mut self, region: Region) -> Self {
        self.connection.region = Some(region);
        self
    }

    /// Where the service is, in place of its usual host in the region.
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.connection.endpoint = Some(endpoint);
        self
    }

    /// Uses the host that the commercial realm has for each namespace, `<namespace>.objectstorage.<region>.oci.customer-oci.com`.
    pub fn dedicated_endpoint(mut self, dedicated: bool) -> Self {
        self.connection.dedicated = dedicated;
        self
    }

    /// Makes the store. Asks nobody anything.
    pub fn build(self) -> OciObjectStorage {
        self.connection.open(self.namespace, self.bucket)
    }
}

/// The environment variables that this crate reads, in addition to those of [`oci_client::VARIABLES`].
pub const VARIABLES: &[(&str, &str)] = &[
    ("OCI_OBJECT_STORAGE_ENDPOINT", "URL of Object Storage; by default that of the region"),
    (
        "OCI_REALM_SPECIFIC_SERVICE_ENDPOINT_TEMPLATE_ENABLED",
        "`true` uses the namespace's own host, as Oracle's SDKs do",
    ),
];

impl Connection {
    /// Reads from the environment who signs (see [`Principal::from_environment`]) and where the service is.
    ///
    /// | variable | meaning |
    /// | --- | --- |
    /// | `OCI_OBJECT_STORAGE_ENDPOINT` | the service's URL, in place of the region's |
    /// | `OCI_REALM_SPECIFIC_SERVICE_ENDPOINT_TEMPLATE_ENABLED` | `true`: the namespace's own host, as Oracle's SDKs |
    pub fn from_environment(environment: &Environment) -> Result<Self, CredentialsError> {
        let (principal, region) = Principal::from_environment(environment)?;
        let endpoint = environment.get("OCI_OBJECT_STORAGE_ENDPOINT").map(str::parse).transpose();
        let endpoint = endpoint.map_err(|problem: ConfigError| {
            CredentialsError::Setting(format!("OCI_OBJECT_STORAGE_ENDPOINT: {problem}"))
        })?;
        let dedicated = environment.get("OCI_REALM_SPECIFIC_SERVICE_ENDPOINT_TEMPLATE_ENABLED");
        let dedicated = dedicated.is_some_and(|value| value.eq_ignore_ascii_case("true"));
        Ok(Connection { client: Client::builder(principal).build()?, region, endpoint, dedicated })
    }

    /// By a client that was made otherwise, with its own timeouts and retries, say; where the service is follows from the region.
    pub fn new(client: Client, region: Option<Region>) -> Self {
        Connection { client, region, endpoint: None, dedicated: false }
    }

    /// Where the service is, in place of its usual host in the region.
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// The store of the whole bucket that a URL is in, whatever its name: paths are from the bucket's root.
    pub fn store(&self, url: &OciUrl) -> OciObjectStorage {
        self.open(url.namespace().to_owned(), url.bucket().to_owned())
    }

    fn open(&self, namespace: String, bucket: String) -> OciObjectStorage {
        let Connection { client, region, endpoint, dedicated } = self.clone();
        let place = Place { region, endpoint: OnceCell::new_with(endpoint), dedicated };
        OciObjectStorage::new(Bucket { client, namespace, name: bucket, place })
    }
}
