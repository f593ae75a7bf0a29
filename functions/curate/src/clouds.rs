use crate::error::chain;
use crate::s3_http::S3Connector;
use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use oci_client::Environment;
use oci_object_store::{Connection, OciObjectStorage, OciUrl};
use settings::Variable;
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::sync::{Arc, OnceLock};
use url::Url;

/// How to reach the stores of clouds, as the environment says: `AWS_…` for S3, `OCI_…` for OCI, each as the cloud's own tools.
#[derive(Clone)]
pub(crate) struct Clouds {
    aws: Vec<(String, String)>,
    environment: Environment,
    /// One for all buckets: they share its connections and its token.
    oci: Arc<OnceLock<Connection>>,
}

const fn variable(name: &'static str, help: &'static str) -> Variable {
    Variable { name, help }
}

/// The variables by which OCI is reached, none of which has to be there: `oci-client` and `oci-object-store` read them. They are the
/// names of Oracle's command line where it has one.
pub const OCI_VARIABLES: &[Variable] = &[
    variable(
        "OCI_CLI_AUTH",
        "`api_key`, `security_token`, `resource_principal` or `instance_principal`; by default the resource principal where \
         there is one (in a function), else the profile",
    ),
    variable("OCI_CLI_CONFIG_FILE", "the file of profiles, by default `~/.oci/config`"),
    variable(
        "OCI_CLI_PROFILE",
        "the profile, by default `DEFAULT`; with a `security_token_file` it is a session, else an API key",
    ),
    variable("OCI_CLI_USER", "in place of the profile's `user`"),
    variable("OCI_CLI_TENANCY", "in place of the profile's `tenancy`"),
    variable("OCI_CLI_FINGERPRINT", "in place of the profile's `fingerprint`"),
    variable("OCI_CLI_KEY_FILE", "in place of the profile's `key_file`"),
    variable("OCI_CLI_KEY_CONTENT", "the key itself, in place of a file"),
    variable("OCI_CLI_PASSPHRASE", "in place of the profile's `pass_phrase`"),
    variable("OCI_CLI_SECURITY_TOKEN_FILE", "in place of the profile's `security_token_file`"),
    variable("OCI_CLI_REGION", "in place of the profile's, the function's or the instance's region"),
    variable("OCI_OBJECT_STORAGE_ENDPOINT", "the service's URL, in place of the region's"),
    variable("OCI_REGION_METADATA", "a region younger than this program, as functions have it"),
    variable("OCI_DEFAULT_REALM", "the realm of regions that are not known, by default `oc1`"),
];

impl Clouds {
    /// Takes what matters from the environment; nobody is asked until a place in a cloud is named.
    pub(crate) fn new(environment: &[(OsString, OsString)]) -> Self {
        let text = |text: &OsString| text.to_str().map(str::to_owned);
        let pairs = environment.iter().filter_map(|(name, value)| Some((text(name)?, text(value)?)));
        Clouds {
            aws: pairs.filter(|(name, _)| name.starts_with("AWS_")).collect(),
            environment: environment.iter().cloned().collect(),
            oci: Arc::default(),
        }
    }

    /// The store of an S3 bucket, and the URL of its root.
    pub(crate) fn s3(&self, url: &Url) -> Result<(Arc<dyn ObjectStore>, Url), String> {
        let bucket = url.host_str().ok_or("names no bucket")?;
        let connector = S3Connector::new(&self.trusted_by_aws()?)?;
        let mut builder = AmazonS3Builder::new().with_bucket_name(bucket).with_http_connector(connector);
        for (name, value) in &self.aws {
            if let Ok(key) = name.to_ascii_lowercase().parse() {
                builder = builder.with_config(key, value);
            }
        }
        let store = builder.build().map_err(|error| error.to_string())?;
        let base = Url::parse(&format!("s3://{bucket}/")).map_err(|error| error.to_string())?;
        Ok((Arc::new(store), base))
    }

    /// The certificates in the file that the AWS tools know by this name, too.
    fn trusted_by_aws(&self) -> Result<Vec<u8>, String> {
        match self.aws.iter().find(|(name, value)| name == "AWS_CA_BUNDLE" && !value.is_empty()) {
            Some((name, path)) => {
                read_certificates(path).map_err(|error| format!("{name} {path:?}: {error}"))
            }
            None => Ok(Vec::new()),
        }
    }

    /// The store of a bucket of OCI Object Storage.
    pub(crate) fn oci(&self, url: &OciUrl) -> Result<OciObjectStorage, String> {
        if let Some(connection) = self.oci.get() {
            return Ok(connection.store(url));
        }
        let connection = Connection::from_environment(&self.environment)
            .map_err(|error| format!("OCI cannot be reached with these OCI_ variables: {}", chain(&error)))?;
        Ok(self.oci.get_or_init(|| connection).store(url))
    }
}

/// Largest file of certificates; the roots of a whole system take 200 KB.
const MAX_CERTIFICATES: u64 = 4 << 20;

fn read_certificates(path: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "it has a ceiling")]
    File::open(path)?.take(MAX_CERTIFICATES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Among the variables are keys.
impl fmt::Debug for Clouds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clouds").finish_non_exhaustive()
    }
}
