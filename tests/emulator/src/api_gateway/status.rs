//! Deployments and what goes through them, for tests and for people who watch.

use std::collections::BTreeMap;

use serde::Serialize;

use super::recent::GatewayRequest;
use super::service::ApiGateway;
use super::specification::{Backend, Route};
use crate::clock;

/// All of API Gateway at a glance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GatewayStatus {
    /// The port that all gateways share: `http://127.0.0.1:PORT`.
    pub url: String,
    /// Clients' connections at present.
    pub connections: usize,
    /// Bytes of requests' and answers' bodies that are held at present.
    pub held_bytes: usize,
    /// What is deployed, in the order of OCIDs.
    pub deployments: Vec<DeploymentStatus>,
    /// The last requests, the latest last.
    pub requests: Vec<GatewayRequest>,
}

/// A deployment and what became of its requests.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeploymentStatus {
    /// Its OCID.
    pub id: String,
    /// Its gateway's OCID.
    pub gateway_id: String,
    /// Its gateway's name.
    pub gateway: String,
    /// Its display name.
    pub name: String,
    /// Its path prefix.
    pub path_prefix: String,
    /// The URL before the routes' paths.
    pub endpoint: String,
    /// `CREATING`, `ACTIVE` or `UPDATING`.
    pub state: &'static str,
    /// Its routes, the one that goes first first.
    pub routes: Vec<RouteStatus>,
    /// How many requests were answered with each status, since the start of the process.
    pub statuses: BTreeMap<u16, u64>,
}

/// A route of a deployment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RouteStatus {
    /// Its path.
    pub path: String,
    /// Its methods.
    pub methods: Vec<String>,
    /// The function's OCID, or `STOCK_RESPONSE_BACKEND`.
    pub backend: String,
}

impl ApiGateway {
    /// The port that all gateways share.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.context.authority)
    }

    pub(crate) fn status(&self) -> GatewayStatus {
        GatewayStatus {
            url: self.url(),
            connections: self.crowd.size(),
            held_bytes: self.budget.held(),
            deployments: self.deployments(),
            requests: self.recent.all(),
        }
    }

    fn deployments(&self) -> Vec<DeploymentStatus> {
        let now = clock::milliseconds();
        let registry = self.registry();
        let present = registry.deployments.values().filter(|deployed| deployed.record.life.is_there());
        let show = |deployed: &std::sync::Arc<super::deployed::Deployed>| {
            let record = &deployed.record;
            let gateway = registry.gateways.get(&record.gateway_id);
            let routes = deployed.specification.iter().flat_map(|specification| &specification.routes);
            DeploymentStatus {
                id: record.id.clone(),
                gateway_id: record.gateway_id.clone(),
                gateway: gateway.map(|gateway| gateway.name.clone()).unwrap_or_default(),
                name: record.name.clone(),
                path_prefix: record.path_prefix.clone(),
                endpoint: record.endpoint(&self.host_of(&registry, record)),
                state: record.state(now),
                routes: routes.map(RouteStatus::new).collect(),
                statuses: deployed.statuses(),
            }
        };
        present.map(show).collect()
    }
}

impl RouteStatus {
    fn new(route: &Route) -> Self {
        let backend = match &route.backend {
            Backend::Function(id) => id.clone(),
            Backend::StockResponse { .. } => "STOCK_RESPONSE_BACKEND".to_owned(),
        };
        Self { path: route.path.text().to_owned(), methods: route.methods.clone(), backend }
    }
}
