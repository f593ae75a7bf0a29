use crate::connection::Connection;
use crate::store::OciObjectStorage;
use oci_requests::{Client, Endpoint, Region};

/// Makes an [`OciObjectStorage`] for a single bucket.
#[derive(Debug)]
pub struct OciObjectStorageBuilder {
    connection: Connection,
    namespace: String,
    bucket: String,
}

impl OciObjectStorage {
    /// Begins a store for a bucket, reached by this client.
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
    /// The region of the bucket. Without one the principal is asked, which knows it if it is an instance.
    #[must_use]
    pub fn region(mut self, region: Region) -> Self {
        self.connection = self.connection.region(region);
        self
    }

    /// Uses this address of the service instead of the region's.
    #[must_use]
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.connection = self.connection.endpoint(endpoint);
        self
    }

    /// Uses the host that the commercial realm has for each namespace, `<namespace>.objectstorage.<region>.oci.customer-oci.com`.
    #[must_use]
    pub fn dedicated_endpoint(mut self, dedicated: bool) -> Self {
        self.connection = self.connection.dedicated_endpoint(dedicated);
        self
    }

    /// Makes the store. Sends nothing.
    pub fn build(self) -> OciObjectStorage {
        self.connection.open(self.namespace, self.bucket)
    }
}
