//! The operations on gateways.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::listing::LISTING;
use super::record::{Changed, GatewayRecord};
use super::registry::Registry;
use super::service::ApiGateway;
use super::settings::GATEWAYS;
use crate::control_plane::change_compartment::destination;
use crate::control_plane::life::Life;
use crate::random;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::{ServiceError, invalid, limit_exceeded, missing, resource_not_found};

/// The body of CreateGateway and, for the fields that they share, of UpdateGateway. An update leaves fields that it omits unchanged.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GatewayDetails {
    display_name: Option<String>,
    compartment_id: Option<String>,
    endpoint_type: Option<String>,
    subnet_id: Option<String>,
    network_security_group_ids: Option<Vec<String>>,
    freeform_tags: Option<BTreeMap<String, String>>,
    defined_tags: Option<Map<String, Value>>,
    response_cache_details: Option<Value>,
    ip_mode: Option<String>,
    /// Fields that the emulator does not support.
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl ApiGateway {
    pub(crate) fn create_gateway(&self, request: &Request, now: i64) -> Result<Response, ServiceError> {
        let details = GatewayDetails::read(request)?;
        let compartment_id = details.compartment_id.ok_or_else(|| missing("compartmentId"))?;
        let endpoint_type = details.endpoint_type.ok_or_else(|| missing("endpointType"))?;
        if !["PUBLIC", "PRIVATE"].contains(&endpoint_type.as_str()) {
            return Err(invalid(format!(
                "The endpointType '{endpoint_type}' is neither PUBLIC nor PRIVATE."
            )));
        }
        let subnet_id = details.subnet_id.ok_or_else(|| missing("subnetId"))?;
        let record = GatewayRecord {
            name: details.display_name.unwrap_or_else(|| format!("gateway{now}")),
            compartment_id,
            endpoint_type,
            subnet_id,
            network_security_group_ids: details.network_security_group_ids.unwrap_or_default(),
            freeform_tags: details.freeform_tags.unwrap_or_default(),
            defined_tags: details.defined_tags.unwrap_or_default(),
            ..self.new_gateway(now, self.delay())
        };
        let mut registry = self.change();
        if let Some(id) = self.retry_tokens.before("CREATE_GATEWAY", request)? {
            drop(registry);
            return self.get_gateway_by_id(&id, now);
        }
        if registry.present_gateways().len() >= GATEWAYS {
            return Err(limit_exceeded(format!("There are {GATEWAYS} gateways, which is the limit.")));
        }
        registry.put_gateway(record.clone(), now)?;
        self.retry_tokens.remember("CREATE_GATEWAY", request, &record.id);
        drop(registry);
        let response = self.get_gateway_by_id(&record.id, now)?;
        let response = response.header("location", &format!("/20190501/gateways/{}", record.id));
        Ok(self.accepted(response, "CREATE_GATEWAY", (&record.compartment_id, &record.id), now))
    }

    pub(crate) fn get_gateway(&self, call: &Call, now: i64) -> Result<Response, ServiceError> {
        self.get_gateway_by_id(&call.id, now)
    }

    pub(crate) fn list_gateways(&self, request: &Request, now: i64) -> Result<Response, ServiceError> {
        let compartment = request.query.required("compartmentId")?;
        let registry = self.registry();
        let of = |gateway: &&GatewayRecord| gateway.compartment_id == compartment;
        let gateways = registry.gateways.values().filter(of).cloned().collect();
        let (gateways, next) = LISTING.page(&request.query, gateways, |gateway| gateway.state(now))?;
        let host = |gateway: &GatewayRecord| registry.host(gateway, &self.context.authority);
        let items: Vec<Value> = gateways.iter().map(|gateway| gateway.summary(now, &host(gateway))).collect();
        Ok(Response::json(&json!({ "items": items })).header_if("opc-next-page", next.as_deref()))
    }

    pub(crate) fn update_gateway(
        &self,
        call: &Call,
        request: &Request,
        now: i64,
    ) -> Result<Response, ServiceError> {
        let details = GatewayDetails::read(request)?;
        let mut registry = self.change();
        let mut record = registry.changeable_gateway(&call.id, request)?;
        record.name = details.display_name.unwrap_or(record.name);
        record.network_security_group_ids =
            details.network_security_group_ids.unwrap_or(record.network_security_group_ids);
        record.freeform_tags = details.freeform_tags.unwrap_or(record.freeform_tags);
        record.defined_tags = details.defined_tags.unwrap_or(record.defined_tags);
        self.put_changed_gateway(&mut registry, record, now)
    }

    pub(crate) fn delete_gateway(
        &self,
        call: &Call,
        request: &Request,
        now: i64,
    ) -> Result<Response, ServiceError> {
        let mut registry = self.change();
        let mut record = registry.changeable_gateway(&call.id, request)?;
        let deployments = registry.deployments_of(&record.id).count();
        if deployments > 0 {
            let message = format!("The gateway '{}' has {deployments} deployments.", record.id);
            return Err(ServiceError::conflict("IncorrectState", message));
        }
        record.life = record.life.end(now, self.delay());
        registry.put_gateway(record.clone(), now)?;
        Ok(self.accepted(Response::ok(), "DELETE_GATEWAY", (&record.compartment_id, &record.id), now))
    }

    pub(crate) fn change_gateway_compartment(
        &self,
        call: &Call,
        request: &Request,
        now: i64,
    ) -> Result<Response, ServiceError> {
        let compartment_id = destination(request)?;
        let mut registry = self.change();
        let mut record = registry.changeable_gateway(&call.id, request)?;
        record.compartment_id = compartment_id;
        self.put_changed_gateway(&mut registry, record, now)
    }

    pub(crate) fn new_gateway(&self, now: i64, delay: i64) -> GatewayRecord {
        GatewayRecord {
            id: self.new_id("apigateway"),
            life: Life::new(now, delay),
            changed: Changed { at: now, until: now },
            etag: random::uuid(),
            ..GatewayRecord::default()
        }
    }

    fn put_changed_gateway(
        &self,
        registry: &mut Registry,
        mut record: GatewayRecord,
        now: i64,
    ) -> Result<Response, ServiceError> {
        record.changed = Changed { at: now, until: now.saturating_add(self.delay()) };
        record.etag = random::uuid();
        registry.put_gateway(record.clone(), now)?;
        Ok(self.accepted(Response::ok(), "UPDATE_GATEWAY", (&record.compartment_id, &record.id), now))
    }

    fn get_gateway_by_id(&self, id: &str, now: i64) -> Result<Response, ServiceError> {
        let registry = self.registry();
        let gateway = registry.gateways.get(id).ok_or_else(|| resource_not_found(id))?;
        let host = registry.host(gateway, &self.context.authority);
        Ok(Response::json(&gateway.document(now, &host)).header("etag", &gateway.etag))
    }
}

