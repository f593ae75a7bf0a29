/// The environment variables that this crate reads, each with a description: a sentence without a period.
///
/// All are optional. Where Oracle's command line has a variable for something, this crate uses its name.
pub const VARIABLES: &[(&str, &str)] = &[
    (
        "OCI_CLI_AUTH",
        "What signs requests: `api_key`, `security_token`, `resource_principal` or `instance_principal`; by default the resource principal \
             if there is one (in a function), otherwise the profile",
    ),
    ("OCI_CLI_CONFIG_FILE", "File with the profiles; by default `~/.oci/config`"),
    ("OCI_CONFIG_FILE", "Same as `OCI_CLI_CONFIG_FILE`, which takes precedence"),
    (
        "OCI_CLI_PROFILE",
        "Profile to use; by default `DEFAULT`. A profile with a `security_token_file` is a session, any other is an API key",
    ),
    ("OCI_CONFIG_PROFILE", "Same as `OCI_CLI_PROFILE`, which takes precedence"),
    ("OCI_CLI_USER", "Overrides the profile's `user`"),
    ("OCI_CLI_TENANCY", "Overrides the profile's `tenancy`"),
    ("OCI_CLI_FINGERPRINT", "Overrides the profile's `fingerprint`"),
    ("OCI_CLI_KEY_FILE", "Overrides the profile's `key_file`"),
    ("OCI_CLI_KEY_CONTENT", "The private key itself, instead of a file"),
    ("OCI_CLI_PASSPHRASE", "Overrides the profile's `pass_phrase`"),
    ("OCI_CLI_SECURITY_TOKEN_FILE", "Overrides the profile's `security_token_file`"),
    ("OCI_CLI_REGION", "Overrides the region of the profile, the function or the instance"),
    ("OCI_REGION", "Region to use when nothing else names one"),
    ("OCI_REGION_METADATA", "Describes a region that is newer than this program; OCI sets it in functions"),
    ("OCI_DEFAULT_REALM", "Realm of unknown regions; by default `oc1`"),
    ("OCI_RESOURCE_PRINCIPAL_VERSION", "Version of the resource principal, `2.2`; OCI sets it in functions"),
    (
        "OCI_RESOURCE_PRINCIPAL_RPST",
        "Token of the resource principal, or the file that holds it; OCI sets it in functions",
    ),
    (
        "OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM",
        "Private key of the resource principal, or the file that holds it; OCI sets it in functions",
    ),
    ("OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM_PASSPHRASE", "Pass phrase of that key, or the file that holds it"),
    ("OCI_RESOURCE_PRINCIPAL_REGION", "Region of the resource principal; OCI sets it in functions"),
    (
        "OCI_METADATA_BASE_URL",
        "URL of the instance metadata service; by default `http://169.254.169.254/opc/v2`",
    ),
    (
        "OCI_SDK_AUTH_CLIENT_REGION_URL",
        "URL of the service that gives instances their tokens; by default that of the region",
    ),
];
