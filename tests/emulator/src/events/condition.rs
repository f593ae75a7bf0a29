//! The condition of a rule, which determines the events that the rule matches.
//!
//! According to "Matching Events with Filters" in the Events documentation, fields that the condition does not mention are ignored, and
//! `{}` matches every event. A field that it mentions must exist, at the same depth. Several values in an array are alternatives. `*`
//! within a value stands for any text; alone, it stands for anything but null. In the name of a field, it is a literal star. Case
//! matters. The documentation does not say that a star also works in the values of an array, but public rules rely on it.

use serde_json::{Map, Value};

use crate::glob;

/// A parsed condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    fields: Vec<(String, Pattern)>,
}

/// What a condition requires of the value of a field.
#[derive(Debug, Clone, PartialEq)]
enum Pattern {
    /// One of these values.
    Values(Vec<Value>),
    /// An object with at least these fields.
    Fields(Condition),
}

/// The reason why a text is not a valid condition.
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
        "The field '{0}' of the condition has an array or object inside an array: only strings, numbers, true, false and null can be alternatives."
    )]
    NestedValues(String),
}

/// Maximum size of a condition in bytes. This is a limit of the emulator: it holds every rule in memory and applies it to every event.
const CEILING: usize = 64 << 10;

impl Condition {
    /// Parses the text of a condition.
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

    /// Returns whether an event, or an object within one, meets the condition.
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

/// Returns whether a value matches a wanted value. An array matches if one of its values does. An object matches only a lone star.
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
