//! A rule's condition: which events it is about.
//!
//! After "Matching Events with Filters" of the Events documentation: fields that are not mentioned are ignored, and `{}` matches
//! every event; a field that is mentioned has to be there, in the same nesting; several values in an array are alternatives; `*`
//! in a value stands for any text, and alone for anything but null; in a field's name it is a star. Letters have to agree in their
//! case. That a star works in an array's values, too, is not said there, and is taken for granted by public rules.

use serde_json::{Map, Value};

use crate::faults::glob;

/// A condition, read from its text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    fields: Vec<(String, Pattern)>,
}

/// What a field's value has to be.
#[derive(Debug, Clone, PartialEq)]
enum Pattern {
    /// Any of these.
    Values(Vec<Value>),
    /// An object with these fields, among others.
    Fields(Condition),
}

/// A condition that is none.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum ConditionError {
    #[error("The condition has {0} bytes, more than {CEILING}.")]
    TooLong(usize),
    #[error("The condition is not JSON: {0}.")]
    NotJson(String),
    #[error("The condition is not a JSON object.")]
    NotAnObject,
    #[error("The field '{0}' of the condition has an array without values.")]
    NoValues(String),
    #[error(
        "The field '{0}' of the condition has an array or object inside an array: only texts, numbers, true, false and null can be alternatives."
    )]
    NestedValues(String),
}

/// The emulator's own limit: a rule is held in memory and tried on every event.
const CEILING: usize = 64 << 10;

impl Condition {
    /// Reads a condition's text.
    pub(crate) fn parse(text: &str) -> Result<Self, ConditionError> {
        if text.len() > CEILING {
            return Err(ConditionError::TooLong(text.len()));
        }
        match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => Self::of_fields(fields, ""),
            Ok(_) => Err(ConditionError::NotAnObject),
            Err(error) => Err(ConditionError::NotJson(error.to_string())),
        }
    }

    /// Whether an event, or an object inside one, has all that the condition asks for.
    pub(crate) fn matches(&self, event: &Value) -> bool {
        self.fields.iter().all(|(name, pattern)| match (event.get(name), pattern) {
            (None, _) => false,
            (Some(value), Pattern::Values(values)) => values.iter().any(|wanted| fits(wanted, value)),
            (Some(value), Pattern::Fields(condition)) => value.is_object() && condition.matches(value),
        })
    }

    fn of_fields(fields: Map<String, Value>, above: &str) -> Result<Self, ConditionError> {
        let pattern = |(name, value)| {
            let place = if above.is_empty() { String::clone(&name) } else { format!("{above}.{name}") };
            let pattern = match value {
                Value::Object(fields) => Pattern::Fields(Self::of_fields(fields, &place)?),
                Value::Array(values) if values.is_empty() => return Err(ConditionError::NoValues(place)),
                Value::Array(values) if values.iter().any(|value| value.is_array() || value.is_object()) => {
                    return Err(ConditionError::NestedValues(place));
                }
                Value::Array(values) => Pattern::Values(values),
                value => Pattern::Values(vec![value]),
            };
            Ok((name, pattern))
        };
        Ok(Self { fields: fields.into_iter().map(pattern).collect::<Result<_, _>>()? })
    }
}

/// Whether a value is the wanted one. An array has to have it among its own; an object is no value, but a star is content with it.
fn fits(wanted: &Value, value: &Value) -> bool {
    match (wanted, value) {
        (Value::String(pattern), value) if pattern == "*" => !value.is_null(),
        (wanted, Value::Array(values)) => values.iter().any(|value| fits(wanted, value)),
        (Value::String(pattern), Value::String(text)) => glob::matches(pattern, text),
        (wanted, value) => wanted == value,
    }
}

#[cfg(test)]
#[path = "condition_tests.rs"]
mod tests;
