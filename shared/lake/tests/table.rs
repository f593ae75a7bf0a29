//! The lake's statement about its table is written once, compared with every run's schema, and replaced only by newer versions.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{How, curate_into};
use futures::future::join_all;
use lake::{Lake, LakeError, LocalStore};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use table::Schema;

fn schema(name: &str, version: u32, columns: &[&str]) -> Arc<Schema> {
    let columns: Vec<_> =
        columns.iter().map(|name| serde_json::json!({"name": name, "type": "string"})).collect();
    let json = serde_json::json!({"name": name, "version": version, "columns": columns});
    Arc::new(Schema::parse(json.to_string().as_bytes()).unwrap())
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap().block_on(future)
}

fn memory() -> Arc<dyn ObjectStore> {
    Arc::new(InMemory::new())
}

async fn document(store: &Arc<dyn ObjectStore>) -> Vec<u8> {
    store.get(&Path::from("_table.json")).await.unwrap().bytes().await.unwrap().to_vec()
}

async fn record(store: &Arc<dyn ObjectStore>, schema: &Arc<Schema>) -> lake::Result<Lake> {
    Lake::open(Arc::clone(store), Arc::clone(schema)).record().await
}

#[test]
fn the_first_run_says_which_table_it_is_and_the_next_ones_agree() {
    let store = memory();
    block_on(async {
        let first = schema("t", 1, &["a", "b"]);
        assert!(Lake::table(&*store).await.unwrap().is_none());
        Lake::open(Arc::clone(&store), Arc::clone(&first)).check().await.unwrap();
        assert!(Lake::table(&*store).await.unwrap().is_none(), "a check writes nothing");
        record(&store, &first).await.unwrap();
        let bytes = document(&store).await;
        record(&store, &first).await.unwrap();
        assert_eq!(document(&store).await, bytes);
        assert_eq!(Lake::table(&*store).await.unwrap().unwrap().schema(), &first);
    });
}

#[test]
fn another_table_is_refused_with_both_names_and_the_way_out() {
    let store = memory();
    block_on(async {
        record(&store, &schema("t", 1, &["a"])).await.unwrap();
        let bytes = document(&store).await;
        let other = schema("u", 5, &["a"]);
        for refused in [
            record(&store, &other).await.unwrap_err(),
            Lake::open(Arc::clone(&store), other).check().await.unwrap_err(),
        ] {
            assert_eq!(
                refused.to_string(),
                "the lake holds the table t 1, which the schema u 5 does not fit; use a lake of its own for it"
            );
            let LakeError::OtherTable { source, .. } = refused else { panic!("another error") };
            assert_eq!(source.problems, ["name: the lake's is t, and the schema's is u"]);
        }
        assert_eq!(document(&store).await, bytes);
    });
}

#[test]
fn a_document_that_cannot_be_read_is_left_alone() {
    let store = memory();
    block_on(async {
        store.put(&Path::from("_table.json"), "{}".into()).await.unwrap();
        let refused = record(&store, &schema("t", 1, &["a"])).await.unwrap_err();
        assert!(matches!(refused, LakeError::BadTable { .. }), "{refused}");
        assert_eq!(document(&store).await, b"{}");
    });
}

/// Has several writers record schemas at the same time, each with its own view of the store.
async fn race(stores: Vec<Arc<dyn ObjectStore>>, schemas: &[Arc<Schema>]) -> Vec<lake::Result<Lake>> {
    let racing = stores.into_iter().zip(schemas.iter().cycle()).map(|(store, schema)| {
        let schema = Arc::clone(schema);
        tokio::spawn(async move { record(&store, &schema).await })
    });
    join_all(racing).await.into_iter().map(Result::unwrap).collect()
}

