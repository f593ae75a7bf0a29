//! Tests reading with cursors.

use crate::cloud::{Cloud, all, put, texts};
use emulator::{Fault, Rule};
use oci_streaming::{Cursor, CursorType, Error, MAX_GET};
use std::time::Duration;

#[tokio::test]
async fn cursors_of_every_type_begin_where_they_say() {
    let cloud = Cloud::start(1).await;
    let stream = cloud.stream();
    put(&stream, &[(None, "a"), (None, "b")]).await.unwrap();
    cloud.emulator.advance_streaming_clock(Duration::from_secs(3600));
    put(&stream, &[(None, "c")]).await.unwrap();
    let third = all(&stream, "0").await.pop().unwrap();
    let cases: [(CursorType, &[&str]); 8] = [
        (CursorType::TrimHorizon, &["a", "b", "c"]),
        (CursorType::Latest, &[]),
        (CursorType::AtOffset(1), &["b", "c"]),
        (CursorType::AfterOffset(1), &["c"]),
        (CursorType::AfterOffset(2), &[]),
        (CursorType::AtTime(third.timestamp), &["c"]),
        (CursorType::AtTime("2020-01-01T00:00:00Z".into()), &["a", "b", "c"]),
        (CursorType::AtTime("2999-01-01T00:00:00+02:00".into()), &[]),
    ];
    for (kind, expected) in cases {
        let cursor = stream.create_cursor("0", &kind).await.unwrap();
        let got = stream.get_messages(&cursor, None).await.unwrap();
        assert_eq!(texts(&got.messages), expected, "{kind:?}");
    }
}

#[tokio::test]
async fn messages_have_everything_that_the_service_sends() {
    let cloud = Cloud::start(1).await;
    let stream = cloud.stream();
    put(&stream, &[(Some("key"), "value")]).await.unwrap();
    let message = all(&stream, "0").await.pop().unwrap();
    let stored = cloud.emulator.stream("ledger").unwrap().read(0, 0, 1, u64::MAX).unwrap().pop().unwrap();
    assert_eq!((message.stream.as_str(), message.partition.as_str(), message.offset), ("ledger", "0", 0));
    assert_eq!((message.key, message.value), (stored.key, stored.value));
    assert_eq!(message.timestamp_millis, stored.timestamp);
    assert!(message.timestamp.ends_with('Z'), "{}", message.timestamp);
}

#[tokio::test]
async fn a_reader_continues_where_it_stopped_and_gets_no_more_than_requested() {
    let cloud = Cloud::start(1).await;
    let stream = cloud.stream();
    let values: Vec<String> = (0..25).map(|number| number.to_string()).collect();
    let messages: Vec<_> = values.iter().map(|value| (None, value.as_str())).collect();
    put(&stream, &messages).await.unwrap();
    let mut cursor = stream.create_cursor("0", &CursorType::TrimHorizon).await.unwrap();
    let (mut read, mut sizes) = (Vec::new(), Vec::new());
    loop {
        let got = stream.get_messages(&cursor, Some(10)).await.unwrap();
        sizes.push(got.messages.len());
        if got.messages.is_empty() {
            break;
        }
        read.extend(texts(&got.messages).into_iter().map(str::to_owned));
        cursor = got.next;
    }
    assert_eq!((read, sizes), (values, vec![10, 10, 5, 0]));
    stream.get_messages(&cursor, Some(MAX_GET)).await.unwrap();
    let error = stream.get_messages(&cursor, Some(MAX_GET + 1)).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 400);
}

#[tokio::test]
async fn expired_cursors_are_refused_with_the_services_message() {
    let cloud = Cloud::start(1).await;
    let stream = cloud.stream();
    let error = stream.get_messages(&Cursor::from("nonsense".to_owned()), None).await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 400);
    let cursor = stream.create_cursor("0", &CursorType::TrimHorizon).await.unwrap();
    cloud.emulator.advance_streaming_clock(Duration::from_secs(301));
    let error = stream.get_messages(&cursor, None).await.unwrap_err();
    assert!(error.service().unwrap().message.contains("expired"), "{error}");
    let error = stream.create_cursor("7", &CursorType::Latest).await.unwrap_err();
    assert!(error.to_string().contains("partition '7'"), "{error}");
}

#[tokio::test]
async fn reading_survives_passing_faults() {
    let cloud = Cloud::start(1).await;
    let stream = cloud.stream();
    put(&stream, &[(None, "a"), (None, "b")]).await.unwrap();
    for fault in [
        Fault::Throttle { retry_after_seconds: None },
        Fault::InternalError,
        Fault::BadGateway,
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::TruncatedBody { after_bytes: 20 },
        Fault::SlowBody { bytes_per_second: 2000 },
    ] {
        cloud.emulator.faults().set(vec![
            Rule::new("GetMessages", fault.clone()).first(1),
            Rule::new("CreateCursor", fault.clone()).first(1),
        ]);
        assert_eq!(texts(&all(&stream, "0").await), ["a", "b"], "{fault:?}");
    }
}

#[tokio::test]
async fn a_lasting_fault_is_reported_with_the_services_message() {
    let cloud = Cloud::start(1).await;
    let stream = cloud.stream();
    let cursor = stream.create_cursor("0", &CursorType::TrimHorizon).await.unwrap();
    cloud.emulator.faults().set(vec![Rule::new("GetMessages", Fault::InternalError)]);
    let error = stream.get_messages(&cursor, None).await.unwrap_err();
    let Error::Client(told) = &error else { panic!("{error:?}") };
    assert_eq!((told.attempts, error.code()), (3, Some("InternalServerError")));
}
