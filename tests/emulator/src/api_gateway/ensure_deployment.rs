//! Deployments that the emulator itself creates.

use std::sync::Arc;

use serde_json::json;

use super::deployed::Deployed;
use super::deployments::check_prefix;
use super::record::{Changed, DeploymentRecord, GatewayRecord};
use super::registry::Registry;
use super::service::ApiGateway;
use crate::wire::service_error::{ServiceError, invalid};
use crate::{clock, random};

/// A route from a path to a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayRoute {
    /// The path after the deployment's prefix, such as `/{rest*}`.
    pub path: String,
    /// Methods in upper case; `ANY` stands for all of them.
    pub methods: Vec<String>,
    /// OCID of the function that handles the route.
    pub function_id: String,
}

/// The error for a deployment that the service would reject, or that cannot be stored.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("deployment {name:?}: {problem}")]
pub struct DeploymentError {
    /// Name of the deployment.
    pub name: String,
    /// Why it was rejected or could not be stored.
    pub problem: String,
}

impl GatewayRoute {
    /// Creates a route that accepts every method.
    pub fn any(path: impl Into<String>, function_id: impl Into<String>) -> Self {
        Self { path: path.into(), methods: vec!["ANY".to_owned()], function_id: function_id.into() }
    }
}

/// Name of the gateway of the deployments that the emulator itself creates.
const OWN_GATEWAY: &str = "emulator";

impl ApiGateway {
    /// Ensures that the emulator's own gateway has this deployment, and returns its URL.
    pub(crate) fn ensure_deployment(
        &self,
        name: &str,
        path_prefix: &str,
        routes: &[GatewayRoute],
    ) -> Result<String, DeploymentError> {
        let now = clock::milliseconds();
        self.put_own(name, path_prefix, routes, now)
            .map_err(|error| DeploymentError { name: name.to_owned(), problem: error.message })
    }

    fn put_own(
        &self,
        name: &str,
        path_prefix: &str,
        routes: &[GatewayRoute],
        now: i64,
    ) -> Result<String, ServiceError> {
        let routes = routes.iter().map(|route| {
            let backend = json!({ "type": "ORACLE_FUNCTIONS_BACKEND", "functionId": route.function_id });
            json!({ "path": route.path, "methods": route.methods, "backend": backend })
        });
        let specification = json!({ "routes": routes.collect::<Vec<_>>() });
        let mut registry = self.change();
        let gateway = self.own_gateway(&mut registry, now)?;
        let there = registry.deployments_of(&gateway.id).find(|one| one.record.name == name).cloned();
        let same = |one: &Arc<Deployed>| {
            one.record.path_prefix == path_prefix && one.record.specification == specification
        };
        if !there.as_ref().is_some_and(same) {
            let before = match &there {
                Some(there) => {
                    DeploymentRecord { changed: Changed { at: now, until: now }, ..there.record.clone() }
                }
                None => self.new_deployment(now, 0),
            };
            let record = DeploymentRecord {
                gateway_id: gateway.id.clone(),
                name: name.to_owned(),
                compartment_id: self.context.tenancy.clone(),
                path_prefix: path_prefix.to_owned(),
                specification,
                etag: random::uuid(),
                ..before
            };
            check_prefix(&registry, &record)?;
            let deployed = Deployed::new(record, there.as_deref()).map_err(invalid)?;
            registry.put_deployment(deployed, now)?;
        }
        let host = registry.host(&gateway, &self.context.authority);
        Ok(format!("http://{host}{path_prefix}"))
    }

    /// Returns the emulator's own gateway, and creates it if necessary.
    fn own_gateway(&self, registry: &mut Registry, now: i64) -> Result<GatewayRecord, ServiceError> {
        if let Some(own) = registry.present_gateways().into_iter().find(|one| one.name == OWN_GATEWAY) {
            return Ok(own.clone());
        }
        let record = GatewayRecord {
            name: OWN_GATEWAY.to_owned(),
            compartment_id: self.context.tenancy.clone(),
            endpoint_type: "PUBLIC".to_owned(),
            subnet_id: self.new_id("subnet"),
            ..self.new_gateway(now, 0)
        };
        registry.put_gateway(record.clone(), now)?;
        Ok(record)
    }
}
