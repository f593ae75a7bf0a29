//! The operations on streams.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::call::Call;
use super::listing::LISTING;
use super::registry::Registry;
use super::service::Streaming;
use super::settings::{StreamSpec, good_name};
use super::stream::{Stream, StreamRecord};
use super::stream_document::StreamDocument;
use crate::control_plane::change_compartment::destination;
use crate::control_plane::life::Life;
use crate::control_plane::work_requests::{Accepted, Entity};
use crate::random;
use crate::state_folder::StateError;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::{ServiceError, invalid, limit_exceeded, missing, resource_not_found};

/// The body of CreateStream.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateStreamDetails {
    name: Option<String>,
    partitions: Option<i64>,
    compartment_id: Option<String>,
    stream_pool_id: Option<String>,
    retention_in_hours: Option<i64>,
    freeform_tags: Option<BTreeMap<String, String>>,
    defined_tags: Option<Map<String, Value>>,
}

/// The body of UpdateStream. An update leaves fields that it omits unchanged.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateStreamDetails {
    stream_pool_id: Option<String>,
    freeform_tags: Option<BTreeMap<String, String>>,
    defined_tags: Option<Map<String, Value>>,
}

/// The valid retention in hours: "Accepted values are between 24 and 168 (7 days). If not specified, the stream will have a retention
/// period of 24 hours."
const RETENTION_HOURS: std::ops::RangeInclusive<i64> = 24..=168;

/// The resource types that work requests name.
const STREAM: Entity = Entity { name: "stream", path: "/20180418/streams" };
const POOL: Entity = Entity { name: "streampool", path: "/20180418/streampools" };

impl Streaming {
    /// Creates the options' streams that do not exist, active and in the tenancy's default pool. If they would exceed the limit of
    /// partitions, none is created.
    pub(crate) fn ensure_streams(&self) -> Result<(), StateError> {
        let now = self.clock.now();
        let mut registry = self.change();
        // A disk that is full now is still full at the first request, which can report the error.
        let Ok(pool) = self.default_pool(&mut registry, &self.context.tenancy) else { return Ok(()) };
        let mut missing = Vec::new();
        for spec in &self.options.streams {
            let StreamSpec { name, partitions } = spec;
            let there = named(&registry, &pool, name).map(|stream| stream.record().partitions);
            match there {
                None => missing.push(spec),
                Some(there) if there == *partitions => {}
                Some(there) => tracing::warn!(
                    "the stream {name} keeps its {there} partitions; it cannot be changed to {partitions}"
                ),
            }
        }
        self.options.check_streams(registry.partitions(), missing.iter().copied())?;
        for StreamSpec { name, partitions } in missing {
            let record = StreamRecord {
                name: name.clone(),
                partitions: *partitions,
                compartment_id: self.context.tenancy.clone(),
                pool: pool.clone(),
                life: Life::new(now, 0),
                ..self.new_stream()
            };
            let _ = registry.put_stream(record, now);
        }
        Ok(())
    }

    pub(crate) fn create_stream(&self, request: &Request) -> Result<Response, ServiceError> {
        let details: CreateStreamDetails = request.json()?;
        let name = details.name.ok_or_else(|| missing("name"))?;
        if !good_name(&name) {
            return Err(invalid(format!("The stream name '{name}' is invalid.")));
        }
        let partitions = details.partitions.ok_or_else(|| missing("partitions"))?;
        let partitions = u32::try_from(partitions).ok().filter(|partitions| *partitions > 0);
        let partitions = partitions.ok_or_else(|| invalid("The number of partitions must be above 0."))?;
        let retention = details.retention_in_hours.unwrap_or(*RETENTION_HOURS.start());
        let retention = u32::try_from(retention).ok().filter(|_| RETENTION_HOURS.contains(&retention));
        let retention =
            retention.ok_or_else(|| invalid("The retentionInHours must be between 24 and 168."))?;
        let now = self.clock.now();
        let mut registry = self.change();
        let (pool, compartment) = match (details.stream_pool_id, details.compartment_id) {
            (Some(_), Some(_)) => {
                return Err(invalid("compartmentId and streamPoolId cannot be specified at the same time."));
            }
            (None, None) => return Err(missing("compartmentId or streamPoolId")),
            (Some(pool), None) => {
                let compartment = registry.pool(&pool)?.compartment_id.clone();
                (pool, compartment)
            }
            (None, Some(compartment)) => (self.default_pool(&mut registry, &compartment)?, compartment),
        };
        check_name(&registry, &pool, &name)?;
        self.options.check_partitions(registry.partitions(), partitions).map_err(limit_exceeded)?;
        let record = StreamRecord {
            name,
            partitions,
            retention_in_hours: retention,
            compartment_id: compartment,
            pool,
            life: Life::new(now, self.delay()),
            freeform_tags: details.freeform_tags.unwrap_or_default(),
            defined_tags: details.defined_tags.unwrap_or_default(),
            ..self.new_stream()
        };
        let stream = registry.put_stream(record, now)?;
        let response = self.describe(&stream.record(), request).with_status(StatusCode::CREATED);
        Ok(self.accepted(response, "CREATE_STREAM", &stream.record()))
    }

    pub(crate) fn get_stream(&self, call: &Call, request: &Request) -> Result<Response, ServiceError> {
        let stream = self.registry().streams.get(&call.id).cloned();
        let stream = stream.ok_or_else(|| resource_not_found(&call.id))?;
        Ok(self.describe(&stream.record(), request))
    }

