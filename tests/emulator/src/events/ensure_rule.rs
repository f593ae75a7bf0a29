//! Rules that the emulator itself creates.

use super::event_rule::{EventRule, RuleRecord};
use super::rule_details::RuleDetails;
use super::service::Events;

/// The error for a rule that the service rejects.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot create the rule {rule:?}: {problem}")]
pub struct RuleError {
    /// Name of the rule.
    pub rule: String,
    /// The reason, in the service's words.
    pub problem: String,
}

impl Events {
    /// Ensures that the tenancy's root compartment has an enabled rule with this name that invokes a function for events that match a
    /// condition. Creates the rule or changes the existing one, and returns its OCID.
    pub fn ensure_rule(&self, name: &str, condition: &str, function_id: &str) -> Result<String, RuleError> {
        let tenancy = &self.context.tenancy;
        let details = RuleDetails::calling(name, condition, tenancy, function_id);
        let mut state = self.state();
        let named =
            |rule: &&EventRule| rule.record.display_name == name && rule.record.compartment_id == *tenancy;
        let there = state.rules.values().find(named).map(|rule| rule.record.clone());
        let ensured = match there {
            Some(there) => details.apply(there.clone(), &self.context).and_then(|record| {
                let same = RuleRecord { etag: there.etag.clone(), ..record.clone() } == there;
                if same { Ok(there) } else { state.put_rule(record) }
            }),
            None => details.create(&self.context).and_then(|record| state.put_rule(record)),
        };
        drop(state);
        self.due.notify_one();
        let ensured = ensured.map_err(|error| RuleError { rule: name.to_owned(), problem: error.message })?;
        Ok(ensured.id)
    }
}
