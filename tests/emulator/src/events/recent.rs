//! The last events and what became of them: what a person looks at first.

use serde::Serialize;

use super::queue::Key;
use crate::recent::Recent;

/// An event that was published.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecentEvent {
    /// The event's id, as functions get it.
    pub id: String,
    /// The type, such as `com.oraclecloud.objectstorage.createobject`.
    pub event_type: &'static str,
    /// When it happened, in RFC 3339.
    pub time: String,
    /// The bucket's name.
    pub bucket: String,
    /// The object's name.
    pub object: String,
    /// The version's entity tag.
    pub etag: String,
    /// The names of the rules that matched it.
    pub rules: Vec<String>,
    /// One for every enabled action of those rules.
    pub deliveries: Vec<RecentDelivery>,
    #[serde(skip)]
    pub(crate) sequence: u64,
}

/// An event on its way to an action.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecentDelivery {
    /// The rule's name.
    pub rule: String,
    /// `FAAS` or `OSS`.
    pub action_type: &'static str,
    /// The function's or stream's OCID.
    pub target: String,
    /// Whether it is over, and how.
    pub state: DeliveryState,
    /// How often it was attempted since the process started; redeliveries are among them.
    pub attempts: u64,
    /// How often that succeeded: more than once only by the fault `redeliver`.
    pub succeeded: u64,
    /// The last attempt's status.
    pub status: Option<u16>,
    /// The last attempt's error code.
    pub code: Option<String>,
    /// What the last attempt's error says.
    pub message: Option<String>,
    /// The id of the function's last call.
    pub call_id: Option<String>,
    /// The name of the last fault that struck it.
    pub fault: Option<&'static str>,
    #[serde(skip)]
    pub(crate) action: String,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It waits for its first attempt, or for the next.
    Pending,
    /// An attempt is under way.
    Delivering,
    /// It succeeded.
    Succeeded,
    /// It failed for so long that it was given up.
    Failed,
    /// The fault `lose` struck.
    Lost,
    /// The rule or the action was disabled or deleted before it was delivered.
    Dropped,
}

impl DeliveryState {
    /// The name in JSON.
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

/// Events that are remembered.
const REMEMBERED: usize = 500;

/// The list, in the order of the sequences.
pub(crate) type RecentEvents = Recent<RecentEvent, REMEMBERED>;

impl RecentEvents {
    /// Writes down what became of a delivery, as long as its event is remembered.
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
    fn so_many_are_remembered_and_those_can_be_changed() {
        let recent = RecentEvents::default();
        // Not every sequence is there: some were delivered before the start.
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
