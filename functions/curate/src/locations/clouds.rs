use super::s3::S3Connector;
use cloud_transport::Proxies;
use fn_kit::chain;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use oci_object_store::{Connection, OciObjectStorage, OciUrl};
use oci_requests::Environment;
use settings::Variable;
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::sync::{Arc, OnceLock};
use url::Url;

/// Access to the stores of clouds, through the variables that each cloud's own tools read: `AWS_…` for S3, `OCI_…` for OCI.
#[derive(Clone)]
pub(crate) struct Clouds {
    aws: Vec<(String, String)>,
    environment: Environment,
    /// Created once for all buckets, which share its connections and its token.
    oci: Arc<OnceLock<Connection>>,
}

/// The variables that configure access to OCI. All are optional.
pub const OCI_VARIABLES: &[Variable] = &Variable::of_libraries::<
    { oci_requests::VARIABLES.len() + oci_object_store::VARIABLES.len() },
>(&[oci_requests::VARIABLES, oci_object_store::VARIABLES]);

impl Clouds {
    /// Keeps the relevant variables. Sends no request.
    pub(crate) fn new(environment: &[(OsString, OsString)]) -> Self {
        let text = |text: &OsString| text.to_str().map(str::to_owned);
        let pairs = environment.iter().filter_map(|(name, value)| Some((text(name)?, text(value)?)));
        Clouds {
            aws: pairs.filter(|(name, _)| name.starts_with("AWS_")).collect(),
            environment: environment.iter().cloned().collect(),
            oci: Arc::default(),
        }
    }

    /// Returns the store of an S3 bucket, and the URL of its root.
    pub(crate) fn s3(&self, url: &Url) -> Result<(Arc<AmazonS3>, Url), String> {
        let bucket = url.host_str().ok_or("does not name a bucket")?;
        let proxies = Proxies::from_environment(&self.environment).map_err(|error| error.to_string())?;
        let connector =
            S3Connector::new(&self.trusted_by_aws()?, proxies).map_err(|error| error.to_string())?;
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

    /// Returns the certificates in the file that `AWS_CA_BUNDLE` names, as the AWS tools do.
    fn trusted_by_aws(&self) -> Result<Vec<u8>, String> {
        match self.aws.iter().find(|(name, value)| name == "AWS_CA_BUNDLE" && !value.is_empty()) {
            Some((name, path)) => {
                read_certificates(path).map_err(|error| format!("{name} {path:?}: {error}"))
            }
            None => Ok(Vec::new()),
        }
    }

    /// Returns the store of a bucket of OCI Object Storage.
    pub(crate) fn oci(&self, url: &OciUrl) -> Result<OciObjectStorage, String> {
        if let Some(connection) = self.oci.get() {
            return Ok(connection.store(url));
        }
        let connection = Connection::from_environment(&self.environment).map_err(|error| {
            format!("cannot set up access to OCI with these OCI_ variables: {}", chain(&error))
        })?;
        Ok(self.oci.get_or_init(|| connection).store(url))
    }
}

/// Maximum size of a certificate file in bytes. The roots of a whole system take 200 KB.
const MAX_CERTIFICATES: u64 = 4 << 20;

fn read_certificates(path: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "take() limits it")]
    File::open(path)?.take(MAX_CERTIFICATES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Omits the variables, because some are secrets.
impl fmt::Debug for Clouds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clouds").finish_non_exhaustive()
    }
}
