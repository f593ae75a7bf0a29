//! What goes wrong, and when: one rule of the faults.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::clock::SKEW_CEILING_SECONDS;
use crate::faults::glob;
use crate::faults::in_force::Subject;
use crate::{api_gateway, connector_hub, events, functions, object_storage, streaming};

/// One fault and the requests it strikes.
///
/// As JSON: `{"operation":"PutObject","object":"lake/*","first":2,"fault":{"throttle":{"retry_after_seconds":1}}}`.
/// Conditions that are left out hold always; a request has to meet all that are given. Occurrences are counted per rule,
/// among the requests that match its operation, bucket, object and stream, from 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The operation by its name in the API's documentation, such as `PutObject`, or `*`. JSON with another name is refused: its
    /// rule would never strike.
    #[serde(deserialize_with = "operation")]
    pub operation: String,
    /// The bucket, with `*` for any text; of a `GatewayRequest`, the deployment's name or its path prefix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// The object's name, with `*` for any text; of a `GatewayRequest`, the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The stream's name or OCID, with `*` for any text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// Only the first so many occurrences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// Only these occurrences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nth: Vec<u64>,
    /// Every so many occurrences: 3 is the third, the sixth, and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<u64>,
    /// A chance between 0 and 1, drawn from the seed and the occurrence's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// What happens.
    pub fault: Fault,
}

/// What happens to a request or its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// 429 `TooManyRequests`.
    Throttle {
        /// The `retry-after` header, left out by `None`.
        #[serde(default)]
        retry_after_seconds: Option<u64>,
    },
    /// 500 `InternalServerError`.
    InternalError,
    /// 502 and a page of HTML, as a proxy before the service answers.
    BadGateway,
    /// 503 `ServiceUnavailable`.
    Unavailable {
        /// The `retry-after` header, left out by `None`.
        #[serde(default)]
        retry_after_seconds: Option<u64>,
    },
    /// The connection is reset before anything was done.
    ResetBefore,
    /// The request is carried out, then the connection is reset without an answer.
    ResetAfter,
    /// The answer's body leaves at this rate.
    SlowBody {
        /// Bytes a second, at least 10.
        bytes_per_second: u64,
    },
    /// The answer's body stops for ever; the connection stays open.
    Stall {
        /// Bytes that are sent before.
        after_bytes: u64,
    },
    /// The answer's body ends before the length it promised.
    TruncatedBody {
        /// Bytes that are sent before.
        after_bytes: u64,
    },
    /// The service's clock is ahead by so many seconds (or behind, when negative): its `date` header shows it, and
    /// above 300 the request's own date is refused.
    ClockSkew {
        /// Seconds ahead, or behind; up to 100 years.
        #[serde(deserialize_with = "skew")]
        seconds: i64,
    },
    /// 401 `NotAuthenticated`, whatever the token says.
    ExpiredToken,
    /// 404 `BucketNotFound`, or `NotAuthorizedOrNotFound` of the other services, although it is there.
    FalseNotFound,
    /// A 200 of PutMessages in which some messages fail with 429 and were not stored; the others were.
    ThrottleEntries {
        /// Every so many of the request's messages: 1 is all of them, 3 the third, the sixth, and so on.
        every: u64,
        /// The hint: "next request can be made in … ms".
        #[serde(default)]
        wait_milliseconds: u64,
    },
    /// The same with 500, and no hint.
    FailEntries {
        /// Every so many of the request's messages.
        every: u64,
    },
    /// The request is carried out, and the answer's body is no JSON.
    GarbageAnswer,
    /// PutMessages is carried out, and the answer has no entry for the last message.
    ShortAnswer,
    /// The function's process is killed in the middle of a call. Its operation is `CallFunction`, whoever invokes; its bucket
    /// is the application and its object the function.
    KillFunction {
        /// Milliseconds from the call's begin.
        after_milliseconds: u64,
    },
    /// After a connector has written an object, its partition's next one begins earlier: so many messages come again. This fault
    /// and the next strike the operation `WriteBatch` only, one try of a connector to write an object.
    Rewind {
        /// Messages that come again.
        messages: u64,
    },
    /// A connector writes the object and does not remember it: the same batch comes again, as another object.
    Forget,
    /// An event is delivered again after it was, with the same id. Its operation, and that of the two below, is `DeliverEvent`, which
    /// an attempt to deliver an event to an action of a rule is; its bucket and object are the event's.
    ///
    /// Of the other faults those that answer with a status, and the resets, strike attempts as well: `reset_after` after the
    /// function was called. A redelivery, and an attempt that was put off, are no further occurrences.
    Redeliver {
        /// How many more times.
        times: u64,
    },
    /// An event is delivered later, so that others overtake it, or when its rule is changed before.
    Delay {
        /// Milliseconds.
        milliseconds: u64,
    },
    /// An event is not delivered, and nobody is told.
    Lose,
}

