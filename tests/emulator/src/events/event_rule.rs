//! A rule: a condition, and the actions for events that match it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::condition::{Condition, ConditionError};
use crate::clock;

/// A rule with its parsed condition.
#[derive(Debug, Clone)]
pub(crate) struct EventRule {
    pub(crate) record: RuleRecord,
    condition: Condition,
}

/// The stored part of a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RuleRecord {
    pub(crate) id: String,
    pub(crate) display_name: String,
    #[serde(default)]
    pub(crate) description: Option<String>,
    pub(crate) enabled: bool,
    /// The condition as the client wrote it.
    pub(crate) condition: String,
    pub(crate) compartment_id: String,
    pub(crate) actions: Vec<ActionRecord>,
    pub(crate) freeform_tags: BTreeMap<String, String>,
    pub(crate) defined_tags: Map<String, Value>,
    /// Milliseconds since 1970.
    pub(crate) time_created: i64,
    pub(crate) etag: String,
}

/// An action of a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ActionRecord {
    pub(crate) id: String,
    pub(crate) enabled: bool,
    #[serde(default)]
    pub(crate) description: Option<String>,
    pub(crate) target: Target,
}

/// The target of an action, by OCID.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    Function(String),
    Stream(String),
}

impl EventRule {
    pub(crate) fn new(record: RuleRecord) -> Result<Self, ConditionError> {
        Ok(Self { condition: Condition::parse(&record.condition)?, record })
    }

    /// Returns whether the rule is enabled and matches an event in a compartment. A rule covers its own compartment, or all of them if
    /// its own is the tenancy's root. Other compartments have no children here.
    pub(crate) fn matches(&self, event: &Value, compartment_id: &str, tenancy: &str) -> bool {
        let within = self.record.compartment_id == compartment_id || self.record.compartment_id == tenancy;
        self.record.enabled && within && self.condition.matches(event)
    }
}

impl RuleRecord {
    /// Returns the API's representation of the rule.
    pub(crate) fn document(&self) -> Value {
        let mut document = self.summary();
        let actions: Vec<Value> = self.actions.iter().map(ActionRecord::document).collect();
        document["actions"] = json!({ "actions": actions });
        document["lifecycleMessage"] = Value::Null;
        document
    }

    /// Returns the representation in listings.
    pub(crate) fn summary(&self) -> Value {
        json!({
            "id": self.id,
            "displayName": self.display_name,
            "description": self.description,
            "lifecycleState": state(self.enabled),
            "condition": self.condition,
            "compartmentId": self.compartment_id,
            "isEnabled": self.enabled,
            "timeCreated": clock::rfc3339(self.time_created),
            "freeformTags": self.freeform_tags,
            "definedTags": self.defined_tags,
        })
    }

    /// Returns the API's name for the lifecycle state. Rules are created and changed immediately, so there are no transitional states.
    pub(crate) fn state(&self) -> &'static str {
        state(self.enabled)
    }
}

impl ActionRecord {
    fn document(&self) -> Value {
        let mut document = json!({
            "actionType": self.target.action_type(),
            "id": self.id,
            "lifecycleState": state(self.enabled),
            "lifecycleMessage": null,
            "isEnabled": self.enabled,
            "description": self.description,
        });
        let name = match self.target {
            Target::Function(_) => "functionId",
            Target::Stream(_) => "streamId",
        };
        document[name] = json!(self.target.id());
        document
    }
}

impl Target {
    pub(crate) fn action_type(&self) -> &'static str {
        match self {
            Self::Function(_) => "FAAS",
            Self::Stream(_) => "OSS",
        }
    }

    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Function(id) | Self::Stream(id) => id,
        }
    }
}

fn state(enabled: bool) -> &'static str {
    if enabled { "ACTIVE" } else { "INACTIVE" }
}
