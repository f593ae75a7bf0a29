//! The complete environment of a function's process. None of the emulator's own environment variables are passed on.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use super::definition::{ApplicationDefinition, FunctionDefinition};
use super::settings::Settings;

/// The default `PATH` in container images.
pub(crate) const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Returns all variables except `FN_LISTENER`, which differs between processes. The function's settings override the application's, and
/// the platform's variables override both.
pub(crate) fn of_function(
    settings: &Settings,
    application: &ApplicationDefinition,
    function: &FunctionDefinition,
    (application_id, function_id): (&str, &str),
) -> BTreeMap<String, String> {
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let principal =
        |name: &str| settings.credentials.join("resource-principal").join(name).display().to_string();
    let region = &settings.region;
    let metadata = json!({
        "realmDomainComponent": "oraclecloud.com",
        "realmKey": "oc1",
        "regionIdentifier": region,
        "regionKey": crate::region::region_key(region).to_uppercase(),
    });
    let container = [
        own("PATH", PATH),
        own("HOME", "/"),
        own("HOSTNAME", "fn"),
        // The platform does not set this. It tells functions how to reach this cloud, and a setting can override it.
        own("OCI_OBJECT_STORAGE_ENDPOINT", &settings.url),
    ];
    let platform = [
        own("OCI_RESOURCE_PRINCIPAL_VERSION", "2.2"),
        own("OCI_RESOURCE_PRINCIPAL_RPST", &principal("rpst")),
        own("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM", &principal("private.pem")),
        own("OCI_RESOURCE_PRINCIPAL_REGION", region),
        own("OCI_REGION_METADATA", &metadata.to_string()),
        own("FN_FORMAT", "http-stream"),
        own("FN_MEMORY", &function.memory.to_string()),
        own("FN_TYPE", "sync"),
        own("FN_FN_ID", function_id),
        own("FN_APP_ID", application_id),
        own("FN_FN_NAME", &function.name),
        own("FN_APP_NAME", &application.name),
    ];
    let config = application.config.iter().chain(&function.config);
    let config = config.map(|(name, value)| (name.clone(), value.clone()));
    container.into_iter().chain(config).chain(platform).collect()
}

/// Returns the value of `FN_LISTENER`.
pub(crate) fn listener(socket: &Path) -> String {
    format!("unix:{}", socket.display())
}
