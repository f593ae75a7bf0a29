//! The services behind an instance principal: the metadata service, and the federation that issues its tokens.

use std::sync::OnceLock;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{Method, StatusCode};
use ring::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use serde::Deserialize;
use serde_json::{Value, json};

use super::certificate::{Attribute, issue};
use super::names::Names;
use super::rsa_key::{PublicKey, RsaKey, components, pairs, pem};
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::ServiceError;

/// An instance, and the certificate that identifies it.
#[derive(Debug)]
pub(crate) struct Instance {
    names: Names,
    token_lifetime: Duration,
    /// Created on first use: few clients are instances, and generating a key takes time.
    papers: OnceLock<Papers>,
}

#[derive(Debug)]
struct Papers {
    key: RsaKey,
    certificate: Vec<u8>,
    intermediate: Vec<u8>,
}

/// A request to one of the instance's services.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Call {
    /// A path below `/opc/v2/`.
    Metadata(String),
    Federation,
}

/// The modulus and exponent, big-endian, of the key that a token is bound to.
pub(crate) type SessionKey = (Vec<u8>, Vec<u8>);

/// The body of a federation request. Keys and certificates are base64-encoded DER, that is, PEM without its armor.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FederationDetails {
    certificate: String,
    public_key: String,
}

/// The `authorization` header that the metadata service requires, so that a forged link cannot make a server send it a request.
const METADATA_AUTHORIZATION: &str = "Bearer Oracle";

impl Call {
    pub(crate) fn new(method: &Method, path: &str) -> Option<Self> {
        if *method == Method::POST && path == "/v1/x509" {
            return Some(Self::Federation);
        }
        let path = path.strip_prefix("/opc/v2/").filter(|_| *method == Method::GET)?;
        Some(Self::Metadata(path.trim_end_matches('/').to_owned()))
    }

    pub(crate) fn operation(&self) -> &'static str {
        match self {
            Self::Metadata(_) => "GetInstanceMetadata",
            Self::Federation => "X509Federation",
        }
    }
}

impl Instance {
    pub(crate) fn new(names: Names, token_lifetime: Duration) -> Self {
        Self { names, token_lifetime, papers: OnceLock::new() }
    }

    pub(crate) fn answer(
        &self,
        call: &Call,
        request: &Request,
        token: impl FnOnce(&SessionKey, Duration) -> String,
    ) -> Result<Response, ServiceError> {
        match call {
            Call::Metadata(path) => self.metadata(path, request),
            Call::Federation => self.federate(request, token),
        }
    }

    /// Returns the certificate's public key, if the key ID names this instance's certificate by its SHA-1 fingerprint, as the Python SDK
    /// does, or by its SHA-256 fingerprint.
    pub(crate) fn key_of(&self, key_id: &str) -> Option<PublicKey> {
        let rest = key_id.strip_prefix(&self.names.tenancy)?.strip_prefix('/')?;
        let (kind, fingerprint) = rest.split_once('/')?;
        let algorithm = match kind {
            "fed-x509" => &SHA1_FOR_LEGACY_USE_ONLY,
            "fed-x509-sha256" => &SHA256,
            _ => return None,
        };
        let papers = self.papers();
        let expected = pairs(digest::digest(algorithm, &papers.certificate).as_ref());
        expected.eq_ignore_ascii_case(fingerprint).then(|| PublicKey::Spki(papers.key.spki()))
    }

    fn metadata(&self, path: &str, request: &Request) -> Result<Response, ServiceError> {
        if request.header("authorization") != Some(METADATA_AUTHORIZATION) {
            return Err(ServiceError::not_authenticated());
        }
        let text = |text: String| Ok(Response::text(StatusCode::OK, "text/plain", text));
        match path.split_once('/').unwrap_or((path, "")) {
            ("identity", "cert.pem") => text(pem("CERTIFICATE", &self.papers().certificate)),
            ("identity", "intermediate.pem") => text(pem("CERTIFICATE", &self.papers().intermediate)),
            ("identity", "key.pem") => text(self.papers().key.pkcs1_pem()),
            ("instance", "") => Ok(Response::json(&self.describe())),
            ("instance", field) => match &self.describe()[field] {
                Value::Null => Err(ServiceError::not_found("NotFound", "Not Found")),
                Value::String(value) => text(value.clone()),
                value => Ok(Response::json(value)),
            },
            _ => Err(ServiceError::not_found("NotFound", "Not Found")),
        }
    }

    /// Issues a token for the session key in the request, which must be signed with the certificate's key.
    fn federate(
        &self,
        request: &Request,
        token: impl FnOnce(&SessionKey, Duration) -> String,
    ) -> Result<Response, ServiceError> {
        let details: FederationDetails = request.json()?;
        let decode = |text: &str| BASE64_STANDARD.decode(text).ok();
        if decode(&details.certificate).as_ref() != Some(&self.papers().certificate) {
            return Err(ServiceError::not_authenticated());
        }
        let key = decode(&details.public_key).and_then(|der| components(&der)).ok_or_else(|| {
            ServiceError::bad_request(
                "InvalidParameter",
                "The publicKey is not an RSA key as SubjectPublicKeyInfo.",
            )
        })?;
        Ok(Response::json(&json!({ "token": token(&key, self.token_lifetime) })))
    }

    fn describe(&self) -> Value {
        let Names { compartment, instance, region, tenancy, .. } = &self.names;
        json!({
            "availabilityDomain": format!("emul:{}-AD-1", region.to_uppercase()),
            "canonicalRegionName": region,
            "compartmentId": compartment,
            "displayName": "emulator",
            "faultDomain": "FAULT-DOMAIN-1",
            "hostname": "emulator",
            "id": instance,
            "ociAdName": "emulator-ad-1",
            "region": region,
            "regionInfo": {
                "realmDomainComponent": "oraclecloud.com",
                "realmKey": "oc1",
                "regionIdentifier": region,
                "regionKey": crate::region::region_key(region).to_uppercase(),
            },
            "shape": "VM.Standard.E5.Flex",
            "state": "Running",
            "tenantId": tenancy,
        })
    }

    fn papers(&self) -> &Papers {
        self.papers.get_or_init(|| {
            let (key, intermediate_key) = (RsaKey::generate(), RsaKey::generate());
            let authority = [(Attribute::CommonName, "PKISVC Identity Intermediate emulator")];
            let Names { tenancy, compartment, instance, .. } = &self.names;
            let units = [
                "opc-certtype:instance".to_owned(),
                format!("opc-compartment:{compartment}"),
                format!("opc-instance:{instance}"),
                format!("opc-tenant:{tenancy}"),
            ];
            let mut subject = vec![(Attribute::CommonName, instance.as_str())];
            subject.extend(units.iter().map(|unit| (Attribute::OrganizationalUnit, unit.as_str())));
            Papers {
                certificate: issue(&subject, &key, &authority, &intermediate_key),
                intermediate: issue(&authority, &intermediate_key, &authority, &intermediate_key),
                key,
            }
        })
    }
}
