//! The catalog of all faults.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::clock::SKEW_CEILING_SECONDS;

/// Declares each fault once: its name in Rust and in JSON, and its parameters.
macro_rules! faults {
    ($(
        $(#[doc = $doc:literal])*
        $variant:ident $name:literal $({ $( $(#[$attribute:meta])* $field:ident: $type:ty ),* $(,)? })?,
    )*) => {
        /// A fault in the handling of a request, a response, a delivery, a batch or a process.
        ///
        /// The types in `effects` determine which operations a fault can hit.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub enum Fault {
            $(
                $(#[doc = $doc])*
                #[serde(rename = $name)]
                $variant $({ $( $(#[$attribute])* $field: $type ),* })?,
            )*
        }

        impl Fault {
            /// Returns the name in JSON.
            pub fn name(&self) -> &'static str {
                match self { $( Self::$variant { .. } => $name, )* }
            }

            /// Returns every fault, with arbitrary parameters that have an effect.
            pub(crate) fn all() -> Vec<Self> {
                vec![$( Self::$variant $({ $( $field: Sample::sample() ),* })? ),*]
            }
        }
    };
}

faults! {
    /// Responds with 429 `TooManyRequests`; nothing is carried out.
    Throttle "throttle" {
        /// The `retry-after` header; `None` leaves it out.
        #[serde(default)]
        retry_after_seconds: Option<u64>,
    },
    /// Responds with 500 `InternalServerError`; nothing is carried out.
    InternalError "internal_error",
    /// Responds with 502 and an HTML page, as a proxy in front of the service would; nothing is carried out.
    BadGateway "bad_gateway",
    /// Responds with 503 `ServiceUnavailable`; nothing is carried out.
    Unavailable "unavailable" {
        /// The `retry-after` header; `None` leaves it out.
        #[serde(default)]
        retry_after_seconds: Option<u64>,
    },
    /// Responds with 401 `NotAuthenticated` even if the token is valid; nothing is carried out.
    ExpiredToken "expired_token",
    /// Responds with 404 `BucketNotFound`, or `NotAuthorizedOrNotFound` from services other than Object Storage, even if the resource
    /// exists; nothing is carried out.
    FalseNotFound "false_not_found",
    /// Resets the connection; nothing is carried out.
    ResetBefore "reset_before",
    /// Carries out the request, then resets the connection without a response.
    ResetAfter "reset_after",
    /// Sends the response body at this rate.
    SlowBody "slow_body" {
        /// Bytes per second, at least 10.
        bytes_per_second: u64,
    },
    /// Stops the response body forever while the connection stays open.
    Stall "stall" {
        /// Bytes sent first.
        after_bytes: u64,
    },
    /// Ends the response body before the announced length.
    TruncatedBody "truncated_body" {
        /// Bytes sent first.
        after_bytes: u64,
    },
    /// Carries out the request, but the body of the response is not JSON.
    GarbageAnswer "garbage_answer",
    /// Skews the service's clock: its `date` header shows the skew, and above 300 seconds the date of the request is rejected.
    ClockSkew "clock_skew" {
        /// Seconds ahead, or behind if negative; up to 100 years.
        #[serde(deserialize_with = "skew")]
        seconds: i64,
    },
    /// Makes PutMessages respond with 200 although some messages fail with a 429 and are not stored.
    ThrottleEntries "throttle_entries" {
        /// The interval between affected messages of the request: 1 affects all of them; 3 affects the third, the sixth, and so on.
        every: u64,
        /// The milliseconds in the hint "next request can be made in … ms".
        #[serde(default)]
        wait_milliseconds: u64,
    },
    /// Makes PutMessages respond with 200 although some messages fail with a 500 and are not stored.
    FailEntries "fail_entries" {
        /// The interval between affected messages of the request.
        every: u64,
    },
    /// Carries out PutMessages, but the response has no entry for the last message.
    ShortAnswer "short_answer",
    /// Kills the function's process during an invocation, whoever invokes it.
    KillFunction "kill_function" {
        /// Milliseconds from the start of the invocation.
        after_milliseconds: u64,
    },
    /// Starts a partition's next object earlier after a connector has written one, so that messages are written again.
    Rewind "rewind" {
        /// Number of messages that are written again.
        messages: u64,
    },
    /// Makes a connector write an object and forget it, so that the same batch is written again as another object.
    Forget "forget",
    /// Delivers a delivered event again, with the same ID. Redeliveries do not count as occurrences.
    Redeliver "redeliver" {
        /// Number of redeliveries.
        times: u64,
    },
    /// Delivers an event later, so that others overtake it. The delayed attempt does not count as an occurrence.
    Delay "delay" {
        /// Length of the delay.
        milliseconds: u64,
    },
    /// Drops an event without delivering it; nothing reports the loss.
    Lose "lose",
}

/// A parameter of a fault.
trait Sample {
    /// Returns a value with an effect.
    fn sample() -> Self;
}

impl Sample for u64 {
    fn sample() -> Self {
        1
    }
}

impl Sample for i64 {
    fn sample() -> Self {
        1
    }
}

impl<T> Sample for Option<T> {
    fn sample() -> Self {
        None
    }
}

impl Fault {
    /// Returns why the fault has no effect with its parameters; `None` if it has one.
    pub(crate) fn idle(&self) -> Option<&'static str> {
        Some(match self {
            Self::ClockSkew { seconds: 0 } => "seconds must not be 0",
            Self::ThrottleEntries { every: 0, .. } | Self::FailEntries { every: 0 } => {
                "every must be at least 1"
            }
            Self::Rewind { messages: 0 } => "messages must be at least 1",
            Self::Redeliver { times: 0 } => "times must be at least 1",
            Self::Delay { milliseconds: 0 } => "milliseconds must be at least 1",
            _ => return None,
        })
    }
}

fn skew<'de, D: Deserializer<'de>>(number: D) -> Result<i64, D::Error> {
    let seconds = i64::deserialize(number)?;
    if seconds.unsigned_abs() <= SKEW_CEILING_SECONDS.unsigned_abs() {
        return Ok(seconds);
    }
    Err(D::Error::custom(format!("a clock skew of {seconds} seconds is more than 100 years")))
}

#[cfg(test)]
mod tests {
    use super::Fault;
    use crate::faults::operation_class::Class;

    #[test]
    fn the_guide_lists_every_fault_with_what_it_can_hit() {
        let guide = include_str!("../../../../docs/src/guides/faults.md");
        let (_, table) = guide.split_once("| fault |").unwrap();
        let rows = table.lines().filter(|line| line.starts_with("| `"));
        let listed: Vec<(String, String)> = rows
            .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
            .map(|row: Vec<&str>| (row[0].to_owned(), row[row.len() - 1].to_owned()))
            .collect();
        let expected: Vec<(String, String)> =
            Fault::all().iter().map(|fault| (format!("`{}`", fault.name()), hits(fault))).collect();
        assert_eq!(listed, expected);
    }

    /// Returns what a fault can hit, in the words of the guide.
    fn hits(fault: &Fault) -> String {
        let classes = Class::ALL.iter().filter(|class| class.can_be_hit_by(fault));
        let targets: Vec<&str> = classes.map(|class| class.description()).collect();
        match targets.as_slice() {
            [
                "requests with a response body",
                "requests without a response body",
                "PutMessages",
                "GatewayRequest",
                "WriteBatch",
                "DeliverEvent",
            ] => "any".into(),
            ["requests with a response body", "PutMessages", "GatewayRequest"] => "responses".into(),
            ["requests with a response body", "requests without a response body", "PutMessages"] => {
                "requests to services".into()
            }
            [only] => format!("`{only}`"),
            more => format!("`{}`", more.join("`, `")),
        }
    }
}
