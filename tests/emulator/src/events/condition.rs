//! The condition of a rule: which events the rule matches.
//!
//! From "Matching Events with Filters" in the Events documentation: fields that aren't mentioned are ignored, and `{}` matches every event.
//! A field that is mentioned must exist, at the same depth. Several values in an array are alternatives. `*` within a value stands for any
//! text; alone, it stands for anything but null. In the name of a field it is a literal star. Case matters. The documentation doesn't say
//! that a star also works in the values of an array, but public rules rely on it.

use serde_json::{Map, Value};

use crate::glob;

/// A parsed condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    fields: Vec<(String, Pattern)>,
}

/// What the value of a field has to be.
#[derive(Debug, Clone, PartialEq)]
enum Pattern {
    /// One of these.
    Values(Vec<Value>),
    /// An object with these fields, and possibly others.
    Fields(Condition),
}

/// Why a text is not a condition.
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

/// A limit of the emulator: a rule is held in memory and applied to every event.
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

    /// Whether an event, or an object within one, has everything that the condition asks for.
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

/// Whether a value matches the wanted one. If it is an array, one of its values has to match. An object only matches a lone star.
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
