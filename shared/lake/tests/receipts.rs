//! Tests what receipts contain, which runs may write them, and what they supersede.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use bronze::Format;
use common::{How, curate, lake, line, run_of, schema};
use futures::{StreamExt, TryStreamExt};
use lake::{
    Input, Lake, LakeError, Output, OutputKind, Receipt, Receipts, SourceObject, quarantine_key, receipt_key,
};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

fn receipt() -> Receipt {
    let text = [line(5, br#"{"p":"a","n":1}"#), line(9, b"[]"), b"x".to_vec()].join(&b'\n');
    curate(&text, &schema(), &How::default()).receipt
}

/// Returns a receipt for a version of the source, with outputs under these keys.
fn version(url: &str, etag: &str, parquet: &[&str], quarantine: &[&str]) -> Receipt {
    let output = |key: &&str, kind| Output {
        key: (*key).into(),
        kind,
        rows: 1,
        bytes: 1,
        sha256: "00".into(),
        checksums: BTreeMap::new(),
        statistics: None,
    };
    let mut outputs: Vec<Output> = parquet.iter().map(|key| output(key, OutputKind::Parquet)).collect();
    outputs.extend(quarantine.iter().map(|key| output(key, OutputKind::Quarantine)));
    let source = SourceObject { url: url.into(), etag: etag.into(), size: 1 };
    Receipt { source, outputs, run: etag.into(), ..receipt() }
}

fn fixture() -> (Arc<InMemory>, Receipts) {
    let store = Arc::new(InMemory::new());
    let receipts = Lake::open(Arc::clone(&store) as Arc<dyn ObjectStore>, schema()).receipts();
    (store, receipts)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn a_receipt_is_read_back_unchanged() {
    let receipt = receipt();
    let bytes = receipt.to_bytes();
    assert_eq!(Receipt::parse(&bytes), Ok(receipt.clone()));
    assert_eq!(bytes.last(), Some(&b'\n'));
    assert_eq!((receipt.counts.lines, receipt.counts.curated, receipt.counts.quarantined), (3, 1, 2));
    assert_eq!(receipt.offsets.len(), 1);
    assert_eq!((receipt.offsets[0].first, receipt.offsets[0].last, receipt.offsets[0].records), (5, 9, 2));
    assert_eq!(receipt.partitions.iter().map(|partition| &*partition.path).collect::<Vec<_>>(), ["p=a"]);
    assert_eq!(receipt.schema.name, "t");
}

#[test]
fn a_receipt_of_another_format_is_refused_and_left_alone() {
    let text = String::from_utf8(receipt().to_bytes()).unwrap();
    let newer = text.replacen("\"format\": 2", "\"format\": 3", 1);
    assert!(
        Receipt::parse(newer.as_bytes())
            .unwrap_err()
            .contains("unknown format 3; this program reads 1 and 2")
    );
    for broken in ["", "{}", "null", &text[..text.len() / 2], &text.replace("\"counts\"", "\"cuonts\"")] {
        assert!(Receipt::parse(broken.as_bytes()).is_err(), "{broken}");
    }
    let (store, receipts) = fixture();
    block_on(async {
        let key = receipt_key("file:///x");
        store.put(&key, newer.clone().into()).await.unwrap();
        assert!(matches!(receipts.read("file:///x").await, Err(LakeError::BadReceipt { .. })));
        assert_eq!(store.get(&key).await.unwrap().bytes().await.unwrap(), newer.as_bytes());
    });
}

/// A receipt of format 1 of the same run as `receipt`.
fn of_format_1(receipt: &Receipt) -> Vec<u8> {
    let mut json: serde_json::Value = serde_json::from_slice(&receipt.to_bytes()).unwrap();
    json["format"] = 1.into();
    let partitions = receipt.partitions.iter().map(|partition| {
        let counts =
            serde_json::json!({"rows": partition.rows, "files": partition.files, "bytes": partition.bytes});
        (partition.path.clone(), counts)
    });
    json["partitions"] = serde_json::Value::Object(partitions.collect());
    serde_json::to_vec_pretty(&json).unwrap()
}

#[test]
fn a_receipt_of_format_1_is_read_and_settled_as_one_of_format_2() {
    let (store, receipts) = fixture();
    block_on(async {
        let new = replaced(&store, &receipts).await;
        assert_eq!(Receipt::parse(&of_format_1(&new)), Ok(new.clone()));
        let key = receipt_key(&new.source.url);
        store.put(&key, of_format_1(&new).into()).await.unwrap();
        let before = receipts.read(&new.source.url).await.unwrap().unwrap();
        let settled = receipts.settle(before).await.unwrap().receipt;
        let stored = store.get(&key).await.unwrap().bytes().await.unwrap();
        assert_eq!(stored, settled.to_bytes());
        assert!(String::from_utf8(stored.to_vec()).unwrap().starts_with("{\n  \"format\": 2,"));
    });
}

#[test]
fn what_later_versions_add_is_kept() {
    let mut receipt = receipt();
    receipt.read.insert("sha256".into(), "00".into());
    receipt.outputs[0].checksums.insert("crc32c".into(), "AAAAAA==".into());
    receipt.outputs[0].statistics = Some(serde_json::json!({"n": {"min": 1, "max": 9, "nulls": 0}}));
    receipt.damage.push(lake::DamageNote {
        code: "truncated_gzip".into(),
        byte: 5,
        message: "cut off".into(),
        details: Some(serde_json::json!({"rows": [1, 2]})),
    });
    assert_eq!(Receipt::parse(&receipt.to_bytes()), Ok(receipt));
}

#[test]
fn a_receipt_is_read_after_it_is_committed() {
    let (_, receipts) = fixture();
    block_on(async {
        let receipt = receipt();
        assert!(receipts.read(&receipt.source.url).await.unwrap().is_none());
        receipts.commit(receipt.clone(), None).await.unwrap();
        let committed = receipts.read(&receipt.source.url).await.unwrap().unwrap();
        assert_eq!(committed.receipt, receipt);
        assert!(receipts.read("file:///other").await.unwrap().is_none());
    });
}

#[test]
fn a_twin_is_not_a_conflict_but_another_run_is() {
    let (_, receipts) = fixture();
    block_on(async {
        let (one, other) = (version("s3://b/x", "e1", &["a"], &[]), version("s3://b/x", "e2", &["b"], &[]));
        receipts.commit(one.clone(), None).await.unwrap();
        receipts.commit(one.clone(), None).await.unwrap();
        let conflict = receipts.commit(other.clone(), None).await;
        assert!(matches!(conflict, Err(LakeError::Conflict { key }) if key == "_receipts/s3/b/x.json"));
        assert_eq!(receipts.read("s3://b/x").await.unwrap().unwrap().receipt, one, "the first one stands");
    });
}

#[test]
fn a_receipt_replaces_only_the_one_it_has_seen() {
    let (_, receipts) = fixture();
    block_on(async {
        let [one, two, three] = ["e1", "e2", "e3"].map(|etag| version("s3://b/x", etag, &["a"], &[]));
        receipts.commit(one.clone(), None).await.unwrap();
        let before = receipts.read("s3://b/x").await.unwrap().unwrap();
        receipts.commit(two.clone(), Some(&before)).await.unwrap();
        assert!(matches!(
            receipts.commit(three.clone(), Some(&before)).await,
            Err(LakeError::Conflict { .. })
        ));
        receipts.commit(two.clone(), Some(&before)).await.expect("a twin that came late");
        assert_eq!(receipts.read("s3://b/x").await.unwrap().unwrap().receipt, two);
    });
}

#[test]
fn a_receipt_on_a_file_system_replaces_only_the_one_it_has_seen() {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn ObjectStore> = Arc::new(lake::LocalStore::new(folder.path()).unwrap());
    let receipts = Lake::open(store, schema()).receipts();
    tokio::runtime::Builder::new_multi_thread().build().unwrap().block_on(async {
        let [one, two, three] = ["e1", "e2", "e3"].map(|etag| version("s3://b/x", etag, &["a"], &[]));
        receipts.commit(one.clone(), None).await.unwrap();
        let before = receipts.read("s3://b/x").await.unwrap().unwrap();
        receipts.commit(two.clone(), Some(&before)).await.unwrap();
        assert!(matches!(
            receipts.commit(three.clone(), Some(&before)).await,
            Err(LakeError::Conflict { .. })
        ));
        receipts.commit(two.clone(), Some(&before)).await.unwrap();
        assert_eq!(receipts.read("s3://b/x").await.unwrap().unwrap().receipt, two);
    });
}

/// Prepares a new version that supersedes an old one, with the objects of both in the store.
async fn replaced(store: &InMemory, receipts: &Receipts) -> Receipt {
    let before = version("s3://b/x", "e1", &["p=a/1", "p=b/1"], &["_quarantine/x.1.jsonl.gz"]);
    let mut new = version("s3://b/x", "e2", &["p=a/1", "p=c/2"], &[]);
    new.supersedes = receipts.superseded(&before, &new).await.unwrap();
    assert_eq!(new.supersedes, ["_quarantine/x.1.jsonl.gz", "p=b/1"]);
    for key in ["p=a/1", "p=b/1", "p=c/2", "p=d/of-another"] {
        store.put(&Path::parse(key).unwrap(), "x".into()).await.unwrap();
    }
    new
}

async fn keys(store: &InMemory) -> BTreeSet<String> {
    store.list(None).map_ok(|object| object.location.to_string()).try_collect().await.unwrap()
}

#[test]
fn a_new_version_removes_what_it_did_not_write_again() {
    let (store, receipts) = fixture();
    block_on(async {
        let new = replaced(&store, &receipts).await;
        let settled = receipts.commit(new, None).await.unwrap();
        assert!(settled.supersedes.is_empty(), "nothing is left to remove");
        assert_eq!(receipts.read("s3://b/x").await.unwrap().unwrap().receipt, settled);
        let left = ["_receipts/s3/b/x.json", "p=a/1", "p=c/2", "p=d/of-another"].map(str::to_owned).into();
        assert_eq!(keys(&store).await, left);
    });
}

#[test]
fn what_a_killed_run_left_to_remove_is_removed_once() {
    let (store, receipts) = fixture();
    block_on(async {
        let new = replaced(&store, &receipts).await;
        store.put(&receipt_key("s3://b/x"), new.to_bytes().into()).await.unwrap();
        let [first, late] = [(); 2].map(|()| receipts.read("s3://b/x"));
        let (first, late) = (first.await.unwrap().unwrap(), late.await.unwrap().unwrap());
        receipts.settle(first).await.unwrap();
        assert!(!keys(&store).await.contains("p=b/1"));
        // An older version has come back and written the name again. A run that read the list earlier must leave the object alone.
        store.put(&Path::parse("p=b/1").unwrap(), "x".into()).await.unwrap();
        assert!(receipts.settle(late).await.unwrap().receipt.supersedes.is_empty());
        assert!(keys(&store).await.contains("p=b/1"));
    });
}

#[test]
fn a_quarantine_object_counts_only_while_a_receipt_names_it() {
    let (_, receipts) = fixture();
    block_on(async {
        let quarantine = "_quarantine/s3/b/x.0123456789abcdef.jsonl.gz";
        let receipt = version("s3://b/x", "e1", &[], &[quarantine]);
        let key = Path::parse(quarantine).unwrap();
        assert_eq!(receipts.of_quarantine(&key).await.unwrap(), None);
        receipts.commit(receipt.clone(), None).await.unwrap();
        let output = receipt.outputs.iter().find(|output| output.key == key.as_ref()).unwrap().clone();
        assert_eq!(receipts.of_quarantine(&key).await.unwrap(), Some((receipt, output)));
        let other = Path::parse("_quarantine/s3/b/x.fedcba.jsonl.gz").unwrap();
        assert_eq!(receipts.of_quarantine(&other).await.unwrap(), None);
    });
}

#[test]
fn the_outputs_of_a_reprocessed_quarantine_are_superseded_with_it() {
    let (_, receipts) = fixture();
    block_on(async {
        let before = version("s3://b/x", "e1", &["p=a/1"], &["_quarantine/x.1.jsonl.gz"]);
        let reprocessed_url = "lake:///_quarantine/x.1.jsonl.gz";
        let reprocessed = version(reprocessed_url, "q1", &["p=a/q1"], &["_quarantine/y.q1.jsonl.gz"]);
        let twice_url = "lake:///_quarantine/y.q1.jsonl.gz";
        let twice = version(twice_url, "q2", &["p=a/q2"], &[]);
        for receipt in [&before, &reprocessed, &twice] {
            receipts.commit(receipt.clone(), None).await.unwrap();
        }
        let new = version("s3://b/x", "e2", &["p=a/2"], &[]);
        let void: BTreeSet<String> = receipts.superseded(&before, &new).await.unwrap().into_iter().collect();
        let expected = [
            "p=a/1",
            "p=a/q1",
            "p=a/q2",
            "_quarantine/x.1.jsonl.gz",
            "_quarantine/y.q1.jsonl.gz",
            "_receipts/lake/_quarantine/x.1.jsonl.gz.json",
            "_receipts/lake/_quarantine/y.q1.jsonl.gz.json",
        ];
        assert_eq!(void, expected.map(str::to_owned).into());
    });
}

#[test]
fn the_same_run_again_supersedes_nothing() {
    let (_, receipts) = fixture();
    let before = version("s3://b/x", "e1", &["p=a/1"], &[]);
    assert!(block_on(receipts.superseded(&before, &before)).unwrap().is_empty());
}

fn input(source: &SourceObject) -> Input {
    Input::of(Format::Connector, &source.url).unwrap()
}

#[test]
fn a_runs_id_follows_from_everything_that_matters_and_nothing_else() {
    let source = SourceObject { url: "s3://b/x.data.gz".into(), etag: "e".into(), size: 5 };
    let table = lake(&schema());
    let id = |source: &SourceObject, limits: &str, program: &str| {
        table.run(source.clone(), input(source), limits, program).id
    };
    let base = id(&source, "l", "p");
    assert_eq!(base, id(&source, "l", "p"));
    assert!(
        base.len() == 32
            && base.bytes().all(|digit| digit.is_ascii_hexdigit() && !digit.is_ascii_uppercase())
    );
    let other_url = SourceObject { url: "s3://b/y.data.gz".into(), ..source.clone() };
    let other_etag = SourceObject { etag: "f".into(), ..source.clone() };
    let shifted = SourceObject { url: "s3://b/x.data.gze".into(), etag: String::new(), size: 5 };
    let other_schema =
        lake(&Arc::new(table::Schema::gl_journal())).run(source.clone(), input(&source), "l", "p").id;
    let ids: BTreeSet<String> = [
        base,
        id(&other_url, "l", "p"),
        id(&other_etag, "l", "p"),
        id(&shifted, "l", "p"),
        id(&source, "m", "p"),
        id(&source, "l", "q"),
        id(&source, "lp", ""),
        other_schema,
    ]
    .into();
    assert_eq!(ids.len(), 8);
}

#[test]
fn a_stem_is_the_sources_name_in_safe_characters() {
    let stem = |url: &str| {
        let source = SourceObject { url: url.into(), etag: String::new(), size: 0 };
        let input = input(&source);
        lake(&schema()).run(source, input, "", "").stem
    };
    assert_eq!(
        stem("s3://b/c/20240628T082842Z_20240628T083550Z.0.data.gz"),
        "20240628T082842Z_20240628T083550Z.0"
    );
    assert_eq!(stem("file:///a/lines.jsonl"), "lines");
    assert_eq!(stem("file:///a/lines.jsonl.gz"), "lines");
    assert_eq!(stem("file:///a/lines.json.zst"), "lines");
    assert_eq!(stem("file:///a/t+3+42.NDJSON.GZ"), "t_3_42");
    assert_eq!(stem("file:///a/json"), "json");
    assert_eq!(stem("s3://b/_hidden é.gz"), "hidden__");
    assert_eq!(stem("s3://b/..."), "source");
    assert_eq!(stem("s3://b/"), "b");
    assert_eq!(stem(&format!("s3://b/{}", "x".repeat(200))).len(), 80);
}

#[test]
fn a_quarantine_object_is_named_after_its_source_and_run() {
    let run = run_of(&schema(), &How::default());
    let expected = format!("_quarantine/file/bronze/0/x.data.gz.{}.jsonl.gz", run.id);
    assert_eq!(quarantine_key(&run).as_ref(), expected);
}

#[test]
fn every_receipt_is_listed_and_foreign_files_are_ignored_or_reported() {
    let (store, receipts) = fixture();
    block_on(async {
        let committed: Vec<Receipt> =
            (0..40).map(|n| version(&format!("s3://b/{n}"), "e1", &["p=a/1"], &[])).collect();
        for receipt in &committed {
            receipts.commit(receipt.clone(), None).await.unwrap();
        }
        let copy = committed[3].to_bytes();
        let foreign: [(&str, Vec<u8>); 5] = [
            ("_receipts/notes.txt", b"not a receipt".to_vec()),
            ("_receipts/.DS_Store", b"\0".to_vec()),
            ("_receipts/s3/b/broken.json", b"{".to_vec()),
            ("_receipts/s3/b/3 copy.json", copy),
            ("_quarantine/s3/b/x.json", b"{}".to_vec()),
        ];
        for (key, bytes) in foreign {
            store.put(&Path::parse(key).unwrap(), bytes.into()).await.unwrap();
        }
        let (mut found, mut bad) = (BTreeSet::new(), BTreeSet::new());
        for item in receipts.list().collect::<Vec<_>>().await {
            match item {
                Ok(receipt) => assert!(found.insert(receipt.source.url)),
                Err(LakeError::BadReceipt { key, .. }) => assert!(bad.insert(key)),
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(found, committed.into_iter().map(|receipt| receipt.source.url).collect());
        assert_eq!(
            bad,
            ["_receipts/s3/b/3 copy.json", "_receipts/s3/b/broken.json"].map(str::to_owned).into()
        );
    });
}

#[test]
fn a_lake_without_receipts_lists_none() {
    let (_, receipts) = fixture();
    assert_eq!(block_on(receipts.list().collect::<Vec<_>>()).len(), 0);
}