/// Operations that are no service's.
const OTHERS: &[&str] = &[
    "*",
    "CallFunction",
    "DeliverEvent",
    "GatewayRequest",
    "GetInstanceMetadata",
    "WriteBatch",
    "X509Federation",
];

fn operation<'de, D: Deserializer<'de>>(text: D) -> Result<String, D::Error> {
    let name = String::deserialize(text)?;
    let services = [
        OTHERS,
        object_storage::Operation::NAMES,
        streaming::Operation::NAMES,
        functions::Operation::NAMES,
        connector_hub::Operation::NAMES,
        events::Operation::NAMES,
        api_gateway::Operation::NAMES,
    ];
    let known = services.iter().any(|names| names.contains(&name.as_str()));
    if known { Ok(name) } else { Err(D::Error::custom(format!("there is no operation {name}"))) }
}

fn skew<'de, D: Deserializer<'de>>(number: D) -> Result<i64, D::Error> {
    let seconds = i64::deserialize(number)?;
    if seconds.unsigned_abs() <= SKEW_CEILING_SECONDS.unsigned_abs() {
        return Ok(seconds);
    }
    Err(D::Error::custom(format!("a clock skew of {seconds} seconds is more than 100 years")))
}

impl Fault {
    /// The name in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Throttle { .. } => "throttle",
            Self::InternalError => "internal_error",
            Self::BadGateway => "bad_gateway",
            Self::Unavailable { .. } => "unavailable",
            Self::ResetBefore => "reset_before",
            Self::ResetAfter => "reset_after",
            Self::SlowBody { .. } => "slow_body",
            Self::Stall { .. } => "stall",
            Self::TruncatedBody { .. } => "truncated_body",
            Self::ClockSkew { .. } => "clock_skew",
            Self::ExpiredToken => "expired_token",
            Self::FalseNotFound => "false_not_found",
            Self::ThrottleEntries { .. } => "throttle_entries",
            Self::FailEntries { .. } => "fail_entries",
            Self::GarbageAnswer => "garbage_answer",
            Self::ShortAnswer => "short_answer",
            Self::KillFunction { .. } => "kill_function",
            Self::Rewind { .. } => "rewind",
            Self::Forget => "forget",
            Self::Redeliver { .. } => "redeliver",
            Self::Delay { .. } => "delay",
            Self::Lose => "lose",
        }
    }
}

impl Rule {
    /// Every request of an operation (`*` for all).
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

    /// Only for buckets of this name, with `*` for any text.
    pub fn bucket(mut self, glob: impl Into<String>) -> Self {
        self.bucket = Some(glob.into());
        self
    }

    /// Only for objects of this name, with `*` for any text.
    pub fn object(mut self, glob: impl Into<String>) -> Self {
        self.object = Some(glob.into());
        self
    }

    /// Only for streams of this name or OCID, with `*` for any text.
    pub fn stream(mut self, glob: impl Into<String>) -> Self {
        self.stream = Some(glob.into());
        self
    }

    /// Only the first `count` occurrences.
    pub fn first(mut self, count: u64) -> Self {
        self.first = Some(count);
        self
    }

    /// Only these occurrences, counted from 1.
    pub fn nth(mut self, occurrences: impl Into<Vec<u64>>) -> Self {
        self.nth = occurrences.into();
        self
    }

    /// Every so many occurrences.
    pub fn every(mut self, step: u64) -> Self {
        self.every = Some(step);
        self
    }

    /// With this chance, drawn from the seed.
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = Some(probability);
        self
    }

    /// Whether the rule is about such a request at all, so that it counts as an occurrence.
    pub(crate) fn matches(&self, operation: &str, subject: Subject<'_>) -> bool {
        let fits = |pattern: &Option<String>, name: Option<&str>| match (pattern, name) {
            (None, _) => true,
            (Some(pattern), Some(name)) => glob::matches(pattern, name),
            (Some(_), None) => false,
        };
        (self.operation == "*" || self.operation == operation)
            && (fits(&self.bucket, subject.bucket) || fits(&self.bucket, subject.path_prefix))
            && fits(&self.object, subject.object)
            && (fits(&self.stream, subject.stream) || fits(&self.stream, subject.stream_name))
    }

    /// Whether the rule strikes at its `occurrence`th request; `draw` is between 0 and 1.
    pub(crate) fn strikes(&self, occurrence: u64, draw: f64) -> bool {
        self.first.is_none_or(|first| occurrence <= first)
            && (self.nth.is_empty() || self.nth.contains(&occurrence))
            && self.every.is_none_or(|step| occurrence.is_multiple_of(step.max(1)))
            && self.probability.is_none_or(|probability| draw < probability)
    }
}
