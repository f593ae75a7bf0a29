use crate::error::{generic, of_client};
use crate::name;
use bytes::Bytes;
use http::{HeaderName, Method, header};
use object_store::path::Path;
use object_store::{Error, Result};
use oci_client::{Answer, Body, BodyStream, Client, Endpoint, Region, Request, encode};
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

/// A bucket and how to reach it: builds requests, and sends them.
#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) client: Client,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) place: Place,
}

/// What is known of where the service is; the rest is asked for at the first request.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) region: Option<Region>,
    pub(crate) endpoint: OnceCell<Endpoint>,
    pub(crate) dedicated: bool,
}

/// <https://docs.oracle.com/en-us/iaas/api/#/en/objectstorage/>: the template of Oracle's SDKs.
const SHARED: &str = "https://objectstorage.{region}.{secondLevelDomain}";

/// A host for the namespace alone, in the commercial realm.
/// <https://docs.oracle.com/en-us/iaas/Content/Object/Concepts/dedicatedendpoints.htm>
const DEDICATED: &str = "https://{namespace}.objectstorage.{region}.oci.customer-oci.com";

impl Bucket {
    /// Where the service is.
    async fn endpoint(&self) -> Result<&Endpoint> {
        let endpoint = self.place.endpoint.get_or_try_init(|| async {
            let region = self.region().await?;
            let template = if self.place.dedicated && region.realm() == "oc1" { DEDICATED } else { SHARED };
            let template = template.replace("{namespace}", &self.namespace);
            Endpoint::of_region(&template, &region).map_err(generic)
        });
        endpoint.await
    }

    /// The region of the bucket.
    pub(crate) async fn region(&self) -> Result<Region> {
        if let Some(region) = &self.place.region {
            return Ok(region.clone());
        }
        let region = self.client.region().await.map_err(|error| of_client(error, ""))?;
        region.ok_or_else(|| generic("the region is not known: set OCI_CLI_REGION, or region in the profile"))
    }

    /// A request about the bucket; `path` follows its own.
    pub(crate) async fn request(
        &self,
        operation: &'static str,
        method: Method,
        path: &str,
    ) -> Result<Request> {
        let path = format!("/n/{}/b/{}{path}", encode(&self.namespace), encode(&self.name));
        Ok(Request::new(operation, method, self.endpoint().await?, path))
    }

    /// A request about an object.
    pub(crate) async fn object(
        &self,
        operation: &'static str,
        method: Method,
        path: &Path,
    ) -> Result<Request> {
        self.request(operation, method, &format!("/o/{}", encode(&name::of_path(path)))).await
    }

    /// A request about a multipart upload.
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

    /// A request for something done to the bucket's objects.
    pub(crate) async fn action(
        &self,
        operation: &'static str,
        action: &str,
        details: &impl Serialize,
    ) -> Result<Request> {
        let request = self.request(operation, Method::POST, &format!("/actions/{action}")).await?;
        Ok(request.json(details))
    }

    /// A request about work that the service does on its own time.
    pub(crate) async fn work_request(&self, operation: &'static str, path: &str) -> Result<Request> {
        Ok(Request::new(operation, Method::GET, self.endpoint().await?, format!("/workRequests/{path}")))
    }

    /// Sends a request about the object at `path`, and takes the whole answer.
    pub(crate) async fn send(&self, request: &Request, path: &Path) -> Result<Answer<Bytes>> {
        self.client.send(request).await.map_err(|error| of_client(error, self.shown(path)))
    }

    /// Sends a request about the object at `path`, and takes the head of the answer.
    pub(crate) async fn open(&self, request: &Request, path: &Path) -> Result<Answer<BodyStream>> {
        self.client.open(request).await.map_err(|error| of_client(error, self.shown(path)))
    }

    /// Asks for the head of an object, by a request for it.
    ///
    /// The service's 404 to HEAD has no words: it may be about the bucket, which may be out of reach or be missed falsely. So the
    /// name is looked for in the list of objects, whose 404 has words; where it is found, its head is asked for again. An object that
    /// is listed and yet not found is one that may not be read: listing takes another permission.
    pub(crate) async fn head_by(&self, request: &Request, path: &Path) -> Result<Answer<BodyStream>> {
        match self.open(request, path).await {
            Err(Error::NotFound { .. }) if self.lists(path).await? => {}
            result => return result,
        }
        self.open(request, path).await.map_err(|error| match error {
            Error::NotFound { path, source } => Error::PermissionDenied { path, source },
            error => error,
        })
    }

    /// The head of an object.
    pub(crate) async fn head(&self, path: &Path) -> Result<Answer<BodyStream>> {
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
        let answer = self.send(&request.query("prefix", &name).query("limit", "1"), path).await?;
        let page: Page = serde_json::from_slice(&answer.body)
            .map_err(|error| generic(format!("the service's list of objects is not understood: {error}")))?;
        Ok(page.objects.first().is_some_and(|object| object.name == name))
    }

    /// What errors about a path show: the bucket, where it is the root.
    fn shown(&self, path: &Path) -> String {
        if path.is_root() { format!("oci://{}@{}/", self.name, self.namespace) } else { path.to_string() }
    }
}

/// The bytes of a payload as a body, without a copy.
pub(crate) fn body(payload: object_store::PutPayload) -> Body {
    payload.into_iter().collect()
}

/// Adds a header of a value from outside, which may be none.
pub(crate) fn header(request: Request, name: HeaderName, value: &str) -> Result<Request> {
    check_header(name.as_str(), value)?;
    Ok(request.header(name, value))
}

/// Whether a value can be a header's.
pub(crate) fn check_header(name: &str, value: &str) -> Result<()> {
    match http::HeaderValue::from_str(value) {
        Ok(value) if value.to_str().is_ok() => Ok(()),
        _ => Err(generic(format!(
            "'{value}' cannot be the value of the header {name}: it has other than visible ASCII"
        ))),
    }
}

/// The ETag of an answer; the service gives one with everything that it has stored.
pub(crate) fn etag<B>(answer: &Answer<B>) -> Result<String, Error> {
    let etag = answer.header(header::ETAG.as_str()).map(str::to_owned);
    etag.ok_or_else(|| generic("the service's answer has no ETag"))
}
