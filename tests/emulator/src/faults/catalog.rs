//! The faults there are.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::clock::SKEW_CEILING_SECONDS;

/// Declares each fault once: its name in Rust and in JSON, its parameters, and what it does.
macro_rules! faults {
    ($(
        $(#[doc = $doc:literal])*
        $variant:ident $name:literal $({ $( $(#[$attribute:meta])* $field:ident: $type:ty ),* $(,)? })?,
    )*) => {
        /// What happens to a request, a response, a delivery, a batch or a process.
        ///
        /// Which operations a fault can hit follows from the types in `effects`.
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
            /// The name in JSON.
            pub fn name(&self) -> &'static str {
                match self { $( Self::$variant { .. } => $name, )* }
            }

            /// Every fault, with parameters that mean nothing.
            pub(crate) fn all() -> Vec<Self> {
                vec![$( Self::$variant $({ $( $field: Default::default() ),* })? ),*]
            }
        }
    };
}

faults! {
    /// 429 `TooManyRequests`; nothing is carried out.
    Throttle "throttle" {
        /// The `retry-after` header; `None` leaves it out.
        #[serde(default)]
        retry_after_seconds: Option<u64>,
    },
    /// 500 `InternalServerError`; nothing is carried out.
    InternalError "internal_error",
    /// 502 with a page of HTML, as from a proxy in front of the service; nothing is carried out.
    BadGateway "bad_gateway",
    /// 503 `ServiceUnavailable`; nothing is carried out.
    Unavailable "unavailable" {
        /// The `retry-after` header; `None` leaves it out.
        #[serde(default)]
        retry_after_seconds: Option<u64>,
    },
    /// 401 `NotAuthenticated`, even if the token is valid; nothing is carried out.
    ExpiredToken "expired_token",
    /// 404 `BucketNotFound`, or `NotAuthorizedOrNotFound` from services other than Object Storage, even if the resource exists;
    /// nothing is carried out.
    FalseNotFound "false_not_found",
    /// The connection is reset; nothing is carried out.
    ResetBefore "reset_before",
    /// The request is carried out, then the connection is reset without a response.
    ResetAfter "reset_after",
    /// The response body is sent at this rate.
    SlowBody "slow_body" {
        /// Bytes per second, at least 10.
        bytes_per_second: u64,
    },
    /// The response body stops forever while the connection stays open.
    Stall "stall" {
        /// Bytes that are sent first.
        after_bytes: u64,
    },
    /// The response body ends before the announced length.
    TruncatedBody "truncated_body" {
        /// Bytes that are sent first.
        after_bytes: u64,
    },
    /// The request is carried out, and the body of the response is not JSON.
    GarbageAnswer "garbage_answer",
    /// The service's clock is off: its `date` header shows it, and above 300 seconds the date of the request is rejected.
    ClockSkew "clock_skew" {
        /// Seconds ahead, or behind if negative; up to 100 years.
        #[serde(deserialize_with = "skew")]
        seconds: i64,
    },
    /// PutMessages responds with 200, but some messages fail with 429 and are not stored.
    ThrottleEntries "throttle_entries" {
        /// Every how many messages of the request: 1 is all of them, 3 is the third, the sixth, and so on.
        every: u64,
        /// The hint: "next request can be made in … ms".
        #[serde(default)]
        wait_milliseconds: u64,
    },
    /// PutMessages responds with 200, but some messages fail with 500 and are not stored.
    FailEntries "fail_entries" {
        /// Every how many messages of the request.
        every: u64,
    },
    /// PutMessages is carried out, and the response has no entry for the last message.
    ShortAnswer "short_answer",
    /// The function's process is killed during an invocation, whoever invokes it.
    KillFunction "kill_function" {
        /// Milliseconds from the start of the invocation.
        after_milliseconds: u64,
    },
    /// After a connector has written an object, the partition's next object starts earlier, so that messages are written again.
    Rewind "rewind" {
        /// Messages that are written again.
        messages: u64,
    },
    /// A connector writes an object and forgets it, so that the same batch is written again as another object.
    Forget "forget",
    /// A delivered event is delivered again, with the same ID. Redeliveries do not count as occurrences.
    Redeliver "redeliver" {
        /// How many more times.
        times: u64,
    },
    /// An event is delivered later, so that others overtake it. The delayed attempt does not count as an occurrence.
    Delay "delay" {
        /// How much later.
        milliseconds: u64,
    },
    /// An event is not delivered, and nothing reports it.
    Lose "lose",
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
    fn the_readme_lists_every_fault_with_what_it_can_hit() {
        let readme = include_str!("../../README.md");
        let rows: Vec<Vec<&str>> = readme
            .lines()
            .filter(|line| line.starts_with("| `"))
            .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
            .collect();
        let expected: Vec<(String, String)> = Fault::all()
            .iter()
            .map(|fault| {
                let classes = Class::ALL.iter().filter(|class| class.can_be_hit_by(fault));
                let targets: Vec<&str> = classes.map(|class| class.description()).collect();
                (format!("`{}`", fault.name()), targets.join(", "))
            })
            .collect();
        let listed: Vec<(String, String)> =
            rows.iter().map(|row| (row[0].to_owned(), row[row.len() - 1].to_owned())).collect();
        assert_eq!(listed, expected);
    }
}
