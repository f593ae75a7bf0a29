use super::renewal::Renewal;
use crate::credentials::Credentials;
use crate::credentials_error::CredentialsError;
use crate::endpoint::Endpoint;
use crate::error::{Cause, Error};
use crate::private_key::PrivateKey;
use crate::region::Region;
use crate::service_error::ServiceError;
use crate::signature::{self, Signed};
use crate::token::Token;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use cloud_transport::{Body, Environment, Transport};
use http::{HeaderValue, Method, Request, StatusCode, header};
use ring::digest;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::{Mutex, OnceCell};
use x509_cert::Certificate;
use x509_cert::der::Decode;

/// The instance that this process runs on. Its certificate is exchanged for a token at the first request, and again each time the token is
/// about to expire.
#[derive(Debug)]
pub struct InstancePrincipal {
    environment: Environment,
    region: OnceCell<Region>,
    renewal: Mutex<Renewal>,
}

/// Address of the instance metadata service, version 2, the same on every instance.
/// <https://docs.oracle.com/en-us/iaas/Content/Compute/Tasks/gettingmetadata.htm>
const METADATA: &str = "http://169.254.169.254/opc/v2";

/// Largest response accepted. A certificate chain takes a few kilobytes.
const MAX_RESPONSE: usize = 256 << 10;

/// Attempts at the metadata service and at the exchange, and the first pause. Each further pause is twice as long.
const ATTEMPTS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(200);

/// How long to wait before the next exchange if one failed while the current token is still valid.
const EXCHANGE_AGAIN: Duration = Duration::from_secs(30);

impl InstancePrincipal {
    /// Creates the principal. `OCI_METADATA_BASE_URL` and `OCI_SDK_AUTH_CLIENT_REGION_URL` replace the default addresses of the two
    /// services.
    pub fn new(environment: &Environment) -> Self {
        InstancePrincipal {
            environment: environment.clone(),
            region: OnceCell::new(),
            renewal: Mutex::default(),
        }
    }

    pub(crate) async fn credentials(
        &self,
        transport: &Transport,
    ) -> Result<Arc<Credentials>, CredentialsError> {
        // Locked during the exchange, so that one exchange serves all waiting requests.
        let mut renewal = self.renewal.lock().await;
        match renewal.current(EXCHANGE_AGAIN) {
            Some(credentials) => Ok(credentials),
            None => renewal.renewed(self.exchange(transport).await),
        }
    }

    pub(crate) async fn refused(&self, credentials: &Arc<Credentials>) {
        self.renewal.lock().await.refused(credentials);
    }

    pub(crate) async fn region(&self, transport: &Transport) -> Result<Region, CredentialsError> {
        let region = self.region.get_or_try_init(|| async {
            let name = self.metadata(transport, "instance/region").await?;
            Ok(Region::find(&name, &self.environment)?)
        });
        region.await.cloned()
    }

    /// Exchanges the instance's certificate for a token that vouches for a new key.
    async fn exchange(&self, transport: &Transport) -> Result<Credentials, CredentialsError> {
        let region = self.region(transport).await?;
        let certificate = self.metadata(transport, "identity/cert.pem").await?;
        let leaf_key = self.metadata(transport, "identity/key.pem").await?;
        let intermediate = self.metadata(transport, "identity/intermediate.pem").await?;
        let leaf = Leaf::read(&certificate)?;
        let leaf_key = PrivateKey::from_pem(&leaf_key, None)?;
        // Generating the key takes about a hundred milliseconds of CPU time.
        let session = tokio::task::spawn_blocking(PrivateKey::generate).await;
        let session_key =
            session.map_err(|_| CredentialsError::Key("generating it was interrupted".into()))??;
        let body = X509FederationDetails {
            certificate: base64_of(&certificate),
            public_key: STANDARD.encode(session_key.public_der()?),
            intermediate_certificates: vec![base64_of(&intermediate)],
            fingerprint_algorithm: "SHA256",
            purpose: "DEFAULT",
        };
        let body = serde_json::to_vec(&body).expect("strings serialize without errors");
        let url = self.environment.get("OCI_SDK_AUTH_CLIENT_REGION_URL").map(str::to_owned);
        let url = url.unwrap_or_else(|| format!("https://auth.{}.{}", region.identifier(), region.domain()));
        let endpoint: Endpoint = url.parse()?;
        let key_id = format!("{}/fed-x509-sha256/{}", leaf.tenancy, leaf.fingerprint);
        let signer = Credentials::named(key_id, leaf_key);
        let request = || {
            let mut request = Request::builder().method(Method::POST).uri(endpoint.uri("/v1/x509"));
            let json = HeaderValue::from_static("application/json");
            request.headers_mut().map(|headers| headers.insert(header::CONTENT_TYPE, json));
            let mut request =
                request.body(Body::from(Bytes::from(body.clone()))).map_err(|error| error.to_string())?;
            signature::sign(&mut request, &signer, Signed::FederationBody, SystemTime::now());
            Ok(request)
        };
        let response = ask(transport, "X509Federation", "the token of this instance", request).await?;
        #[derive(Deserialize)]
        struct Issued {
            token: String,
        }
        let issued: Issued = serde_json::from_slice(&response)
            .map_err(|_| CredentialsError::Token("the identity service's response has no token".into()))?;
        let token = issued.token.trim_start_matches("ST$").trim();
        let expires = Token::parse(token)?.expires();
        Ok(Credentials::token(token, session_key, expires))
    }

