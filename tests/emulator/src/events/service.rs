//! The service: its state, the operation that each request asks for, and what others in the process see of it.

use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};
use tokio::sync::{Notify, watch};

use super::call::{Call, Operation};
use super::metrics::{Counters, EventsMetrics};
use super::recent::{RecentEvent, RecentEvents};
use super::settings::{EventsContext, EventsOptions};
use super::state::State;
use crate::control_plane::retry_tokens::RetryTokens;
use crate::faults::in_force::Faults;
use crate::functions::Functions;
use crate::lock::lock;
use crate::object_storage::ObjectStorage;
use crate::streaming::Streaming;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::ServiceError;

/// The Events service of one region: rules, and events on their way to functions and streams.
#[derive(Debug)]
pub struct Events {
    pub(crate) options: EventsOptions,
    pub(crate) context: EventsContext,
    pub(crate) neighbours: Neighbours,
    pub(crate) counters: Counters,
    pub(crate) recent: RecentEvents,
    /// Of rules that were made.
    pub(crate) retry_tokens: RetryTokens,
    /// Notified when something may be due.
    pub(crate) due: Notify,
    /// Counts whatever makes less to do.
    pub(crate) progress: watch::Sender<u64>,
    state: Mutex<State>,
}

/// What events come from and go to.
#[derive(Debug)]
pub(crate) struct Neighbours {
    pub(crate) object_storage: Arc<ObjectStorage>,
    pub(crate) functions: Arc<Functions>,
    pub(crate) streaming: Arc<Streaming>,
    pub(crate) faults: Arc<Faults>,
}

impl Events {
    pub(crate) fn new(
        options: EventsOptions,
        context: EventsContext,
        state: State,
        neighbours: Neighbours,
    ) -> Arc<Self> {
        let service = Self {
            options,
            context,
            neighbours,
            counters: Counters::default(),
            recent: RecentEvents::default(),
            retry_tokens: RetryTokens::default(),
            due: Notify::new(),
            progress: watch::Sender::new(0),
            state: Mutex::new(state),
        };
        service.recall();
        Arc::new(service)
    }

    /// Does what the request asks for.
    pub(crate) fn answer(&self, call: &Call, request: &Request) -> Result<Response, ServiceError> {
        match call.operation {
            Operation::ListRules => self.list_rules(request),
            Operation::CreateRule => self.create_rule(request),
            Operation::GetRule => self.get_rule(call),
            Operation::UpdateRule => self.update_rule(call, request),
            Operation::DeleteRule => self.delete_rule(call, request),
            Operation::ChangeRuleCompartment => self.change_rule_compartment(call, request),
        }
    }

    /// Takes events over from Object Storage and delivers them, for ever. Dropping it cuts what is under way, which is delivered
    /// again after the next start.
    pub(crate) async fn run(self: Arc<Self>) {
        tokio::join!(self.take_over(), self.dispatch());
    }

    /// The last events, the latest last.
    pub fn recent(&self) -> Vec<RecentEvent> {
        self.recent.all()
    }

    /// What the service has counted.
    pub fn metrics(&self) -> EventsMetrics {
        self.counters.read()
    }

    /// How many deliveries have not come to an end, and events that rules have not been tried on yet.
    pub fn pending(&self) -> usize {
        let emitted = || {
            let index = self.neighbours.object_storage.index();
            (index.outbox.last(), index.outbox.waiting().len())
        };
        loop {
            // An event is in one of the two places: both are seen as they were at one moment when nothing came meanwhile.
            let (last, waiting) = emitted();
            let queued = self.state().queue.len();
            if emitted() == (last, waiting) {
                return waiting + queued;
            }
        }
    }

    /// Waits until nothing is pending: every event so far, and those of what functions wrote meanwhile, came to an end.
    pub async fn settled(&self) {
        let mut progress = self.progress.subscribe();
        while self.pending() > 0 {
            // The sender is this service.
            let _ = progress.changed().await;
        }
    }

    /// All of it at a glance, for the side door.
    pub(crate) fn status(&self) -> Value {
        json!({ "pending": self.pending(), "metrics": self.metrics(), "events": self.recent() })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(crate) fn progressed(&self) {
        self.progress.send_modify(|progress| *progress = progress.wrapping_add(1));
    }
}
