use crate::cloud::Cloud;
use bytes::Bytes;
use emulator::{Fault, Rule};
use futures::StreamExt;
use object_store::path::Path;
use object_store::{Error, GetOptions, GetRange, ObjectStore, ObjectStoreExt};

fn content(length: u32) -> Bytes {
    (0..length).map(|index| (index % 251) as u8).collect()
}

#[tokio::test]
async fn a_download_that_breaks_repeatedly_resumes_where_it_broke() {
    let cloud = Cloud::start().await;
    let (store, path, content) = (cloud.store(), Path::from("big"), content(1_000_000));
    store.put(&path, content.clone().into()).await.unwrap();
    cloud.emulator.clear_requests();
    cloud.emulator.faults().set(vec![Rule::new("GetObject", Fault::TruncatedBody { after_bytes: 150_000 })]);
    assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), content);
    assert_eq!(cloud.count("GetObject"), 7);
    let range = GetOptions { range: Some(GetRange::Bounded(10..700_000)), ..GetOptions::default() };
    assert_eq!(
        store.get_opts(&path, range).await.unwrap().bytes().await.unwrap(),
        content.slice(10..700_000)
    );
}

#[tokio::test]
async fn a_download_that_never_moves_ends_with_an_error() {
    let cloud = Cloud::start().await;
    let (store, path) = (cloud.store(), Path::from("big"));
    store.put(&path, content(1_000).into()).await.unwrap();
    cloud.emulator.faults().set(vec![Rule::new("GetObject", Fault::TruncatedBody { after_bytes: 0 })]);
    let error = store.get(&path).await.unwrap().bytes().await.unwrap_err();
    assert!(matches!(error, Error::Generic { .. }), "{error}");
}

#[tokio::test]
async fn a_download_that_moves_by_single_bytes_ends_with_an_error() {
    let cloud = Cloud::start().await;
    let (store, path) = (cloud.store(), Path::from("big"));
    store.put(&path, content(1_000).into()).await.unwrap();
    cloud.emulator.clear_requests();
    cloud.emulator.faults().set(vec![Rule::new("GetObject", Fault::TruncatedBody { after_bytes: 1 })]);
    store.get(&path).await.unwrap().bytes().await.unwrap_err();
    assert_eq!(cloud.count("GetObject"), 6);
}

#[tokio::test]
async fn an_object_replaced_while_it_is_read_is_not_mixed_with_its_successor() {
    let cloud = Cloud::start().await;
    let (store, path) = (cloud.store(), Path::from("object"));
    store.put(&path, vec![b'a'; 300_000].into()).await.unwrap();
    cloud
        .emulator
        .faults()
        .set(vec![Rule::new("GetObject", Fault::TruncatedBody { after_bytes: 100_000 }).first(1)]);
    let mut stream = store.get(&path).await.unwrap().into_stream();
    store.put(&path, vec![b'b'; 300_000].into()).await.unwrap();
    let error = loop {
        match stream.next().await.expect("an error comes before the end") {
            Ok(bytes) => assert!(bytes.iter().all(|byte| *byte == b'a')),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Precondition { .. }), "{error}");
}

#[tokio::test]
async fn ranges_are_as_requested_or_refused() {
    let cloud = Cloud::start().await;
    let (store, path, content) = (cloud.store(), Path::from("object"), content(100));
    store.put(&path, content.clone().into()).await.unwrap();
    let get = |range| {
        let (store, path) = (store.clone(), path.clone());
        async move {
            let found =
                store.get_opts(&path, GetOptions { range: Some(range), ..GetOptions::default() }).await?;
            assert_eq!(found.meta.size, 100);
            Ok::<_, Error>((found.range.clone(), found.bytes().await?))
        }
    };
    assert_eq!(get(GetRange::Bounded(5..7)).await.unwrap(), (5..7, content.slice(5..7)));
    assert_eq!(get(GetRange::Bounded(90..200)).await.unwrap(), (90..100, content.slice(90..)));
    assert_eq!(get(GetRange::Offset(99)).await.unwrap(), (99..100, content.slice(99..)));
    assert_eq!(get(GetRange::Suffix(3)).await.unwrap(), (97..100, content.slice(97..)));
    assert_eq!(get(GetRange::Suffix(1000)).await.unwrap(), (0..100, content.clone()));
    for refused in [GetRange::Bounded(100..101), GetRange::Offset(100), GetRange::Bounded(7..7)] {
        assert!(matches!(get(refused).await, Err(Error::Generic { .. })));
    }
    store.put(&path, "".into()).await.unwrap();
    assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), "");
}
