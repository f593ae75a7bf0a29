use crate::private_key::PrivateKey;
use std::fmt;
use std::time::SystemTime;

/// What requests are signed with: a private key, and the id by which the service knows the key.
pub struct Credentials {
    key_id: String,
    key: PrivateKey,
    expires: Option<SystemTime>,
}

impl Credentials {
    /// Returns the credentials of an API key, which do not expire.
    pub fn api_key(tenancy: &str, user: &str, fingerprint: &str, key: PrivateKey) -> Self {
        Credentials { key_id: format!("{tenancy}/{user}/{fingerprint}"), key, expires: None }
    }

    /// Returns a key with the token that vouches for it.
    pub(crate) fn token(token: &str, key: PrivateKey, expires: Option<SystemTime>) -> Self {
        Credentials { key_id: format!("ST${token}"), key, expires }
    }

    /// Returns a key with any `keyId`.
    pub(crate) fn named(key_id: String, key: PrivateKey) -> Self {
        Credentials { key_id, key, expires: None }
    }

    pub(crate) fn key_id(&self) -> &str {
        &self.key_id
    }

    pub(crate) fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// Returns when the service will begin to refuse the credentials, if that is known.
    pub(crate) fn expires(&self) -> Option<SystemTime> {
        self.expires
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A token is as good as a password until it expires. The id of an API key is public.
        let key_id = if self.key_id.starts_with("ST$") { "ST$.." } else { &self.key_id };
        f.debug_struct("Credentials")
            .field("key_id", &key_id)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}
