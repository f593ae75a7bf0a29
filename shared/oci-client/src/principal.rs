//! Who signs: an API key, a session, the resource (a function) or the instance that this process runs on.

mod instance;
mod profile;
mod renewal;
mod token_files;

pub use instance::InstancePrincipal;
pub use profile::Profile;
pub use token_files::TokenFiles;

use crate::credentials::{Credentials, CredentialsError};
use crate::environment::Environment;
use crate::private_key::PrivateKey;
use crate::region::Region;
use crate::transport::Transport;
use std::sync::Arc;
use std::time::Duration;

/// Who signs requests. Making one reads no file and asks nobody but where it says so; cloning is cheap.
#[derive(Debug, Clone)]
pub struct Principal(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    ApiKey(Arc<Credentials>),
    Token(TokenFiles),
    Instance(InstancePrincipal),
}

/// How long before their end credentials are made anew: as long as Oracle's Go SDK takes (`bufferTimeBeforeTokenExpiration`), so
/// that a request which is tried for minutes does not outlive them.
pub(crate) const RENEW_BEFORE: Duration = Duration::from_secs(5 * 60);

impl Principal {
    /// A user by an API key; the fingerprint is that of the console: pairs of hexadecimal digits with colons.
    pub fn api_key(tenancy: &str, user: &str, fingerprint: &str, key: PrivateKey) -> Self {
        let credentials = Credentials::api_key(tenancy, user, fingerprint, key);
        Principal(Arc::new(Kind::ApiKey(Arc::new(credentials))))
    }

    /// A token and its key, read anew as a pair before the token ends and when the service refuses it.
    pub fn token(files: TokenFiles) -> Self {
        Principal(Arc::new(Kind::Token(files)))
    }

    /// The instance that this process runs on.
    pub fn instance(instance: InstancePrincipal) -> Self {
        Principal(Arc::new(Kind::Instance(instance)))
    }

    /// The principal that the environment says, and the region that goes with it.
    ///
    /// | `OCI_CLI_AUTH` | principal |
    /// | --- | --- |
    /// | not given | the resource principal where `OCI_RESOURCE_PRINCIPAL_VERSION` is set (in a function it is), else the profile |
    /// | `api_key`, `security_token` | a profile of the configuration file (`OCI_CLI_CONFIG_FILE`, `OCI_CONFIG_FILE`, `~/.oci/config`; `OCI_CLI_PROFILE`, `DEFAULT`) |
    /// | `resource_principal` | version 2.2: `OCI_RESOURCE_PRINCIPAL_RPST`, `…_PRIVATE_PEM`, `…_PRIVATE_PEM_PASSPHRASE`, `…_REGION` |
    /// | `instance_principal` | the instance, by its metadata service |
    ///
    /// The names are those of Oracle's command line. The region is `OCI_CLI_REGION`, else what the principal brings, else
    /// `OCI_REGION`; of an instance only its metadata service knows, which is asked at the first request: `None`.
    pub fn from_environment(environment: &Environment) -> Result<(Self, Option<Region>), CredentialsError> {
        let resource = environment.get("OCI_RESOURCE_PRINCIPAL_VERSION").is_some();
        let (principal, region) = match environment.get("OCI_CLI_AUTH") {
            None if resource => resource_principal(environment)?,
            Some("resource_principal") => resource_principal(environment)?,
            Some("instance_principal") => (Self::instance(InstancePrincipal::new(environment)), None),
            None | Some("api_key" | "security_token") => {
                let profile = Profile::from_environment(environment)?;
                let token_wanted = environment.get("OCI_CLI_AUTH").map(|auth| auth == "security_token");
                (profile.principal(token_wanted)?, profile.region().map(str::to_owned))
            }
            Some(other) => {
                let known = "api_key, security_token, resource_principal and instance_principal";
                let problem = format!("OCI_CLI_AUTH is '{other}'; there are {known}");
                return Err(CredentialsError::Setting(problem));
            }
        };
        let region = environment.get("OCI_CLI_REGION").map(str::to_owned).or(region);
        let region = region.or_else(|| environment.get("OCI_REGION").map(str::to_owned));
        let region = region.map(|name| Region::find(&name, environment)).transpose();
        Ok((principal, region?))
    }

    /// What to sign with now.
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

    /// Takes note that the service refused these credentials; says whether there may be others now.
    pub(crate) async fn refused(&self, credentials: &Arc<Credentials>) -> bool {
        match &*self.0 {
            Kind::ApiKey(_) => return false,
            Kind::Token(files) => files.refused(credentials).await,
            Kind::Instance(instance) => instance.refused(credentials).await,
        }
        true
    }

    /// The region, where the principal is the only one to know it.
    pub(crate) async fn region(&self, transport: &Transport) -> Result<Option<Region>, CredentialsError> {
        match &*self.0 {
            Kind::Instance(instance) => instance.region(transport).await.map(Some),
            Kind::ApiKey(_) | Kind::Token(_) => Ok(None),
        }
    }
}

fn resource_principal(environment: &Environment) -> Result<(Principal, Option<String>), CredentialsError> {
    let files = TokenFiles::resource_principal(environment)?;
    let region = environment.get("OCI_RESOURCE_PRINCIPAL_REGION").map(str::to_owned);
    Ok((Principal::token(files), region))
}
