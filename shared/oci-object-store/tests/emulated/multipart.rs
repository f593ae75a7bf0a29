use crate::cloud::Cloud;
use bytes::Bytes;
use emulator::{Fault, Rule};
use object_store::path::Path;
use object_store::{Attribute, Attributes, Error, ObjectStore, ObjectStoreExt, PutMultipartOptions};
use std::time::Duration;

/// Waits until a request for an operation, sent in the background, has arrived.
async fn until(cloud: &Cloud, operation: &str) {
    for _ in 0..1000 {
        if cloud.count(operation) > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("no {operation} came");
}

#[tokio::test]
async fn an_upload_that_is_dropped_is_aborted() {
    let cloud = Cloud::start().await;
    let store = cloud.store();
    let mut upload = store.put_multipart(&Path::from("dropped")).await.unwrap();
    upload.put_part("part".into()).await.unwrap();
    drop(upload);
    until(&cloud, "AbortMultipartUpload").await;
    assert!(matches!(store.head(&Path::from("dropped")).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn an_upload_dropped_on_a_thread_without_a_runtime_is_aborted() {
    let cloud = Cloud::start().await;
    let mut upload = cloud.store().put_multipart(&Path::from("dropped")).await.unwrap();
    upload.put_part("part".into()).await.unwrap();
    tokio::task::spawn_blocking(|| std::thread::spawn(move || drop(upload)).join().unwrap()).await.unwrap();
    until(&cloud, "AbortMultipartUpload").await;
}

#[tokio::test]
async fn an_upload_that_is_complete_or_aborted_is_not_aborted_again() {
    let cloud = Cloud::start().await;
    let store = cloud.store();
    let mut complete = store.put_multipart(&Path::from("complete")).await.unwrap();
    complete.put_part("part".into()).await.unwrap();
    complete.complete().await.unwrap();
    assert!(complete.put_part("late".into()).await.is_err());
    assert!(complete.complete().await.is_err());
    let mut aborted = store.put_multipart(&Path::from("aborted")).await.unwrap();
    aborted.abort().await.unwrap();
    assert!(aborted.complete().await.is_err());
    drop((complete, aborted));
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(cloud.count("AbortMultipartUpload"), 1);
}

#[tokio::test]
async fn an_upload_with_a_part_that_failed_is_not_completed() {
    let cloud = Cloud::start().await;
    let (store, path) = (cloud.store(), Path::from("object"));
    cloud.emulator.faults().set(vec![Rule::new("UploadPart", Fault::InternalError).nth([2, 3, 4])]);
    let mut upload = store.put_multipart(&path).await.unwrap();
    upload.put_part("first ".into()).await.unwrap();
    upload.put_part("second ".into()).await.unwrap_err();
    upload.put_part("third".into()).await.unwrap();
    let error = upload.complete().await.unwrap_err();
    assert!(error.to_string().contains("1 of 3 parts"), "{error}");
    assert!(matches!(store.head(&path).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn an_upload_without_parts_is_an_empty_object_with_its_attributes() {
    let cloud = Cloud::start().await;
    let (store, path) = (cloud.store(), Path::from("empty"));
    let attributes = Attributes::from_iter([(Attribute::ContentType, "text/plain")]);
    let options = PutMultipartOptions { attributes: attributes.clone(), ..Default::default() };
    store.put_multipart_opts(&path, options).await.unwrap().complete().await.unwrap();
    let found = store.get(&path).await.unwrap();
    assert_eq!((found.meta.size, &found.attributes), (0, &attributes));
}

#[tokio::test]
async fn parts_are_uploaded_in_parallel_and_joined_in_order() {
    let cloud = Cloud::start().await;
    let (store, path) = (cloud.store(), Path::from("parts"));
    let parts: Vec<Bytes> =
        (0..40u8).map(|number| Bytes::from(vec![number; 100_000 + usize::from(number)])).collect();
    // The faults change the order in which the parts finish.
    cloud.emulator.faults().set(vec![Rule::new("UploadPart", Fault::ResetAfter).every(3)]);
    let mut upload = store.put_multipart(&path).await.unwrap();
    let puts: Vec<_> = parts.iter().map(|part| upload.put_part(part.clone().into())).collect();
    futures::future::try_join_all(puts).await.unwrap();
    upload.complete().await.unwrap();
    assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), parts.concat());
}
