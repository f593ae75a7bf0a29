//! The whole loop, laid out at the start: a gateway's route, a stream, the connector behind it, a rule, and our functions.

use serde_json::json;

use crate::api_gateway::GatewayRoute;
use crate::connector_hub::{ConnectorDetails, CursorKind};
use crate::emulator::{Emulator, StartError};
use crate::functions::{ApplicationDefinition, FunctionDefinition};

/// The ledger's pipeline, by the names that the README uses: gateway → `ingest` → stream → connector → bucket `bronze` → events →
/// `curate` → bucket `lake`.
///
/// It is made of what clients make over the APIs, and can be changed over them; what is there already is left as it is, but for
/// the rule's condition and action, and when the connector's objects end. A connector whose stream was deleted is led to the one that is
/// there instead.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The stream's name; one of [`StreamingOptions::streams`](crate::StreamingOptions::streams).
    pub stream: String,
    /// Megabytes after gzip that end a bronze object.
    pub rollover_megabytes: u64,
    /// Milliseconds after its first message that a bronze object ends.
    pub rollover_milliseconds: u64,
}

/// The application, and its functions.
const APPLICATION: &str = "bronzeworks";
const CURATE: &str = "curate";
const INGEST: &str = "ingest";

/// The buckets.
const BRONZE: &str = "bronze";
const LAKE: &str = "lake";

/// The rule's and the connector's name.
const RULE: &str = "bronze-to-lake";
const CONNECTOR: &str = "ledger-to-bronze";

/// The deployment's name, and the URL's path.
const DEPLOYMENT: &str = "journals";
const PREFIX: &str = "/v1";
const ROUTE: &str = "/journals";

/// A journal's lines stay in order; what is none goes anywhere.
const KEY: &str = "pointer:/data/journal_external_reference,pointer:/journal_external_reference,none";

impl Pipeline {
    /// The programs of its functions.
    pub fn programs(&self) -> [&'static str; 2] {
        [CURATE, INGEST]
    }

    /// Buckets that have to be there.
    pub(crate) fn buckets(&self) -> [String; 2] {
        [BRONZE, LAKE].map(str::to_owned)
    }

    /// Our functions as they are deployed here, with the OCID of the stream, and its endpoint as they reach it.
    pub(crate) fn application(
        &self,
        namespace: &str,
        stream_id: &str,
        endpoint: &str,
    ) -> ApplicationDefinition {
        let function = |name: &str, memory, timeout| FunctionDefinition {
            memory,
            timeout,
            may_come: true,
            ..FunctionDefinition::new(name, [name])
        };
        let curate = function(CURATE, 512, 300)
            .config("SOURCE_URL", format!("oci://{BRONZE}@{namespace}/"))
            .config("LAKE_URL", format!("oci://{LAKE}@{namespace}/journal"));
        let ingest = function(INGEST, 128, 60)
            .config("STREAM_ID", stream_id)
            .config("STREAM_ENDPOINT", endpoint)
            .config("KEY", KEY);
        ApplicationDefinition::new(APPLICATION, vec![curate, ingest])
    }

    /// Ties together what is there.
    pub(crate) fn lay(&self, cloud: &Emulator) -> Result<(), StartError> {
        let failed = |what: &str, error: &dyn std::fmt::Display| {
            StartError::Pipeline(format!("{what} of the pipeline: {error}"))
        };
        cloud.emit_object_events(BRONZE).map_err(|error| failed("the bucket", &error))?;
        let curate = cloud.functions().id_of(APPLICATION, CURATE).unwrap_or_default();
        let condition = json!({
            "eventType": [
                "com.oraclecloud.objectstorage.createobject",
                "com.oraclecloud.objectstorage.updateobject",
            ],
            "data": { "additionalDetails": { "bucketName": [BRONZE] } },
        });
        cloud
            .events()
            .ensure_rule(RULE, &condition.to_string(), curate)
            .map_err(|error| failed("the rule", &error))?;
        let details = ConnectorDetails {
            cursor: CursorKind::TrimHorizon,
            object_name_prefix: None,
            rollover_megabytes: self.rollover_megabytes,
            rollover_milliseconds: self.rollover_milliseconds,
        };
        cloud
            .ensure_connector(CONNECTOR, &self.stream, BRONZE, details)
            .map_err(|error| failed("the connector", &error))?;
        let ingest = cloud.functions().id_of(APPLICATION, INGEST).unwrap_or_default();
        cloud
            .ensure_deployment(DEPLOYMENT, PREFIX, &[GatewayRoute::any(ROUTE, ingest)])
            .map_err(|error| failed("the deployment", &error))?;
        Ok(())
    }
}