/// Races two tables for a new lake, and then two versions of one table. Of two that exclude each other, one is refused.
fn two_writers_agree_or_one_is_refused(open: impl Fn() -> Arc<dyn ObjectStore>) {
    block_on(async {
        let first = open();
        let stores = || std::iter::once(Arc::clone(&first)).chain((1..8).map(|_| open())).collect::<Vec<_>>();
        let tables = [schema("t", 1, &["a"]), schema("u", 1, &["a"])];
        let results = race(stores(), &tables).await;
        let winner = Lake::table(&*first).await.unwrap().unwrap().schema().name().to_owned();
        for (result, table) in results.iter().zip(tables.iter().cycle()) {
            assert_eq!(result.is_ok(), table.name() == winner, "{result:?}");
        }

        let versions = [schema(&winner, 2, &["a", "x"]), schema(&winner, 2, &["a", "y"])];
        let results = race(stores(), &versions).await;
        let column = Lake::table(&*first).await.unwrap().unwrap().schema().columns()[1].name.clone();
        for (result, version) in results.iter().zip(versions.iter().cycle()) {
            assert_eq!(result.is_ok(), version.columns()[1].name == column, "{result:?}");
        }
        let text = String::from_utf8(document(&first).await).unwrap();
        assert!(text.contains("\"last_id\": 2"), "{text}");
    });
}

#[test]
fn two_writers_agree_or_one_is_refused_in_memory() {
    let store = memory();
    two_writers_agree_or_one_is_refused(|| Arc::clone(&store));
}

#[test]
fn two_writers_agree_or_one_is_refused_on_a_file_system() {
    let folder = tempfile::tempdir().unwrap();
    two_writers_agree_or_one_is_refused(|| Arc::new(LocalStore::new(folder.path()).unwrap()));
    let names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["_table.json"], "no staging is left");
}

#[test]
fn a_lake_of_an_earlier_version_gets_its_table_from_its_receipts() {
    let store = memory();
    block_on(async {
        let (ours, other) = (schema("t", 1, &["a"]), schema("t", 2, &["a", "b"]));
        let written = curate_into(&Lake::open(Arc::clone(&store), Arc::clone(&ours)), b"", &How::default());
        Lake::open(Arc::clone(&store), Arc::clone(&ours))
            .receipts()
            .commit(written.receipt, None)
            .await
            .unwrap();
        let refused = record(&store, &other).await.unwrap_err();
        let LakeError::OtherTable { source, .. } = refused else { panic!("another error") };
        let problem = source.to_string();
        assert!(problem.contains("names t 1") && problem.contains("this schema is t 2"), "{problem}");
        assert!(problem.contains("run once with the schema of the receipts"), "{problem}");
        record(&store, &ours).await.unwrap();
        record(&store, &other).await.unwrap();
    });
}

#[test]
fn a_ledger_from_before_empty_partition_values_were_refused_is_the_same_table() {
    // SHA-256 of the canonical text of gl-journal 1 at that time.
    const FORMER: &str = "1bbfda8d43ae9414513054ed2a56fc39044f6670c9efc8f04791080fc7fcf6d9";
    let (store, ledger) = (memory(), Arc::new(Schema::gl_journal()));
    let lake = Lake::open(Arc::clone(&store), Arc::clone(&ledger));
    let mut receipt = curate_into(&lake, b"", &How::default()).receipt;
    assert_ne!(receipt.schema.sha256, FORMER, "the schema refuses rows that it used to keep");
    receipt.schema.sha256 = FORMER.into();
    block_on(async {
        lake.receipts().commit(receipt, None).await.unwrap();
        record(&store, &ledger).await.unwrap();
    });
}

/// Returns the field ids of a file's columns.
fn field_ids(bytes: &[u8]) -> Vec<(String, i32)> {
    let reader = SerializedFileReader::new(bytes::Bytes::copy_from_slice(bytes)).unwrap();
    let root = reader.metadata().file_metadata().schema().clone();
    root.get_fields().iter().map(|field| (field.name().to_owned(), field.get_basic_info().id())).collect()
}

