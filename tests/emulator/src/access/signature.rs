//! Verifies the signatures of requests.
//!
//! The scheme is draft Cavage HTTP signatures, version 8, as the platform documents its use ("Request Signatures"). This code shares
//! nothing with a client: it builds the signing string from the bytes on the wire.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, Method};

use super::rsa_key::PublicKey;
use crate::clock;

/// The maximum difference between a request's date and the service's clock.
const MAX_SKEW: Duration = Duration::from_secs(300);

/// The parts of a request that must be signed, in addition to its date and target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Required {
    /// `host`: all requests except the federation's.
    pub(crate) host: bool,
    /// `content-length`, `content-type` and `x-content-sha256`: requests with a body, except uploads.
    pub(crate) content: bool,
}

/// The parts of a request that can be signed, as received.
#[derive(Debug)]
pub(crate) struct Presented<'a> {
    pub(crate) method: &'a Method,
    /// Path and query, byte for byte.
    pub(crate) target: &'a str,
    pub(crate) headers: &'a HeaderMap,
}

/// A request whose signed headers are authentic.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Accepted {
    pub(crate) key_id: String,
    /// The base64 SHA-256 that the body must have, if it was signed.
    pub(crate) content_sha256: Option<String>,
}

/// The reason why a request is rejected. Clients only see a 401; the reason goes to the request log.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("there is no authorization header")]
    NoAuthorization,
    #[error("the authorization header is malformed at {0}")]
    Malformed(String),
    #[error("{0} is not signed")]
    NotSigned(&'static str),
    #[error("{0} is signed but was not sent")]
    NotSent(String),
    #[error("the date {0:?} is not a date")]
    BadDate(String),
    #[error("the date {0:?} is more than five minutes off")]
    Skewed(String),
    #[error("the key ID {0:?} is unknown, or its token has expired or was rejected")]
    UnknownKey(String),
    #[error("the signature does not verify; the string that should have been signed is {0:?}")]
    WrongSignature(String),
    #[error("x-content-sha256 does not match the body")]
    WrongContent,
}

/// Checks everything except the body.
pub(crate) fn check(
    request: &Presented<'_>,
    required: Required,
    now: SystemTime,
    key_of: impl FnOnce(&str) -> Option<PublicKey>,
) -> Result<Accepted, Refusal> {
    let authorization = request.headers.get(http::header::AUTHORIZATION).ok_or(Refusal::NoAuthorization)?;
    let authorization =
        authorization.to_str().map_err(|_| Refusal::Malformed("a byte that is not ASCII".into()))?;
    let parameters = parameters(authorization)?;
    let parameter = |name: &str| parameters.get(name).ok_or_else(|| Refusal::Malformed(format!("no {name}")));
    for (name, expected) in [("version", "1"), ("algorithm", "rsa-sha256")] {
        if parameter(name)? != expected {
            return Err(Refusal::Malformed(format!("{name} is not {expected}")));
        }
    }
    let names: Vec<String> = parameter("headers")?.split(' ').map(str::to_ascii_lowercase).collect();
    if let Some(name) = missing(&names, required) {
        return Err(Refusal::NotSigned(name));
    }
    check_date(request.headers, &names, now)?;
    let key_id = parameter("keyId")?;
    let signature = BASE64_STANDARD
        .decode(parameter("signature")?)
        .map_err(|_| Refusal::Malformed("a signature that is not base64".into()))?;
    let key = key_of(key_id).ok_or_else(|| Refusal::UnknownKey(key_id.clone()))?;
    let signed = signing_string(request, &names)?;
    if !key.verifies(signed.as_bytes(), &signature) {
        return Err(Refusal::WrongSignature(signed));
    }
    let content = names.iter().any(|name| name == "x-content-sha256");
    let content_sha256 = content.then(|| text(request.headers, "x-content-sha256")).flatten();
    Ok(Accepted { key_id: key_id.clone(), content_sha256 })
}

/// Returns the first required header that is not in `names`.
fn missing(names: &[String], required: Required) -> Option<&'static str> {
    let signed = |name: &str| names.iter().any(|signed| signed == name);
    if !signed("date") && !signed("x-date") {
        return Some("date");
    }
    let always = [("(request-target)", true), ("host", required.host)];
    let content = ["content-length", "content-type", "x-content-sha256"].map(|name| (name, required.content));
    let mut all = always.into_iter().chain(content);
    all.find(|(name, required)| *required && !signed(name)).map(|(name, _)| name)
}

/// Checks that the date is signed and within [`MAX_SKEW`]. If both headers are present, `x-date` counts.
fn check_date(headers: &HeaderMap, names: &[String], now: SystemTime) -> Result<(), Refusal> {
    let name = if headers.contains_key("x-date") { "x-date" } else { "date" };
    if !names.iter().any(|signed| signed == name) {
        return Err(Refusal::NotSigned(name));
    }
    let date = text(headers, name).ok_or_else(|| Refusal::NotSent(name.to_owned()))?;
    let time = clock::parse_imf(&date).ok_or_else(|| Refusal::BadDate(date.clone()))?;
    let skew = now.duration_since(time).unwrap_or_else(|error| error.duration());
    if skew > MAX_SKEW { Err(Refusal::Skewed(date)) } else { Ok(()) }
}

/// Builds the signing string: one line per signed header, in the order of the signature.
fn signing_string(request: &Presented<'_>, names: &[String]) -> Result<String, Refusal> {
    let lines: Result<Vec<String>, Refusal> = names
        .iter()
        .map(|name| match name.as_str() {
            "(request-target)" => {
                let method = request.method.as_str().to_ascii_lowercase();
                Ok(format!("(request-target): {method} {}", request.target))
            }
            name => {
                let value = text(request.headers, name).ok_or_else(|| Refusal::NotSent(name.to_owned()))?;
                Ok(format!("{name}: {value}"))
            }
        })
        .collect();
    Ok(lines?.join("\n"))
}

/// Returns a header's value. Repeated headers are joined with commas.
fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let values: Option<Vec<&str>> =
        headers.get_all(name).iter().map(|value| std::str::from_utf8(value.as_bytes()).ok()).collect();
    values.filter(|values| !values.is_empty()).map(|values| values.join(", "))
}

/// Parses the parameters after `Signature`, in any order.
fn parameters(authorization: &str) -> Result<BTreeMap<&str, String>, Refusal> {
    let malformed = |at: &str| Refusal::Malformed(format!("{at:?}"));
    let (scheme, mut rest) = authorization.split_once(' ').ok_or_else(|| malformed(authorization))?;
    if !scheme.eq_ignore_ascii_case("Signature") {
        return Err(malformed(scheme));
    }
    let mut parameters = BTreeMap::new();
    loop {
        let (name, value) = rest.split_once("=\"").ok_or_else(|| malformed(rest))?;
        let (value, after) = value.split_once('"').ok_or_else(|| malformed(value))?;
        if parameters.insert(name.trim(), value.to_owned()).is_some() {
            return Err(malformed(name));
        }
        rest = match after.trim_start().strip_prefix(',') {
            Some(next) => next,
            None if after.trim().is_empty() => return Ok(parameters),
            None => return Err(malformed(after)),
        };
    }
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
