//! The service: its state, and the dispatch of requests to operations.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, RwLock};

use tokio::sync::Semaphore;

use super::call::{Call, Operation};
use super::connector::ConnectorRecord;
use super::mover::{Job, MoveError};
use super::registry::Registry;
use super::run::{Deactivate, FlushError, Flushing, Run};
use crate::control_plane::retry_tokens::RetryTokens;
use crate::control_plane::work_requests::{Words, WorkRequests};
use crate::faults::in_force::Faults;
use crate::lock::lock;
use crate::object_storage::ObjectStorage;
use crate::state_folder::StateError;
use crate::streaming::Streaming;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::ServiceError;

/// Connector Hub of one tenancy in one region.
#[derive(Debug)]
pub(crate) struct ConnectorHub {
    pub(crate) context: HubContext,
    pub(crate) object_storage: Arc<ObjectStorage>,
    /// The Streaming service. Its clock is used here, too, so that waits and message times use the same clock.
    pub(crate) streaming: Arc<Streaming>,
    pub(crate) work_requests: WorkRequests,
    /// Retry tokens of changes, with their work requests.
    pub(crate) retry_tokens: RetryTokens,
    /// The running connectors. To change a connector, lock this, but never while the registry is locked.
    pub(crate) runs: Mutex<BTreeMap<String, Run>>,
    faults: Arc<Faults>,
    registry: Arc<Mutex<Registry>>,
    /// Limits concurrent steps to the number of processors, because compression is CPU work, and thereby the chunks in memory.
    turns: Arc<Semaphore>,
}

/// What the service needs to know about the cloud around it.
#[derive(Debug, Clone)]
pub(crate) struct HubContext {
    pub(crate) folder: Option<PathBuf>,
    pub(crate) tenancy: String,
}

const WORK_REQUESTS: Words =
    Words { ocid: "serviceconnectorworkrequest", listed_id: "id", of_compartment: true };

impl ConnectorHub {
    /// Opens the state in a folder, or an empty one in memory. Nothing is moved until [`ConnectorHub::start`].
    pub(crate) fn open(
        context: HubContext,
        object_storage: Arc<ObjectStorage>,
        streaming: Arc<Streaming>,
        faults: Arc<Faults>,
    ) -> Result<Arc<Self>, StateError> {
        let registry = Registry::open(context.folder.as_deref(), streaming.clock.now())?;
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Arc::new(Self {
            context,
            object_storage,
            streaming,
            work_requests: WorkRequests::new(&WORK_REQUESTS),
            retry_tokens: RetryTokens::default(),
            runs: Mutex::default(),
            faults,
            registry: Arc::new(Mutex::new(registry)),
            turns: Arc::new(Semaphore::new(processors)),
        }))
    }

    /// Starts moving data, within the current Tokio runtime.
    pub(crate) fn start(self: &Arc<Self>) {
        let mut runs = lock(&self.runs);
        let ids: Vec<String> = self.registry().present().map(|record| record.id.clone()).collect();
        ids.iter().for_each(|id| self.restart(&mut runs, id));
    }

    /// Stops moving data. Once this returns, no more objects are written.
    pub(crate) fn stop(&self) {
        lock(&self.runs).clear();
    }

    pub(crate) fn answer(self: &Arc<Self>, call: &Call, request: &Request) -> Result<Response, ServiceError> {
        let now = self.streaming.clock.now();
        match call.operation {
            Operation::ListServiceConnectors => self.list_connectors(request),
            Operation::CreateServiceConnector => self.create_connector(request),
            Operation::GetServiceConnector => self.get_connector(call),
            Operation::UpdateServiceConnector => self.update_connector(call, request),
            Operation::DeleteServiceConnector => self.delete_connector(call, request),
            Operation::ActivateServiceConnector => self.activate_connector(call, request),
            Operation::DeactivateServiceConnector => self.deactivate_connector(call, request),
            Operation::ChangeServiceConnectorCompartment => self.change_connector_compartment(call, request),
            Operation::ListWorkRequests => self.work_requests.list(&request.query, now),
            Operation::GetWorkRequest => self.work_requests.get(&call.id, now),
            Operation::ListWorkRequestErrors => self.work_requests.errors(&call.id),
            Operation::ListWorkRequestLogs => self.work_requests.logs(&call.id, now),
        }
    }

    /// Writes every open window, and everything else that is on the active connectors' streams now.
    pub(crate) async fn flush(&self) -> Result<(), FlushError> {
        let flushing: Vec<Flushing> = lock(&self.runs).iter().map(|(id, run)| run.flush(id)).collect();
        for flushing in flushing {
            flushing.end().await?;
        }
        Ok(())
    }

    pub(crate) fn registry(&self) -> MutexGuard<'_, Registry> {
        lock(&self.registry)
    }

    /// Stops a connector, then runs it from its stored positions if its record says that it runs.
    pub(crate) fn restart(self: &Arc<Self>, runs: &mut BTreeMap<String, Run>, id: &str) {
        runs.remove(id);
        let record = self.registry().get(id).cloned();
        if let Some(record) = record.filter(ConnectorRecord::runs) {
            runs.insert(record.id.clone(), self.run(record));
        }
    }

    /// Deactivates a connector that has failed for too long.
    pub(crate) fn deactivate(self: &Arc<Self>, id: &str, error: &MoveError) {
        let mut runs = lock(&self.runs);
        let record = self.registry().get(id).cloned();
        if let Some(mut record) = record.filter(ConnectorRecord::runs) {
            record.enabled = false;
            record.details =
                Some(format!("The connector was deactivated after seven days of failures: {error}"));
            // If the change cannot be stored now, the next start sees the connector fail again, and retries.
            let _ = self.registry().put(record);
        }
        self.restart(&mut runs, id);
    }

    fn run(self: &Arc<Self>, record: ConnectorRecord) -> Run {
        let Some(stream) = self.streaming.reader(&record.source.stream_id) else {
            let now = self.streaming.clock.now();
            return Run::without_stream(&record.source.stream_id, &record.positions, now);
        };
        let job = Job {
            connector: record.id,
            rollover_bytes: record.target.rollover_bytes(),
            target: record.target,
            stream,
            object_storage: Arc::clone(&self.object_storage),
            faults: Arc::clone(&self.faults),
            registry: Arc::clone(&self.registry),
            open: RwLock::new(true),
        };
        let hub = Arc::downgrade(self);
        let deactivate: Deactivate = Arc::new(move |id, error| {
            if let Some(hub) = hub.upgrade() {
                hub.deactivate(id, error);
            }
        });
        Run::start(Arc::new(job), &record.positions, &self.turns, &deactivate)
    }
}
