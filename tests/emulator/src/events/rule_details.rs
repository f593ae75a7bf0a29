//! The bodies of CreateRule and UpdateRule, and their validation.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::condition::Condition;
use super::event_rule::{ActionRecord, RuleRecord, Target};
use super::settings::EventsContext;
use crate::wire::service_error::{ServiceError, invalid, missing};
use crate::{clock, random};

/// The body of CreateRule and UpdateRule. An update leaves fields that it omits unchanged.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RuleDetails {
    display_name: Option<String>,
    description: Option<String>,
    is_enabled: Option<bool>,
    condition: Option<String>,
    compartment_id: Option<String>,
    actions: Option<ActionDetailsList>,
    freeform_tags: Option<BTreeMap<String, String>>,
    defined_tags: Option<Map<String, Value>>,
}

#[derive(Debug, Deserialize)]
struct ActionDetailsList {
    actions: Option<Vec<ActionDetails>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ActionDetails {
    action_type: Option<String>,
    is_enabled: Option<bool>,
    description: Option<String>,
    function_id: Option<String>,
    stream_id: Option<String>,
}

/// Maximum number of actions per rule. This is a limit of the emulator: every matching event waits once per action.
const ACTIONS: usize = 10;

impl RuleDetails {
    /// Creates the details of a rule with one action, which invokes a function.
    pub(crate) fn calling(name: &str, condition: &str, compartment_id: &str, function_id: &str) -> Self {
        let action = ActionDetails {
            action_type: Some("FAAS".to_owned()),
            is_enabled: Some(true),
            description: None,
            function_id: Some(function_id.to_owned()),
            stream_id: None,
        };
        Self {
            display_name: Some(name.to_owned()),
            is_enabled: Some(true),
            condition: Some(condition.to_owned()),
            compartment_id: Some(compartment_id.to_owned()),
            actions: Some(ActionDetailsList { actions: Some(vec![action]) }),
            ..Self::default()
        }
    }

    /// Creates a rule, if the details contain everything required.
    pub(crate) fn create(self, context: &EventsContext) -> Result<RuleRecord, ServiceError> {
        let required = |there: bool, name| if there { Ok(()) } else { Err(missing(name)) };
        required(self.display_name.is_some(), "displayName")?;
        required(self.is_enabled.is_some(), "isEnabled")?;
        required(self.condition.is_some(), "condition")?;
        required(self.actions.is_some(), "actions")?;
        let record = RuleRecord {
            id: context.new_id("eventrule"),
            display_name: String::new(),
            description: None,
            enabled: false,
            condition: String::new(),
            compartment_id: self.compartment_id.clone().ok_or_else(|| missing("compartmentId"))?,
            actions: Vec::new(),
            freeform_tags: BTreeMap::new(),
            defined_tags: Map::new(),
            time_created: clock::milliseconds(),
            etag: String::new(),
        };
        self.apply(record, context)
    }

