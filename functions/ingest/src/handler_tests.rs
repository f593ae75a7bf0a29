use super::*;
use crate::request::{KeyRules, Wrapper};
use fn_kit::testing::Call;
use http::HeaderMap;
use sender::{Position, Record, Sequence, Stored};
use serde_json::{Value, json};
use std::sync::Mutex;
use std::time::Duration;

const LIMITS: Limits = Limits {
    key: 256,
    record: 1 << 20,
    request: 1 << 20,
    request_records: usize::MAX,
    partition_bytes_per_second: None,
    partition_records_per_second: None,
};

/// A sender that does with a record what the record says: `{"do":"store"}`.
#[derive(Debug, Default)]
struct Obedient {
    sent: Mutex<Vec<Record>>,
    until: Mutex<Option<Duration>>,
    full: bool,
}

impl SendRecords for Obedient {
    async fn send(&self, records: Vec<Record>, until: Instant) -> Result<Vec<Outcome>, Full> {
        if self.full {
            return Err(Full { wait: Some(Duration::from_secs(3)) });
        }
        *self.until.lock().unwrap() = Some(until.duration_since(Instant::now()));
        let outcome = |record: &Record| {
            let value = str::from_utf8(&record.value).unwrap();
            let failures = [
                ("throttle", Failure::Throttled),
                ("fail", Failure::Unavailable),
                ("lose", Failure::Unknown),
                ("refuse", Failure::Refused),
                ("hold", Failure::NotSent),
            ];
            match failures.into_iter().find(|(word, _)| value.contains(word)) {
                Some((word, failure)) => Outcome::Failed { failure, message: word.into() },
                None => Outcome::Stored(Stored {
                    position: Position { partition: "0".into(), sequence: Sequence::Number(7) },
                    timestamp: Some("2024-06-28T08:28:42.253Z".into()),
                }),
            }
        };
        let outcomes = records.iter().map(outcome).collect();
        self.sent.lock().unwrap().extend(records);
        Ok(outcomes)
    }
}

fn handler() -> Handler<Obedient> {
    let key = KeyRules::parse("header:X-Key,none").unwrap();
    let admission = Admission { key, wrapper: Wrapper::None, schema: None, max_body: 6_000_000 };
    Handler::new(admission, LIMITS, Obedient::default())
}

fn posted(body: impl Into<Bytes>) -> Request<Bytes> {
    Request::post("/v1/journal").header("Content-Type", "application/json").body(body.into()).unwrap()
}

async fn send(handler: &Handler<Obedient>, request: Request<Bytes>) -> (u16, HeaderMap, Value) {
    let response = Call::http(request).send(handler).await;
    assert_eq!(response.status.as_u16(), 200, "the invocation itself succeeds, so the container stays alive");
    let response = response.http();
    let body = serde_json::from_slice(response.body()).unwrap();
    (response.status().as_u16(), response.headers().clone(), body)
}

