//! Moves events from Object Storage into the queue, and applies every rule to each.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::event_document::{EventDocument, event_type};
use super::event_rule::{EventRule, RuleRecord};
use super::queue::Key;
use super::recent::{DeliveryState, RecentDelivery, RecentEvent};
use super::service::Events;
use super::state::{Change, Matched, MatchedAction};
use crate::clock;
use crate::object_storage::ObjectEvent;
use crate::wire::service_error::ServiceError;

/// Maximum number of events moved in one step, as one line of the journal.
const BATCH: usize = 100;

/// Wait before a retry after a failure, such as a full disk.
const PAUSE: Duration = Duration::from_secs(1);

impl Events {
    /// Moves every event for which the queue has room.
    pub(crate) async fn take_over(&self) {
        let storage = &self.neighbours.object_storage;
        let arrived = storage.index().outbox.arrived();
        let mut progress = self.progress.subscribe();
        loop {
            while self.state().queue.len() >= self.options.queue.max(1) {
                // `self` owns the sender, so the channel is not closed.
                let _ = progress.changed().await;
            }
            let batch: Vec<_> = storage.index().outbox.waiting().take(BATCH).cloned().collect();
            let Some(last) = batch.last().map(|event| event.sequence) else {
                arrived.notified().await;
                continue;
            };
            match self.publish(&batch, last) {
                Ok(()) => {
                    storage.index().outbox.take(last);
                    self.due.notify_one();
                    self.progressed();
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// Adds the events up to a sequence number to the queue, with one delivery per enabled action of the matching rules.
    fn publish(&self, events: &[Arc<ObjectEvent>], last: u64) -> Result<(), ServiceError> {
        let mut state = self.state();
        let (mut matched, mut recent) = (Vec::new(), Vec::new());
        for event in events {
            let envelope = serde_json::to_value(EventDocument::new(event, &self.context));
            let envelope = envelope.expect("a struct of texts");
            let matches =
                |rule: &&EventRule| rule.matches(&envelope, &event.compartment_id, &self.context.tenancy);
            let rules: Vec<&RuleRecord> =
                state.rules.values().filter(matches).map(|rule| &rule.record).collect();
            let actions: Vec<MatchedAction> = rules.iter().flat_map(|rule| rule.matched_actions()).collect();
            recent.push(RecentEvent {
                rules: rules.iter().map(|rule| rule.display_name.clone()).collect(),
                deliveries: rules.iter().flat_map(|rule| rule.recent_deliveries()).collect(),
                ..RecentEvent::new(event)
            });
            if !actions.is_empty() {
                matched.push(Matched { event: ObjectEvent::clone(event), actions });
            }
        }
        state.commit(Change::Taken { sequence: last, matched })?;
        let rules = recent.iter().map(|event| event.rules.len() as u64).sum();
        self.counters.published.fetch_add(recent.len() as u64, Ordering::Relaxed);
        self.counters.matched.fetch_add(rules, Ordering::Relaxed);
        // The lock is still held, so nothing is delivered before it is in the list.
        recent.into_iter().for_each(|event| self.recent.add(event));
        Ok(())
    }

    /// Adds the deliveries that were pending at startup to the list of recent events.
    pub(crate) fn recall(&self) {
        let state = self.state();
        let mut last: Option<RecentEvent> = None;
        for (key, delivery) in state.queue.deliveries() {
            if last.as_ref().is_none_or(|event| event.sequence != key.sequence) {
                last.replace(RecentEvent::new(&delivery.event))
                    .into_iter()
                    .for_each(|event| self.recent.add(event));
            }
            if let (Some(event), Some(rule)) = (&mut last, state.rules.get(&delivery.rule)) {
                event.recall(key, &rule.record);
            }
        }
        last.into_iter().for_each(|event| self.recent.add(event));
    }
}

impl RuleRecord {
    fn matched_actions(&self) -> impl Iterator<Item = MatchedAction> {
        let enabled = self.actions.iter().filter(|action| action.enabled);
        enabled.map(|action| MatchedAction { rule: self.id.clone(), action: action.id.clone() })
    }

    fn recent_deliveries(&self) -> impl Iterator<Item = RecentDelivery> {
        self.actions.iter().filter(|action| action.enabled).map(|action| RecentDelivery {
            rule: self.display_name.clone(),
            action_type: action.target.action_type(),
            target: action.target.id().to_owned(),
            state: DeliveryState::Pending,
            attempts: 0,
            succeeded: 0,
            status: None,
            code: None,
            message: None,
            call_id: None,
            fault: None,
            action: action.id.clone(),
        })
    }
}

impl RecentEvent {
    fn new(event: &ObjectEvent) -> Self {
        Self {
            id: event.id.clone(),
            event_type: event_type(event.kind),
            time: clock::rfc3339(event.time),
            bucket: event.bucket.clone(),
            object: event.object.clone(),
            etag: event.etag.clone(),
            rules: Vec::new(),
            deliveries: Vec::new(),
            sequence: event.sequence,
        }
    }

    /// Adds a delivery to an action of a rule, if both still exist.
    fn recall(&mut self, key: &Key, rule: &RuleRecord) {
        if !self.rules.contains(&rule.display_name) {
            self.rules.push(rule.display_name.clone());
        }
        self.deliveries.extend(rule.recent_deliveries().filter(|delivery| delivery.action == key.action));
    }
}
