//! The service: its state, and the dispatch of control-plane requests to operations.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use http::StatusCode;

use super::body_budget::BodyBudget;
use super::call::{Call, Operation};
use super::crowd::Crowd;
use super::recent::RecentRequests;
use super::registry::Registry;
use super::settings::GatewayOptions;
use crate::clock;
use crate::control_plane::retry_tokens::RetryTokens;
use crate::control_plane::work_requests::{Accepted, Entity, Words, WorkRequests};
use crate::faults::in_force::Faults;
use crate::functions::Functions;
use crate::random;
use crate::request_log::RequestLog;
use crate::state_folder::StateError;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::ServiceError;

/// API Gateway of one tenancy in one region.
#[derive(Debug)]
pub(crate) struct ApiGateway {
    pub(crate) options: GatewayOptions,
    pub(crate) context: GatewayContext,
    pub(crate) functions: Arc<Functions>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) log: Arc<RequestLog>,
    pub(crate) budget: Arc<BodyBudget>,
    pub(crate) crowd: Arc<Crowd>,
    pub(crate) recent: RecentRequests,
    work_requests: WorkRequests,
    /// Retry tokens of created gateways and deployments.
    pub(crate) retry_tokens: RetryTokens,
    registry: RwLock<Registry>,
}

/// What the service needs to know about the cloud around it.
#[derive(Debug, Clone)]
pub(crate) struct GatewayContext {
    pub(crate) folder: Option<PathBuf>,
    pub(crate) region: String,
    pub(crate) tenancy: String,
    /// Host and port that deployments are reached at.
    pub(crate) authority: String,
}

const WORK_REQUESTS: Words =
    Words { ocid: "apigatewayworkrequest", listed_id: "workRequestId", of_compartment: true };

/// The resource types that work requests name.
const GATEWAY: Entity = Entity { name: "gateway", path: "/20190501/gateways" };
const DEPLOYMENT: Entity = Entity { name: "deployment", path: "/20190501/deployments" };

impl ApiGateway {
    /// Opens the state in a folder, or an empty one in memory.
    pub(crate) fn open(
        options: GatewayOptions,
        context: GatewayContext,
        functions: Arc<Functions>,
        faults: Arc<Faults>,
        log: Arc<RequestLog>,
    ) -> Result<Arc<Self>, StateError> {
        let registry = Registry::open(context.folder.as_deref(), clock::milliseconds())?;
        Ok(Arc::new(Self {
            budget: BodyBudget::new(options.body_bytes),
            crowd: Crowd::new(options.connections_per_address),
            recent: RecentRequests::default(),
            work_requests: WorkRequests::new(&WORK_REQUESTS),
            retry_tokens: RetryTokens::default(),
            registry: RwLock::new(registry),
            options,
            context,
            functions,
            faults,
            log,
        }))
    }

    pub(crate) fn answer(&self, call: &Call, request: &mut Request) -> Result<Response, ServiceError> {
        let now = clock::milliseconds();
        match call.operation {
            Operation::ListGateways => self.list_gateways(request, now),
            Operation::CreateGateway => self.create_gateway(request, now),
            Operation::GetGateway => self.get_gateway(call, now),
            Operation::UpdateGateway => self.update_gateway(call, request, now),
            Operation::DeleteGateway => self.delete_gateway(call, request, now),
            Operation::ChangeGatewayCompartment => self.change_gateway_compartment(call, request, now),
            Operation::ListDeployments => self.list_deployments(request, now),
            Operation::CreateDeployment => self.create_deployment(request, now),
            Operation::GetDeployment => self.get_deployment(call, now),
            Operation::UpdateDeployment => self.update_deployment(call, request, now),
            Operation::DeleteDeployment => self.delete_deployment(call, request, now),
            Operation::ChangeDeploymentCompartment => self.change_deployment_compartment(call, request, now),
            Operation::ListWorkRequests => self.work_requests.list(&request.query, now),
            Operation::GetWorkRequest => self.work_requests.get(&call.id, now),
            Operation::ListWorkRequestErrors => self.work_requests.errors(&call.id),
            Operation::ListWorkRequestLogs => self.work_requests.logs(&call.id, now),
        }
    }

    pub(crate) fn registry(&self) -> RwLockReadGuard<'_, Registry> {
        self.registry.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn change(&self) -> RwLockWriteGuard<'_, Registry> {
        self.registry.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how many milliseconds creating, changing or deleting a resource takes.
    pub(crate) fn delay(&self) -> i64 {
        i64::try_from(self.options.lifecycle_delay.as_millis()).unwrap_or(i64::MAX)
    }

    /// Creates an OCID of this kind in this region.
    pub(crate) fn new_id(&self, kind: &str) -> String {
        random::ocid(kind, &self.context.region)
    }

    /// Marks a response as accepted: a change is in progress, and a header names its work request.
    pub(crate) fn accepted(
        &self,
        response: Response,
        operation: &'static str,
        (compartment_id, resource): (&str, &str),
        now: i64,
    ) -> Response {
        let change = Accepted {
            operation,
            entity: if operation.ends_with("GATEWAY") { GATEWAY } else { DEPLOYMENT },
            compartment_id,
            resource,
            accepted: now,
            finished: now.saturating_add(self.delay()),
        };
        let id = self.work_requests.accept(&self.context.region, change);
        response.with_status(StatusCode::ACCEPTED).header("opc-work-request-id", &id)
    }
}