#[test]
fn every_column_of_every_file_has_its_id() {
    let store = memory();
    block_on(async {
        let object =
            [common::line(0, br#"{"a": "x", "b": "y"}"#), common::line(1, br#"{"a": "x", "c": "y"}"#)]
                .join(&b'\n');
        let ids = |lake: Lake| {
            let written = curate_into(&lake, &common::gzip(&object), &How::default());
            let (_, bytes) = written.files().next().unwrap();
            (field_ids(bytes), written.receipt.run)
        };
        let system = [
            ("_rescued", 1),
            ("_stream", 2),
            ("_partition", 3),
            ("_offset", 4),
            ("_key", 5),
            ("_enqueued_at", 6),
            ("_source", 7),
        ];
        let system = system.map(|(name, id)| (name.to_owned(), 2_000_000_000 + id));
        let with_system = |columns: &[(&str, i32)]| -> Vec<(String, i32)> {
            columns.iter().map(|(name, id)| ((*name).to_owned(), *id)).chain(system.clone()).collect()
        };
        let known = |ids: Vec<(String, i32)>| -> Vec<(String, i32)> {
            // Inputs may add columns of their own.
            ids.into_iter().filter(|(name, _)| !["_sequence", "_headers"].contains(&name.as_str())).collect()
        };
        let (found, _) = ids(record(&store, &schema("t", 1, &["a", "b"])).await.unwrap());
        assert!(found.iter().all(|(_, id)| *id > 0), "{found:?}");
        assert_eq!(known(found), with_system(&[("a", 1), ("b", 2)]));
        let (found, before) = ids(record(&store, &schema("t", 2, &["c", "a"])).await.unwrap());
        assert_eq!(known(found), with_system(&[("c", 3), ("a", 1)]));
        record(&store, &schema("t", 3, &["a"])).await.unwrap();
        record(&store, &schema("t", 4, &["c", "a"])).await.unwrap();
        let (found, after) = ids(record(&store, &schema("t", 2, &["c", "a"])).await.unwrap());
        assert_eq!(known(found), with_system(&[("c", 4), ("a", 1)]));
        assert_ne!(before, after, "the bytes differ, so the names do");
    });
}

/// Returns the field id of every node of a file's schema, by path.
fn nested_ids(bytes: &[u8]) -> BTreeMap<String, i32> {
    fn visit(node: &parquet::schema::types::Type, outer: &str, ids: &mut BTreeMap<String, i32>) {
        let path = format!("{outer}{}", node.name());
        let info = node.get_basic_info();
        if info.has_id() {
            ids.insert(path.clone(), info.id());
        }
        if node.is_group() {
            node.get_fields().iter().for_each(|field| visit(field, &format!("{path}."), ids));
        }
    }
    let reader = SerializedFileReader::new(bytes::Bytes::copy_from_slice(bytes)).unwrap();
    let root = reader.metadata().file_metadata().schema().clone();
    let mut ids = BTreeMap::new();
    root.get_fields().iter().for_each(|field| visit(field, "", &mut ids));
    ids.retain(|path, _| !path.starts_with('_'));
    ids
}

#[test]
fn nested_fields_have_ids_too() {
    let store = memory();
    block_on(async {
        let json = br#"{"name": "t", "version": 1, "columns": [
            {"name": "items", "type": "array<struct<sku: string, qty: int32>>"},
            {"name": "tags", "type": "map<string, string>"},
            {"name": "n", "type": "int64"}
        ]}"#;
        let lake = record(&store, &Arc::new(Schema::parse(json).unwrap())).await.unwrap();
        let object = common::line(
            0,
            br#"{"items": [{"sku": "x", "qty": 1}, {"sku": null}], "tags": {"a": "b"}, "n": 1}"#,
        );
        let written = curate_into(&lake, &common::gzip(&object), &How::default());
        assert_eq!(written.receipt.counts.curated, 1);
        let ids = nested_ids(written.files().next().unwrap().1);
        let names: Vec<&str> = ids.keys().map(String::as_str).collect();
        for wanted in ["items", "n", "tags"] {
            assert!(names.contains(&wanted), "{names:?}");
        }
        for wanted in ["element", "sku", "qty", "key", "value"] {
            assert!(names.iter().any(|name| name.ends_with(&format!(".{wanted}"))), "{wanted} in {names:?}");
        }
        let distinct: BTreeSet<i32> = ids.values().copied().collect();
        assert_eq!(distinct.len(), ids.len(), "{ids:?}");
    });
}
