//! The operations on connectors.

use std::sync::Arc;

use http::StatusCode;
use serde_json::json;

use super::call::Call;
use super::connector::{ConnectorRecord, CursorKind, Position, Source};
use super::connector_details::ConnectorBody;
use super::connector_document::ConnectorDocument;
use super::listing::LISTING;
use super::run::Run;
use super::service::ConnectorHub;
use crate::control_plane::change_compartment::destination;
use crate::control_plane::life::Life;
use crate::control_plane::work_requests::{Accepted, Entity};
use crate::lock::lock;
use crate::random;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::{ServiceError, resource_not_found};

const CREATE: &str = "CREATE_SERVICE_CONNECTOR";

/// The resource type that work requests name.
const CONNECTOR: Entity = Entity { name: "serviceconnector", path: "/20200909/serviceConnectors" };

impl ConnectorHub {
    pub(crate) fn create_connector(self: &Arc<Self>, request: &Request) -> Result<Response, ServiceError> {
        let mut runs = lock(&self.runs);
        if let Some(response) = self.accepted_before(CREATE, request)? {
            return Ok(response);
        }
        let body: ConnectorBody = request.json()?;
        body.check_complete()?;
        let mut record = self.new_connector(self.streaming.delay());
        record.compartment_id = body.compartment_id.clone().unwrap_or_default();
        body.apply(&mut record, &self.object_storage.settings.namespace)?;
        self.check_bucket(&record.target.bucket)?;
        record.positions = self.begin(&record.source)?;
        self.registry().put(record.clone())?;
        self.restart(&mut runs, &record.id);
        Ok(self.accepted(CREATE, &record, CREATE, request))
    }

    pub(crate) fn get_connector(&self, call: &Call) -> Result<Response, ServiceError> {
        let (record, failure) = self.find(&call.id).ok_or_else(|| resource_not_found(&call.id))?;
        let namespace = &self.object_storage.settings.namespace;
        let document = record.document(self.streaming.clock.now(), failure.as_deref(), namespace);
        Ok(Response::json(&document).header("etag", &record.etag))
    }

    pub(crate) fn list_connectors(&self, request: &Request) -> Result<Response, ServiceError> {
        let compartment = request.query.required("compartmentId")?;
        let now = self.streaming.clock.now();
        let runs = lock(&self.runs);
        let failure = |record: &ConnectorRecord| runs.get(&record.id).and_then(Run::failure);
        let of = |record: &&ConnectorRecord| record.compartment_id == compartment;
        let records: Vec<ConnectorRecord> = self.registry().all().filter(of).cloned().collect();
        let state = |record: &ConnectorRecord| record.state(now, failure(record).is_some());
        let (records, next) = LISTING.page(&request.query, records, state)?;
        let failures: Vec<Option<String>> = records.iter().map(failure).collect();
        let items: Vec<ConnectorDocument<'_>> = records
            .iter()
            .zip(&failures)
            .map(|(record, failure)| record.summary(now, failure.as_deref()))
            .collect();
        Ok(Response::json(&json!({ "items": items })).header_if("opc-next-page", next.as_deref()))
    }

    /// Updates a connector. Messages that are already in the bucket stay there; a new source is moved from its cursor on.
    pub(crate) fn update_connector(
        self: &Arc<Self>,
        call: &Call,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let body: ConnectorBody = request.json()?;
        let namespace = &self.object_storage.settings.namespace;
        self.change_connector("UPDATE_SERVICE_CONNECTOR", call, request, |record| {
            let before = (record.source.clone(), record.target.bucket.clone());
            body.apply(record, namespace)?;
            if record.target.bucket != before.1 {
                self.check_bucket(&record.target.bucket)?;
            }
            if record.source != before.0 {
                record.positions = self.begin(&record.source)?;
            }
            Ok(())
        })
    }

    pub(crate) fn activate_connector(
        self: &Arc<Self>,
        call: &Call,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        self.change_connector("ACTIVATE_SERVICE_CONNECTOR", call, request, |record| {
            record.check_enabled(false)?;
            (record.enabled, record.details) = (true, None);
            Ok(())
        })
    }

    pub(crate) fn deactivate_connector(
        self: &Arc<Self>,
        call: &Call,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        self.change_connector("DEACTIVATE_SERVICE_CONNECTOR", call, request, |record| {
            record.check_enabled(true)?;
            record.enabled = false;
            Ok(())
        })
    }

    pub(crate) fn change_connector_compartment(
        self: &Arc<Self>,
        call: &Call,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let compartment = destination(request)?;
        self.change_connector("UPDATE_SERVICE_CONNECTOR", call, request, |record| {
            record.compartment_id = compartment;
            Ok(())
        })
    }

