//! The latest events and their deliveries, which are the first thing that people look at.

use serde::Serialize;

use super::queue::Key;
use crate::recent::Recent;

/// A published event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecentEvent {
    /// The event ID that functions receive.
    pub id: String,
    /// The type, such as `com.oraclecloud.objectstorage.createobject`.
    pub event_type: &'static str,
    /// When it happened (RFC 3339).
    pub time: String,
    /// Name of the bucket.
    pub bucket: String,
    /// Name of the object.
    pub object: String,
    /// Entity tag of the version.
    pub etag: String,
    /// Names of the rules that matched it.
    pub rules: Vec<String>,
    /// The deliveries: one for every enabled action of those rules.
    pub deliveries: Vec<RecentDelivery>,
    #[serde(skip)]
    pub(crate) sequence: u64,
}

/// The delivery of an event to an action.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecentDelivery {
    /// Name of the rule.
    pub rule: String,
    /// `FAAS` or `OSS`.
    pub action_type: &'static str,
    /// OCID of the function or stream.
    pub target: String,
    /// Whether the delivery has ended, and how.
    pub state: DeliveryState,
    /// Number of attempts since the process started, including redeliveries.
    pub attempts: u64,
    /// Number of successful attempts. It exceeds one only with the fault `redeliver`.
    pub succeeded: u64,
    /// Status of the last attempt.
    pub status: Option<u16>,
    /// Error code of the last attempt.
    pub code: Option<String>,
    /// Error message of the last attempt.
    pub message: Option<String>,
    /// Call ID of the function's last invocation.
    pub call_id: Option<String>,
    /// Name of the last fault that applied.
    pub fault: Option<&'static str>,
    #[serde(skip)]
    pub(crate) action: String,
}

/// The state of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waiting for its first or next attempt.
    Pending,
    /// Being attempted.
    Delivering,
    /// Delivered.
    Succeeded,
    /// Abandoned, because it failed for too long.
    Failed,
    /// Dropped by the fault `lose`.
    Lost,
    /// The rule or the action was disabled or deleted before the delivery.
    Dropped,
}

impl DeliveryState {
    /// Returns the name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivering => "delivering",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Lost => "lost",
            Self::Dropped => "dropped",
        }
    }
}

/// Number of events remembered.
const REMEMBERED: usize = 500;

/// The latest events, ordered by sequence number.
pub(crate) type RecentEvents = Recent<RecentEvent, REMEMBERED>;

impl RecentEvents {
    /// Updates a delivery, if its event is still remembered.
    pub(crate) fn change(&self, key: &Key, change: impl FnOnce(&mut RecentDelivery)) {
        let mut events = self.items();
        let Ok(place) = events.binary_search_by_key(&key.sequence, |event| event.sequence) else { return };
        let mut deliveries = events.get_mut(place).into_iter().flat_map(|event| &mut event.deliveries);
        if let Some(delivery) = deliveries.find(|delivery| delivery.action == key.action) {
            change(delivery);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DeliveryState, Key, REMEMBERED, RecentDelivery, RecentEvent, RecentEvents};

    fn event(sequence: u64) -> RecentEvent {
        let delivery = |action: &str| RecentDelivery {
            rule: String::new(),
            action_type: "FAAS",
            target: String::new(),
            state: DeliveryState::Pending,
            attempts: 0,
            succeeded: 0,
            status: None,
            code: None,
            message: None,
            call_id: None,
            fault: None,
            action: action.to_owned(),
        };
        RecentEvent {
            id: sequence.to_string(),
            event_type: "",
            time: String::new(),
            bucket: String::new(),
            object: String::new(),
            etag: String::new(),
            rules: Vec::new(),
            deliveries: vec![delivery("one"), delivery("two")],
            sequence,
        }
    }

    #[test]
    fn the_last_events_are_kept_and_can_be_updated() {
        let recent = RecentEvents::default();
        // The sequence has gaps, because some events were delivered before the start.
        let sequences: Vec<u64> = (0..REMEMBERED as u64 + 10).map(|number| number * 3).collect();
        sequences.iter().for_each(|sequence| recent.add(event(*sequence)));
        let mut changed = 0;
        for sequence in 0..sequences.len() as u64 * 3 {
            let key = Key { sequence, action: "two".to_owned() };
            recent.change(&key, |delivery| {
                delivery.attempts += 1;
                changed += 1;
            });
        }
        let all = recent.all();
        assert_eq!((all.len(), changed), (REMEMBERED, REMEMBERED));
        assert_eq!(all[0].sequence, 30, "the oldest are forgotten");
        let attempts = |event: &RecentEvent| {
            event.deliveries.iter().map(|delivery| delivery.attempts).collect::<Vec<_>>()
        };
        assert!(all.iter().all(|event| attempts(event) == [0, 1]));
    }
}
