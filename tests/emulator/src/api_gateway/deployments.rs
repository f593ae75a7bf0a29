//! The operations on deployments.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::deployed::Deployed;
use super::listing::LISTING;
use super::record::{Changed, DeploymentRecord};
use super::registry::Registry;
use super::route_path;
use super::service::ApiGateway;
use super::settings::{DEPLOYMENTS, PREFIX_CEILING};
use crate::control_plane::change_compartment::destination;
use crate::control_plane::life::Life;
use crate::random;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::{ServiceError, invalid, limit_exceeded, missing, resource_not_found};

/// The body of CreateDeployment and, for the fields that they share, of UpdateDeployment. An update leaves fields that it omits unchanged.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeploymentDetails {
    display_name: Option<String>,
    gateway_id: Option<String>,
    compartment_id: Option<String>,
    path_prefix: Option<String>,
    specification: Option<Value>,
    freeform_tags: Option<BTreeMap<String, String>>,
    defined_tags: Option<Map<String, Value>>,
    locks: Option<Vec<Value>>,
}

impl ApiGateway {
    pub(crate) fn create_deployment(&self, request: &Request, now: i64) -> Result<Response, ServiceError> {
        let details = DeploymentDetails::read(request)?;
        let gateway_id = details.gateway_id.ok_or_else(|| missing("gatewayId"))?;
        let record = DeploymentRecord {
            name: details.display_name.unwrap_or_else(|| format!("deployment{now}")),
            gateway_id,
            compartment_id: details.compartment_id.ok_or_else(|| missing("compartmentId"))?,
            path_prefix: details.path_prefix.ok_or_else(|| missing("pathPrefix"))?,
            specification: details.specification.ok_or_else(|| missing("specification"))?,
            freeform_tags: details.freeform_tags.unwrap_or_default(),
            defined_tags: details.defined_tags.unwrap_or_default(),
            ..self.new_deployment(now, self.delay())
        };
        let (id, compartment_id) = (record.id.clone(), record.compartment_id.clone());
        let mut registry = self.change();
        if let Some(id) = self.retry_tokens.before("CREATE_DEPLOYMENT", request)? {
            drop(registry);
            return self.get_deployment_by_id(&id, now);
        }
        check_prefix(&registry, &record)?;
        registry.put_deployment(Deployed::new(record, None).map_err(invalid)?, now)?;
        self.retry_tokens.remember("CREATE_DEPLOYMENT", request, &id);
        drop(registry);
        let response = self.get_deployment_by_id(&id, now)?;
        let response = response.header("location", &format!("/20190501/deployments/{id}"));
        Ok(self.accepted(response, "CREATE_DEPLOYMENT", (&compartment_id, &id), now))
    }

    pub(crate) fn get_deployment(&self, call: &Call, now: i64) -> Result<Response, ServiceError> {
        self.get_deployment_by_id(&call.id, now)
    }

    pub(crate) fn list_deployments(&self, request: &Request, now: i64) -> Result<Response, ServiceError> {
        let query = &request.query;
        let (compartment, gateway) = (query.required("compartmentId")?, query.get("gatewayId"));
        let registry = self.registry();
        let of = |one: &&Arc<Deployed>| {
            one.record.compartment_id == compartment
                && gateway.is_none_or(|gateway| one.record.gateway_id == gateway)
        };
        let records = registry.deployments.values().filter(of).map(|one| one.record.clone()).collect();
        let (records, next) = LISTING.page(query, records, |record| record.state(now))?;
        let items: Vec<Value> =
            records.iter().map(|record| record.summary(now, &self.host_of(&registry, record))).collect();
        Ok(Response::json(&json!({ "items": items })).header_if("opc-next-page", next.as_deref()))
    }

    pub(crate) fn update_deployment(
        &self,
        call: &Call,
        request: &Request,
        now: i64,
    ) -> Result<Response, ServiceError> {
        let details = DeploymentDetails::read(request)?;
        let mut registry = self.change();
        let before = registry.changeable_deployment(&call.id, request)?;
        let mut record = before.record.clone();
        record.name = details.display_name.unwrap_or(record.name);
        record.specification = details.specification.unwrap_or(record.specification);
        record.freeform_tags = details.freeform_tags.unwrap_or(record.freeform_tags);
        record.defined_tags = details.defined_tags.unwrap_or(record.defined_tags);
        self.put_changed_deployment(&mut registry, record, &before, now)
    }

    pub(crate) fn delete_deployment(
        &self,
        call: &Call,
        request: &Request,
        now: i64,
    ) -> Result<Response, ServiceError> {
        let mut registry = self.change();
        let before = registry.changeable_deployment(&call.id, request)?;
        let mut record = before.record.clone();
        record.life = record.life.end(now, self.delay());
        record.specification = Value::Null;
        registry.put_deployment(Deployed::new(record, Some(&before)).map_err(invalid)?, now)?;
        let of = (before.record.compartment_id.as_str(), before.record.id.as_str());
        Ok(self.accepted(Response::ok(), "DELETE_DEPLOYMENT", of, now))
    }