    /// Returns the rule with the changes in these details.
    pub(crate) fn apply(
        self,
        mut record: RuleRecord,
        context: &EventsContext,
    ) -> Result<RuleRecord, ServiceError> {
        if let Some(name) = self.display_name {
            if name.is_empty() {
                return Err(invalid("The displayName is empty."));
            }
            record.display_name = name;
        }
        if let Some(condition) = self.condition {
            Condition::parse(&condition).map_err(|error| invalid(error.to_string()))?;
            record.condition = condition;
        }
        if let Some(list) = self.actions {
            record.actions = list.actions(&record.actions, context)?;
        }
        record.description = self.description.or(record.description);
        record.enabled = self.is_enabled.unwrap_or(record.enabled);
        record.freeform_tags = self.freeform_tags.unwrap_or(record.freeform_tags);
        record.defined_tags = self.defined_tags.unwrap_or(record.defined_tags);
        record.etag = random::uuid();
        Ok(record)
    }
}

impl ActionDetailsList {
    /// Creates the actions. An action that existed before keeps its ID and therefore its pending deliveries.
    fn actions(
        self,
        before: &[ActionRecord],
        context: &EventsContext,
    ) -> Result<Vec<ActionRecord>, ServiceError> {
        let details = self.actions.ok_or_else(|| missing("actions.actions"))?;
        if details.is_empty() || details.len() > ACTIONS {
            return Err(invalid(format!("A rule must have 1 to {ACTIONS} actions.")));
        }
        let mut actions: Vec<ActionRecord> = Vec::with_capacity(details.len());
        for details in details {
            let enabled = details.is_enabled.ok_or_else(|| missing("isEnabled of an action"))?;
            let description = details.description.clone();
            let target = details.target()?;
            if actions.iter().any(|action| action.target == target) {
                return Err(invalid(format!("The rule has two actions for '{}'.", target.id())));
            }
            let same = before.iter().find(|action| action.target == target);
            let id = same.map_or_else(|| context.new_id("eventaction"), |action| action.id.clone());
            actions.push(ActionRecord { id, enabled, description, target });
        }
        Ok(actions)
    }
}

impl ActionDetails {
    fn target(self) -> Result<Target, ServiceError> {
        let of = |id: Option<String>, name| {
            id.filter(|id| !id.is_empty()).ok_or_else(|| missing(&format!("{name} of an action")))
        };
        match self.action_type.as_deref() {
            Some("FAAS") => of(self.function_id, "functionId").map(Target::Function),
            Some("OSS") => of(self.stream_id, "streamId").map(Target::Stream),
            Some("ONS") => Err(invalid(
                "The emulator does not support Notifications: the actionType must be FAAS (a function) or OSS (a stream).",
            )),
            Some(other) => Err(invalid(format!("The actionType '{other}' is not one of FAAS, ONS and OSS."))),
            None => Err(missing("actionType of an action")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{EventsContext, RuleDetails, Target};

    fn details(change: &[(&str, Value)]) -> RuleDetails {
        let mut body = json!({
            "displayName": "bronze",
            "isEnabled": true,
            "condition": "{}",
            "compartmentId": "c",
            "actions": { "actions": [{ "actionType": "FAAS", "isEnabled": true, "functionId": "f" }] },
        });
        for (name, value) in change {
            body[name] = value.clone();
        }
        serde_json::from_value(body).unwrap()
    }

    fn context() -> EventsContext {
        EventsContext::new("eu-frankfurt-1", "t", "ns")
    }

    #[test]
    fn a_missing_or_wrong_field_is_named() {
        let action = |action: Value| json!({ "actions": [action] });
        for (name, value, problem) in [
            ("displayName", Value::Null, "displayName is missing"),
            ("displayName", json!(""), "displayName is empty"),
            ("isEnabled", Value::Null, "isEnabled is missing"),
            ("condition", Value::Null, "condition is missing"),
            ("condition", json!("[]"), "not a JSON object"),
            ("compartmentId", Value::Null, "compartmentId is missing"),
            ("actions", Value::Null, "actions is missing"),
            ("actions", json!({}), "actions.actions is missing"),
            ("actions", json!({ "actions": [] }), "1 to 10"),
            ("actions", action(json!({ "isEnabled": true })), "actionType of an action"),
            ("actions", action(json!({ "actionType": "FAAS", "functionId": "f" })), "isEnabled of an action"),
            (
                "actions",
                action(json!({ "actionType": "FAAS", "isEnabled": true })),
                "functionId of an action",
            ),
            ("actions", action(json!({ "actionType": "OSS", "isEnabled": true })), "streamId of an action"),
            (
                "actions",
                action(json!({ "actionType": "ONS", "isEnabled": true, "topicId": "t" })),
                "does not support Notifications",
            ),
            ("actions", action(json!({ "actionType": "SMS", "isEnabled": true })), "'SMS'"),
        ] {
            let refused = details(&[(name, value)]).create(&context()).unwrap_err();
            assert!(refused.message.contains(problem) && refused.status == 400, "{}", refused.message);
        }
    }

    #[test]
    fn an_update_keeps_what_it_does_not_mention() {
        let made = details(&[("description", json!("why"))]).create(&context()).unwrap();
        let update: RuleDetails = serde_json::from_value(json!({ "isEnabled": false })).unwrap();
        let updated = update.apply(made.clone(), &context()).unwrap();
        assert_ne!(updated.etag, made.etag);
        assert_eq!(updated, super::RuleRecord { enabled: false, etag: updated.etag.clone(), ..made });
    }

    #[test]
    fn an_action_that_remains_keeps_its_id() {
        let made = details(&[]).create(&context()).unwrap();
        let actions = json!({ "actions": [
            { "actionType": "OSS", "isEnabled": true, "streamId": "s" },
            { "actionType": "FAAS", "isEnabled": false, "functionId": "f" },
        ] });
        let update: RuleDetails = serde_json::from_value(json!({ "actions": actions })).unwrap();
        let updated = update.apply(made.clone(), &context()).unwrap();
        assert_eq!(updated.actions[0].target, Target::Stream("s".to_owned()));
        assert_eq!((&updated.actions[1].id, updated.actions[1].enabled), (&made.actions[0].id, false));
    }
}
