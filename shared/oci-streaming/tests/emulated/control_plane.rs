//! Tests the control plane: streams are created, listed, looked up and deleted.

use crate::cloud::{Cloud, STREAM, put};
use emulator::{Fault, Rule};
use oci_streaming::{Connection, CreateStream, Error, Scope, Stream};
use std::time::Duration;

async fn active(connection: &Connection, id: &str) -> Stream {
    loop {
        let stream = connection.get_stream(id).await.unwrap();
        if stream.is_active() {
            return stream;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_stream_is_created_shown_and_deleted() {
    let cloud = Cloud::start(1).await;
    let connection = cloud.connection();
    let create = CreateStream::new("made", 3, cloud.scope()).retention_in_hours(48);
    let made = connection.create_stream(&create).await.unwrap();
    assert_eq!((made.name.as_str(), made.partitions, made.retention_in_hours), ("made", 3, Some(48)));
    let shown = active(&connection, &made.id).await;
    assert_eq!((&shown.id, shown.partitions), (&made.id, 3));
    assert_eq!(shown.messages_endpoint, cloud.emulator.url());
    let error = connection.create_stream(&create).await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (409, Some("Conflict")));
    // The stream is found in its pool as well as in its compartment.
    let pool = Scope::Pool(made.stream_pool_id.clone());
    assert_eq!(connection.find_stream("made", &pool).await.unwrap().id, made.id);
    connection.delete_stream(&made.id).await.unwrap();
    let error = connection.find_stream("made", &pool).await.unwrap_err();
    assert!(matches!(error, Error::NoSuchStream { .. }), "{error:?}");
}

#[tokio::test]
async fn a_deletion_whose_response_was_lost_succeeds() {
    let cloud = Cloud::start(1).await;
    let connection = cloud.connection();
    let id = cloud.id();
    cloud.emulator.faults().add(Rule::new("DeleteStream", Fault::ResetAfter).first(1));
    connection.delete_stream(&id).await.unwrap();
    connection.delete_stream(&id).await.unwrap_err();
}

#[tokio::test]
async fn listings_include_all_pages() {
    let cloud = Cloud::start(1).await;
    let connection = cloud.connection();
    // Enough for more than two pages of fifty.
    for number in 0..120 {
        let create = CreateStream::new(format!("stream-{number:03}"), 1, cloud.scope());
        connection.create_stream(&create).await.unwrap();
    }
    cloud.emulator.clear_requests();
    let streams = connection.list_streams(&cloud.scope(), None).await.unwrap();
    let mut names: Vec<&str> = streams.iter().map(|stream| stream.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!((streams.len(), names.len(), cloud.count("ListStreams")), (121, 121, 3));
    assert_eq!(connection.list_streams(&cloud.scope(), Some("stream-007")).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_stream_is_looked_up_once_and_only_when_it_is_needed() {
    let cloud = Cloud::start(1).await;
    let connection = cloud.connection();
    let by_id = connection.stream(cloud.id());
    let by_name = connection.stream_named(STREAM, cloud.scope());
    let given = connection.stream(cloud.id()).messages_endpoint(cloud.emulator.url().parse().unwrap());
    assert!(cloud.emulator.requests().is_empty());
    for stream in [&by_id, &by_name, &given] {
        for _ in 0..3 {
            put(stream, &[(None, "x")]).await.unwrap();
        }
    }
    assert_eq!((cloud.count("GetStream"), cloud.count("ListStreams")), (1, 1));
    assert_eq!(by_name.id().await.unwrap(), cloud.id());
}

#[tokio::test]
async fn a_lookup_that_failed_is_repeated() {
    let cloud = Cloud::start(1).await;
    let stream = cloud.connection().stream_named("late", cloud.scope());
    let error = put(&stream, &[(None, "x")]).await.unwrap_err();
    let told = std::error::Error::source(&error).unwrap().to_string();
    assert!(told.contains("no active stream 'late'"), "{told}");
    let connection = cloud.connection();
    let made = connection.create_stream(&CreateStream::new("late", 1, cloud.scope())).await.unwrap();
    active(&connection, &made.id).await;
    put(&stream, &[(None, "x")]).await.unwrap();
}