    pub(crate) fn change_deployment_compartment(
        &self,
        call: &Call,
        request: &Request,
        now: i64,
    ) -> Result<Response, ServiceError> {
        let compartment_id = destination(request)?;
        let mut registry = self.change();
        let before = registry.changeable_deployment(&call.id, request)?;
        let record = DeploymentRecord { compartment_id, ..before.record.clone() };
        self.put_changed_deployment(&mut registry, record, &before, now)
    }

    /// Returns the host of a deployment's gateway; for a deleted gateway, its former host.
    pub(crate) fn host_of(&self, registry: &Registry, record: &DeploymentRecord) -> String {
        let authority = &self.context.authority;
        let gateway = registry.gateways.get(&record.gateway_id);
        gateway.map_or_else(|| authority.clone(), |gateway| registry.host(gateway, authority))
    }

    pub(crate) fn new_deployment(&self, now: i64, delay: i64) -> DeploymentRecord {
        DeploymentRecord {
            id: self.new_id("apideployment"),
            life: Life::new(now, delay),
            changed: Changed { at: now, until: now },
            etag: random::uuid(),
            ..DeploymentRecord::default()
        }
    }

    fn put_changed_deployment(
        &self,
        registry: &mut Registry,
        mut record: DeploymentRecord,
        before: &Deployed,
        now: i64,
    ) -> Result<Response, ServiceError> {
        record.changed = Changed { at: now, until: now.saturating_add(self.delay()) };
        record.etag = random::uuid();
        let of = (record.compartment_id.clone(), record.id.clone());
        registry.put_deployment(Deployed::new(record, Some(before)).map_err(invalid)?, now)?;
        Ok(self.accepted(Response::ok(), "UPDATE_DEPLOYMENT", (&of.0, &of.1), now))
    }

    fn get_deployment_by_id(&self, id: &str, now: i64) -> Result<Response, ServiceError> {
        let registry = self.registry();
        let record = &registry.deployments.get(id).ok_or_else(|| resource_not_found(id))?.record;
        let host = self.host_of(&registry, record);
        Ok(Response::json(&record.document(now, &host)).header("etag", &record.etag))
    }
}

impl DeploymentDetails {
    fn read(request: &Request) -> Result<Self, ServiceError> {
        let details: Self = request.json()?;
        match &details.locks {
            Some(locks) if !locks.is_empty() => Err(invalid("locks is not supported by the emulator.")),
            _ => Ok(details),
        }
    }
}

impl Registry {
    /// Returns the deployment to be changed, if it exists and is still the version that the client knows.
    fn changeable_deployment(&self, id: &str, request: &Request) -> Result<Arc<Deployed>, ServiceError> {
        let there = self.deployments.get(id).filter(|one| one.record.life.is_there());
        let there = there.ok_or_else(|| resource_not_found(id))?;
        request.check_match(&there.record.etag)?;
        Ok(Arc::clone(there))
    }
}

/// Checks that the deployment's gateway can have it under its prefix ("Creating an API Deployment").
pub(crate) fn check_prefix(registry: &Registry, record: &DeploymentRecord) -> Result<(), ServiceError> {
    let DeploymentRecord { gateway_id, path_prefix: prefix, .. } = record;
    let gateway = registry.gateways.get(gateway_id).filter(|gateway| gateway.life.is_there());
    gateway.ok_or_else(|| resource_not_found(gateway_id))?;
    let wrong = |problem: String| invalid(format!("The pathPrefix '{prefix}' {problem}."));
    if prefix.chars().count() > PREFIX_CEILING {
        return Err(wrong(format!("has more than {PREFIX_CEILING} characters")));
    }
    let inner = prefix.strip_prefix('/').ok_or_else(|| wrong("does not begin with a slash".to_owned()))?;
    for part in inner.split('/').filter(|_| !inner.is_empty()) {
        if part.is_empty() {
            return Err(wrong("has two slashes in a row, or one at its end".to_owned()));
        }
        route_path::check_text(part).map_err(wrong)?;
    }
    let others: Vec<_> =
        registry.deployments_of(gateway_id).filter(|one| one.record.id != record.id).collect();
    if others.len() >= DEPLOYMENTS {
        return Err(limit_exceeded(format!(
            "The gateway has {DEPLOYMENTS} deployments, which is the limit."
        )));
    }
    let alone = |prefix: &str| prefix == "/";
    let clash = others
        .iter()
        .map(|one| one.record.path_prefix.as_str())
        .find(|other| *other == prefix || alone(other) || alone(prefix));
    match clash {
        Some(other) if other == prefix => Err(ServiceError::conflict(
            "Conflict",
            format!("The gateway already has a deployment with the pathPrefix '{prefix}'."),
        )),
        Some(other) => {
            let message = format!(
                "A deployment with the pathPrefix '/' must be the only one of its gateway, but there is '{other}'."
            );
            Err(ServiceError::conflict("Conflict", message))
        }
        None => Ok(()),
    }
}
