//! Runs every function of the conformance suite that `object_store` publishes for implementations.

use crate::cloud::Cloud;
use object_store::integration;

#[tokio::test]
async fn objects_are_put_read_deleted_and_listed() {
    integration::put_get_delete_list(&Cloud::start().await.store()).await;
}

#[tokio::test]
async fn attributes_come_back() {
    integration::put_get_attributes(&Cloud::start().await.store()).await;
}

#[tokio::test]
async fn reads_are_conditional() {
    let cloud = Cloud::start().await;
    // Objects have a version id in every bucket, but only a bucket with versioning keeps old versions, as the suite expects.
    cloud.keep_versions().await;
    integration::get_opts(&cloud.store()).await;
}

#[tokio::test]
async fn writes_and_updates_are_conditional() {
    integration::put_opts(&Cloud::start().await.store(), true).await;
}

#[tokio::test]
async fn streams_are_written_and_read() {
    integration::stream_get(&Cloud::start().await.store()).await;
}

#[tokio::test]
async fn lists_know_folders() {
    integration::list_uses_directories_correctly(&Cloud::start().await.store()).await;
}

#[tokio::test]
async fn lists_end_at_a_delimiter() {
    integration::list_with_delimiter(&Cloud::start().await.store()).await;
}

#[tokio::test]
async fn a_missing_object_is_not_found() {
    let cloud = Cloud::start().await;
    let error = integration::get_nonexistent_object(&cloud.store(), None).await.unwrap_err();
    assert!(matches!(error, object_store::Error::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn objects_are_renamed_and_copied() {
    integration::rename_and_copy(&Cloud::start().await.store()).await;
}

#[tokio::test]
async fn a_copy_can_be_refused_if_its_target_exists() {
    integration::copy_if_not_exists(&Cloud::start().await.store()).await;
}

#[tokio::test]
async fn a_missing_object_is_neither_copied_nor_renamed() {
    integration::copy_rename_nonexistent_object(&Cloud::start().await.store()).await;
}

#[tokio::test]
async fn uploads_in_parts_make_an_object() {
    let cloud = Cloud::start().await;
    let store = cloud.store();
    integration::multipart(&store, &store).await;
}

#[tokio::test]
async fn uploads_in_parts_carry_attributes() {
    let cloud = Cloud::start().await;
    let store = cloud.store();
    integration::multipart_with_opts(&store, &store).await;
}

#[tokio::test]
async fn parts_may_arrive_in_any_order() {
    let cloud = Cloud::start().await;
    let store = cloud.store();
    integration::multipart_put_part_out_of_order(&store, &store).await;
}

#[tokio::test]
async fn the_last_of_two_uploads_to_complete_wins() {
    integration::multipart_race_condition(&Cloud::start().await.store(), true).await;
}

#[tokio::test]
async fn parts_may_be_awaited_in_any_order() {
    integration::multipart_out_of_order(&Cloud::start().await.store()).await;
}

#[tokio::test]
async fn lists_have_pages() {
    let cloud = Cloud::start().await;
    let store = cloud.store();
    integration::list_paginated(&store, &store).await;
}

#[tokio::test]
async fn lists_begin_after_a_name() {
    integration::list_with_offset_exclusivity(&Cloud::start().await.store()).await;
}
