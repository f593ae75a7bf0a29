//! The operations on stream pools.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::listing::LISTING;
use super::registry::Registry;
use super::service::Streaming;
use super::stream::{PoolRecord, StreamRecord};
use super::stream_pool_details::StreamPoolDetails;
use crate::control_plane::change_compartment::destination;
use crate::control_plane::life::Life;
use crate::control_plane::retry_tokens;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::{ServiceError, missing, resource_not_found};
use crate::{clock, random};

/// The representation of a pool in listings; GetStreamPool returns more.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StreamPoolSummary<'a> {
    id: &'a str,
    compartment_id: &'a str,
    name: &'a str,
    lifecycle_state: &'static str,
    time_created: String,
    is_private: bool,
    freeform_tags: &'a BTreeMap<String, String>,
    defined_tags: &'a Map<String, Value>,
    security_attributes: &'a Map<String, Value>,
}

/// Name of the pool that the service creates for the streams of a compartment.
const DEFAULT_POOL: &str = "DefaultPool";

/// The port of Kafka's protocol in responses. The emulator does not listen on it.
const KAFKA_PORT: u16 = 9092;

impl Streaming {
    /// Returns the OCID of a compartment's default pool, which is created when it is first needed.
    pub(crate) fn default_pool(
        &self,
        registry: &mut Registry,
        compartment: &str,
    ) -> Result<String, ServiceError> {
        let is =
            |pool: &&PoolRecord| pool.default && pool.compartment_id == compartment && pool.life.is_there();
        if let Some(pool) = registry.pools.values().find(is) {
            return Ok(pool.id.clone());
        }
        let record = PoolRecord {
            name: DEFAULT_POOL.to_owned(),
            default: true,
            life: Life::new(self.clock.now(), 0),
            ..self.new_pool(compartment)
        };
        let id = record.id.clone();
        registry.put_pool(record)?;
        Ok(id)
    }

    pub(crate) fn create_stream_pool(&self, request: &Request) -> Result<Response, ServiceError> {
        let details: StreamPoolDetails = request.json()?;
        let mut registry = self.change();
        if let Some(response) = self.made_before(&registry, request)? {
            return Ok(response);
        }
        let name = details.name.clone().ok_or_else(|| missing("name"))?;
        let compartment = details.compartment_id.clone().ok_or_else(|| missing("compartmentId"))?;
        let mut record = PoolRecord { name, ..self.new_pool(&compartment) };
        details.apply(&mut record)?;
        registry.put_pool(record.clone())?;
        self.retry_tokens.remember("CREATE_STREAM_POOL", request, &record.id);
        let response = self.describe_pool(&record, request).with_status(StatusCode::CREATED);
        Ok(self.with_work_request(response, "CREATE_STREAM_POOL", &compartment, &record.id))
    }

    pub(crate) fn get_stream_pool(&self, call: &Call, request: &Request) -> Result<Response, ServiceError> {
        let registry = self.registry();
        let record = registry.pools.get(&call.id).ok_or_else(|| resource_not_found(&call.id))?;
        Ok(self.describe_pool(record, request))
    }

    pub(crate) fn update_stream_pool(
        &self,
        call: &Call,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let details: StreamPoolDetails = request.json()?;
        let mut registry = self.change();
        let mut record = registry.changeable_pool(call, request)?;
        details.apply(&mut record)?;
        record.etag = random::uuid();
        registry.put_pool(record.clone())?;
        let response = self.describe_pool(&record, request);
        Ok(self.with_work_request(response, "UPDATE_STREAM_POOL", &record.compartment_id, &record.id))
    }

    /// Deletes a pool: "All containing streams will also be deleted. The default stream pool of a compartment cannot be deleted."
    pub(crate) fn delete_stream_pool(
        &self,
        call: &Call,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let mut registry = self.change();
        let mut record = registry.changeable_pool(call, request)?;
        if record.default {
            let message = "The default stream pool of a compartment cannot be deleted.";
            return Err(ServiceError::conflict("IncorrectState", message));
        }
        for stream in registry.streams_of(&record.id) {
            self.end_stream(&mut registry, stream)?;
        }
        record.life = record.life.end(self.clock.now(), self.delay());
        registry.put_pool(record.clone())?;
        let response = Response::new(StatusCode::ACCEPTED);
        Ok(self.with_work_request(response, "DELETE_STREAM_POOL", &record.compartment_id, &record.id))
    }

