use crate::error::{generic, of_client};
use crate::name;
use bytes::Bytes;
use http::{HeaderName, Method, header};
use object_store::path::Path;
use object_store::{Error, Result};
use oci_requests::{Body, BodyStream, Client, Endpoint, Region, Request, Response, encode};
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

/// A bucket and how to reach it. Builds requests and sends them.
#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) client: Client,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) service: Service,
}

/// What is known about the service's address. The rest is determined at the first request.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) region: Option<Region>,
    pub(crate) endpoint: OnceCell<Endpoint>,
    pub(crate) dedicated: bool,
}

/// Endpoint template from Oracle's SDKs: <https://docs.oracle.com/en-us/iaas/api/#/en/objectstorage/>.
const SHARED: &str = "https://objectstorage.{region}.{secondLevelDomain}";

/// Template of a namespace's own endpoint, in the commercial realm.
/// <https://docs.oracle.com/en-us/iaas/Content/Object/Concepts/dedicatedendpoints.htm>
const DEDICATED: &str = "https://{namespace}.objectstorage.{region}.oci.customer-oci.com";

impl Bucket {
    /// Returns the service's endpoint.
    async fn endpoint(&self) -> Result<&Endpoint> {
        let endpoint = self.service.endpoint.get_or_try_init(|| async {
            let region = self.region().await?;
            let template = if self.service.dedicated && region.realm() == "oc1" { DEDICATED } else { SHARED };
            let template = template.replace("{namespace}", &self.namespace);
            Endpoint::of_region(&template, &region).map_err(generic)
        });
        endpoint.await
    }

    /// Returns the bucket's region.
    pub(crate) async fn region(&self) -> Result<Region> {
        if let Some(region) = &self.service.region {
            return Ok(region.clone());
        }
        let region = self.client.region().await.map_err(|error| of_client(error, ""))?;
        region.ok_or_else(|| generic("the region is not known: set OCI_CLI_REGION, or region in the profile"))
    }

    /// Creates a request about the bucket. `path` is appended to the bucket's own path.
    pub(crate) async fn request(
        &self,
        operation: &'static str,
        method: Method,
        path: &str,
    ) -> Result<Request> {
        let path = format!("/n/{}/b/{}{path}", encode(&self.namespace), encode(&self.name));
        Ok(Request::new(operation, method, self.endpoint().await?, path))
    }

    /// Creates a request about an object.
    pub(crate) async fn object(
        &self,
        operation: &'static str,
        method: Method,
        path: &Path,
    ) -> Result<Request> {
        self.request(operation, method, &format!("/o/{}", encode(&name::of_path(path)))).await
    }

    /// Creates a request about a multipart upload.
    pub(crate) async fn upload(
        &self,
        operation: &'static str,
        method: Method,
        path: &Path,
        upload_id: &str,
    ) -> Result<Request> {
        let request =
            self.request(operation, method, &format!("/u/{}", encode(&name::of_path(path)))).await?;
        Ok(request.query("uploadId", upload_id))
    }

    /// Creates a request for an action on the bucket's objects.
    pub(crate) async fn action(
        &self,
        operation: &'static str,
        action: &str,
        details: &impl Serialize,
    ) -> Result<Request> {
        let request = self.request(operation, Method::POST, &format!("/actions/{action}")).await?;
        Ok(request.json(details))
    }

    /// Creates a request about work that the service does in the background.
    pub(crate) async fn work_request(&self, operation: &'static str, path: &str) -> Result<Request> {
        Ok(Request::new(operation, Method::GET, self.endpoint().await?, format!("/workRequests/{path}")))
    }

    /// Sends a request about the object at `path` and reads the whole response.
    pub(crate) async fn send(&self, request: &Request, path: &Path) -> Result<Response<Bytes>> {
        self.client.send(request).await.map_err(|error| of_client(error, self.shown(path)))
    }

    /// Sends a request about the object at `path` and returns once the response's head has arrived.
    pub(crate) async fn open(&self, request: &Request, path: &Path) -> Result<Response<BodyStream>> {
        self.client.open(request).await.map_err(|error| of_client(error, self.shown(path)))
    }

    /// Sends a request for the head of an object.
    ///
    /// The service's 404 to HEAD has no body, so it may be about the bucket: missing, forbidden, or falsely not found. Therefore this looks
    /// the name up in the list of objects, whose 404 has a body. If the name is listed, it asks for the head again. If the object is listed
    /// but still not found, the caller is not allowed to read it: listing needs a different permission.
    pub(crate) async fn head_by(&self, request: &Request, path: &Path) -> Result<Response<BodyStream>> {
        match self.open(request, path).await {
            Err(Error::NotFound { .. }) if self.lists(path).await? => {}
            result => return result,
        }
        self.open(request, path).await.map_err(|error| match error {
            Error::NotFound { path, source } => Error::PermissionDenied { path, source },
            error => error,
        })
    }

    /// Reads the head of an object.
    pub(crate) async fn head(&self, path: &Path) -> Result<Response<BodyStream>> {
        self.head_by(&self.object("HeadObject", Method::HEAD, path).await?, path).await
    }

    async fn lists(&self, path: &Path) -> Result<bool> {
        #[derive(Deserialize)]
        struct Page {
            objects: Vec<Summary>,
        }
        #[derive(Deserialize)]
        struct Summary {
            name: String,
        }
        let name = name::of_path(path);
        let request = self.request("ListObjects", Method::GET, "/o").await?;
        let response = self.send(&request.query("prefix", &name).query("limit", "1"), path).await?;
        let page: Page = serde_json::from_slice(&response.body)
            .map_err(|error| generic(format!("invalid list of objects in the response: {error}")))?;
        Ok(page.objects.first().is_some_and(|object| object.name == name))
    }

    /// Returns a path as errors show it. The root is shown as the bucket's URL.
    fn shown(&self, path: &Path) -> String {
        if path.is_root() { format!("oci://{}@{}/", self.name, self.namespace) } else { path.to_string() }
    }
}

/// Converts a payload to a body without copying it.
pub(crate) fn body(payload: object_store::PutPayload) -> Body {
    payload.into_iter().collect()
}

/// Adds a header with an untrusted value, which may be invalid.
pub(crate) fn header(request: Request, name: HeaderName, value: &str) -> Result<Request> {
    check_header(name.as_str(), value)?;
    Ok(request.header(name, value))
}

/// Checks that a value is valid in a header.
pub(crate) fn check_header(name: &str, value: &str) -> Result<()> {
    match http::HeaderValue::from_str(value) {
        Ok(value) if value.to_str().is_ok() => Ok(()),
        _ => Err(generic(format!(
            "'{value}' is not a valid value of the header {name}: it has characters other than visible ASCII"
        ))),
    }
}

/// Returns the ETag of a response. The service sends one with everything that it stores.
pub(crate) fn etag<B>(response: &Response<B>) -> Result<String, Error> {
    let etag = response.header(header::ETAG.as_str()).map(str::to_owned);
    etag.ok_or_else(|| generic("the response has no ETag"))
}
