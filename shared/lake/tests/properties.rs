//! Runs random lines, valid and invalid. Nothing is lost or duplicated, and how the work is split makes no difference.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int64Type};
use bytes::Bytes;
use common::{How, QUARANTINE_URL, Written, curate, gzip, line, schema};
use lake::{Budget, OutputKind};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use table::{PartitionKey, partition_path};

#[derive(Debug, Clone)]
enum Kind {
    Good { p: Option<String>, n: Option<i64>, amount: i32 },
    BadValue(String),
    BadLine(Vec<u8>),
    Long(usize),
    Blank,
}

const MAX_LINE: usize = 3000;

fn kind() -> impl Strategy<Value = Kind> {
    let p = prop::option::of(prop_oneof![
        6 => "[a-d]",
        1 => Just(String::new()),
        1 => "[/%=. ]{1,3}|\\.\\.|__HIVE_DEFAULT_PARTITION__|\\PC{0,4}",
    ]);
    prop_oneof![
        20 => (p, prop::option::of(any::<i64>()), any::<i32>()).prop_map(|(p, n, amount)| Kind::Good { p, n, amount }),
        2 => prop::sample::select(vec!["[]", "{", "{\"n\":5.7}", "{\"n\":\"5\"}", "{\"amount\":1e-19}", "\u{feff}{}", "{\"p\":1}"])
            .prop_map(|value| Kind::BadValue(value.into())),
        1 => prop::collection::vec(any::<u8>().prop_filter("one line", |byte| *byte != b'\n'), 1..60).prop_map(Kind::BadLine),
        1 => (MAX_LINE - 2..4 * MAX_LINE).prop_map(Kind::Long),
        1 => Just(Kind::Blank),
    ]
}

fn render(at: usize, kind: &Kind) -> Vec<u8> {
    match kind {
        Kind::Good { p, n, amount } => {
            let text =
                serde_json::json!({"p": p, "copy": p, "n": n, "amount": amount, "more": "m".repeat(at % 50)});
            line(at as i64, text.to_string().as_bytes())
        }
        Kind::BadValue(value) => line(at as i64, value.as_bytes()),
        Kind::BadLine(bytes) => bytes.clone(),
        Kind::Long(length) => vec![b'x'; *length],
        Kind::Blank => b" \t".to_vec(),
    }
}

/// Generates budgets, from one that holds everything to one that is exceeded at once.
fn budget() -> impl Strategy<Value = Budget> {
    prop_oneof![
        Just(Budget { ceiling: 64 << 20, comfort: 48 << 20, part: 1 << 20 }),
        (1..40_000_usize).prop_map(|ceiling| Budget { ceiling, comfort: ceiling / 2, part: 500 }),
    ]
}

fn how() -> impl Strategy<Value = (usize, usize, Vec<u8>)> {
    (1..5000_usize, 64..20_000_usize, prop::collection::vec(any::<u8>(), 1..20))
}

fn folder(p: Option<&str>) -> String {
    let mut key = vec![u8::from(p.is_some())];
    if let Some(p) = p {
        key.extend((p.len() as u32).to_le_bytes());
        key.extend(p.as_bytes());
    }
    partition_path(["p"], PartitionKey(&key)).unwrap()
}

/// Reads every file as offset → (partition value, n, amount), and checks that each file is in order and belongs to one partition.
fn rows(written: &Written) -> BTreeMap<i64, (Option<String>, Option<i64>, i128)> {
    let mut all = BTreeMap::new();
    for (key, bytes) in written.files() {
        let reader =
            ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes.clone())).unwrap().build().unwrap();
        let mut last = -1;
        for batch in reader.map(Result::unwrap) {
            let column = |name: &str| batch.column_by_name(name).unwrap();
            assert!(batch.column_by_name("p").is_none(), "partition columns are not repeated");
            for row in 0..batch.num_rows() {
                let offset = column("_offset").as_primitive::<Int64Type>().value(row);
                assert!(offset > last, "{key}: {offset} after {last}");
                last = offset;
                let copy = column("copy").as_string::<i32>();
                let copy = copy.iter().nth(row).unwrap().map(str::to_owned);
                assert!(key.starts_with(&format!("{}/", folder(copy.as_deref()))), "{copy:?} in {key}");
                let n = column("n").as_primitive::<Int64Type>().iter().nth(row).unwrap();
                let amount = column("amount").as_primitive::<Decimal128Type>().value(row);
                assert!(all.insert(offset, (copy, n, amount)).is_none(), "{offset} twice");
            }
        }
        assert!(last >= 0, "{key} is empty");
    }
    all
}

