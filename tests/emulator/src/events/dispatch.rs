//! Decides when deliveries are attempted, and what to do with the result of an attempt.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::delivery::{CallId, Refused};
use super::event_rule::Target;
use super::queue::{Delivery, Key};
use super::recent::{DeliveryState, RecentDelivery};
use super::service::Events;
use super::state::Change;
use crate::clock;
use crate::faults::effects::DeliveryFault;
use crate::faults::subject::Subject;

/// The status of a function that is too busy. It is the only one that is documented to be retried until the function succeeds.
const UNAVAILABLE: u16 = 503;

impl Events {
    /// Attempts the deliveries that are due, several at the same time.
    pub(crate) async fn dispatch(self: &Arc<Self>) {
        let mut under_way = JoinSet::new();
        loop {
            while under_way.len() < self.options.concurrency.max(1) {
                let next = self.state().queue.take(Instant::now());
                let Some((key, delivery)) = next else { break };
                let service = Arc::clone(self);
                under_way.spawn(async move { service.attempt(key, delivery).await });
            }
            let full = under_way.len() >= self.options.concurrency.max(1);
            let next_due = self.state().queue.next_due().filter(|_| !full);
            tokio::select! {
                _ = under_way.join_next(), if !under_way.is_empty() => {}
                () = self.due.notified(), if !full => {}
                () = sleep_until(next_due), if next_due.is_some() => {}
            }
        }
    }

    async fn attempt(&self, key: Key, mut delivery: Delivery) {
        let Some(target) = self.target(&key, &delivery.rule) else {
            return self.end(&key, DeliveryState::Dropped);
        };
        let fault = self.strike(&key, &mut delivery);
        match fault {
            Some(DeliveryFault::Lose) => return self.end(&key, DeliveryState::Lost),
            Some(DeliveryFault::Delay { milliseconds }) => {
                delivery.struck = true;
                let due = later(Duration::from_millis(milliseconds));
                return self.state().queue.put(key, delivery, due);
            }
            Some(DeliveryFault::Redeliver { times }) => delivery.copies = delivery.copies.max(times),
            Some(DeliveryFault::Refuse(_) | DeliveryFault::ResetBefore | DeliveryFault::ResetAfter)
            | None => {}
        }
        self.recent.change(&key, |recent| {
            recent.state = DeliveryState::Delivering;
            recent.attempts += 1;
        });
        let result = match fault.as_ref().and_then(Refused::before) {
            Some(refused) => Err(refused),
            None => self.deliver(&delivery.event, &delivery.rule, &target).await,
        };
        match result {
            result if fault == Some(DeliveryFault::ResetAfter) => {
                self.failed(key, delivery, Refused::after(result))
            }
            Ok(call_id) => self.succeeded(key, delivery, call_id),
            Err(refused) => self.failed(key, delivery, refused),
        }
    }

    /// Returns the target of the action, if the action and its rule still exist and are enabled.
    fn target(&self, key: &Key, rule: &str) -> Option<Target> {
        let state = self.state();
        let rule = state.rules.get(rule).filter(|rule| rule.record.enabled)?;
        let action = rule.record.actions.iter().find(|action| action.enabled && action.id == key.action)?;
        Some(action.target.clone())
    }

    /// Returns the fault that applies to this attempt. A deferred attempt and a redelivery are not new occurrences.
    fn strike(&self, key: &Key, delivery: &mut Delivery) -> Option<DeliveryFault> {
        if std::mem::take(&mut delivery.struck) {
            return None;
        }
        let subject = Subject {
            bucket: Some(&delivery.event.bucket),
            object: Some(&delivery.event.object),
            ..Subject::default()
        };
        let struck = self.neighbours.faults.strike::<DeliveryFault>("DeliverEvent", subject)?;
        self.recent.change(key, |recent| recent.fault = Some(struck.name));
        Some(struck.effect)
    }

    fn succeeded(&self, key: Key, mut delivery: Delivery, call_id: CallId) {
        self.counters.succeeded.fetch_add(1, Ordering::Relaxed);
        self.recent.change(&key, |recent| {
            recent.succeeded += 1;
            recent.outcome(200, None, call_id);
        });
        if delivery.copies == 0 {
            return self.end(&key, DeliveryState::Succeeded);
        }
        delivery.copies -= 1;
        (delivery.struck, delivery.failed) = (true, 0);
        self.state().queue.put(key, delivery, Instant::now());
    }

    fn failed(&self, key: Key, mut delivery: Delivery, refused: Refused) {
        self.counters.failed.fetch_add(1, Ordering::Relaxed);
        let Refused { status, code, message, call_id } = refused;
        self.recent.change(&key, |recent| recent.outcome(status, Some((code, message)), call_id));
        let age = Duration::from_millis(
            clock::milliseconds().saturating_sub(delivery.event.time).max(0).unsigned_abs(),
        );
        if age > self.options.retry_for && status != UNAVAILABLE {
            return self.end(&key, DeliveryState::Failed);
        }
        delivery.failed = delivery.failed.saturating_add(1);
        let due = later(self.options.backoff(delivery.failed));
        self.state().queue.put(key, delivery, due);
    }

    fn end(&self, key: &Key, end: DeliveryState) {
        self.recent.change(key, |recent| recent.state = end);
        let ended = Change::Ended { sequence: key.sequence, action: key.action.clone() };
        let mut state = self.state();
        if state.commit(ended).is_err() {
            // The journal cannot be written, for example because the disk is full. The delivery still counts as ended until the next start.
            state.queue.remove(key);
        }
        drop(state);
        self.progressed();
    }
}

impl RecentDelivery {
    /// Records the result of an attempt.
    fn outcome(&mut self, status: u16, error: Option<(String, String)>, call_id: CallId) {
        let (code, message) = error.unzip();
        (self.status, self.code, self.message, self.call_id) = (Some(status), code, message, call_id);
        self.state = DeliveryState::Pending;
    }
}

/// Returns a time from now, at most a year ahead because the clock may not be able to represent more.
fn later(by: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    Instant::now() + by.min(YEAR)
}

async fn sleep_until(due: Option<Instant>) {
    if let Some(due) = due {
        tokio::time::sleep_until(due.into()).await;
    }
}
