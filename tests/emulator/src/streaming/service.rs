//! The service: its state, and the dispatch of requests to operations.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use http::StatusCode;

use super::call::{Call, Operation};
use super::cursor::Seal;
use super::partition::Throttled;
use super::registry::{self, Registry};
use super::settings::{Clock, StreamingOptions, milliseconds};
use super::stream::Stream;
use crate::control_plane::retry_tokens::RetryTokens;
use crate::control_plane::work_requests::{Words, WorkRequests};
use crate::lock::lock;
use crate::random;
use crate::state_folder::StateError;
use crate::token_bucket::TokenBucket;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::{ServiceError, resource_not_found};

/// Streaming of one tenancy in one region.
#[derive(Debug)]
pub(crate) struct Streaming {
    pub(crate) options: StreamingOptions,
    pub(crate) context: StreamingContext,
    pub(crate) clock: Clock,
    pub(crate) seal: Seal,
    pub(crate) work_requests: WorkRequests,
    /// Source of the random values that replace null keys.
    pub(crate) null_keys: Mutex<fastrand::Rng>,
    /// Retry tokens of created pools.
    pub(crate) retry_tokens: RetryTokens,
    /// Rate limits of the control plane, by operation.
    control: Mutex<HashMap<&'static str, TokenBucket>>,
    registry: RwLock<Registry>,
}

/// What the service needs to know about the cloud around it.
#[derive(Debug, Clone)]
pub(crate) struct StreamingContext {
    pub(crate) folder: Option<std::path::PathBuf>,
    pub(crate) region: String,
    pub(crate) tenancy: String,
    /// The emulator's own URL, which appears in responses to requests without a `host` header.
    pub(crate) url: String,
    pub(crate) seed: u64,
}

const WORK_REQUESTS: Words = Words { ocid: "streamworkrequest", listed_id: "id", of_compartment: false };

impl Streaming {
    /// Opens the state in a folder, or an empty one in memory, and creates missing streams of the options.
    pub(crate) fn open(
        options: StreamingOptions,
        context: StreamingContext,
    ) -> Result<Arc<Self>, StateError> {
        let clock = Clock::default();
        let content = registry::StreamStore {
            folder: context.folder.clone(),
            segment_bytes: options.segment_bytes,
            seed: context.seed,
        };
        let registry = Registry::open(content, clock.now())?;
        let service = Arc::new(Self {
            seal: Seal::new(&registry.cursor_key, options.cursor_lifetime),
            null_keys: Mutex::new(fastrand::Rng::with_seed(context.seed)),
            retry_tokens: RetryTokens::default(),
            control: Mutex::default(),
            work_requests: WorkRequests::new(&WORK_REQUESTS),
            registry: RwLock::new(registry),
            options,
            context,
            clock,
        });
        service.ensure_streams()?;
        Ok(service)
    }

    pub(crate) async fn answer(&self, call: &Call, request: &mut Request) -> Result<Response, ServiceError> {
        let now = self.clock.now();
        if call.is_control() {
            self.check_control(call.operation, now)?;
        }
        match call.operation {
            Operation::ListStreams => self.list_streams(request),
            Operation::CreateStream => self.create_stream(request),
            Operation::GetStream => self.get_stream(call, request),
            Operation::UpdateStream => self.update_stream(call, request),
            Operation::DeleteStream => self.delete_stream(call, request),
            Operation::ChangeStreamCompartment => self.change_stream_compartment(call, request),
            Operation::ListStreamPools => self.list_stream_pools(request),
            Operation::CreateStreamPool => self.create_stream_pool(request),
            Operation::GetStreamPool => self.get_stream_pool(call, request),
            Operation::UpdateStreamPool => self.update_stream_pool(call, request),
            Operation::DeleteStreamPool => self.delete_stream_pool(call, request),
            Operation::ChangeStreamPoolCompartment => self.change_stream_pool_compartment(call, request),
            Operation::PutMessages => self.put_messages(call, request).await,
            Operation::GetMessages => self.get_messages(call, request),
            Operation::CreateCursor => self.create_cursor(call, request),
            Operation::CreateGroupCursor => self.create_group_cursor(call, request),
            Operation::ConsumerCommit => self.consumer_commit(call, request),
            Operation::ConsumerHeartbeat => self.consumer_heartbeat(call, request),
            Operation::GetGroup => self.get_group(call),
            Operation::UpdateGroup => self.update_group(call, request),
            Operation::ListWorkRequests => self.work_requests.list(&request.query, now),
            Operation::GetWorkRequest => self.work_requests.get(&call.id, now),
            Operation::ListWorkRequestErrors => self.work_requests.errors(&call.id),
            Operation::ListWorkRequestLogs => self.work_requests.logs(&call.id, now),
        }
    }

    /// Returns a stream whose content is accessible.
    pub(crate) fn stream(&self, id: &str) -> Result<Arc<Stream>, ServiceError> {
        let stream = self.registry().streams.get(id).cloned();
        let stream =
            stream.filter(|stream| stream.record().life.is_there()).ok_or_else(|| resource_not_found(id))?;
        let state = stream.record().life.state(self.clock.now());
        if state == "ACTIVE" {
            return Ok(stream);
        }
        Err(ServiceError::conflict("IncorrectState", format!("The stream '{id}' is in the state {state}.")))
    }

    /// Returns the name of an existing stream, for fault rules that refer to names.
    pub(crate) fn stream_name(&self, id: &str) -> Option<String> {
        self.registry().streams.get(id).map(|stream| stream.record().name.clone())
    }

    /// Deletes expired messages of all streams, even of those that no client uses.
    pub(crate) fn sweep(&self) {
        let now = self.clock.now();
        let streams: Vec<Arc<Stream>> = self.registry().present().cloned().collect();
        for stream in streams {
            for partition in &stream.partitions {
                // Deleting is retried at the next sweep, and writers to the partition get the error.
                let _ = partition.bounds(stream.cutoff(now));
            }
        }
    }

    pub(crate) fn registry(&self) -> RwLockReadGuard<'_, Registry> {
        self.registry.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn change(&self) -> RwLockWriteGuard<'_, Registry> {
        self.registry.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how many milliseconds creating and deleting a resource takes.
    pub(crate) fn delay(&self) -> i64 {
        milliseconds(self.options.lifecycle_delay)
    }

    /// Returns the URL that the client used, so that links lead back to it.
    pub(crate) fn url(&self, request: &Request) -> String {
        request.header("host").map_or_else(|| self.context.url.clone(), |host| format!("http://{host}"))
    }

    /// Creates an OCID of this kind in this region.
    pub(crate) fn new_id(&self, kind: &str) -> String {
        random::ocid(kind, &self.context.region)
    }

    fn check_control(&self, operation: Operation, now: i64) -> Result<(), ServiceError> {
        let rate = self.options.control_requests_per_second;
        let mut control = lock(&self.control);
        let bucket = control.entry(operation.name()).or_default();
        match bucket.wait(rate, 1, now) {
            0 => bucket.take(rate, 1, now),
            wait_milliseconds => {
                return Err(too_many_requests(Throttled { limit: "requests a second", wait_milliseconds }));
            }
        }
        Ok(())
    }
}

pub(crate) fn too_many_requests(throttled: Throttled) -> ServiceError {
    ServiceError::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", throttled.message())
}

impl Throttled {
    /// Returns the error message. The hint has the service's wording; the text before it names the limit.
    pub(crate) fn message(&self) -> String {
        format!(
            "Too Many Requests: the limit of {} is reached, next request can be made in {} ms",
            self.limit, self.wait_milliseconds
        )
    }
}
