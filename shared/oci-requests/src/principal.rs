//! The identity that signs requests: an API key, a session, the resource (a function), or the instance that this process runs on.

mod from_environment;
mod instance;
mod profile;
mod renewal;
mod token_files;

pub use instance::InstancePrincipal;
pub use profile::Profile;
pub use token_files::TokenFiles;

use crate::credentials::Credentials;
use crate::credentials_error::CredentialsError;
use crate::private_key::PrivateKey;
use crate::region::Region;
use cloud_transport::Transport;
use std::sync::Arc;

/// The identity that signs requests. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Principal(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    ApiKey(Arc<Credentials>),
    Token(TokenFiles),
    Instance(InstancePrincipal),
}

impl Principal {
    /// Returns a user with an API key. The fingerprint is the one that the console shows: pairs of hexadecimal digits with colons.
    pub fn api_key(tenancy: &str, user: &str, fingerprint: &str, key: PrivateKey) -> Self {
        let credentials = Credentials::api_key(tenancy, user, fingerprint, key);
        Principal(Arc::new(Kind::ApiKey(Arc::new(credentials))))
    }

    /// Returns a principal with a token and its key. Both are read again, as a pair, before the token expires and when the service refuses
    /// it.
    pub fn token(files: TokenFiles) -> Self {
        Principal(Arc::new(Kind::Token(files)))
    }

    /// Returns the instance that this process runs on.
    pub fn instance(instance: InstancePrincipal) -> Self {
        Principal(Arc::new(Kind::Instance(instance)))
    }

    /// Returns the credentials to sign with now.
    pub(crate) async fn credentials(
        &self,
        transport: &Transport,
    ) -> Result<Arc<Credentials>, CredentialsError> {
        match &*self.0 {
            Kind::ApiKey(credentials) => Ok(Arc::clone(credentials)),
            Kind::Token(files) => files.credentials().await,
            Kind::Instance(instance) => instance.credentials(transport).await,
        }
    }

    /// Notes that the service refused these credentials. Returns whether there may be others now.
    pub(crate) async fn refused(&self, credentials: &Arc<Credentials>) -> bool {
        match &*self.0 {
            Kind::ApiKey(_) => return false,
            Kind::Token(files) => files.refused(credentials).await,
            Kind::Instance(instance) => instance.refused(credentials).await,
        }
        true
    }

    /// Returns the region if only the principal knows it.
    pub(crate) async fn region(&self, transport: &Transport) -> Result<Option<Region>, CredentialsError> {
        match &*self.0 {
            Kind::Instance(instance) => instance.region(transport).await.map(Some),
            Kind::ApiKey(_) | Kind::Token(_) => Ok(None),
        }
    }
}
