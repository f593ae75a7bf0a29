//! The greeting that is printed at startup.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::PathBuf;

use crate::emulator::Emulator;
use crate::options::Options;

/// The facts in the greeting that the emulator itself does not know.
#[derive(Debug)]
pub(super) struct Context {
    namespace: String,
    region: String,
    /// A bucket for the example commands.
    bucket: String,
    /// The state folder, unless the state is in memory.
    folder: Option<PathBuf>,
    pipeline: bool,
    /// Whether the pipeline's table is the user's own.
    own_table: bool,
    verbose: bool,
}

impl Context {
    pub(super) fn new(options: &Options, verbose: bool) -> Self {
        Self {
            namespace: options.namespace.clone(),
            region: options.region.clone(),
            bucket: options.buckets.first().cloned().unwrap_or_else(|| "BUCKET".to_owned()),
            folder: options.state.clone(),
            pipeline: options.pipeline.is_some(),
            own_table: options.pipeline.as_ref().is_some_and(|pipeline| pipeline.schema.is_some()),
            verbose,
        }
    }

    /// Prints the addresses and one command to try, or with `--verbose` all resources and more commands. The commands can be pasted into
    /// a shell.
    pub(super) fn print(&self, cloud: &Emulator) -> io::Result<()> {
        let mut text = self.addresses(cloud);
        if self.verbose {
            text += &self.resources(cloud);
        }
        text += &environment(cloud);
        text += &self.first_command(cloud);
        if self.verbose {
            text += &self.commands(cloud);
        }
        text += match self.verbose {
            true => "\nReady. Press Ctrl-C to stop.\n",
            false => "\nReady. Press Ctrl-C to stop. --verbose prints all resources and more commands.\n",
        };
        print(&text)
    }

    /// Prints that the cloud has stopped, and where its state is.
    pub(super) fn print_end(&self) -> io::Result<()> {
        print(&match &self.folder {
            Some(folder) => format!(
                "\nStopped. The state is in {}; the next start continues from there.\n",
                folder.display()
            ),
            None => "\nStopped. The state was in memory, and is gone.\n".to_owned(),
        })
    }

