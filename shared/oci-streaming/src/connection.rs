use crate::document::{document, not_understood};
use crate::error::Error;
use crate::scope::Scope;
use crate::stream::{CreateStream, Stream};
use crate::stream_client::StreamClient;
use http::{Method, StatusCode};
use oci_client::{
    Client, ConfigError, CredentialsError, Endpoint, Environment, Principal, Region, Request, encode,
};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// How to reach Streaming: its control plane, which knows the streams, and through it any number of streams. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Connection {
    client: Client,
    region: Option<Region>,
    endpoint: Arc<OnceCell<Endpoint>>,
}

/// The template of Oracle's SDKs for the control plane (`StreamAdminClient`).
const CONTROL_PLANE: &str = "https://streaming.{region}.oci.{secondLevelDomain}";

/// Streams of a page: the service's largest.
const PAGE: &str = "50";

/// The environment variables that this crate reads, in addition to those of [`oci_client::VARIABLES`].
pub const VARIABLES: &[(&str, &str)] =
    &[("OCI_STREAMING_ENDPOINT", "URL of the control plane of Streaming; by default that of the region")];

impl Connection {
    /// Reads from the environment who signs (see [`Principal::from_environment`]) and where the service is.
    ///
    /// | variable | meaning |
    /// | --- | --- |
    /// | `OCI_STREAMING_ENDPOINT` | the control plane's URL, in place of the region's |
    pub fn from_environment(environment: &Environment) -> Result<Self, CredentialsError> {
        let (principal, region) = Principal::from_environment(environment)?;
        let endpoint = environment.get("OCI_STREAMING_ENDPOINT").map(str::parse).transpose();
        let endpoint = endpoint.map_err(|problem: ConfigError| {
            CredentialsError::Setting(format!("OCI_STREAMING_ENDPOINT: {problem}"))
        })?;
        let connection = Connection::new(Client::builder(principal).build()?, region);
        Ok(Connection { endpoint: Arc::new(OnceCell::new_with(endpoint)), ..connection })
    }

    /// By a client that was made otherwise, with its own timeouts and retries, say; where the service is follows from the region. Without
    /// one the principal is asked, which knows it if it is an instance.
    pub fn new(client: Client, region: Option<Region>) -> Self {
        Connection { client, region, endpoint: Arc::default() }
    }

    /// Where the control plane is, in place of its usual host in the region.
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = Arc::new(OnceCell::new_with(Some(endpoint)));
        self
    }

    /// A stream by its OCID. Asks nobody: its messages endpoint is looked up (GetStream) when it is first needed, unless it is
    /// [given](StreamClient::messages_endpoint).
    pub fn stream(&self, id: impl Into<String>) -> StreamClient {
        StreamClient::by_id(self.clone(), id.into())
    }

    /// The active stream of a name. Asks nobody: it is looked up (ListStreams) when it is first needed.
    pub fn stream_named(&self, name: impl Into<String>, scope: Scope) -> StreamClient {
        StreamClient::by_name(self.clone(), name.into(), scope)
    }

    /// Asks for a stream by its OCID.
    pub async fn get_stream(&self, id: &str) -> Result<Stream, Error> {
        const OPERATION: &str = "GetStream";
        let request = self.request(OPERATION, Method::GET, &format!("/{}", encode(id))).await?;
        document(OPERATION, &self.client.send(&request).await?)
    }

    /// All streams of a compartment or pool, whatever their state, or those of a name.
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
            let answer = self.client.send(&request).await?;
            let more: Vec<Stream> = document(OPERATION, &answer)?;
            let next = answer.header("opc-next-page").filter(|next| !next.is_empty()).map(str::to_owned);
            // A page that does not lead on would lead round in a circle.
            if next.is_some() && (next == page || more.is_empty()) {
                return Err(not_understood(OPERATION, &answer, "its pages do not go on".into()));
            }
            streams.extend(more);
            page = next;
            if page.is_none() {
                return Ok(streams);
            }
        }
    }

    /// The active stream of a name; there may be several in the pools of a compartment, which is an error.
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

    /// Makes a stream, which takes the service a moment: it is [active](Stream::is_active) later.
    ///
    /// Not sent again when the answer is lost, as the service has no token by which it would know the request.
    pub async fn create_stream(&self, stream: &CreateStream) -> Result<Stream, Error> {
        const OPERATION: &str = "CreateStream";
        let request = self.request(OPERATION, Method::POST, "").await?;
        let request = request.json(&stream.details()).not_repeatable();
        document(OPERATION, &self.client.send(&request).await?)
    }

    /// Deletes a stream and its messages. One that is gone after an attempt whose answer was lost was deleted by it.
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

    /// A request to the control plane; `path` follows that of all streams.
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
