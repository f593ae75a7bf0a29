//! What `ingest` answers (`functions/ingest/README.md`), read by itself: this side shares no code with it.

use crate::outcome::Outcome;
use serde::Deserialize;
use std::time::Duration;

/// An answer about every record, in one of its two forms.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
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

/// The same, with texts told once: a row of three is a stored record, a row of one has the position of its reason.
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

/// An answer about the request as a whole.
#[derive(Deserialize)]
struct Refusal {
    code: serde_json::Value,
    #[serde(default)]
    message: String,
}

/// Too many requests, and too much for now: nothing was done.
const THROTTLED: u16 = 429;

/// The code of a record that was throttled.
const THROTTLED_CODE: &str = "throttled";

/// Reads an answer about `count` records. What does not tell about every one of them tells nothing: then they are unknown, as some may be
/// stored.
pub(crate) fn outcomes(
    status: u16,
    retry_after: Option<Duration>,
    body: &[u8],
    count: usize,
) -> Vec<Outcome> {
    let unknown = |problem: String| vec![Outcome::Unknown(problem); count];
    match serde_json::from_slice::<Answer>(body) {
        Ok(answer) => match answer.read(count, retry_after) {
            Ok(outcomes) => outcomes,
            Err(problem) => unknown(format!("status {status}: {problem}")),
        },
        Err(_) if status == THROTTLED => vec![Outcome::Throttled { retry_after }; count],
        Err(_) => match serde_json::from_slice::<Refusal>(body) {
            // The gateway's and ingest's word that nothing of it was sent; of a failed call (5xx) that is not said.
            Ok(refusal) if (400..500).contains(&status) => {
                let code = refusal.code.as_str().map_or(refusal.code.to_string(), str::to_owned);
                vec![Outcome::Refused(format!("{status} {code}: {}", refusal.message)); count]
            }
            Ok(refusal) => unknown(format!("status {status}: {}", refusal.message)),
            Err(error) => unknown(format!("status {status}, and not understood: {error}")),
        },
    }
}

impl Answer {
    fn read(self, count: usize, retry_after: Option<Duration>) -> Result<Vec<Outcome>, String> {
        let outcomes: Vec<Outcome> = match self {
            Answer::Full { results } => {
                let of = |(place, record): (usize, Record)| match record.index == place {
                    true => record.read(retry_after),
                    false => Err(format!("record {place} is called {}", record.index)),
                };
                results.into_iter().enumerate().map(of).collect::<Result<_, _>>()?
            }
            Answer::Compact { compact } => compact.read(retry_after)?,
        };
        match outcomes.len() {
            told if told == count => Ok(outcomes),
            told => Err(format!("it tells of {told} records where {count} were sent")),
        }
    }
}

impl Record {
    fn read(self, retry_after: Option<Duration>) -> Result<Outcome, String> {
        match (self.status, self.partition, self.offset) {
            (Status::Stored, Some(partition), Some(offset)) => Ok(Outcome::Stored { partition, offset }),
            (Status::Stored, ..) => Err(format!("record {} is stored nowhere", self.index)),
            (status, ..) => Ok(status.outcome(self.code, retry_after)),
        }
    }
}

impl Compact {
    fn read(self, retry_after: Option<Duration>) -> Result<Vec<Outcome>, String> {
        let at = |position: Option<u64>| position.and_then(|position| usize::try_from(position).ok());
        let row = |row: Vec<Option<u64>>| match row[..] {
            [partition, Some(offset), _] => {
                let partition = at(partition).and_then(|position| self.partitions.get(position));
                Ok(Outcome::Stored { partition: partition.cloned().unwrap_or_default(), offset })
            }
            [reason] => match at(reason).and_then(|position| self.reasons.get(position)) {
                Some(reason) if reason.status == Status::Stored => Err("stored is no reason".to_owned()),
                Some(reason) => Ok(reason.status.outcome(reason.code.clone(), retry_after)),
                None => Ok(Outcome::Unknown("it was not told why".to_owned())),
            },
            _ => Err(format!("a row has {} columns", row.len())),
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
            // A stored one was told apart before.
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
    fn every_record_has_what_the_answer_says_of_it() {
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
            Outcome::Unknown("it was not told why".into()),
        ];
        assert_eq!(outcomes(207, None, body, 5), expected);
    }

    #[test]
    fn what_is_not_about_every_record_is_about_none() {
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
    fn a_request_that_is_refused_whole_is_refused_for_each() {
        let body = br#"{"code":"body_not_json","message":"invalid number","index":2,"byte":7}"#;
        let refused = Outcome::Refused("400 body_not_json: invalid number".into());
        assert_eq!(outcomes(400, None, body, 2), [refused.clone(), refused]);
        let busy = br#"{"code":429,"message":"Too Many Requests"}"#;
        let second = Some(Duration::from_secs(1));
        assert_eq!(outcomes(429, second, busy, 1), [Outcome::Throttled { retry_after: second }]);
        // The function died over it: some may be on the stream.
        let read = outcomes(502, None, br#"{"code":502,"message":"Bad Gateway"}"#, 1);
        assert!(matches!(&read[..], [Outcome::Unknown(_)]), "{read:?}");
    }
}
