use crate::cloud::Cloud;
use futures::{StreamExt, stream};
use object_store::ObjectStoreExt;
use object_store::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Number of rotations during which requests continue.
const ROTATIONS: u32 = 5;

#[tokio::test(flavor = "multi_thread")]
async fn no_request_fails_while_tokens_are_rotated() {
    let cloud = Arc::new(Cloud::start().await);
    let store = cloud.function_store();
    let rotated = Arc::new(AtomicU32::new(0));
    let (rotating, times) = (Arc::clone(&cloud), Arc::clone(&rotated));
    // Generating a key takes long enough for many requests between two rotations.
    let rotations = tokio::task::spawn_blocking(move || {
        for _ in 0..ROTATIONS {
            rotating.emulator.rotate_resource_principal(Duration::from_secs(3600)).unwrap();
            times.fetch_add(1, Ordering::Relaxed);
        }
    });
    let unfinished = |number: &u32| {
        let go_on = *number < 100 || rotated.load(Ordering::Relaxed) < ROTATIONS;
        std::future::ready(go_on)
    };
    let work = stream::iter(0..).take_while(unfinished).map(|number| {
        let store = store.clone();
        async move {
            let path = Path::from(format!("object/{number}"));
            store.put(&path, format!("{number}").into()).await?;
            store.get(&path).await?.bytes().await
        }
    });
    let results: Vec<_> = work.buffer_unordered(8).collect().await;
    rotations.await.unwrap();
    for result in results {
        result.unwrap();
    }
    assert!(
        cloud.emulator.requests().iter().any(|request| request.status == Some(401)),
        "a token was refused"
    );
}

#[tokio::test]
async fn a_token_about_to_expire_is_replaced_before_it_is_refused() {
    let cloud = Cloud::start().await;
    cloud.emulator.rotate_resource_principal(Duration::from_secs(30)).unwrap();
    let store = cloud.function_store();
    store.put(&Path::from("x"), "x".into()).await.unwrap();
    cloud.emulator.rotate_resource_principal(Duration::from_secs(3600)).unwrap();
    // A token file that is about to expire is read again at most once per second.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    store.get(&Path::from("x")).await.unwrap();
    assert!(cloud.emulator.requests().iter().all(|request| request.status != Some(401)));
}
