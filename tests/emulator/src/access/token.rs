//! Session tokens: JWTs that bind a principal to a key for a limited time.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::hmac;
use serde::{Deserialize, Serialize};

use crate::access::rsa_key::PublicKey;
use crate::clock;
use crate::random;

/// The claims of a token. Clients read `exp` and, for resource principals, `res_tenant` and `res_compartment`. Only the service verifies
/// the signature, so it is free to choose the algorithm, and it does not have to remember tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) sub: String,
    pub(crate) iss: String,
    /// `resource`, `instance` or `user`.
    pub(crate) ptype: String,
    pub(crate) ttype: String,
    pub(crate) tenant: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) res_tenant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) res_compartment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) res_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) res_id: Option<String>,
    /// The session's public key: a JWK as JSON text.
    pub(crate) jwk: String,
    pub(crate) iat: i64,
    pub(crate) exp: i64,
    pub(crate) jti: String,
}

/// The session key inside [`Claims::jwk`].
#[derive(Debug, Serialize, Deserialize)]
struct Jwk {
    kid: String,
    n: String,
    e: String,
    kty: String,
    alg: String,
    r#use: String,
}

const HEADER: &str = r#"{"kid":"asw_emulator","typ":"JWT","alg":"HS256"}"#;

impl Claims {
    /// Creates the claims of a token for `sub` that is valid for this many seconds from now. Zero seconds makes an expired token.
    pub(crate) fn new(sub: &str, tenancy: &str, seconds: i64, n: &[u8], e: &[u8]) -> Self {
        let jwk = Jwk {
            kid: "emulator-session-key".to_owned(),
            n: BASE64_URL_SAFE_NO_PAD.encode(n),
            e: BASE64_URL_SAFE_NO_PAD.encode(e),
            kty: "RSA".to_owned(),
            alg: "RS256".to_owned(),
            r#use: "sig".to_owned(),
        };
        let now = clock::seconds();
        Self {
            sub: sub.to_owned(),
            iss: "authService.oracle.com".to_owned(),
            ptype: "user".to_owned(),
            ttype: "login".to_owned(),
            tenant: tenancy.to_owned(),
            res_tenant: None,
            res_compartment: None,
            res_type: None,
            res_id: None,
            jwk: serde_json::to_string(&jwk).expect("a struct of text"),
            iat: now,
            exp: now.saturating_add(seconds),
            jti: random::uuid(),
        }
    }

    /// Returns the signed token.
    pub(crate) fn sealed(&self, secret: &[u8]) -> String {
        let claims = serde_json::to_vec(self).expect("a struct of text and numbers");
        let signed =
            format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(HEADER), BASE64_URL_SAFE_NO_PAD.encode(claims));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag))
    }

    /// Reads the claims of a token that was signed with this secret, whether or not the token has expired.
    pub(crate) fn open(token: &str, secret: &[u8]) -> Option<Self> {
        let (signed, tag) = token.rsplit_once('.')?;
        let tag = BASE64_URL_SAFE_NO_PAD.decode(tag).ok()?;
        hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes(), &tag).ok()?;
        let (_, claims) = signed.split_once('.')?;
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }

    /// Returns the key that must sign requests made with this token.
    pub(crate) fn session_key(&self) -> Option<PublicKey> {
        let jwk: Jwk = serde_json::from_str(&self.jwk).ok()?;
        let n = BASE64_URL_SAFE_NO_PAD.decode(jwk.n).ok()?;
        Some(PublicKey::Components { n, e: BASE64_URL_SAFE_NO_PAD.decode(jwk.e).ok()? })
    }
}