/// Compares the quarantine with the lines that didn't become rows.
fn check_quarantine(written: &Written, lines: &[Vec<u8>], curated: &BTreeSet<i64>) {
    let mut entries = written.quarantine().into_iter();
    let mut byte = 0;
    for (at, line) in lines.iter().enumerate() {
        if !curated.contains(&(at as i64)) && !line.trim_ascii().is_empty() {
            let text = entries.next().expect("an entry for every line that is not a row");
            let entry: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(
                (entry["error"]["line"].as_u64(), entry["error"]["byte"].as_u64()),
                (Some(at as u64 + 1), Some(byte))
            );
            match entry.get("raw") {
                Some(raw) => {
                    let mut original = Vec::new();
                    bronze::decode_base64(raw.as_str().unwrap().as_bytes(), &mut original).unwrap();
                    assert!(original == *line, "line {at} unchanged");
                }
                None => assert!(text.as_bytes().starts_with(&line[..line.len() - 1]), "{text}"),
            }
        }
        byte += line.len() as u64 + 1;
    }
    assert_eq!(entries.next(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_line_is_a_row_or_in_quarantine_however_the_work_is_done(
        kinds in prop::collection::vec(kind(), 0..120),
        budget in budget(),
        one in how(),
        other in how(),
        newline: bool,
    ) {
        let lines: Vec<Vec<u8>> = kinds.iter().enumerate().map(|(at, kind)| render(at, kind)).collect();
        let mut text = b"{\"not\":\"gzip\"}\n".to_vec();
        text.clear();
        text.extend(lines.join(&b'\n'));
        text.extend(newline.then_some(b'\n'));
        let object = gzip(&text);
        let with = |(fetch, chunk_size, order): (usize, usize, Vec<u8>)| {
            curate(&object, &schema(), &How { fetch, chunk_size, order, budget, max_line: MAX_LINE, ..How::default() })
        };
        let written = with(one);

        let counts = written.receipt.counts;
        let blank = lines.iter().filter(|line| line.trim_ascii().is_empty()).count() as u64;
        prop_assert_eq!(counts.lines, lines.len() as u64 - blank);
        prop_assert_eq!(counts.curated + counts.quarantined, counts.lines);
        prop_assert_eq!(written.receipt.quarantined.values().sum::<u64>(), counts.quarantined);

        let rows = rows(&written);
        let expected: BTreeMap<_, _> = kinds.iter().enumerate().filter_map(|(at, kind)| match kind {
            Kind::Good { p, n, amount } => Some((at as i64, (p.clone(), *n, i128::from(*amount) * 10_i128.pow(18)))),
            _ => None,
        }).collect();
        prop_assert_eq!(&rows, &expected);
        prop_assert_eq!(rows.len() as u64, counts.curated);
        check_quarantine(&written, &lines, &rows.keys().copied().collect());

        for output in &written.receipt.outputs {
            let bytes = &written.objects[&output.key];
            let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            prop_assert_eq!((output.bytes, &output.sha256), (bytes.len() as u64, &digest));
        }
        prop_assert_eq!(written.receipt.outputs.len(), written.objects.len());
        let parquet_rows: u64 =
            written.receipt.outputs.iter().filter(|output| output.kind == OutputKind::Parquet).map(|output| output.rows).sum();
        prop_assert_eq!(parquet_rows, counts.curated);
        prop_assert_eq!(written.receipt.partitions.iter().map(|count| count.rows).sum::<u64>(), counts.curated);

        let again = with(other);
        prop_assert_eq!(&again.receipt, &written.receipt);
        prop_assert!(again == written, "the same receipt with other bytes");
    }

    #[test]
    fn reprocessed_quarantine_is_the_same_quarantine(kinds in prop::collection::vec(kind(), 0..60)) {
        let how = How { max_line: 1 << 20, ..How::default() };
        let lines: Vec<Vec<u8>> = kinds.iter().enumerate().map(|(at, kind)| render(at, kind)).collect();
        let first = curate(&gzip(&lines.join(&b'\n')), &schema(), &how);
        let entries = first.quarantine();
        let second = curate(&gzip(entries.join("\n").as_bytes()), &schema(), &How { url: QUARANTINE_URL, ..how });
        prop_assert_eq!(second.receipt.counts.quarantined, first.receipt.counts.quarantined);
        prop_assert_eq!(&second.receipt.quarantined, &first.receipt.quarantined);
        let without_position = |entries: Vec<String>| -> Vec<serde_json::Value> {
            let parse = |entry: String| {
                let mut value: serde_json::Value = serde_json::from_str(&entry).unwrap();
                value["error"].as_object_mut().unwrap().retain(|name, _| name != "line" && name != "byte");
                value
            };
            entries.into_iter().map(parse).collect()
        };
        prop_assert_eq!(without_position(second.quarantine()), without_position(entries));
    }
}

/// Curates enough bad lines for many quarantine jobs, in several job orders and chunk sizes.
#[test]
fn a_large_quarantine_has_the_same_bytes_however_it_is_split_into_jobs() {
    let mut state = 1_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{:x}", state >> 8)
    };
    let lines: Vec<String> = (0..12_000).map(|_| noise().repeat(3)).collect();
    let object = gzip(lines.join("\n").as_bytes());
    let with = |chunk_size, order: &[u8]| {
        curate(&object, &schema(), &How { chunk_size, order: order.to_vec(), ..How::default() })
    };
    let expected = with(64 << 10, &[]);
    assert_eq!(expected.quarantine().len(), lines.len());
    for (chunk_size, order) in
        [(1000, &[0][..]), (200_000, &[2, 7, 1]), (1 << 20, &[1]), (17_001, &[0, 0, 5, 2])]
    {
        assert!(with(chunk_size, order) == expected, "{chunk_size}, {order:?}");
    }
}

#[test]
fn files_that_stay_open_depend_neither_on_the_order_of_jobs_nor_on_chunks() {
    let text: Vec<u8> = (0..6000)
        .flat_map(|at| {
            let p = ["a", "b", "c", "d"][at % 4];
            let value = serde_json::json!({"p": p, "copy": format!("{at:0600}"), "n": at});
            [line(at as i64, value.to_string().as_bytes()), vec![b'\n']].concat()
        })
        .collect();
    let object = gzip(&text);
    let how = How { budget: Budget { ceiling: 1 << 20, comfort: 1 << 20, part: 32 << 10 }, ..How::default() };
    let expected = curate(&object, &schema(), &how);
    let files = expected.receipt.outputs.iter().filter(|output| output.kind == OutputKind::Parquet);
    assert_eq!(files.count(), 4, "one file for each partition");
    for (order, chunk_size) in [(vec![0], 64 << 10), (vec![2, 1, 0], 16 << 10), (vec![3, 0, 0], 300 << 10)] {
        assert_eq!(curate(&object, &schema(), &How { order, chunk_size, ..how.clone() }), expected);
    }
}
