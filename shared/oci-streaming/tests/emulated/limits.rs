//! Compares this crate's count of bytes with the service's, at the limits.

use crate::cloud::{Cloud, LONG, STREAM};
use oci_streaming::{MAX_KEY, MAX_REQUEST, PutError, PutMessages, StreamClient, size_of};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;

type Owned = (Option<Vec<u8>>, Vec<u8>);

/// Returns whether the service accepts these messages.
async fn taken(stream: &StreamClient, messages: &[Owned]) -> bool {
    let messages = messages.iter().map(|(key, value)| (key.as_deref(), value.as_slice()));
    match stream.put_messages(&PutMessages::new(messages), LONG).await {
        Ok(_) => true,
        Err(PutError::Refused(error)) if error.status().is_some_and(|status| status == 400) => false,
        Err(error) => panic!("{error:?}"),
    }
}

fn size(messages: &[Owned]) -> usize {
    messages.iter().map(|(key, value)| size_of(key.as_deref(), value)).sum()
}

/// Returns the same messages, with one more that brings them to this size.
fn grown(messages: &[Owned], wanted: usize) -> Vec<Owned> {
    let mut messages = messages.to_vec();
    messages.push((None, Vec::new()));
    let missing = wanted - size(&messages);
    messages.last_mut().unwrap().1 = vec![7; missing];
    messages
}

#[tokio::test]
async fn keys_are_accepted_up_to_their_limit() {
    let cloud = Cloud::start(1).await;
    let stream = cloud.stream();
    assert!(taken(&stream, &[(Some(vec![0; MAX_KEY]), vec![])]).await);
    assert!(!taken(&stream, &[(Some(vec![0; MAX_KEY + 1]), vec![])]).await);
}

#[test]
fn a_request_is_accepted_at_the_limit_and_refused_one_byte_above() {
    let key = prop::option::of(prop::collection::vec(any::<u8>(), 0..=MAX_KEY));
    let value = prop::collection::vec(any::<u8>(), 0..3000);
    let messages = prop::collection::vec((key, value), 0..200);
    let runtime = Runtime::new().unwrap();
    let cloud = runtime.block_on(Cloud::start(1));
    let stream = cloud.stream();
    let stored = || cloud.emulator.stream(STREAM).unwrap().load()[0].bytes_in;
    let judged = async |messages: Vec<Owned>| {
        let before = stored();
        let (at, above) = (grown(&messages, MAX_REQUEST), grown(&messages, MAX_REQUEST + 1));
        prop_assert!(taken(&stream, &at).await);
        prop_assert_eq!((stored() - before) as usize, size(&at), "it counts as we do");
        prop_assert!(!taken(&stream, &above).await);
        Ok(())
    };
    let mut runner = TestRunner::new(Config::with_cases(8));
    runner.run(&messages, |messages| runtime.block_on(judged(messages))).unwrap();
}
