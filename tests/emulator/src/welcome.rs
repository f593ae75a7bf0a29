//! What to configure and what to try, said once at the start.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use emulator::Emulator;

/// What the program was asked for, as far as the greeting has it.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) namespace: String,
    pub(crate) region: String,
    /// A bucket to begin with.
    pub(crate) bucket: String,
    /// The state folder; `None` is memory.
    pub(crate) state: Option<String>,
    /// Whether the pipeline is there.
    pub(crate) pipeline: bool,
    /// What has to be said of our functions' programs.
    pub(crate) notice: Option<String>,
}

/// Prints lines that can be pasted into a shell as they are.
pub(crate) fn print(cloud: &Emulator, asked: &Asked) -> io::Result<()> {
    let mut text = places(cloud, asked);
    if asked.pipeline {
        text += &the_loop(cloud, asked);
    }
    text += &services(cloud, asked);
    text += "\nReady. Ctrl-C ends it.\n";
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Every URL, and what goes by a name.
fn places(cloud: &Emulator, asked: &Asked) -> String {
    let (url, gateway, folder, tenancy) =
        (cloud.url(), cloud.gateway_url(), cloud.folder().display(), cloud.tenancy());
    let Asked { namespace, region, .. } = asked;
    let state = asked.state.as_deref().unwrap_or("in memory");
    let mut text = format!(
        "\
OCI on this machine
  status page  {url}/
  endpoint     {url}
  gateway      {gateway}
  namespace    {namespace}
  region       {region}
  tenancy      {tenancy}
  config file  {folder}/config   (profiles DEFAULT, PKCS1, ENCRYPTED, SESSION)
  state        {state}
"
    );
    // Writing to a text does not fail.
    for stream in cloud.streams() {
        let _ = writeln!(
            text,
            "  stream       {} ({} partitions)  {}",
            stream.name(),
            stream.partitions(),
            stream.id()
        );
    }
    for connector in cloud.connectors() {
        let source = connector.stream.as_deref().unwrap_or("a stream that is gone");
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
    if let Some(notice) = &asked.notice {
        let _ = writeln!(text, "  programs     {notice}");
    }
    text
}

/// The pipeline from one end to the other.
fn the_loop(cloud: &Emulator, asked: &Asked) -> String {
    let (url, folder) = (cloud.url(), cloud.folder().display());
    let deployments = cloud.gateway_status().deployments;
    let endpoint = deployments.first().map_or("GATEWAY", |deployment| deployment.endpoint.as_str());
    let namespace = &asked.namespace;
    format!(
        r#"
The whole loop: a line to the gateway, by ingest to the stream; some seconds later an object in bronze, an event, and by curate a row in the lake:
  curl {endpoint}/journals -H 'content-type: application/json' \
    -d '{{"uuid":"1","data":{{"period_code":"202406","currency_code":"EUR","entered_debit_amount":8043.517930780035}}}}'
  curl -X POST {url}/_emulator/connectors/flush    # now, and not when the connector's time is up
  export OCI_CLI_CONFIG_FILE={folder}/config OCI_CLI_ENDPOINT={url}
  oci os object list --namespace {namespace} --bucket-name lake --query 'data[].name'
"#
    )
}

/// Each service by itself.
fn services(cloud: &Emulator, asked: &Asked) -> String {
    let (url, folder, tenancy) = (cloud.url(), cloud.folder().display(), cloud.tenancy());
    let memory = cloud.functions().memory_limit();
    let Asked { namespace, region, bucket, .. } = asked;
    let stream = cloud.streams().first().map_or("STREAM".to_owned(), |stream| stream.id());
    format!(
        r#"
The command line tool:
  export OCI_CLI_CONFIG_FILE={folder}/config OCI_CLI_ENDPOINT={url}
  oci os object list --namespace {namespace} --bucket-name {bucket}
  CURSOR=$(oci streaming stream cursor create-cursor --stream-id {stream} --partition 0 --type TRIM_HORIZON --query data.value --raw-output)
  oci streaming stream message get --stream-id {stream} --cursor $CURSOR
  oci sch service-connector list --compartment-id {tenancy}
  oci events rule list --compartment-id {tenancy}
  oci fn function invoke --function-id OCID --file - --body @event.json    # memory is {memory}
  oci api-gateway deployment list --compartment-id {tenancy}

curate as a command, from one bucket to another:
  export OCI_CLI_CONFIG_FILE={folder}/config OCI_OBJECT_STORAGE_ENDPOINT={url}
  curate oci://bronze@{namespace}/ --lake oci://lake@{namespace}/journal

A program of your own as a function, or as an instance:
  export OCI_RESOURCE_PRINCIPAL_VERSION=2.2 OCI_RESOURCE_PRINCIPAL_REGION={region} OCI_OBJECT_STORAGE_ENDPOINT={url}
  export OCI_RESOURCE_PRINCIPAL_RPST={folder}/resource-principal/rpst
  export OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM={folder}/resource-principal/private.pem
  export OCI_CLI_AUTH=instance_principal OCI_METADATA_BASE_URL={url}/opc/v2 OCI_SDK_AUTH_CLIENT_REGION_URL={url}

Faults: the first two uploads are throttled, every tenth loses its answer, and every third batch of the connector comes again:
  curl -X PUT {url}/_emulator/faults -d '[
    {{"operation":"PutObject","first":2,"fault":{{"throttle":{{"retry_after_seconds":1}}}}}},
    {{"operation":"PutObject","every":10,"fault":"reset_after"}},
    {{"operation":"WriteBatch","every":3,"fault":"forget"}}]'
  curl -X DELETE {url}/_emulator/faults

What happened, as JSON:
  curl {url}/_emulator/requests      # also: streams, connectors, events, functions, gateways
"#
    )
}