    fn addresses(&self, cloud: &Emulator) -> String {
        let (url, gateway, folder) = (cloud.url(), cloud.gateway_url(), cloud.folder().display());
        let mut text = format!(
            "\
Local OCI cloud, namespace {}, region {}
  status page  {url}/
  endpoint     {url}
  gateway      {gateway}
  config file  {folder}/config
  state        {}
",
            self.namespace,
            self.region,
            self.folder.as_ref().map_or("in memory".to_owned(), |folder| folder.display().to_string()),
        );
        for stream in cloud.streams() {
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "  stream       {} ({} partitions)  {}",
                stream.name(),
                stream.partitions(),
                stream.id()
            );
        }
        text
    }

    fn resources(&self, cloud: &Emulator) -> String {
        let mut text = format!(
            "  profiles     DEFAULT, PKCS1, ENCRYPTED and SESSION in the config file\n  tenancy      {}\n",
            cloud.tenancy()
        );
        for connector in cloud.connectors() {
            let source = connector.stream.as_deref().unwrap_or("deleted stream");
            let _ = writeln!(
                text,
                "  connector    {} ({source} → {})  {}",
                connector.name, connector.bucket, connector.id
            );
        }
        for function in cloud.functions().names() {
            let _ = writeln!(text, "  function     {function}");
        }
        for deployment in cloud.gateway_status().deployments {
            let _ = writeln!(text, "  deployment   {}  {}", deployment.name, deployment.endpoint);
        }
        text
    }

    /// Returns a command that works immediately: it sends a record through the pipeline or, without a pipeline, lists a bucket.
    fn first_command(&self, cloud: &Emulator) -> String {
        let deployments = cloud.gateway_status().deployments;
        match deployments.first().filter(|_| self.pipeline) {
            Some(deployment) if self.own_table => format!(
                r#"
Send records, one JSON object per line; their rows are in the lake about ten seconds later:
  curl {}/journals -H 'content-type: application/x-ndjson' --data-binary @records.jsonl
"#,
                deployment.endpoint
            ),
            Some(deployment) => format!(
                r#"
Send a record through the pipeline; its row is in the lake about ten seconds later:
  curl {}/journals -H 'content-type: application/json' \
    -d '{{"uuid":"1","data":{{"period_code":"202406","currency_code":"EUR","entered_debit_amount":8043.517930780035}}}}'
"#,
                deployment.endpoint
            ),
            None => format!(
                "
List a bucket:
  OCI_CLI_CONFIG_FILE={}/config OCI_CLI_ENDPOINT={} oci os object list --namespace {} --bucket-name {}
",
                cloud.folder().display(),
                cloud.url(),
                self.namespace,
                self.bucket,
            ),
        }
    }

    fn commands(&self, cloud: &Emulator) -> String {
        let (url, folder, tenancy) = (cloud.url(), cloud.folder().display(), cloud.tenancy());
        let memory = cloud.functions().memory_limit();
        let Self { namespace, region, bucket, .. } = self;
        let stream = cloud.streams().first().map_or("STREAM".to_owned(), |stream| stream.id());
        format!(
            r#"
Flush the connector instead of waiting for it:
  curl -X POST {url}/_emulator/connectors/flush

Use Oracle's command line:
  export OCI_CLI_CONFIG_FILE={folder}/config OCI_CLI_ENDPOINT={url}
  oci os object list --namespace {namespace} --bucket-name {bucket}
  CURSOR=$(oci streaming stream cursor create-cursor --stream-id {stream} --partition 0 --type TRIM_HORIZON --query data.value --raw-output)
  oci streaming stream message get --stream-id {stream} --cursor $CURSOR
  oci sch service-connector list --compartment-id {tenancy}
  oci events rule list --compartment-id {tenancy}
  oci fn function invoke --function-id OCID --file - --body @event.json    # memory limit: {memory}
  oci api-gateway deployment list --compartment-id {tenancy}

Curate from one bucket to another, with the variables above:
  bronzeworks curate oci://bronze@{namespace}/ --lake oci://lake@{namespace}/journal

Let your own program sign in as a function or an instance:
  export OCI_RESOURCE_PRINCIPAL_VERSION=2.2 OCI_RESOURCE_PRINCIPAL_REGION={region} OCI_OBJECT_STORAGE_ENDPOINT={url}
  export OCI_RESOURCE_PRINCIPAL_RPST={folder}/resource-principal/rpst
  export OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM={folder}/resource-principal/private.pem
  export OCI_CLI_AUTH=instance_principal OCI_METADATA_BASE_URL={url}/opc/v2 OCI_SDK_AUTH_CLIENT_REGION_URL={url}

Inject faults: throttle the first two uploads, lose the response of every tenth, write every third batch of the connector twice:
  curl -X PUT {url}/_emulator/faults -d '[
    {{"operation":"PutObject","first":2,"fault":{{"throttle":{{"retry_after_seconds":1}}}}}},
    {{"operation":"PutObject","every":10,"fault":"reset_after"}},
    {{"operation":"WriteBatch","every":3,"fault":"forget"}}]'
  curl -X DELETE {url}/_emulator/faults

See what happened, as JSON:
  curl {url}/_emulator/requests      # also: streams, connectors, events, functions, gateways
"#
        )
    }
}

/// Returns the variables with which the other commands find this cloud.
fn environment(cloud: &Emulator) -> String {
    let (url, folder) = (cloud.url(), cloud.folder().display());
    format!(
        "
Let `bronzeworks curate` and `bronzeworks load` find this cloud:
  export OCI_CLI_CONFIG_FILE={folder}/config \\
    OCI_OBJECT_STORAGE_ENDPOINT={url} OCI_STREAMING_ENDPOINT={url}
"
    )
}

/// Prints a text on stdout. It is no failure if the reader has closed stdout.
fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}