    pub(crate) fn change_stream_pool_compartment(
        &self,
        call: &Call,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let compartment = destination(request)?;
        let mut registry = self.change();
        let mut record = registry.changeable_pool(call, request)?;
        if record.default {
            let message = "The default stream pool of a compartment cannot be moved.";
            return Err(ServiceError::conflict("IncorrectState", message));
        }
        for mut stream in registry.streams_of(&record.id) {
            stream.compartment_id.clone_from(&compartment);
            registry.put_stream(stream, self.clock.now())?;
        }
        (record.compartment_id, record.etag) = (compartment, random::uuid());
        registry.put_pool(record.clone())?;
        let response = Response::new(StatusCode::ACCEPTED).header("etag", &record.etag);
        Ok(self.with_work_request(response, "UPDATE_STREAM_POOL", &record.compartment_id, &record.id))
    }

    pub(crate) fn list_stream_pools(&self, request: &Request) -> Result<Response, ServiceError> {
        let (compartment, id) = (request.query.required("compartmentId")?, request.query.get("id"));
        let registry = self.registry();
        let of = |pool: &&PoolRecord| pool.compartment_id == compartment && id.is_none_or(|id| pool.id == id);
        let pools = registry.pools.values().filter(of).collect();
        let now = self.clock.now();
        let (pools, next) = LISTING.page(&request.query, pools, |pool| pool.life.state(now))?;
        let summaries: Vec<StreamPoolSummary<'_>> = pools.into_iter().map(|pool| pool.summary(now)).collect();
        Ok(Response::json(&summaries).header_if("opc-next-page", next.as_deref()))
    }

    /// Returns the response to an earlier request with the same retry token, if there was one.
    fn made_before(&self, registry: &Registry, request: &Request) -> Result<Option<Response>, ServiceError> {
        let Some(id) = self.retry_tokens.before("CREATE_STREAM_POOL", request)? else { return Ok(None) };
        let record = registry.pools.get(&id).filter(|pool| pool.life.is_there());
        let record = record.ok_or_else(retry_tokens::invalidated)?;
        Ok(Some(self.describe_pool(record, request).with_status(StatusCode::CREATED)))
    }

    fn new_pool(&self, compartment: &str) -> PoolRecord {
        PoolRecord {
            id: self.new_id("streampool"),
            compartment_id: compartment.to_owned(),
            log_retention_hours: 24,
            num_partitions: 1,
            life: Life::new(self.clock.now(), self.delay()),
            etag: random::uuid(),
            ..PoolRecord::default()
        }
    }

    fn describe_pool(&self, record: &PoolRecord, request: &Request) -> Response {
        let url = self.url(request);
        let authority = url.trim_start_matches("http://");
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
        let key = record.kms_key_id.as_deref();
        let mut document = serde_json::to_value(record.summary(self.clock.now())).unwrap_or_default();
        let more = json!({
            "lifecycleStateDetails": null,
            "kafkaSettings": {
                "bootstrapServers": format!("{host}:{KAFKA_PORT}"),
                "autoCreateTopicsEnable": record.auto_create_topics,
                "logRetentionHours": record.log_retention_hours,
                "numPartitions": record.num_partitions,
            },
            "customEncryptionKey": { "kmsKeyId": key, "keyState": if key.is_some() { "ACTIVE" } else { "NONE" } },
            "endpointFqdn": authority,
            "privateEndpointSettings": record.private_endpoint,
        });
        if let (Value::Object(document), Value::Object(more)) = (&mut document, more) {
            document.extend(more);
        }
        Response::json(&document).header("etag", &record.etag)
    }
}

impl Registry {
    /// Returns a pool that can hold streams.
    pub(crate) fn pool(&self, id: &str) -> Result<&PoolRecord, ServiceError> {
        self.pools.get(id).filter(|pool| pool.life.is_there()).ok_or_else(|| resource_not_found(id))
    }

    fn changeable_pool(&self, call: &Call, request: &Request) -> Result<PoolRecord, ServiceError> {
        let record = self.pool(&call.id)?;
        request.check_match(&record.etag)?;
        Ok(record.clone())
    }

    fn streams_of(&self, pool: &str) -> Vec<StreamRecord> {
        let records = self.present().map(|stream| stream.record()).filter(|record| record.pool == pool);
        records.map(|record| StreamRecord::clone(&record)).collect()
    }
}

impl PoolRecord {
    fn summary(&self, now: i64) -> StreamPoolSummary<'_> {
        StreamPoolSummary {
            id: &self.id,
            compartment_id: &self.compartment_id,
            name: &self.name,
            lifecycle_state: self.life.state(now),
            time_created: clock::rfc3339(self.life.created),
            is_private: self.private_endpoint.is_some(),
            freeform_tags: &self.freeform_tags,
            defined_tags: &self.defined_tags,
            security_attributes: &self.security_attributes,
        }
    }
}
