//! The service: its state, the dispatch of requests to operations, and its interface for the rest of the process.

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
    /// Changes whenever fewer events or deliveries are left to handle.
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

    /// Moves events from Object Storage and delivers them, forever. Dropping the future interrupts attempts, which are repeated after the
    /// next start.
    pub(crate) async fn run(self: Arc<Self>) {
        tokio::join!(self.take_over(), self.dispatch());
    }

    /// Returns the latest events, most recent last.
    pub fn recent(&self) -> Vec<RecentEvent> {
        self.recent.all()
    }

    /// Returns the service's counters.
    pub fn metrics(&self) -> EventsMetrics {
        self.counters.read()
    }

    /// Returns the number of deliveries that have not ended, plus the number of events to which the rules have not been applied yet.
    pub fn pending(&self) -> usize {
        let emitted = || {
            let index = self.neighbours.object_storage.index();
            (index.outbox.last(), index.outbox.waiting().len())
        };
        loop {
            // An event is counted either in Object Storage or in the queue. Both are read again until no event has moved in between, so
            // that the sum is consistent.
            let (last, waiting) = emitted();
            let queued = self.state().queue.len();
            if emitted() == (last, waiting) {
                return waiting + queued;
            }
        }
    }

    /// Waits until nothing is pending: all events so far have been delivered, and so have the events that functions caused in the meantime.
    pub async fn settled(&self) {
        let mut progress = self.progress.subscribe();
        while self.pending() > 0 {
            // `self` owns the sender, so the channel is not closed.
            let _ = progress.changed().await;
        }
    }

    /// Returns the state of the service for the control API.
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
