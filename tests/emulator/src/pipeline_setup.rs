//! Sets up the pipeline's resources, and connects them with each other.

use std::error::Error;

use serde_json::json;

use crate::api_gateway::GatewayRoute;
use crate::connector_hub::{ConnectorDetails, CursorKind};
use crate::pipeline::{APPLICATION, BRONZE, CURATE, INGEST, Pipeline};
use crate::services::Services;

/// The error for a part of the pipeline that cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up {part} of the pipeline")]
pub struct PipelineError {
    /// The resource with its article, such as `the rule`.
    part: &'static str,
    /// The error of the resource's service.
    source: Box<dyn Error + Send + Sync>,
}

const RULE: &str = "bronze-to-lake";
const CONNECTOR: &str = "ledger-to-bronze";
const DEPLOYMENT: &str = "journals";
const PREFIX: &str = "/v1";
const ROUTE: &str = "/journals";

/// Creates missing resources, and updates those that depend on the options. The buckets, the stream and the functions must already exist.
pub(crate) fn set_up(pipeline: &Pipeline, services: &Services) -> Result<(), PipelineError> {
    fn failed<E: Error + Send + Sync + 'static>(part: &'static str) -> impl FnOnce(E) -> PipelineError {
        move |error| PipelineError { part, source: error.into() }
    }
    let function = |name| services.functions.id_of(APPLICATION, name).unwrap_or_default();
    services.object_storage.emit_events(BRONZE).map_err(failed("the bucket"))?;
    let condition = json!({
        "eventType": [
            "com.oraclecloud.objectstorage.createobject",
            "com.oraclecloud.objectstorage.updateobject",
        ],
        "data": { "additionalDetails": { "bucketName": [BRONZE] } },
    });
    services
        .events
        .ensure_rule(RULE, &condition.to_string(), function(CURATE))
        .map_err(failed("the rule"))?;
    let details = ConnectorDetails {
        cursor: CursorKind::TrimHorizon,
        object_name_prefix: None,
        rollover_megabytes: pipeline.rollover_megabytes,
        rollover_milliseconds: pipeline.rollover_milliseconds,
    };
    services
        .connector_hub
        .ensure_connector(CONNECTOR, &pipeline.stream, BRONZE, details)
        .map_err(failed("the connector"))?;
    services
        .api_gateway
        .ensure_deployment(DEPLOYMENT, PREFIX, &[GatewayRoute::any(ROUTE, function(INGEST))])
        .map_err(failed("the deployment"))?;
    Ok(())
}