    async fn metadata(&self, transport: &Transport, path: &str) -> Result<String, CredentialsError> {
        let base = self.environment.get("OCI_METADATA_BASE_URL").unwrap_or(METADATA).trim_end_matches('/');
        let request = || {
            let request = Request::builder()
                .uri(format!("{base}/{path}"))
                .header(header::AUTHORIZATION, "Bearer Oracle");
            request.body(Body::empty()).map_err(|error| format!("OCI_METADATA_BASE_URL: {error}"))
        };
        let what = "the metadata of this instance";
        let response = ask(transport, "GetInstanceMetadata", what, request).await?;
        let text = String::from_utf8(response.to_vec());
        text.map(|text| text.trim().to_owned())
            .map_err(|_| CredentialsError::Setting("the metadata service's response is not text".into()))
    }
}

/// Sends a request until it succeeds, at most [`ATTEMPTS`] times.
async fn ask(
    transport: &Transport,
    operation: &'static str,
    what: &'static str,
    request: impl Fn() -> Result<Request<Body>, String>,
) -> Result<Bytes, CredentialsError> {
    let mut pause = PAUSE;
    for attempts in 1.. {
        let request = request().map_err(CredentialsError::Setting)?;
        let target = format!("{} {}", request.method(), request.uri());
        let cause = match transport.exchange(request, MAX_RESPONSE).await {
            Ok(response) if response.status() == StatusCode::OK => return Ok(response.into_body()),
            Ok(response) => Cause::Service(ServiceError::of(&response)),
            Err(error) => error.into(),
        };
        // For a while after an instance has started, its metadata service lacks some documents.
        let not_yet = matches!(&cause, Cause::Service(error) if error.status == StatusCode::NOT_FOUND);
        if attempts < ATTEMPTS && (not_yet || cause.is_retryable()) {
            tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64())).await;
            pause *= 2;
            continue;
        }
        let retryable = cause.is_retryable();
        let source = Box::new(Error { operation, target, attempts, effect_unknown: false, cause });
        return Err(CredentialsError::Federation { what, retryable, source });
    }
    unreachable!("the loop returns at its last attempt")
}

/// The parts of the instance's certificate that the exchange needs.
struct Leaf {
    tenancy: String,
    fingerprint: String,
}

impl Leaf {
    /// Reads the certificate. The tenancy is in its subject, as `opc-tenant:<OCID>` in an organizational unit or `opc-identity:<OCID>` in
    /// an organization (Oracle's Python SDK, `auth_utils.get_tenancy_id_from_certificate`).
    fn read(pem: &str) -> Result<Self, CredentialsError> {
        let wrong = |problem: String| CredentialsError::Key(format!("the instance's certificate: {problem}"));
        let block = pem::parse(pem).map_err(|error| wrong(error.to_string()))?;
        let certificate =
            Certificate::from_der(block.contents()).map_err(|error| wrong(error.to_string()))?;
        let digest = digest::digest(&digest::SHA256, block.contents());
        let pairs: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
        let subject = certificate.tbs_certificate().subject();
        let tenancy = subject.iter().find_map(|attribute| {
            let text = std::str::from_utf8(attribute.value.value()).ok()?;
            text.strip_prefix("opc-tenant:").or_else(|| text.strip_prefix("opc-identity:"))
        });
        let tenancy = tenancy.ok_or_else(|| wrong("its subject does not name a tenancy".into()))?.to_owned();
        Ok(Leaf { tenancy, fingerprint: pairs.join(":") })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct X509FederationDetails {
    certificate: String,
    public_key: String,
    intermediate_certificates: Vec<String>,
    fingerprint_algorithm: &'static str,
    purpose: &'static str,
}

/// Returns the base64 of a PEM block on one line, without its BEGIN and END lines.
fn base64_of(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect()
}
