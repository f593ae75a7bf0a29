//! Tests putting messages.

use crate::cloud::{Cloud, LONG, all, encoded, offset, put, texts};
use oci_streaming::{CursorType, Entry, MAX_KEY, PutError, PutMessages};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::time::Duration;
use tokio::runtime::Runtime;

#[tokio::test]
async fn messages_are_stored_in_order_and_the_result_has_their_positions() {
    let cloud = Cloud::start(1).await;
    let stream = cloud.stream();
    let result = put(&stream, &[(Some("key"), "first"), (None, "second"), (Some(""), "")]).await.unwrap();
    assert!(result.opc_request_id.is_some());
    assert_eq!(result.entries.iter().map(offset).collect::<Vec<_>>(), [0, 1, 2]);
    let got = all(&stream, "0").await;
    for (entry, message) in result.entries.iter().zip(&got) {
        let Entry::Stored(stored) = entry else { panic!("{entry:?}") };
        assert_eq!(
            (&stored.partition, stored.offset, &stored.timestamp),
            (&message.partition, message.offset, &message.timestamp)
        );
    }
    assert_eq!(texts(&got), ["first", "second", ""]);
    let keys: Vec<Option<&[u8]>> = got.iter().map(|message| message.key.as_deref()).collect();
    assert_eq!(keys, [Some(&b"key"[..]), None, Some(&b""[..])]);
}

#[tokio::test]
async fn a_request_can_be_put_repeatedly() {
    let cloud = Cloud::start(1).await;
    let (stream, messages) = (cloud.stream(), encoded(&[(None, "twice")]));
    for expected in 0..2 {
        let result = stream.put_messages(&messages, LONG).await.unwrap();
        assert_eq!(offset(&result.entries[0]), expected);
    }
    assert_eq!(cloud.values(), ["twice", "twice"]);
}

#[tokio::test]
async fn a_request_without_messages_is_refused() {
    let cloud = Cloud::start(1).await;
    let error = put(&cloud.stream(), &[]).await.unwrap_err();
    assert!(matches!(error, PutError::Refused(_)), "{error:?}");
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (400, Some("InvalidParameter")));
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_missing_stream_is_refused_or_not_found() {
    let cloud = Cloud::start(1).await;
    let missing = cloud.connection().stream("ocid1.stream.oc1..missing");
    let error = put(&missing, &[(None, "x")]).await.unwrap_err();
    assert!(matches!(error, PutError::NotSent(_)), "its messages endpoint could not be found: {error:?}");
    assert_eq!(error.code(), Some("NotAuthorizedOrNotFound"));
    let missing = missing.messages_endpoint(cloud.emulator.url().parse().unwrap());
    let error = put(&missing, &[(None, "x")]).await.unwrap_err();
    assert!(matches!(error, PutError::Refused(_)), "{error:?}");
    assert_eq!(error.code(), Some("NotAuthorizedOrNotFound"));
}

#[tokio::test]
async fn a_refused_connection_means_that_nothing_was_sent() {
    let cloud = Cloud::start(1).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let stream = cloud.stream().messages_endpoint(format!("http://{free}").parse().unwrap());
    let error = put(&stream, &[(None, "x")]).await.unwrap_err();
    assert!(matches!(error, PutError::NotSent(_)) && error.is_retryable(), "{error:?}");
}

#[tokio::test]
async fn a_time_limit_that_ends_before_anything_is_sent_leaves_no_doubt() {
    let cloud = Cloud::start(1).await;
    // This listener never completes a TLS handshake.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("https://{}", silent.local_addr().unwrap()).parse().unwrap();
    let stream = cloud.stream().messages_endpoint(endpoint);
    let error = stream.put_messages(&encoded(&[(None, "x")]), Duration::from_millis(100)).await.unwrap_err();
    assert!(matches!(error, PutError::NotSent(_)), "{error:?}");
    let error = stream.put_messages(&encoded(&[(None, "x")]), Duration::ZERO).await.unwrap_err();
    assert!(matches!(error, PutError::NotSent(_)), "{error:?}");
}

#[test]
fn any_keys_and_values_come_back_unchanged() {
    let key = prop::option::of(prop::collection::vec(any::<u8>(), 0..=MAX_KEY));
    let value = prop::collection::vec(any::<u8>(), 0..5000);
    let messages = prop::collection::vec((key, value), 1..40);
    let runtime = Runtime::new().unwrap();
    let cloud = runtime.block_on(Cloud::start(1));
    let stream = cloud.stream();
    let come_back = async |messages: Vec<(Option<Vec<u8>>, Vec<u8>)>| {
        let begin = stream.create_cursor("0", &CursorType::Latest).await.unwrap();
        let given = messages.iter().map(|(key, value)| (key.as_deref(), value.as_slice()));
        let result = stream.put_messages(&PutMessages::new(given), LONG).await.unwrap();
        prop_assert_eq!(result.entries.len(), messages.len());
        let got = stream.get_messages(&begin, None).await.unwrap().messages;
        let got = got.into_iter().map(|message| (message.key.map(Vec::from), Vec::from(message.value)));
        prop_assert_eq!(got.collect::<Vec<_>>(), messages);
        Ok(())
    };
    let mut runner = TestRunner::new(Config::with_cases(40));
    runner.run(&messages, |messages| runtime.block_on(come_back(messages))).unwrap();
}
