//! Tests consumer groups.

use crate::cloud::{Cloud, put, texts};
use oci_streaming::{GroupCursorType, GroupMember};
use std::time::Duration;

#[tokio::test]
async fn a_group_continues_where_it_committed() {
    let cloud = Cloud::start(1).await;
    let stream = cloud.stream();
    put(&stream, &[(None, "a"), (None, "b"), (None, "c")]).await.unwrap();
    let member = |name: &str| {
        GroupMember::new("group", GroupCursorType::TrimHorizon).instance(name).commit_on_get(false)
    };
    let cursor = stream.create_group_cursor(&member("one")).await.unwrap();
    let got = stream.get_messages(&cursor, Some(2)).await.unwrap();
    assert_eq!(texts(&got.messages), ["a", "b"]);
    stream.consumer_commit(&got.next).await.unwrap();
    let group = stream.get_group("group").await.unwrap();
    assert_eq!((group.group_name.as_str(), group.stream_id), ("group", cloud.id()));
    let reservation = &group.reservations[0];
    assert_eq!((reservation.partition.as_str(), reservation.committed_offset), ("0", Some(1)));
    assert_eq!(reservation.reserved_instance.as_deref(), Some("one"));
    assert!(reservation.time_reserved_until.as_deref().unwrap().ends_with('Z'));
    // The first member sends nothing for too long.
    cloud.emulator.advance_streaming_clock(Duration::from_secs(31));
    let cursor = stream.create_group_cursor(&member("two")).await.unwrap();
    assert_eq!(texts(&stream.get_messages(&cursor, None).await.unwrap().messages), ["c"]);
    let error = stream.consumer_commit(&got.next).await.unwrap_err();
    assert!(error.service().unwrap().message.contains("unreserved partition"), "{error}");
}

#[tokio::test]
async fn a_heartbeat_keeps_a_members_partitions() {
    let cloud = Cloud::start(1).await;
    let stream = cloud.stream();
    let member = GroupMember::new("group", GroupCursorType::Latest).instance("one");
    let member = member.timeout(Duration::from_secs(10));
    let mut cursor = stream.create_group_cursor(&member).await.unwrap();
    cursor = stream.get_messages(&cursor, None).await.unwrap().next;
    for _ in 0..3 {
        cloud.emulator.advance_streaming_clock(Duration::from_secs(9));
        cursor = stream.consumer_heartbeat(&cursor).await.unwrap();
    }
    cloud.emulator.advance_streaming_clock(Duration::from_secs(11));
    stream.consumer_heartbeat(&cursor).await.unwrap_err();
}

#[tokio::test]
async fn a_group_is_moved() {
    let cloud = Cloud::start(1).await;
    let stream = cloud.stream();
    put(&stream, &[(None, "a")]).await.unwrap();
    let member = GroupMember::new("group", GroupCursorType::Latest).instance("one");
    let cursor = stream.create_group_cursor(&member).await.unwrap();
    assert!(stream.get_messages(&cursor, None).await.unwrap().messages.is_empty());
    stream.update_group("group", &GroupCursorType::TrimHorizon).await.unwrap();
    let cursor = stream.create_group_cursor(&member).await.unwrap();
    assert_eq!(texts(&stream.get_messages(&cursor, None).await.unwrap().messages), ["a"]);
    let error = stream.get_group("absent").await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 404);
}