    pub(crate) fn update_stream(&self, call: &Call, request: &Request) -> Result<Response, ServiceError> {
        let details: UpdateStreamDetails = request.json()?;
        let mut registry = self.change();
        let mut record = registry.changeable(call, request)?;
        if let Some(pool) = details.stream_pool_id.filter(|pool| *pool != record.pool) {
            registry.pool(&pool)?;
            check_name(&registry, &pool, &record.name)?;
            record.pool = pool;
        }
        record.freeform_tags = details.freeform_tags.unwrap_or(record.freeform_tags);
        record.defined_tags = details.defined_tags.unwrap_or(record.defined_tags);
        record.etag = random::uuid();
        let stream = registry.put_stream(record, self.clock.now())?;
        Ok(self.accepted(self.describe(&stream.record(), request), "UPDATE_STREAM", &stream.record()))
    }

    pub(crate) fn delete_stream(&self, call: &Call, request: &Request) -> Result<Response, ServiceError> {
        let mut registry = self.change();
        let record = registry.changeable(call, request)?;
        let record = self.end_stream(&mut registry, record)?;
        Ok(self.accepted(Response::new(StatusCode::ACCEPTED), "DELETE_STREAM", &record))
    }

    pub(crate) fn change_stream_compartment(
        &self,
        call: &Call,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let compartment = destination(request)?;
        let mut registry = self.change();
        let mut record = registry.changeable(call, request)?;
        // "The stream will also be moved into the default stream pool in the destination compartment."
        let pool = self.default_pool(&mut registry, &compartment)?;
        if pool != record.pool {
            check_name(&registry, &pool, &record.name)?;
        }
        (record.compartment_id, record.pool, record.etag) = (compartment, pool, random::uuid());
        let etag = record.etag.clone();
        let stream = registry.put_stream(record, self.clock.now())?;
        let response = Response::new(StatusCode::ACCEPTED).header("etag", &etag);
        Ok(self.accepted(response, "UPDATE_STREAM", &stream.record()))
    }

    pub(crate) fn list_streams(&self, request: &Request) -> Result<Response, ServiceError> {
        let query = &request.query;
        let (compartment, pool, id) =
            (query.get("compartmentId"), query.get("streamPoolId"), query.get("id"));
        match (compartment, pool) {
            (Some(_), Some(_)) => {
                return Err(invalid("compartmentId and streamPoolId cannot be specified at the same time."));
            }
            (None, None) => return Err(missing("compartmentId or streamPoolId")),
            _ => {}
        }
        let records: Vec<Arc<StreamRecord>> = self
            .registry()
            .streams
            .values()
            .map(|stream| stream.record())
            .filter(|record| compartment.is_none_or(|compartment| record.compartment_id == compartment))
            .filter(|record| pool.is_none_or(|pool| record.pool == pool))
            .filter(|record| id.is_none_or(|id| record.id == id))
            .collect();
        let now = self.clock.now();
        let (records, next) = LISTING.page(query, records, |record| record.life.state(now))?;
        let url = self.url(request);
        let documents: Vec<StreamDocument<'_>> =
            records.iter().map(|record| record.summary(now, &url)).collect();
        Ok(Response::json(&documents).header_if("opc-next-page", next.as_deref()))
    }

    /// Starts the deletion of a stream. Its content is removed immediately.
    pub(crate) fn end_stream(
        &self,
        registry: &mut Registry,
        mut record: StreamRecord,
    ) -> Result<StreamRecord, ServiceError> {
        let now = self.clock.now();
        record.life = record.life.end(now, self.delay());
        registry.put_stream(record.clone(), now)?;
        Ok(record)
    }

    fn new_stream(&self) -> StreamRecord {
        StreamRecord {
            id: self.new_id("stream"),
            retention_in_hours: 24,
            etag: random::uuid(),
            ..StreamRecord::default()
        }
    }

    fn describe(&self, record: &StreamRecord, request: &Request) -> Response {
        Response::json(&record.document(self.clock.now(), &self.url(request))).header("etag", &record.etag)
    }

    fn accepted(&self, response: Response, operation: &'static str, record: &StreamRecord) -> Response {
        let StreamRecord { compartment_id, id, .. } = record;
        self.with_work_request(response, operation, compartment_id, id)
    }

    /// Adds a header that tells the client which work request to wait for.
    pub(crate) fn with_work_request(
        &self,
        response: Response,
        operation: &'static str,
        compartment: &str,
        resource: &str,
    ) -> Response {
        let now = self.clock.now();
        let change = Accepted {
            operation,
            entity: if operation.ends_with("POOL") { POOL } else { STREAM },
            compartment_id: compartment,
            resource,
            accepted: now,
            finished: now.saturating_add(self.delay()),
        };
        let id = self.work_requests.accept(&self.context.region, change);
        response.header("opc-work-request-id", &id)
    }
}

impl Registry {
    /// Returns the record of the stream to be changed, if it exists and is still the version that the client knows.
    fn changeable(&self, call: &Call, request: &Request) -> Result<StreamRecord, ServiceError> {
        let record = self.streams.get(&call.id).map(|stream| stream.record());
        let record =
            record.filter(|record| record.life.is_there()).ok_or_else(|| resource_not_found(&call.id))?;
        request.check_match(&record.etag)?;
        Ok(StreamRecord::clone(&record))
    }
}

fn named<'a>(registry: &'a Registry, pool: &str, name: &str) -> Option<&'a Arc<Stream>> {
    registry.present().find(|stream| stream.record().pool == pool && stream.record().name == name)
}

/// Checks that a name is unique within its pool, because Kafka clients also use the names.
fn check_name(registry: &Registry, pool: &str, name: &str) -> Result<(), ServiceError> {
    if named(registry, pool, name).is_some() {
        let message = format!("A stream named '{name}' already exists in the stream pool '{pool}'.");
        return Err(ServiceError::conflict("Conflict", message));
    }
    Ok(())
}
