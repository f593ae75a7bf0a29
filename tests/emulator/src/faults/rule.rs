//! A fault rule: what goes wrong, and when.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::catalog::Fault;

use super::operation_class::{Class, Name, operations};
use super::subject::Subject;
use crate::glob;

/// A fault, and the requests that it hits.
///
/// As JSON: `{"operation":"PutObject","object":"lake/*","first":2,"fault":{"throttle":{"retry_after_seconds":1}}}`. A request must meet
/// all conditions of the rule. Occurrences are counted per rule, from 1, among the requests that match the rule's operation, bucket,
/// object and stream. Deserializing a rule that can never fire fails; see [`Rule::check`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct Rule {
    /// The operation, by its name in the API's documentation, such as `PutObject`; `*` means all operations that the fault can hit.
    pub operation: String,
    /// The bucket, with `*` for any text. For `GatewayRequest`, the name of the deployment or its path prefix; for `CallFunction`, the
    /// application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// The name of the object, with `*` for any text. For `GatewayRequest`, the path; for `CallFunction`, the function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The name or OCID of the stream, with `*` for any text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// Hit only the first this many occurrences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// Hit only the occurrences with these numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nth: Vec<u64>,
    /// Hit only every so many occurrences: with 3, the third, the sixth, and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<u64>,
    /// Hit with this probability, above 0 and at most 1. The draw depends on the seed, the rule's index and the occurrence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// The fault.
    pub fault: Fault,
}

/// The reason why a rule can never fire.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RuleError {
    /// No operation has this name.
    #[error("unknown operation {operation}{}", suggestion.map(|name| format!("; did you mean {name}?")).unwrap_or_default())]
    UnknownOperation {
        /// The name in the rule.
        operation: String,
        /// An operation with a similar name.
        suggestion: Option<&'static str>,
    },
    /// The fault cannot hit this operation.
    #[error(
        "the fault {fault} can never hit {operation}: it hits {}; {operation} can be hit by {}",
        hits.join(", "), hit_by.join(", ")
    )]
    WrongOperation {
        /// The fault.
        fault: &'static str,
        /// The operation.
        operation: String,
        /// The operations that the fault can hit.
        hits: Vec<&'static str>,
        /// The faults that can hit the operation.
        hit_by: Vec<&'static str>,
    },
    /// The rule has a condition that requests of the operation cannot meet.
    #[error(
        "a rule for {operation} with a condition on the {condition} can never fire: its requests have no {condition}"
    )]
    WrongCondition {
        /// The operation.
        operation: String,
        /// `bucket`, `object` or `stream`.
        condition: &'static str,
    },
    /// No operation that the fault can hit has the names on which the rule for `*` sets conditions.
    #[error(
        "a rule for * with conditions on {} can never fire: no operation that the fault {fault} can hit has these names",
        conditions.join(" and ")
    )]
    WrongConditions {
        /// The fault.
        fault: &'static str,
        /// `bucket`, `object` or `stream`.
        conditions: Vec<&'static str>,
    },
    /// The fault has no effect with its parameters.
    #[error("the fault {fault} has no effect: {problem}")]
    NoEffect {
        /// The fault.
        fault: &'static str,
        /// The parameter that has no effect.
        problem: &'static str,
    },
    /// The conditions on occurrences exclude all of them.
    #[error("the rule for {operation} can never fire: {problem}")]
    NoOccurrence {
        /// The operation.
        operation: String,
        /// The condition that excludes all occurrences, or those that exclude each other.
        problem: String,
    },
}

/// Minimum similarity, from 0 to 1, of a name that is suggested in place of an unknown one.
const SIMILARITY: f64 = 0.8;

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        let rule = Self::deserialize(text)?;
        rule.check().map_err(D::Error::custom)?;
        Ok(rule)
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, to)
    }
}

impl Rule {
    /// Creates a rule for every request of an operation, or of all operations that the fault can hit (`*`).
    pub fn new(operation: impl Into<String>, fault: Fault) -> Self {
        Self {
            operation: operation.into(),
            bucket: None,
            object: None,
            stream: None,
            first: None,
            nth: Vec::new(),
            every: None,
            probability: None,
            fault,
        }
    }

    /// Restricts the rule to buckets with this name; `*` stands for any text.
    pub fn bucket(mut self, glob: impl Into<String>) -> Self {
        self.bucket = Some(glob.into());
        self
    }

    /// Restricts the rule to objects with this name; `*` stands for any text.
    pub fn object(mut self, glob: impl Into<String>) -> Self {
        self.object = Some(glob.into());
        self
    }

    /// Restricts the rule to streams with this name or OCID; `*` stands for any text.
    pub fn stream(mut self, glob: impl Into<String>) -> Self {
        self.stream = Some(glob.into());
        self
    }

    /// Restricts the rule to the first `count` occurrences.
    pub fn first(mut self, count: u64) -> Self {
        self.first = Some(count);
        self
    }

    /// Restricts the rule to these occurrences, counted from 1.
    pub fn nth(mut self, occurrences: impl Into<Vec<u64>>) -> Self {
        self.nth = occurrences.into();
        self
    }

    /// Restricts the rule to every `step`th occurrence.
    pub fn every(mut self, step: u64) -> Self {
        self.every = Some(step);
        self
    }

