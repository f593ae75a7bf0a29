//! The local store passes `object_store`'s own test suite and is clean after any failure.
//!
//! These tests of the suite don't apply: `get_opts` and `put_get_attributes` (a file has no versions
//! and no attributes), `multipart` and `multipart_*` (for stores whose parts have ids), `list_paginated` (a file system has no
//! pages).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use futures::TryStreamExt;
use lake::LocalStore;
use object_store::path::Path;
use object_store::{
    Error, MultipartUpload, ObjectStore, ObjectStoreExt, PutMode, PutOptions, UpdateVersion, integration,
};
use std::fs;
use std::sync::Arc;
use tempfile::TempDir;

fn fixture() -> (TempDir, LocalStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::new(folder.path()).unwrap();
    (folder, store)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap().block_on(future)
}

async fn text(store: &LocalStore, key: &str) -> Vec<u8> {
    store.get(&Path::from(key)).await.unwrap().bytes().await.unwrap().to_vec()
}

/// Returns the names of all entries in the folder, staging included.
fn files(folder: &TempDir) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn it_passes_the_public_suite() {
    let (_folder, store) = fixture();
    block_on(async {
        integration::put_get_delete_list(&store).await;
        integration::list_uses_directories_correctly(&store).await;
        integration::list_with_delimiter(&store).await;
        integration::rename_and_copy(&store).await;
        integration::copy_if_not_exists(&store).await;
        integration::copy_rename_nonexistent_object(&store).await;
        integration::stream_get(&store).await;
        integration::put_opts(&store, true).await;
    });
}

#[test]
fn it_lists_from_an_offset_as_the_suite_requires() {
    let (_folder, store) = fixture();
    block_on(integration::list_with_offset_exclusivity(&store));
}

#[test]
fn an_object_can_be_read_and_replaced() {
    let (_folder, store) = fixture();
    block_on(async {
        let key = Path::from("period_code=202406/x.parquet");
        for content in ["one", "a longer second", ""] {
            store.put(&key, content.into()).await.unwrap();
            assert_eq!(text(&store, key.as_ref()).await, content.as_bytes());
        }
    });
}

#[test]
fn create_is_refused_if_the_object_exists() {
    let (folder, store) = fixture();
    let create = || PutOptions::from(PutMode::Create);
    block_on(async {
        let key = Path::from("_receipts/a.json");
        store.put_opts(&key, "first".into(), create()).await.unwrap();
        let again = store.put_opts(&key, "second".into(), create()).await;
        assert!(matches!(again, Err(Error::AlreadyExists { .. })), "{again:?}");
        assert_eq!(text(&store, key.as_ref()).await, b"first");
    });
    drop(store);
    assert_eq!(files(&folder), ["_receipts"]);
}

#[test]
fn one_of_many_concurrent_creates_wins() {
    let (folder, store) = fixture();
    let other = LocalStore::new(folder.path()).unwrap();
    let stores = [Arc::new(store), Arc::new(other)];
    let won = block_on(async {
        let tasks: Vec<_> = (0..20)
            .map(|number| {
                let store = Arc::clone(&stores[number % 2]);
                let content = format!("content {number}");
                tokio::spawn(async move {
                    let result = store
                        .put_opts(&Path::from("a/b"), content.clone().into(), PutMode::Create.into())
                        .await;
                    result.is_ok().then_some(content)
                })
            })
            .collect();
        let mut won = Vec::new();
        for task in tasks {
            won.extend(task.await.unwrap());
        }
        assert_eq!(won.len(), 1, "{won:?}");
        assert_eq!(text(&stores[0], "a/b").await, won[0].as_bytes());
        won.len()
    });
    assert_eq!(won, 1);
    drop(stores);
    assert_eq!(files(&folder), ["a"]);
}

#[test]
fn names_with_every_character_of_partition_values_round_trip() {
    let (_folder, store) = fixture();
    block_on(async {
        let keys = [
            "p=%2F%25/x",
            "p=../x",
            "p=a b+c&d;e,f@g~h!/x",
            "p=日本語 é/x",
            "p=/x",
            "p=__HIVE_DEFAULT_PARTITION__/x",
            "p=(|)<>`$/x",
        ];
        for key in keys {
            let path = Path::parse(key).unwrap();
            store.put(&path, key.into()).await.unwrap();
            assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), key.as_bytes());
        }
        let mut listed: Vec<String> = store
            .list(None)
            .map_ok(|object| object.location.to_string())
            .try_collect::<Vec<_>>()
            .await
            .unwrap();
        listed.sort();
        let mut expected = keys.map(str::to_owned).to_vec();
        expected.sort();
        assert_eq!(listed, expected, "nothing is escaped twice");
    });
}

#[test]
fn an_upload_is_invisible_until_it_is_complete() {
    let (folder, store) = fixture();
    block_on(async {
        let key = Path::from("a/big");
        let mut upload = store.put_multipart(&key).await.unwrap();
        upload.put_part("one ".into()).await.unwrap();
        assert!(matches!(store.head(&key).await, Err(Error::NotFound { .. })));
        upload.put_part("two".into()).await.unwrap();
        upload.complete().await.unwrap();
        assert_eq!(text(&store, "a/big").await, b"one two");
    });
    drop(store);
    assert_eq!(files(&folder), ["a"]);
}

