//! What to configure, said once at the start.

use std::io::{self, Write};

use emulator::Emulator;

/// Prints lines that can be pasted into a shell as they are.
pub(crate) fn print(cloud: &Emulator, namespace: &str, region: &str, bucket: &str) -> io::Result<()> {
    let (url, folder, tenancy) = (cloud.url(), cloud.folder().display(), cloud.tenancy());
    let streams = cloud.streams();
    let listed: String = streams
        .iter()
        .map(|stream| {
            format!(
                "  stream       {} ({} partitions)  {}\n",
                stream.name(),
                stream.partitions(),
                stream.id()
            )
        })
        .collect();
    let stream = streams.first().map_or("STREAM".to_owned(), |stream| stream.id());
    let functions = cloud.functions().names().join(", ");
    let functions = if functions.is_empty() { "none: see --functions" } else { &functions };
    let memory = cloud.functions().memory_limit();
    let gateway = cloud.gateway_url();
    let text = format!(
        "\
OCI Object Storage, Streaming, Functions and API Gateway on this machine
  endpoint     {url}
  gateway      {gateway}   (deployments are called here, without a signature)
  namespace    {namespace}
  region       {region}
  tenancy      {tenancy}
  config file  {folder}/config   (profiles DEFAULT, PKCS1, ENCRYPTED, SESSION)
  objects      oci://{bucket}@{namespace}/NAME
{listed}
The command line tool:
  export OCI_CLI_CONFIG_FILE={folder}/config OCI_CLI_ENDPOINT={url}
  oci os object list --namespace {namespace} --bucket-name {bucket}

Messages in and out of a stream (key and value in base64), and what its partitions are doing:
  oci streaming stream message put --stream-id {stream} --messages '[{{\"key\":\"a2V5\",\"value\":\"dmFsdWU=\"}}]'
  CURSOR=$(oci streaming stream cursor create-cursor --stream-id {stream} --partition 0 --type TRIM_HORIZON --query data.value --raw-output)
  oci streaming stream message get --stream-id {stream} --cursor $CURSOR
  curl {url}/_emulator/streams

curate, from one bucket to another:
  export OCI_CLI_CONFIG_FILE={folder}/config OCI_OBJECT_STORAGE_ENDPOINT={url}
  curate oci://bronze@{namespace}/ --lake oci://lake@{namespace}/

Functions ({functions}; memory is {memory}):
  oci fn function invoke --endpoint {url} --function-id OCID --file - --body @event.json
  curl {url}/_emulator/functions     # ids, and the last invocations

A function behind a gateway:
  oci api-gateway gateway create --compartment-id {tenancy} --endpoint-type PUBLIC --subnet-id ocid1.subnet.any --wait-for-state SUCCEEDED
  oci api-gateway deployment create --compartment-id {tenancy} --gateway-id OCID --path-prefix /v1 --wait-for-state SUCCEEDED \\
    --specification '{{"routes":[{{"path":"/{{rest*}}","backend":{{"type":"ORACLE_FUNCTIONS_BACKEND","functionId":"OCID"}}}}]}}'
  curl {gateway}/v1/any/path
  curl {url}/_emulator/gateways      # deployments, routes, and the last requests

As a function, with the resource principal:
  export OCI_RESOURCE_PRINCIPAL_VERSION=2.2
  export OCI_RESOURCE_PRINCIPAL_RPST={folder}/resource-principal/rpst
  export OCI_RESOURCE_PRINCIPAL_PRIVATE_PEM={folder}/resource-principal/private.pem
  export OCI_RESOURCE_PRINCIPAL_REGION={region} OCI_OBJECT_STORAGE_ENDPOINT={url}

As an instance, with the instance principal:
  export OCI_CLI_AUTH=instance_principal OCI_OBJECT_STORAGE_ENDPOINT={url}
  export OCI_METADATA_BASE_URL={url}/opc/v2 OCI_SDK_AUTH_CLIENT_REGION_URL={url}

Faults: the first two uploads are throttled, and of the others every tenth loses its answer:
  curl -X PUT {url}/_emulator/faults -d '[
    {{\"operation\":\"PutObject\",\"first\":2,\"fault\":{{\"throttle\":{{\"retry_after_seconds\":1}}}}}},
    {{\"operation\":\"PutObject\",\"every\":10,\"fault\":\"reset_after\"}}]'
  curl {url}/_emulator/requests      # what came, and what became of it
  curl -X DELETE {url}/_emulator/faults

Ready. Ctrl-C ends it.
"
    );
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
