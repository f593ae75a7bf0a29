use crate::document::{document, not_understood};
use crate::error::Error;
use crate::scope::Scope;
use crate::stream::{CreateStream, Stream};
use http::{Method, StatusCode};
use oci_requests::{
    Client, ConfigError, CredentialsError, Endpoint, Environment, Principal, Proxies, Region, Request,
    RetryPolicy, encode,
};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The means to reach Streaming: its control plane, and through it any number of streams. Clones share the client.
#[derive(Debug, Clone)]
pub struct Connection {
    client: Client,
    region: Option<Region>,
    endpoint: Arc<OnceCell<Endpoint>>,
}

/// Template of the control plane's endpoint, from Oracle's SDKs (`StreamAdminClient`).
const CONTROL_PLANE: &str = "https://streaming.{region}.oci.{secondLevelDomain}";

/// Streams per page: the service's maximum.
const PAGE: &str = "50";

/// The environment variables that this crate reads, in addition to those of [`oci_requests::VARIABLES`].
pub const VARIABLES: &[(&str, &str)] =
    &[("OCI_STREAMING_ENDPOINT", "URL of the control plane of Streaming; by default that of the region")];

impl Connection {
    /// Reads the principal (see [`Principal::from_environment`]), the proxies (see [`Proxies::from_environment`]) and the control plane's
    /// address (see [`VARIABLES`]) from the environment. Sends nothing.
    pub fn from_environment(environment: &Environment) -> Result<Self, CredentialsError> {
        Self::from_environment_with(environment, RetryPolicy::default())
    }

    /// Does the same with another policy for retries.
    pub fn from_environment_with(
        environment: &Environment,
        retry: RetryPolicy,
    ) -> Result<Self, CredentialsError> {
        let (principal, region) = Principal::from_environment(environment)?;
        let endpoint = environment.get("OCI_STREAMING_ENDPOINT").map(str::parse).transpose();
        let endpoint = endpoint.map_err(|problem: ConfigError| {
            CredentialsError::Setting(format!("OCI_STREAMING_ENDPOINT: {problem}"))
        })?;
        let client = Client::builder(principal).retry(retry);
        let client = client.proxies(Proxies::from_environment(environment)?).build()?;
        let connection = Connection::new(client, region);
        Ok(Connection { endpoint: Arc::new(OnceCell::new_with(endpoint)), ..connection })
    }

    /// Creates a connection from an existing client, for example one with its own timeouts and retries. The region determines the control
    /// plane's address. Without a region the principal is asked, which knows it only on an instance.
    pub fn new(client: Client, region: Option<Region>) -> Self {
        Connection { client, region, endpoint: Arc::default() }
    }

    /// Sets the control plane's address, in place of the region's endpoint.
    #[must_use]
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = Arc::new(OnceCell::new_with(Some(endpoint)));
        self
    }

    /// Gets a stream by its OCID.
    pub async fn get_stream(&self, id: &str) -> Result<Stream, Error> {
        const OPERATION: &str = "GetStream";
        let request = self.request(OPERATION, Method::GET, &format!("/{}", encode(id))).await?;
        document(OPERATION, &self.client.send(&request).await?)
    }

    /// Lists the streams of a compartment or pool in any state: all of them, or those with this name.
    pub async fn list_streams(&self, scope: &Scope, name: Option<&str>) -> Result<Vec<Stream>, Error> {
        const OPERATION: &str = "ListStreams";
        let (parameter, id) = scope.parameter();
        let mut streams: Vec<Stream> = Vec::new();
        let mut page: Option<String> = None;
        loop {
            let mut request = self.request(OPERATION, Method::GET, "").await?.query(parameter, id);
            if let Some(name) = name {
                request = request.query("name", name);
            }
            request = request.query("limit", PAGE);
            if let Some(page) = &page {
                request = request.query("page", page);
            }
            let response = self.client.send(&request).await?;
            let more: Vec<Stream> = document(OPERATION, &response)?;
            let next = response.header("opc-next-page").filter(|next| !next.is_empty()).map(str::to_owned);
            // A next page that is not further on would mean an endless loop.
            if next.is_some() && (next == page || more.is_empty()) {
                return Err(not_understood(
                    OPERATION,
                    &response,
                    "its list continues with a page that was already read".into(),
                ));
            }
            streams.extend(more);
            page = next;
            if page.is_none() {
                return Ok(streams);
            }
        }
    }

    /// Finds the active stream with this name. It is an error if a compartment has several of them in its pools.
    pub async fn find_stream(&self, name: &str, scope: &Scope) -> Result<Stream, Error> {
        let mut found = self.list_streams(scope, Some(name)).await?;
        found.retain(Stream::is_active);
        let (name, scope, count) = (name.to_owned(), scope.clone(), found.len());
        match found.pop() {
            Some(stream) if count == 1 => Ok(stream),
            Some(_) => Err(Error::SeveralStreams { name, scope, count }),
            None => Err(Error::NoSuchStream { name, scope }),
        }
    }

    /// Creates a stream. This takes the service a moment: the stream becomes [active](Stream::is_active) later.
    ///
    /// The request is not sent again if the response is lost, because the service has no token by which it would recognize a repeated
    /// request.
    pub async fn create_stream(&self, stream: &CreateStream) -> Result<Stream, Error> {
        const OPERATION: &str = "CreateStream";
        let request = self.request(OPERATION, Method::POST, "").await?;
        let request = request.json(&stream.details()).not_repeatable();
        document(OPERATION, &self.client.send(&request).await?)
    }

    /// Deletes a stream and its messages. If an attempt's response was lost and the stream is gone afterwards, that attempt deleted it.
    pub async fn delete_stream(&self, id: &str) -> Result<(), Error> {
        let request = self.request("DeleteStream", Method::DELETE, &format!("/{}", encode(id))).await?;
        match self.client.send(&request).await {
            Ok(_) => Ok(()),
            Err(error) if error.effect_unknown && error.status() == Some(StatusCode::NOT_FOUND) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Creates a request to the control plane. `path` is appended to the path of all streams.
    async fn request(&self, operation: &'static str, method: Method, path: &str) -> Result<Request, Error> {
        let endpoint = self.endpoint.get_or_try_init(|| async {
            let region = match &self.region {
                Some(region) => region.clone(),
                None => self.client.region().await?.ok_or(Error::NoRegion)?,
            };
            Endpoint::of_region(CONTROL_PLANE, &region).map_err(Error::Endpoint)
        });
        let path = format!("/{}/streams{path}", crate::VERSION);
        Ok(Request::new(operation, method, endpoint.await?, path))
    }
}