#[test]
fn an_aborted_or_dropped_upload_leaves_nothing() {
    let (folder, store) = fixture();
    block_on(async {
        let mut aborted = store.put_multipart(&Path::from("a")).await.unwrap();
        aborted.put_part("x".into()).await.unwrap();
        aborted.abort().await.unwrap();
        let mut dropped = store.put_multipart(&Path::from("b")).await.unwrap();
        dropped.put_part("x".into()).await.unwrap();
        drop(dropped);
        assert!(matches!(store.head(&Path::from("a")).await, Err(Error::NotFound { .. })));
    });
    drop(store);
    assert_eq!(files(&folder), [] as [&str; 0]);
}

#[test]
fn staging_of_a_dead_process_is_removed_and_that_of_a_live_one_is_kept() {
    let (folder, live) = fixture();
    let staging = folder.path().join("_staging");
    block_on(async {
        let mut upload = live.put_multipart(&Path::from("live")).await.unwrap();
        upload.put_part("alive".into()).await.unwrap();
        // No process holds a lock on this folder.
        fs::create_dir_all(staging.join("99999.0")).unwrap();
        fs::write(staging.join("99999.0/0"), "dead").unwrap();
        let next = LocalStore::new(folder.path()).unwrap();
        next.put(&Path::from("next"), "x".into()).await.unwrap();
        assert!(!staging.join("99999.0").exists());
        upload.complete().await.unwrap();
        assert_eq!(text(&next, "live").await, b"alive");
    });
    drop(live);
    assert_eq!(files(&folder), ["live", "next"]);
}

#[test]
fn staging_of_a_dead_process_is_removed_by_one_that_writes_nothing() {
    let (folder, store) = fixture();
    fs::create_dir_all(folder.path().join("_staging/99999.0")).unwrap();
    fs::write(folder.path().join("_staging/99999.0/0"), "dead").unwrap();
    block_on(async { assert!(store.get(&Path::from("none")).await.is_err()) });
    drop(store);
    assert!(!folder.path().join("_staging").exists());
}

#[test]
fn a_stray_file_in_staging_is_ignored() {
    let (folder, store) = fixture();
    fs::create_dir_all(folder.path().join("_staging")).unwrap();
    fs::write(folder.path().join("_staging/.DS_Store"), "x").unwrap();
    block_on(async { store.put(&Path::from("a"), "x".into()).await.unwrap() });
    assert_eq!(block_on(text(&store, "a")), b"x");
}

#[test]
fn a_refused_write_names_the_file_and_leaves_no_staging() {
    let (folder, store) = fixture();
    fs::write(folder.path().join("p"), "a file where a folder should be").unwrap();
    let error = block_on(store.put(&Path::from("p/x"), "x".into())).unwrap_err().to_string();
    assert!(error.contains("p/x"), "{error}");
    drop(store);
    assert_eq!(files(&folder), ["p"]);
}

#[test]
fn a_store_that_only_reads_creates_no_staging() {
    let (folder, store) = fixture();
    block_on(async {
        assert!(store.get(&Path::from("none")).await.is_err());
        assert_eq!(store.list(None).try_collect::<Vec<_>>().await.unwrap().len(), 0);
    });
    assert_eq!(files(&folder), [] as [&str; 0]);
}

#[test]
fn of_several_stores_of_a_folder_that_update_an_object_one_at_a_time_wins() {
    let (folder, store) = fixture();
    let key = Path::from("counter");
    block_on(store.put(&key, "0".into())).unwrap();
    let count = |store: LocalStore| async move {
        let (key, mut done) = (Path::from("counter"), 0);
        while done < 20 {
            let read = store.get(&key).await.unwrap();
            let version = UpdateVersion { e_tag: read.meta.e_tag.clone(), version: None };
            let number: u32 =
                String::from_utf8(read.bytes().await.unwrap().to_vec()).unwrap().parse().unwrap();
            let text = (number + 1).to_string();
            match store.put_opts(&key, text.into(), PutMode::Update(version).into()).await {
                Ok(_) => done += 1,
                Err(Error::Precondition { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    let stores: Vec<_> = (0..4).map(|_| LocalStore::new(folder.path()).unwrap()).collect();
    std::thread::scope(|scope| {
        for store in stores {
            scope.spawn(|| block_on(count(store)));
        }
    });
    assert_eq!(block_on(text(&store, "counter")), b"80");
    drop(store);
    assert_eq!(files(&folder), ["counter"]);
}

#[test]
fn the_first_write_creates_the_folder_and_until_then_the_store_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap().join("new/lake");
    let store = LocalStore::new(&folder.path().join("gone/../new/lake")).unwrap();
    assert_eq!(store.root(), root);
    block_on(async {
        let key = Path::from("a/b");
        assert!(matches!(store.get(&key).await, Err(Error::NotFound { .. })));
        assert_eq!(store.list(None).try_collect::<Vec<_>>().await.unwrap().len(), 0);
        assert_eq!(files(&folder), [] as [&str; 0]);
        store.put(&key, "x".into()).await.unwrap();
        assert_eq!(text(&store, "a/b").await, b"x");
        assert!(root.join("a/b").is_file());
    });
}

#[test]
fn a_root_that_is_no_folder_or_is_inside_a_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    for root in ["file", "file/lake"] {
        LocalStore::new(&folder.path().join(root)).unwrap_err();
    }
}

#[test]
fn opening_a_store_takes_no_folder_from_a_process_that_creates_it() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("lake");
    std::thread::scope(|scope| {
        let opening = scope.spawn(|| (0..2000).for_each(|_| drop(LocalStore::new(&root).unwrap())));
        while !opening.is_finished() {
            fs::create_dir_all(&root).unwrap();
            assert!(fs::remove_dir(&root).is_ok(), "the folder is still there");
        }
    });
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
