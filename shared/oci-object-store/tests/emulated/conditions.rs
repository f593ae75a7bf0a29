use crate::cloud::Cloud;
use emulator::{Fault, Rule};
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, Error, ObjectStore, ObjectStoreExt, PutMode, PutMultipartOptions, PutOptions,
    TagSet,
};

#[tokio::test]
async fn exactly_one_of_many_creators_of_an_object_succeeds() {
    let cloud = Cloud::start().await;
    let path = Path::from("one");
    let writes = (0..20).map(|writer| {
        let (store, path) = (cloud.store(), path.clone());
        async move { store.put_opts(&path, format!("writer {writer}").into(), PutMode::Create.into()).await }
    });
    let results = futures::future::join_all(writes).await;
    let won: Vec<usize> =
        results.iter().enumerate().filter(|(_, result)| result.is_ok()).map(|(writer, _)| writer).collect();
    assert_eq!(won.len(), 1);
    assert!(
        results
            .iter()
            .filter_map(|result| result.as_ref().err())
            .all(|error| matches!(error, Error::AlreadyExists { .. }))
    );
    let content = cloud.store().get(&path).await.unwrap().bytes().await.unwrap();
    assert_eq!(content, format!("writer {}", won[0]));
}

#[tokio::test]
async fn a_creation_whose_response_was_lost_is_not_mistaken_for_another_writers() {
    let cloud = Cloud::start().await;
    let (store, path) = (cloud.store(), Path::from("object"));
    // The first response is lost, and the object comes from this write.
    cloud.emulator.faults().set(vec![Rule::new("PutObject", Fault::ResetAfter).first(1)]);
    let ours = store.put_opts(&path, "ours".into(), PutMode::Create.into()).await.unwrap();
    assert_eq!(store.head(&path).await.unwrap().e_tag, ours.e_tag);
    // The first request does not arrive, and the object comes from another write.
    cloud.emulator.faults().set(vec![Rule::new("PutObject", Fault::ResetBefore).first(1)]);
    let error = store.put_opts(&path, "others".into(), PutMode::Create.into()).await.unwrap_err();
    assert!(matches!(error, Error::AlreadyExists { .. }), "{error}");
    // The same for updates.
    cloud.emulator.faults().set(vec![Rule::new("PutObject", Fault::ResetAfter).first(1)]);
    let updated =
        store.put_opts(&path, "update".into(), PutMode::Update(ours.clone().into()).into()).await.unwrap();
    assert_eq!(store.head(&path).await.unwrap().e_tag, updated.e_tag);
    cloud.emulator.faults().set(vec![Rule::new("PutObject", Fault::ResetBefore).first(1)]);
    let error = store.put_opts(&path, "late".into(), PutMode::Update(ours.into()).into()).await.unwrap_err();
    assert!(matches!(error, Error::Precondition { .. }), "{error}");
    assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), "update");
}

#[tokio::test]
async fn a_deletion_does_not_succeed_because_its_bucket_is_said_to_be_missing() {
    let cloud = Cloud::start().await;
    let (store, path) = (cloud.store(), Path::from("object"));
    store.put(&path, "x".into()).await.unwrap();
    // As for a caller that must not delete: a failure, and then the response that the service sends to callers without access.
    cloud.emulator.faults().set(vec![
        Rule::new("DeleteObject", Fault::InternalError).first(1),
        Rule::new("DeleteObject", Fault::FalseNotFound),
    ]);
    let error = store.delete(&path).await.unwrap_err();
    assert!(matches!(error, Error::Generic { .. }), "{error}");
    store.head(&path).await.unwrap();
}

#[tokio::test]
async fn what_the_service_does_not_support_is_refused_and_not_dropped() {
    let cloud = Cloud::start().await;
    let (store, path) = (cloud.store(), Path::from("object"));
    let mut tags = TagSet::default();
    tags.push("colour", "blue");
    let error = store.put_opts(&path, "x".into(), tags.into()).await.unwrap_err();
    assert!(matches!(error, Error::NotSupported { .. }), "{error}");
    let attributes = Attributes::from_iter([(Attribute::Metadata("city".into()), "Zürich")]);
    let error = store.put_opts(&path, "x".into(), attributes.clone().into()).await.unwrap_err();
    assert!(error.to_string().contains("opc-meta-city"), "{error}");
    let options = PutMultipartOptions { attributes, ..PutMultipartOptions::default() };
    let error = store.put_multipart_opts(&path, options).await.unwrap_err();
    assert!(error.to_string().contains("city"), "{error}");
    let attributes = Attributes::from_iter([(Attribute::Metadata("a key".into()), "x")]);
    let error = store.put_opts(&path, "x".into(), attributes.into()).await.unwrap_err();
    assert!(error.to_string().contains("a key"), "{error}");
    assert_eq!(cloud.count("PutObject"), 0);
}

#[tokio::test]
async fn an_error_names_operation_object_status_code_request_and_attempts_once() {
    let cloud = Cloud::start().await;
    let error = cloud.store().get(&Path::from("no/such object")).await.unwrap_err();
    let Error::NotFound { path, source } = &error else { panic!("{error:?}") };
    assert_eq!(path, "no/such object");
    let text = source.to_string();
    for part in ["GetObject", "no%2Fsuch%20object", "404", "ObjectNotFound", "opc-request-id", "1 attempt"] {
        assert!(text.contains(part), "{part} is not in: {text}");
        assert_eq!(text.matches(part).count(), 1, "{text}");
    }
}

#[tokio::test]
async fn a_storage_class_is_the_services_tier() {
    let cloud = Cloud::start().await;
    let (store, path) = (cloud.store(), Path::from("rarely"));
    let attributes = Attributes::from_iter([
        (Attribute::StorageClass, "InfrequentAccess"),
        (Attribute::ContentType, "application/octet-stream"),
    ]);
    let options = PutOptions { attributes: attributes.clone(), ..PutOptions::default() };
    store.put_opts(&path, "x".into(), options).await.unwrap();
    assert_eq!(store.get(&path).await.unwrap().attributes, attributes);
}

#[tokio::test]
async fn a_missing_bucket_is_not_reported_as_a_missing_object() {
    let cloud = Cloud::start().await;
    let (store, path) = (cloud.store_of("nobody"), Path::from("object"));
    for error in [
        store.get(&path).await.unwrap_err(),
        store.head(&path).await.unwrap_err(),
        store.delete(&path).await.unwrap_err(),
        store.put(&path, "x".into()).await.unwrap_err(),
        store.list_with_delimiter(None).await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::Generic { .. }), "{error:?}");
        assert!(error.to_string().contains("the bucket named 'nobody'"), "{error}");
    }
}