#[tokio::test]
async fn records_are_sent_unchanged_and_reported() {
    let handler = handler();
    let mut request = posted(r#"[{"a" : 1.0}, {"do":"throttle"}, 7]"#);
    request.headers_mut().insert("X-Key", "K1".parse().unwrap());
    let (status, _, body) = send(&handler, request).await;
    assert_eq!(status, 207);
    assert_eq!(body["counts"], json!({"records": 3, "stored": 1, "refused": 1, "failed": 1, "unknown": 0}));
    let codes: Vec<&Value> =
        body["results"].as_array().unwrap().iter().map(|result| &result["code"]).collect();
    assert_eq!(codes, [&Value::Null, &json!("throttled"), &json!("value_not_object")]);
    let sent = handler.sender.sent.lock().unwrap();
    let key = Some(Bytes::from_static(b"K1"));
    let values = [r#"{"a" : 1.0}"#, r#"{"do":"throttle"}"#];
    let expected = values.map(|value| Record { key: key.clone(), value: value.into() });
    assert_eq!(*sent, expected);
}

#[tokio::test]
async fn each_kind_of_outcome_has_its_status() {
    for (status, body) in [
        (200, r#"[{"do":"store"},{"do":"store"}]"#),
        (200, "[]"),
        (207, r#"[{"do":"store"},{"do":"lose"}]"#),
        (422, r#"[1,2]"#),
        (422, r#"[1,{"do":"refuse"}]"#),
        (429, r#"[1,{"do":"throttle"},{"do":"hold"}]"#),
        (503, r#"[{"do":"throttle"},{"do":"fail"}]"#),
        (503, r#"{"do":"lose"}"#),
        (400, ""),
        (400, r#"[{"do":"store"},{"do":}]"#),
        (400, r#"[{"do":"store"}"#),
    ] {
        let handler = handler();
        let (told, headers, _) = send(&handler, posted(body)).await;
        assert_eq!(told, status, "{body}");
        assert_eq!(headers.contains_key("retry-after"), status == 429, "{body}");
        if status == 400 {
            assert!(handler.sender.sent.lock().unwrap().is_empty(), "nothing is sent: {body}");
        }
    }
}

#[tokio::test]
async fn a_request_is_rejected_by_its_head_before_its_body_is_read() {
    let handler = handler();
    let get = Request::get("/v1/journal").body(Bytes::new()).unwrap();
    let (status, headers, body) = send(&handler, get).await;
    assert_eq!(
        (status, &headers["allow"], &body["code"]),
        (405, &"POST".parse().unwrap(), &json!("method_not_allowed"))
    );
    let text =
        Request::post("/").header("Content-Type", "text/plain").body(Bytes::from_static(b"x")).unwrap();
    assert_eq!(send(&handler, text).await.0, 415);
    assert_eq!(send(&handler, posted(vec![b' '; 6_000_001])).await.0, 413);
}

#[tokio::test]
async fn without_room_the_response_says_when_to_come_back() {
    let sender = Obedient { full: true, ..Obedient::default() };
    let handler = Handler { sender, ..handler() };
    let (status, headers, body) = send(&handler, posted(r#"[{}, 7, {}]"#)).await;
    assert_eq!((status, &headers["retry-after"]), (429, &"3".parse().unwrap()));
    assert_eq!(body["counts"], json!({"records": 3, "stored": 0, "refused": 1, "failed": 2, "unknown": 0}));
    assert_eq!(body["results"][0]["code"], "throttled");
}

#[tokio::test]
async fn records_have_until_shortly_before_the_deadline() {
    for (deadline, max) in [(30_000, 29_000), (1000, 800)] {
        let handler = handler();
        let call = Call::http(posted("{}")).deadline_in(Duration::from_millis(deadline));
        assert_eq!(call.send(&handler).await.http().status(), 200);
        let until = handler.sender.until.lock().unwrap().unwrap().as_millis();
        assert!((1..=max).contains(&until), "{until} of {deadline}");
    }
}

#[tokio::test]
async fn a_long_body_is_split_on_another_thread_with_the_same_response() {
    let handler = handler();
    let record = format!(r#"{{"text":"{}"}}"#, "x".repeat(SHORT_BODY));
    let (status, _, body) = send(&handler, posted(format!("[{record},{record}]"))).await;
    assert_eq!((status, &body["counts"]["stored"]), (200, &json!(2)));
    let (status, _, body) = send(&handler, posted(format!("[{record},{{}}x"))).await;
    assert_eq!((status, &body["index"]), (400, &json!(2)));
}

#[tokio::test]
async fn a_plain_invocation_succeeds_only_if_every_record_is_stored() {
    let handler = handler();
    let call = |body: &'static str| Call::new().header("content-type", "application/json").body(body);
    let response = call(r#"[{"do":"store"},{}]"#).send(&handler).await;
    assert_eq!(response.status.as_u16(), 200);
    assert!(!response.headers.contains_key("fn-http-status"));
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!(body["counts"]["stored"], 2);
    for body in [r#"[{},{"do":"throttle"}]"#, r#"{"do":"fail"}"#, "[7]", "", "{"] {
        let response = call(body).send(&handler).await;
        assert_eq!(response.status.as_u16(), 502, "{body}");
        assert!(response.text().contains("not all records were stored"), "{}", response.text());
    }
    assert_eq!(Call::new().body("{}").send(&handler).await.status.as_u16(), 502, "without a content type");
}

#[tokio::test]
async fn a_plain_invocations_own_headers_count_but_not_fns_and_the_length() {
    let handler = handler();
    let call = Call::new().header("content-type", "application/json").header("x-key", "K9");
    let response = call.header("content-length", "999").body("{}").send(&handler).await;
    assert_eq!(response.status.as_u16(), 200, "{}", response.text());
    assert_eq!(handler.sender.sent.lock().unwrap()[0].key.as_deref(), Some(&b"K9"[..]));
}
