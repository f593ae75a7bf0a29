//! Parses the responses of `ingest`, as its README describes them. The parser shares no code with `ingest`, so that it detects errors in
//! the output of `ingest`.

use crate::outcome::Outcome;
use serde::Deserialize;
use std::time::Duration;

/// A response that reports the fate of every record, in one of two forms.
#[derive(Deserialize)]
#[serde(untagged)]
enum Report {
    Full { results: Vec<Record> },
    Compact { compact: Compact },
}

#[derive(Deserialize)]
struct Record {
    index: usize,
    status: Status,
    partition: Option<String>,
    offset: Option<u64>,
    #[serde(default)]
    code: String,
}

/// The compact form, in which each text appears once. A result with three columns is a stored record; a result with one column refers to
/// the reason why the record is not stored.
#[derive(Deserialize)]
struct Compact {
    partitions: Vec<String>,
    reasons: Vec<Reason>,
    results: Vec<Vec<Option<u64>>>,
}

#[derive(Deserialize)]
struct Reason {
    status: Status,
    code: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Stored,
    Refused,
    Failed,
    Unknown,
}

/// A response that rejects the whole request.
#[derive(Deserialize)]
struct Rejection {
    code: serde_json::Value,
    #[serde(default)]
    message: String,
}

/// The status of a request that was not processed for lack of capacity.
const THROTTLED: u16 = 429;

/// The code of a throttled record.
const THROTTLED_CODE: &str = "throttled";

/// Returns the outcomes of the `count` records of a request, given its response. If the response does not cover every record, all
/// outcomes are unknown, because some records may be stored.
pub(crate) fn outcomes(
    status: u16,
    retry_after: Option<Duration>,
    body: &[u8],
    count: usize,
) -> Vec<Outcome> {
    let unknown = |problem: String| vec![Outcome::Unknown(problem); count];
    match serde_json::from_slice::<Report>(body) {
        Ok(report) => match report.outcomes(count, retry_after) {
            Ok(outcomes) => outcomes,
            Err(problem) => unknown(format!("status {status}: {problem}")),
        },
        Err(_) if status == THROTTLED => vec![Outcome::Throttled { retry_after }; count],
        Err(_) => match serde_json::from_slice::<Rejection>(body) {
            // With a 4xx, the gateway and `ingest` report that no record was sent. A failed invocation (5xx) says nothing about the
            // records.
            Ok(rejection) if (400..500).contains(&status) => {
                // The gateway's code is the status again.
                let code = match rejection.code.as_str() {
                    Some(code) => format!(" {code}"),
                    None => String::new(),
                };
                vec![Outcome::Refused(format!("{status}{code}: {}", rejection.message)); count]
            }
            Ok(rejection) => unknown(format!("status {status}: {}", rejection.message)),
            Err(error) => unknown(format!("status {status} with an invalid body: {error}")),
        },
    }
}

impl Report {
    fn outcomes(self, count: usize, retry_after: Option<Duration>) -> Result<Vec<Outcome>, String> {
        let outcomes: Vec<Outcome> = match self {
            Report::Full { results } => {
                let of = |(index, record): (usize, Record)| match record.index == index {
                    true => record.outcome(retry_after),
                    false => Err(format!("record {index} has the index {}", record.index)),
                };
                results.into_iter().enumerate().map(of).collect::<Result<_, _>>()?
            }
            Report::Compact { compact } => compact.outcomes(retry_after)?,
        };
        match outcomes.len() {
            reported if reported == count => Ok(outcomes),
            reported => Err(format!("{count} records were sent, but the response reports {reported}")),
        }
    }
}

impl Record {
    fn outcome(self, retry_after: Option<Duration>) -> Result<Outcome, String> {
        match (self.status, self.partition, self.offset) {
            (Status::Stored, Some(partition), Some(offset)) => Ok(Outcome::Stored { partition, offset }),
            (Status::Stored, ..) => Err(format!("record {} is stored without a position", self.index)),
            (status, ..) => Ok(status.outcome(self.code, retry_after)),
        }
    }
}

