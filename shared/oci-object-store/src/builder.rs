use crate::connection::Connection;
use crate::store::OciObjectStorage;
use oci_requests::{Client, Endpoint, Region};

/// Builds an [`OciObjectStorage`] for one bucket.
#[derive(Debug)]
pub struct OciObjectStorageBuilder {
    connection: Connection,
    namespace: String,
    bucket: String,
}

impl OciObjectStorage {
    /// Starts building a store for a bucket that this client can reach.
    pub fn builder(
        client: Client,
        namespace: impl Into<String>,
        bucket: impl Into<String>,
    ) -> OciObjectStorageBuilder {
        let (namespace, bucket) = (namespace.into(), bucket.into());
        OciObjectStorageBuilder { connection: Connection::new(client, None), namespace, bucket }
    }
}

impl OciObjectStorageBuilder {
    /// Sets the bucket's region. Without one the principal is asked, which knows it only on an instance.
    #[must_use]
    pub fn region(mut self, region: Region) -> Self {
        self.connection = self.connection.region(region);
        self
    }

    /// Sets the service's address, in place of the region's endpoint.
    #[must_use]
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.connection = self.connection.endpoint(endpoint);
        self
    }

    /// Selects the host that each namespace has in the commercial realm, `<namespace>.objectstorage.<region>.oci.customer-oci.com`.
    #[must_use]
    pub fn dedicated_endpoint(mut self, dedicated: bool) -> Self {
        self.connection = self.connection.dedicated_endpoint(dedicated);
        self
    }

    /// Builds the store. Sends nothing.
    pub fn build(self) -> OciObjectStorage {
        self.connection.open(self.namespace, self.bucket)
    }
}
