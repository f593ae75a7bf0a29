use crate::cloud::Cloud;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use oci_object_store::OciUrl;

fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        "plain",
        "with space",
        " leading and trailing ",
        "100%",
        "%41%2F",
        "a+b=c&d",
        "question?mark#hash;semi",
        "ümläut/日本語/🦀",
        "double//slash///run",
        "/leading",
        "trailing/",
        "dots/./and/../more",
        ".",
        "..",
        "...",
        "back\\slash",
        "quote\"and'tick`",
        "tab\tand\u{7f}",
        "%00",
        "a/%00/b",
        "~!@$^*()[]{}|<>,:",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push("n".repeat(1024));
    names.push("é".repeat(512));
    names
}

fn url(name: &str) -> OciUrl {
    "oci://lake@bronzeworks/".parse::<OciUrl>().unwrap().with_name(name)
}

#[tokio::test]
async fn names_of_every_kind_survive_each_operation() {
    let cloud = Cloud::start().await;
    let store = cloud.store();
    let mut expected = names();
    for name in &expected {
        let path = url(name).object();
        store.put(&path, name.clone().into()).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), name.as_bytes());
        assert_eq!(store.head(&path).await.unwrap().location, path);
        // On the wire the name is encoded once, so decoding it once gives the name.
        let requests = cloud.emulator.requests();
        let target = &requests.last().unwrap().target;
        let encoded = target.rsplit_once("/o/").unwrap().1;
        assert_eq!(percent_encoding::percent_decode_str(encoded).decode_utf8().unwrap(), *name);
    }
    let mut listed: Vec<String> = store
        .list(None)
        .map_ok(|meta| url("").with_path(&meta.location).name().to_owned())
        .try_collect()
        .await
        .unwrap();
    listed.sort();
    expected.sort();
    assert_eq!(listed, expected);
    for name in &expected {
        let (path, other) = (url(name).object(), url("renamed").object());
        store.rename(&path, &other).await.unwrap();
        store.copy(&other, &path).await.unwrap();
        assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), name.as_bytes());
        store.delete(&other).await.unwrap();
        let mut upload = store.put_multipart(&path).await.unwrap();
        upload.put_part("in parts".into()).await.unwrap();
        upload.complete().await.unwrap();
        assert_eq!(store.get(&path).await.unwrap().bytes().await.unwrap(), "in parts");
        store.delete(&path).await.unwrap();
    }
    assert_eq!(store.list(None).try_collect::<Vec<_>>().await.unwrap(), []);
}

#[tokio::test]
async fn folders_with_empty_names_are_listed_like_others() {
    let cloud = Cloud::start().await;
    let store = cloud.store();
    for name in ["a//b", "a//c/d", "a/e", "a/"] {
        store.put(&url(name).object(), "x".into()).await.unwrap();
    }
    let below = store.list_with_delimiter(Some(&Path::from("a"))).await.unwrap();
    let objects: Vec<&str> = below.objects.iter().map(|meta| meta.location.as_ref()).collect();
    assert_eq!(objects, ["a/%00", "a/e"], "the folder's own marker and its contents");
    let [empty] = below.common_prefixes.as_slice() else { panic!("{below:?}") };
    let below = store.list_with_delimiter(Some(empty)).await.unwrap();
    let names = |paths: Vec<&Path>| {
        paths.into_iter().map(|path| url("").with_path(path).name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(below.objects.iter().map(|meta| &meta.location).collect()), ["a//b"]);
    assert_eq!(names(below.common_prefixes.iter().collect()), ["a//c"]);
}

#[tokio::test]
async fn a_list_of_many_pages_is_complete_and_in_order() {
    let cloud = Cloud::start().await;
    let store = &cloud.store();
    let names: Vec<Path> = (0..2345).map(|number| Path::from(format!("many/{number:05}"))).collect();
    let puts = futures::stream::iter(names.clone()).map(Ok::<_, object_store::Error>);
    let put = |name| async move { store.put(&name, "".into()).await.map(drop) };
    puts.try_for_each_concurrent(16, put).await.unwrap();
    let listed = |stream: futures::stream::BoxStream<'static, _>| async {
        stream.map_ok(|meta: object_store::ObjectMeta| meta.location).try_collect::<Vec<_>>().await.unwrap()
    };
    cloud.emulator.clear_requests();
    assert_eq!(listed(store.list(Some(&Path::from("many")))).await, names);
    assert_eq!(cloud.count("ListObjects"), 3);
    let after = store.list_with_offset(Some(&Path::from("many")), &Path::from("many/01000"));
    assert_eq!(listed(after).await, names[1001..]);
    assert_eq!(store.list_with_delimiter(Some(&Path::from("many"))).await.unwrap().objects.len(), 2345);
    assert_eq!(store.list_with_delimiter(None).await.unwrap().common_prefixes, [Path::from("many")]);
}