impl GatewayDetails {
    fn read(request: &Request) -> Result<Self, ServiceError> {
        let details: Self = request.json()?;
        let given = |value: &Value| match value {
            Value::Null => false,
            Value::Array(list) => !list.is_empty(),
            _ => true,
        };
        if let Some((name, _)) = details.others.iter().find(|(_, value)| given(value)) {
            return Err(invalid(format!("{name} is not supported by the emulator.")));
        }
        let cache = details.response_cache_details.as_ref().and_then(|cache| cache.get("type"));
        if let Some(kind) = cache.filter(|kind| *kind != "NONE") {
            return Err(invalid(format!(
                "responseCacheDetails.type {kind} is not supported by the emulator."
            )));
        }
        if let Some(mode) = details.ip_mode.as_ref().filter(|mode| *mode != "IPV4") {
            return Err(invalid(format!("ipMode {mode} is not supported by the emulator.")));
        }
        Ok(details)
    }
}

impl Registry {
    /// Returns the record of the gateway to be changed, if it exists and is still the version that the client knows.
    fn changeable_gateway(&self, id: &str, request: &Request) -> Result<GatewayRecord, ServiceError> {
        let record = self.gateways.get(id).filter(|record| record.life.is_there());
        let record = record.ok_or_else(|| resource_not_found(id))?;
        request.check_match(&record.etag)?;
        Ok(record.clone())
    }
}
