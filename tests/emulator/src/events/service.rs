//! The service: its state, the dispatch of requests to operations, and what the rest of the process sees of it.

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

/// The Events service of one region: rules, and the delivery of events to functions and streams.
#[derive(Debug)]
pub struct Events {
    pub(crate) options: EventsOptions,
    pub(crate) context: EventsContext,
    pub(crate) neighbours: Neighbours,
    pub(crate) counters: Counters,
    pub(crate) recent: RecentEvents,
    /// Retry tokens of created rules.
    pub(crate) retry_tokens: RetryTokens,
    /// Notified when a delivery may have become due.
    pub(crate) due: Notify,
    /// Changes whenever there is less left to do.
    pub(crate) progress: watch::Sender<u64>,
    state: Mutex<State>,
}

/// The sources and targets of events.
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

    /// Performs the operation that the request asks for.
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

    /// Moves events from Object Storage and delivers them, forever. Dropping the future interrupts attempts; they are repeated after the
    /// next start.
    pub(crate) async fn run(self: Arc<Self>) {
        tokio::join!(self.take_over(), self.dispatch());
    }

    /// The last events, the latest one last.
    pub fn recent(&self) -> Vec<RecentEvent> {
        self.recent.all()
    }

    /// The service's counters.
    pub fn metrics(&self) -> EventsMetrics {
        self.counters.read()
    }

    /// The number of deliveries that haven't ended and of events to which rules haven't been applied yet.
    pub fn pending(&self) -> usize {
        let emitted = || {
            let index = self.neighbours.object_storage.index();
            (index.outbox.last(), index.outbox.waiting().len())
        };
        loop {
            // An event is in one of two states. Both are read again until none has arrived in between, so that they are consistent.
            let (last, waiting) = emitted();
            let queued = self.state().queue.len();
            if emitted() == (last, waiting) {
                return waiting + queued;
            }
        }
    }

    /// Waits until nothing is pending: all events so far have been delivered, and so have those that functions have caused in the meantime.
    pub async fn settled(&self) {
        let mut progress = self.progress.subscribe();
        while self.pending() > 0 {
            // This service owns the sender, so it can't be closed.
            let _ = progress.changed().await;
        }
    }

    /// The state of the service for the control API.
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