    pub(crate) fn delete_connector(
        self: &Arc<Self>,
        call: &Call,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let now = self.streaming.clock.now();
        self.change_connector("DELETE_SERVICE_CONNECTOR", call, request, |record| {
            record.life = record.life.end(now, self.streaming.delay());
            Ok(())
        })
    }

    /// Changes an existing connector, if it is still the version that the client knows. The connector is stopped during the change.
    fn change_connector(
        self: &Arc<Self>,
        operation: &'static str,
        call: &Call,
        request: &Request,
        change: impl FnOnce(&mut ConnectorRecord) -> Result<(), ServiceError>,
    ) -> Result<Response, ServiceError> {
        let mut runs = lock(&self.runs);
        let about = format!("{operation} {}", call.id);
        if let Some(response) = self.accepted_before(&about, request)? {
            return Ok(response);
        }
        let present = || self.registry().get(&call.id).filter(|record| record.life.is_there()).cloned();
        let before = present().ok_or_else(|| resource_not_found(&call.id))?;
        request.check_match(&before.etag)?;
        let mut record = before.clone();
        change(&mut record)?;
        let now = self.streaming.clock.now();
        (record.updated, record.settled) = (now, now.saturating_add(self.streaming.delay()));
        record.etag = random::uuid();
        runs.remove(&call.id);
        // The connector may have made progress before it was stopped, which the changed record does not contain.
        if record.source == before.source
            && let Some(stopped) = present()
        {
            record.positions = stopped.positions;
        }
        let put = self.registry().put(record.clone());
        self.restart(&mut runs, &call.id);
        put?;
        Ok(self.accepted(operation, &record, &about, request))
    }

    fn find(&self, id: &str) -> Option<(ConnectorRecord, Option<String>)> {
        let runs = lock(&self.runs);
        let record = self.registry().get(id).cloned()?;
        Some((record, runs.get(id).and_then(Run::failure)))
    }

    /// Returns where a connector with this source starts, by partition.
    pub(crate) fn begin(&self, source: &Source) -> Result<Vec<Position>, ServiceError> {
        let stream = self.streaming.reader(&source.stream_id);
        let stream = stream.ok_or_else(|| related(format!("There is no stream '{}'.", source.stream_id)))?;
        let position = |partition| {
            let (horizon, end) = stream.bounds(partition)?;
            Ok(Position::at(if source.cursor == CursorKind::Latest { end } else { horizon }))
        };
        let positions = (0..stream.partitions()).map(position).collect::<Result<_, crate::ReadError>>();
        positions.map_err(|error| ServiceError::internal(&error))
    }

    pub(crate) fn check_bucket(&self, bucket: &str) -> Result<(), ServiceError> {
        let namespace = &self.object_storage.settings.namespace;
        let found = self.object_storage.index().bucket(namespace, bucket).map(drop);
        found.map_err(|error| related(error.message))
    }

    pub(crate) fn new_connector(&self, delay: i64) -> ConnectorRecord {
        let now = self.streaming.clock.now();
        ConnectorRecord {
            id: self.streaming.new_id("serviceconnector"),
            life: Life::new(now, delay),
            updated: now,
            settled: now,
            enabled: true,
            etag: random::uuid(),
            ..ConnectorRecord::default()
        }
    }

    /// Returns the response to an accepted change, with the work request to wait for.
    fn accepted(
        &self,
        operation: &'static str,
        record: &ConnectorRecord,
        about: &str,
        request: &Request,
    ) -> Response {
        let now = self.streaming.clock.now();
        let change = Accepted {
            operation,
            entity: CONNECTOR,
            compartment_id: &record.compartment_id,
            resource: &record.id,
            accepted: now,
            finished: now.saturating_add(self.streaming.delay()),
        };
        let id = self.work_requests.accept(&self.streaming.context.region, change);
        self.retry_tokens.remember(about, request, &id);
        work_request_answer(&id)
    }

    /// Returns the response to an earlier request with the same retry token, if there was one.
    fn accepted_before(&self, about: &str, request: &Request) -> Result<Option<Response>, ServiceError> {
        let before = self.retry_tokens.before(about, request)?;
        Ok(before.as_deref().map(work_request_answer))
    }
}

impl ConnectorRecord {
    fn check_enabled(&self, enabled: bool) -> Result<(), ServiceError> {
        if self.enabled == enabled {
            return Ok(());
        }
        let is = if self.enabled { "active" } else { "inactive" };
        Err(ServiceError::conflict("IncorrectState", format!("The connector '{}' is already {is}.", self.id)))
    }
}

fn work_request_answer(id: &str) -> Response {
    Response::new(StatusCode::ACCEPTED).header("opc-work-request-id", id)
}

/// Creates the error for a body that refers to something that does not exist.
fn related(message: String) -> ServiceError {
    ServiceError::bad_request("RelatedResourceNotAuthorizedOrNotFound", message)
}
