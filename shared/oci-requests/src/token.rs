use crate::credentials_error::CredentialsError;
use crate::private_key::PrivateKey;
use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A security token in the form of a JSON Web Token. Checking its signature is up to the service.
#[derive(Deserialize)]
pub(crate) struct Token {
    /// When the service will begin to refuse the token, in seconds since 1970.
    exp: Option<f64>,
    /// The public key that the token vouches for: a JSON Web Key, as an object or as a string.
    jwk: Option<serde_json::Value>,
}

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl Token {
    /// Reads the claims of a token.
    pub(crate) fn parse(token: &str) -> Result<Self, CredentialsError> {
        let wrong = |problem: String| CredentialsError::Token(problem);
        let mut parts = token.split('.');
        let (Some(_), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong("it is not a JSON Web Token of three parts".into()));
        };
        let claims =
            BASE64.decode(claims).map_err(|error| wrong(format!("its claims are not base64: {error}")))?;
        // The message leaves out the library's error, which would quote claims.
        serde_json::from_slice(&claims).map_err(|error| {
            wrong(format!("its claims are not the expected JSON (column {})", error.column()))
        })
    }

    /// Returns when the token expires.
    pub(crate) fn expires(&self) -> Option<SystemTime> {
        let seconds = self.exp.filter(|seconds| seconds.is_finite() && (0.0..1e11).contains(seconds))?;
        Some(UNIX_EPOCH + Duration::from_secs(seconds as u64))
    }

    /// Returns whether the token vouches for a key other than this one. If so, one of the two was read before a rotation and the other
    /// after it.
    ///
    /// A token that does not name a key is assumed to match.
    pub(crate) fn is_for_another_key(&self, key: &PrivateKey) -> bool {
        #[derive(Deserialize)]
        struct Jwk {
            n: String,
        }
        let jwk = match &self.jwk {
            Some(serde_json::Value::String(text)) => serde_json::from_str::<Jwk>(text).ok(),
            Some(value) => Jwk::deserialize(value).ok(),
            None => None,
        };
        let Some(modulus) = jwk.and_then(|jwk| BASE64.decode(jwk.n).ok()) else { return false };
        let leading = modulus.iter().take_while(|byte| **byte == 0).count();
        modulus[leading..] != key.modulus()
    }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
