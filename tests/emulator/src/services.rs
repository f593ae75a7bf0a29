//! All services of a cloud.

use std::sync::Arc;

use crate::access::identity::Identity;
use crate::api_gateway::ApiGateway;
use crate::connector_hub::ConnectorHub;
use crate::events::Events;
use crate::faults::in_force::Faults;
use crate::functions::Functions;
use crate::object_storage::ObjectStorage;
use crate::request_log::RequestLog;
use crate::streaming::Streaming;

/// All services of a cloud, and the parts that they share.
#[derive(Debug)]
pub(crate) struct Services {
    pub(crate) identity: Identity,
    pub(crate) faults: Arc<Faults>,
    pub(crate) log: Arc<RequestLog>,
    pub(crate) object_storage: Arc<ObjectStorage>,
    pub(crate) streaming: Arc<Streaming>,
    pub(crate) functions: Arc<Functions>,
    pub(crate) connector_hub: Arc<ConnectorHub>,
    pub(crate) events: Arc<Events>,
    pub(crate) api_gateway: Arc<ApiGateway>,
    pub(crate) refuse_rotated_tokens: bool,
}
