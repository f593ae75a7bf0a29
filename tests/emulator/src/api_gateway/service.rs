//! The service: its state, and the operation that each request to the control plane asks for.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use http::StatusCode;

use super::body_budget::BodyBudget;
use super::call::{Call, Operation};
use super::crowd::Crowd;
use super::recent::Recent;
use super::registry::Registry;
use super::settings::GatewayOptions;
use super::work_requests::{WorkRequest, WorkRequests};
use crate::answer::Answer;
use crate::clock;
use crate::faults::Faults;
use crate::functions::Functions;
use crate::request::Request;
use crate::request_log::RequestLog;
use crate::service_error::ServiceError;
use crate::state_folder::StateError;

/// API Gateway of one tenancy in one region.
#[derive(Debug)]
pub(crate) struct ApiGateway {
    pub(crate) options: GatewayOptions,
    pub(crate) place: Place,
    pub(crate) functions: Arc<Functions>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) log: Arc<RequestLog>,
    pub(crate) budget: Arc<BodyBudget>,
    pub(crate) crowd: Arc<Crowd>,
    pub(crate) recent: Recent,
    work_requests: WorkRequests,
    /// What was made with the last retry tokens: the token and the OCID.
    retry_tokens: Mutex<VecDeque<(String, String)>>,
    registry: RwLock<Registry>,
}

/// Where the service is.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) folder: Option<PathBuf>,
    pub(crate) region: String,
    pub(crate) tenancy: String,
    /// Host and port that requests for deployments come by.
    pub(crate) authority: String,
}

/// Retry tokens that are remembered.
const TOKENS: usize = 1000;

impl ApiGateway {
    /// Opens a folder's state, or an empty one in memory.
    pub(crate) fn open(
        options: GatewayOptions,
        place: Place,
        functions: Arc<Functions>,
        faults: Arc<Faults>,
        log: Arc<RequestLog>,
    ) -> Result<Arc<Self>, StateError> {
        let registry = Registry::open(place.folder.as_deref(), clock::milliseconds())?;
        Ok(Arc::new(Self {
            budget: BodyBudget::new(options.body_bytes),
            crowd: Crowd::new(options.connections_per_address),
            recent: Recent::default(),
            work_requests: WorkRequests::default(),
            retry_tokens: Mutex::default(),
            registry: RwLock::new(registry),
            options,
            place,
            functions,
            faults,
            log,
        }))
    }

    /// Does what the request asks for.
    pub(crate) fn answer(&self, call: &Call, request: &mut Request) -> Result<Answer, ServiceError> {
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

    /// Milliseconds that things are on their way into being, through a change, and out of it.
    pub(crate) fn delay(&self) -> i64 {
        i64::try_from(self.options.lifecycle_delay.as_millis()).unwrap_or(i64::MAX)
    }

    /// An OCID of a kind in this region.
    pub(crate) fn new_id(&self, kind: &str) -> String {
        format!("ocid1.{kind}.oc1.{}.aaaaaaaa{}", self.place.region, crate::random::ocid_tail())
    }

    /// Tells the client that a change is under way, and what to wait for.
    pub(crate) fn accepted(
        &self,
        answer: Answer,
        operation: &'static str,
        (compartment_id, resource): (&str, &str),
        now: i64,
    ) -> Answer {
        let id = WorkRequests::new_id(&self.place.region);
        self.work_requests.add(WorkRequest {
            id: id.clone(),
            operation,
            compartment_id: compartment_id.to_owned(),
            resource: resource.to_owned(),
            accepted: now,
            finished: now.saturating_add(self.delay()),
        });
        answer.with_status(StatusCode::ACCEPTED).header("opc-work-request-id", &id)
    }

    /// What was made with the request's retry token before.
    pub(crate) fn made_before(&self, request: &Request) -> Option<String> {
        let token = request.header("opc-retry-token")?;
        let tokens = self.retry_tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.iter().find(|(known, _)| known == token).map(|(_, id)| id.clone())
    }

    /// Remembers what was made with the request's retry token.
    pub(crate) fn made(&self, request: &Request, id: &str) {
        if let Some(token) = request.header("opc-retry-token") {
            let mut tokens = self.retry_tokens.lock().unwrap_or_else(PoisonError::into_inner);
            if tokens.len() == TOKENS {
                tokens.pop_front();
            }
            tokens.push_back((token.to_owned(), id.to_owned()));
        }
    }
}
