use super::{InstancePrincipal, Principal, Profile, TokenFiles};
use crate::credentials_error::CredentialsError;
use crate::region::Region;
use cloud_transport::Environment;

impl Principal {
    /// Returns the principal that the environment selects, and its region.
    ///
    /// | `OCI_CLI_AUTH` | principal |
    /// | --- | --- |
    /// | not set | the resource principal if `OCI_RESOURCE_PRINCIPAL_VERSION` is set, as it is in a function; otherwise the profile |
    /// | `api_key`, `security_token` | a profile of the configuration file (`OCI_CLI_CONFIG_FILE`, `OCI_CONFIG_FILE`, `~/.oci/config`; `OCI_CLI_PROFILE`, `DEFAULT`) |
    /// | `resource_principal` | version 2.2: `OCI_RESOURCE_PRINCIPAL_RPST`, `…_PRIVATE_PEM`, `…_PRIVATE_PEM_PASSPHRASE`, `…_REGION` |
    /// | `instance_principal` | the instance, by its metadata service |
    ///
    /// These are the variables of Oracle's command line. The region is `OCI_CLI_REGION`, otherwise the principal's own, otherwise
    /// `OCI_REGION`. An instance's region is known only to its metadata service, which is asked at the first request, so here the region is
    /// `None`.
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
                let known = "api_key, security_token, resource_principal or instance_principal";
                let problem = format!("OCI_CLI_AUTH is '{other}', not one of {known}");
                return Err(CredentialsError::Setting(problem));
            }
        };
        let region = environment.get("OCI_CLI_REGION").map(str::to_owned).or(region);
        let region = region.or_else(|| environment.get("OCI_REGION").map(str::to_owned));
        let region = region.map(|name| Region::find(&name, environment)).transpose();
        Ok((principal, region?))
    }
}

fn resource_principal(environment: &Environment) -> Result<(Principal, Option<String>), CredentialsError> {
    let files = TokenFiles::resource_principal(environment)?;
    let region = environment.get("OCI_RESOURCE_PRINCIPAL_REGION").map(str::to_owned);
    Ok((Principal::token(files), region))
}
