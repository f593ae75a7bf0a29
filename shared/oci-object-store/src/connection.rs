use crate::bucket::{Bucket, Service};
use crate::store::OciObjectStorage;
use crate::url::OciUrl;
use oci_requests::{
    Client, ConfigError, CredentialsError, Endpoint, Environment, Principal, Proxies, Region,
};
use tokio::sync::OnceCell;

/// The means to reach Object Storage, for any number of buckets: a client, and the service's address. Clones share the client.
#[derive(Debug, Clone)]
pub struct Connection {
    client: Client,
    region: Option<Region>,
    endpoint: Option<Endpoint>,
    dedicated: bool,
}

/// The environment variables that this crate reads, in addition to those of [`oci_requests::VARIABLES`].
pub const VARIABLES: &[(&str, &str)] = &[
    ("OCI_OBJECT_STORAGE_ENDPOINT", "URL of Object Storage; by default that of the region"),
    (
        "OCI_REALM_SPECIFIC_SERVICE_ENDPOINT_TEMPLATE_ENABLED",
        "`true` uses the namespace's own host, as Oracle's SDKs do",
    ),
];

impl Connection {
    /// Reads the principal (see [`Principal::from_environment`]), the proxies (see [`Proxies::from_environment`]) and the service's address
    /// (see [`VARIABLES`]) from the environment. Sends nothing.
    pub fn from_environment(environment: &Environment) -> Result<Self, CredentialsError> {
        let (principal, region) = Principal::from_environment(environment)?;
        let endpoint = environment.get("OCI_OBJECT_STORAGE_ENDPOINT").map(str::parse).transpose();
        let endpoint = endpoint.map_err(|problem: ConfigError| {
            CredentialsError::Setting(format!("OCI_OBJECT_STORAGE_ENDPOINT: {problem}"))
        })?;
        let dedicated = environment.get("OCI_REALM_SPECIFIC_SERVICE_ENDPOINT_TEMPLATE_ENABLED");
        let dedicated = dedicated.is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let client = Client::builder(principal).proxies(Proxies::from_environment(environment)?).build()?;
        Ok(Connection { client, region, endpoint, dedicated })
    }

    /// Creates a connection from an existing client, for example one with its own timeouts and retries. The region determines the service's
    /// address. Without a region the principal is asked, which knows it only on an instance.
    pub fn new(client: Client, region: Option<Region>) -> Self {
        Connection { client, region, endpoint: None, dedicated: false }
    }

    /// Sets the region.
    pub(crate) fn region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    /// Sets the service's address, in place of the region's endpoint.
    #[must_use]
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// Selects the host that each namespace has in the commercial realm, `<namespace>.objectstorage.<region>.oci.customer-oci.com`.
    #[must_use]
    pub fn dedicated_endpoint(mut self, dedicated: bool) -> Self {
        self.dedicated = dedicated;
        self
    }

    /// Returns the store of the whole bucket that a URL is in. The URL's name is ignored: paths begin at the bucket's root.
    pub fn store(&self, url: &OciUrl) -> OciObjectStorage {
        self.open(url.namespace().to_owned(), url.bucket().to_owned())
    }

    pub(crate) fn open(&self, namespace: String, bucket: String) -> OciObjectStorage {
        let Connection { client, region, endpoint, dedicated } = self.clone();
        let service = Service { region, endpoint: OnceCell::new_with(endpoint), dedicated };
        OciObjectStorage::new(Bucket { client, namespace, name: bucket, service })
    }
}