impl Compact {
    fn outcomes(self, retry_after: Option<Duration>) -> Result<Vec<Outcome>, String> {
        let at = |position: Option<u64>| position.and_then(|position| usize::try_from(position).ok());
        let row = |row: Vec<Option<u64>>| match row[..] {
            [partition, Some(offset), _] => {
                let partition = at(partition).and_then(|position| self.partitions.get(position));
                Ok(Outcome::Stored { partition: partition.cloned().unwrap_or_default(), offset })
            }
            [reason] => match at(reason).and_then(|position| self.reasons.get(position)) {
                Some(reason) if reason.status == Status::Stored => {
                    Err("a reason has the status stored".to_owned())
                }
                Some(reason) => Ok(reason.status.outcome(reason.code.clone(), retry_after)),
                None => Ok(Outcome::Unknown("no reason was given".to_owned())),
            },
            _ => Err(format!("a result has {} columns", row.len())),
        };
        self.results.into_iter().map(row).collect()
    }
}

impl Status {
    fn outcome(self, code: String, retry_after: Option<Duration>) -> Outcome {
        match self {
            Status::Failed if code == THROTTLED_CODE => Outcome::Throttled { retry_after },
            Status::Failed => Outcome::Failed(code),
            Status::Refused => Outcome::Refused(code),
            // Stored records are handled by the callers.
            Status::Unknown | Status::Stored => Outcome::Unknown(code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(partition: &str, offset: u64) -> Outcome {
        Outcome::Stored { partition: partition.into(), offset }
    }

    #[test]
    fn every_record_gets_the_outcome_that_the_response_reports() {
        let body = br#"{"counts":{},"results":[
            {"index":0,"status":"stored","partition":"3","offset":1919522,"timestamp":"2024-06-28T08:28:44.779Z"},
            {"index":1,"status":"refused","code":"key_missing","message":"there is no field"},
            {"index":2,"status":"failed","code":"throttled","message":""},
            {"index":3,"status":"failed","code":"not_sent","message":""},
            {"index":4,"status":"unknown","code":"unknown","message":""}]}"#;
        let second = Some(Duration::from_secs(1));
        let expected = [
            stored("3", 1919522),
            Outcome::Refused("key_missing".into()),
            Outcome::Throttled { retry_after: second },
            Outcome::Failed("not_sent".into()),
            Outcome::Unknown("unknown".into()),
        ];
        assert_eq!(outcomes(207, second, body, 5), expected);
    }

    #[test]
    fn the_compact_form_says_the_same() {
        let body = br#"{"counts":{},"compact":{"partitions":["0","1"],"timestamps":["2024-06-28T08:28:44.779Z"],
            "reasons":[{"status":"failed","code":"throttled","message":""},{"status":"refused","code":"key_missing","message":""}],
            "results":[[0,1919522,0],[1,77,null],[0],[1],[null]]}}"#;
        let expected = [
            stored("0", 1919522),
            stored("1", 77),
            Outcome::Throttled { retry_after: None },
            Outcome::Refused("key_missing".into()),
            Outcome::Unknown("no reason was given".into()),
        ];
        assert_eq!(outcomes(207, None, body, 5), expected);
    }

    #[test]
    fn a_response_that_does_not_cover_every_record_covers_none() {
        let one = r#"{"index":0,"status":"stored","partition":"0","offset":1}"#;
        for body in [
            format!(r#"{{"results":[{one}]}}"#),
            format!(r#"{{"results":[{one},{one}]}}"#),
            r#"{"results":[{"index":0,"status":"stored"},{"index":1,"status":"stored"}]}"#.into(),
            r#"{"compact":{"partitions":[],"reasons":[],"results":[[0,1],[0,1]]}}"#.into(),
            "<html>".into(),
            String::new(),
        ] {
            let read = outcomes(200, None, body.as_bytes(), 2);
            assert!(matches!(&read[..], [Outcome::Unknown(_), Outcome::Unknown(_)]), "{body}: {read:?}");
        }
    }

    #[test]
    fn a_rejected_request_refuses_each_of_its_records() {
        let body = br#"{"code":"body_not_json","message":"invalid number","index":2,"byte":7}"#;
        let refused = Outcome::Refused("400 body_not_json: invalid number".into());
        assert_eq!(outcomes(400, None, body, 2), [refused.clone(), refused]);
        let busy = br#"{"code":429,"message":"Too Many Requests"}"#;
        let second = Some(Duration::from_secs(1));
        assert_eq!(outcomes(429, second, busy, 1), [Outcome::Throttled { retry_after: second }]);
        // The function died, so some records may be on the stream.
        let read = outcomes(502, None, br#"{"code":502,"message":"Bad Gateway"}"#, 1);
        assert!(matches!(&read[..], [Outcome::Unknown(_)]), "{read:?}");
    }
}