    /// Makes the rule hit with this probability, drawn from the seed.
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = Some(probability);
        self
    }

    /// Returns an error if the rule can never fire.
    pub fn check(&self) -> Result<(), RuleError> {
        self.check_operation()?;
        self.check_names()?;
        self.check_occurrences()
            .map_err(|problem| RuleError::NoOccurrence { operation: self.operation.clone(), problem })?;
        match self.fault.idle() {
            Some(problem) => Err(RuleError::NoEffect { fault: self.fault.name(), problem }),
            None => Ok(()),
        }
    }

    fn check_names(&self) -> Result<(), RuleError> {
        let conditions =
            [(Name::Bucket, &self.bucket), (Name::Object, &self.object), (Name::Stream, &self.stream)];
        let conditions: Vec<Name> =
            conditions.into_iter().filter(|(_, pattern)| pattern.is_some()).map(|(name, _)| name).collect();
        let wrong = |operation: &str| {
            conditions.iter().copied().find(|condition| !Name::of(operation).contains(condition))
        };
        if self.operation == "*" {
            let mut hit = operations().filter(|operation| Class::of(operation).can_be_hit_by(&self.fault));
            return match hit.any(|operation| wrong(operation).is_none()) {
                true => Ok(()),
                false => Err(RuleError::WrongConditions {
                    fault: self.fault.name(),
                    conditions: conditions.into_iter().map(Name::member).collect(),
                }),
            };
        }
        match wrong(&self.operation) {
            Some(condition) => Err(RuleError::WrongCondition {
                operation: self.operation.clone(),
                condition: condition.member(),
            }),
            None => Ok(()),
        }
    }

    fn check_occurrences(&self) -> Result<(), String> {
        let excluded = [
            (self.first == Some(0), "first must be at least 1"),
            (self.every == Some(0), "every must be at least 1"),
            (self.nth.contains(&0), "nth must be at least 1"),
            (
                self.probability.is_some_and(|probability| !(probability > 0.0 && probability <= 1.0)),
                "probability must be above 0 and at most 1",
            ),
        ];
        if let Some((_, problem)) = excluded.into_iter().find(|(holds, _)| *holds) {
            return Err(problem.to_owned());
        }
        // Without nth, the earliest candidate is the first multiple.
        let earliest = [self.every.unwrap_or(1)];
        let candidates = if self.nth.is_empty() { &earliest[..] } else { &self.nth };
        if candidates.iter().any(|occurrence| self.hits(*occurrence, 0.0)) {
            return Ok(());
        }
        let first = self.first.map(|first| format!("first {first}"));
        let nth = Some(format!("nth {:?}", self.nth)).filter(|_| !self.nth.is_empty());
        let every = self.every.map(|every| format!("every {every}"));
        let conditions: Vec<String> = [first, nth, every].into_iter().flatten().collect();
        Err(format!("no occurrence meets {}", conditions.join(" and ")))
    }

    fn check_operation(&self) -> Result<(), RuleError> {
        let operation = &self.operation;
        if operation == "*" {
            return Ok(());
        }
        if !operations().any(|name| name == operation) {
            let similarity =
                |name: &str| strsim::jaro_winkler(&name.to_lowercase(), &operation.to_lowercase());
            let similar = operations().max_by(|one, other| similarity(one).total_cmp(&similarity(other)));
            let suggestion = similar.filter(|name| similarity(name) >= SIMILARITY);
            return Err(RuleError::UnknownOperation { operation: operation.clone(), suggestion });
        }
        let class = Class::of(operation);
        if class.can_be_hit_by(&self.fault) {
            return Ok(());
        }
        let hits = Class::ALL.into_iter().filter(|class| class.can_be_hit_by(&self.fault));
        let hit_by = Fault::all().into_iter().filter(|fault| class.can_be_hit_by(fault));
        Err(RuleError::WrongOperation {
            fault: self.fault.name(),
            operation: operation.clone(),
            hits: hits.map(Class::description).collect(),
            hit_by: hit_by.map(|fault| fault.name()).collect(),
        })
    }

    /// Returns whether a request counts as an occurrence.
    pub(crate) fn matches(&self, operation: &str, subject: Subject<'_>) -> bool {
        let fits = |pattern: &Option<String>, name: Option<&str>| match (pattern, name) {
            (None, _) => true,
            (Some(pattern), Some(name)) => glob::matches(pattern, name),
            (Some(_), None) => false,
        };
        (self.operation == "*" || self.operation == operation)
            && Class::of(operation).can_be_hit_by(&self.fault)
            && (fits(&self.bucket, subject.bucket) || fits(&self.bucket, subject.path_prefix))
            && fits(&self.object, subject.object)
            && (fits(&self.stream, subject.stream) || fits(&self.stream, subject.stream_name))
    }

    /// Returns whether the rule hits this occurrence; `draw` is between 0 and 1.
    pub(crate) fn hits(&self, occurrence: u64, draw: f64) -> bool {
        self.first.is_none_or(|first| occurrence <= first)
            && (self.nth.is_empty() || self.nth.contains(&occurrence))
            && self.every.is_none_or(|step| occurrence.is_multiple_of(step.max(1)))
            && self.probability.is_none_or(|probability| draw < probability)
    }

    /// Returns whether the rule hits no occurrence after the first `seen` ones.
    pub(crate) fn is_spent(&self, seen: u64) -> bool {
        let last_nth = self.nth.iter().max();
        self.first.is_some_and(|first| seen >= first) || last_nth.is_some_and(|last| seen >= *last)
    }
}

#[cfg(test)]
#[path = "rule_tests.rs"]
mod tests;
