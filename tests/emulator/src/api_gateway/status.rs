//! The status of deployments and their traffic, for tests and the status page.

use std::collections::BTreeMap;

use serde::Serialize;

use super::recent::GatewayRequest;
use super::service::ApiGateway;
use super::specification::{Backend, Route};
use crate::clock;

/// The status of API Gateway.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GatewayStatus {
    /// URL of the port that all gateways share: `http://127.0.0.1:PORT`.
    pub url: String,
    /// Number of open client connections.
    pub connections: usize,
    /// Bytes of request and response bodies held now.
    pub held_bytes: usize,
    /// Deployments, ordered by OCID.
    pub deployments: Vec<DeploymentStatus>,
    /// The latest requests, most recent last.
    pub requests: Vec<GatewayRequest>,
}

/// A deployment and the counts of its responses.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeploymentStatus {
    /// OCID of the deployment.
    pub id: String,
    /// OCID of its gateway.
    pub gateway_id: String,
    /// Name of its gateway.
    pub gateway: String,
    /// Display name.
    pub name: String,
    /// Path prefix.
    pub path_prefix: String,
    /// The deployment's URL, to which the paths of the routes are appended.
    pub endpoint: String,
    /// `CREATING`, `ACTIVE` or `UPDATING`.
    pub state: &'static str,
    /// Its routes, in order of precedence.
    pub routes: Vec<RouteStatus>,
    /// The number of responses by status, since the process started.
    pub statuses: BTreeMap<u16, u64>,
}

/// A route of a deployment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RouteStatus {
    /// Path of the route.
    pub path: String,
    /// Methods of the route.
    pub methods: Vec<String>,
    /// OCID of the function, or `STOCK_RESPONSE_BACKEND`.
    pub backend: String,
}

impl ApiGateway {
    /// Returns the URL of the port that all gateways share.
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
