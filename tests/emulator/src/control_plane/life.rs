//! The lifecycle of a resource.

use serde::{Deserialize, Serialize};

/// The times at which a resource is created, becomes active and is deleted. Its state depends only on them and the current time.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Life {
    pub(crate) created: i64,
    pub(crate) active: i64,
    /// When deletion starts, and when it is complete.
    pub(crate) deleted: Option<(i64, i64)>,
}

/// How long services remember deleted resources: 90 days.
pub(crate) const REMEMBERED_MILLISECONDS: i64 = 90 * 24 * 3600 * 1000;

impl Life {
    pub(crate) fn new(created: i64, delay: i64) -> Self {
        Self { created, active: created.saturating_add(delay), deleted: None }
    }

    pub(crate) fn end(self, now: i64, delay: i64) -> Self {
        Self { deleted: Some((now, now.saturating_add(delay))), ..self }
    }

    /// Returns the API's name for the state at a time.
    pub(crate) fn state(self, now: i64) -> &'static str {
        match self.deleted {
            Some((_, gone)) if now >= gone => "DELETED",
            Some(_) => "DELETING",
            // A time before the creation means that the clock was set back.
            None if (self.created..self.active).contains(&now) => "CREATING",
            None => "ACTIVE",
        }
    }

    /// Returns whether the resource is neither being deleted nor deleted.
    pub(crate) fn is_there(self) -> bool {
        self.deleted.is_none()
    }

    /// Returns whether the deletion was complete before a time.
    pub(crate) fn was_over(self, time: i64) -> bool {
        self.deleted.is_some_and(|(_, gone)| gone < time)
    }
}

#[cfg(test)]
mod tests {
    use super::Life;

    #[test]
    fn a_resource_goes_through_its_states() {
        let life = Life::new(100, 20);
        assert_eq!([100, 119, 120].map(|now| life.state(now)), ["CREATING", "CREATING", "ACTIVE"]);
        let ended = life.end(500, 20);
        assert_eq!([519, 520].map(|now| ended.state(now)), ["DELETING", "DELETED"]);
        assert_eq!([520, 521].map(|time| ended.was_over(time)), [false, true]);
        assert!(!life.was_over(i64::MAX));
    }

    #[test]
    fn a_resource_exists_even_if_the_clock_is_set_back() {
        assert_eq!(Life::new(100, 20).state(99), "ACTIVE");
    }
}
