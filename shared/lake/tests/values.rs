//! Tests objects without envelopes: which values become rows, at which offsets, and what quarantine keeps of the others.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use bronze::Format;
use bytes::Bytes;
use common::{How, QUARANTINE_URL, Written, curate, raw, schema};
use lake::{Input, NotKafkaConnect};
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use proptest::prelude::*;
use serde_json::{Value, json};

const KAFKA: &str = "file:///topics/t/partition=3/t+3+0000000100.json.gz";

fn json_values() -> How {
    How { format: Format::Json, ..How::default() }
}

/// Returns the rows as (stream, partition, offset, n), by offset.
fn rows(written: &Written) -> Vec<(String, Option<String>, i64, i64)> {
    let mut rows = Vec::new();
    for (_, file) in written.files() {
        for batch in ParquetRecordBatchReader::try_new(Bytes::from(file.clone()), 1024).unwrap() {
            let batch = batch.unwrap();
            let text = |name: &str| {
                let column = batch.column_by_name(name).unwrap();
                column.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect::<Vec<_>>()
            };
            let number = |name: &str| {
                batch.column_by_name(name).unwrap().as_primitive::<Int64Type>().values().to_vec()
            };
            let (stream, partition) = (text("_stream"), text("_partition"));
            for (at, (offset, n)) in number("_offset").into_iter().zip(number("n")).enumerate() {
                rows.push((stream[at].clone().unwrap(), partition[at].clone(), offset, n));
            }
            for name in ["_sequence", "_key", "_headers", "_enqueued_at"] {
                assert_eq!(batch.column_by_name(name).unwrap().null_count(), batch.num_rows(), "{name}");
            }
        }
    }
    rows.sort_by_key(|row| row.2);
    rows
}

fn offsets_and_numbers(written: &Written) -> Vec<(i64, i64)> {
    rows(written).into_iter().map(|(_, _, offset, n)| (offset, n)).collect()
}

fn entries(written: &Written) -> Vec<Value> {
    written.quarantine().iter().map(|entry| serde_json::from_str(entry).unwrap()).collect()
}

#[test]
fn a_value_is_identified_by_its_object_and_its_number_in_it() {
    let text = b"{\"n\":1}\n{\"n\":2}{\"n\":3} [{\"n\":4},\n{\"n\":5}]\x1e{\"n\":6}\n\n";
    let written = curate(text, &schema(), &json_values());
    let expected: Vec<_> = (0..6).map(|at| (common::URL.to_owned(), None, at, at + 1)).collect();
    assert_eq!(rows(&written), expected);
    assert_eq!(written.receipt.counts.lines, 6);
    let range = &written.receipt.offsets[0];
    assert_eq!(
        (&*range.stream, &range.partition, range.first, range.last, range.records),
        (common::URL, &None, 0, 5, 6)
    );
}

#[test]
fn kafka_connects_names_give_topic_partition_and_offset() {
    let how = How { format: Format::KafkaConnect, url: KAFKA, ..How::default() };
    let written = curate(b"{\"n\":1}\nx\n{\"n\":2}", &schema(), &how);
    let row = |offset, n| ("t".to_owned(), Some("3".to_owned()), offset, n);
    assert_eq!(rows(&written), [row(100, 1), row(102, 2)]);
    assert_eq!(entries(&written)[0]["record"], json!({"stream": "t", "partition": "3", "offset": 101}));
    assert_eq!(Input::of(Format::KafkaConnect, "file:///x.json"), Err(NotKafkaConnect));
    let escaped = KAFKA.replace('+', "%2B");
    assert_eq!(Input::of(Format::KafkaConnect, &escaped), Input::of(Format::KafkaConnect, KAFKA));
}

#[test]
fn a_refused_value_is_kept_byte_for_byte_with_its_position() {
    let text =
        b"{\"n\":1}\n {\"n\": 5.7}  {\"n\":2}\n[7,{\"n\":3}]\n{\"n\":\xff}\n{\"n\":4}{broken \n{\"n\":5}";
    let written = curate(text, &schema(), &json_values());
    assert_eq!(offsets_and_numbers(&written), [(0, 1), (2, 2), (4, 3), (6, 4), (8, 5)]);
    let found: Vec<_> = entries(&written)
        .iter()
        .map(|entry| {
            let error = &entry["error"];
            (
                raw(entry),
                entry["record"]["offset"].clone(),
                error["code"].clone(),
                error["line"].clone(),
                error["byte"].clone(),
            )
        })
        .collect();
    let expected = |raw: &[u8], offset: u64, code: &str, line: u64, byte: u64| {
        (raw.to_vec(), json!(offset), json!(code), json!(line), json!(byte))
    };
    assert_eq!(
        found,
        [
            expected(b"{\"n\": 5.7}", 1, "type_mismatch", 2, 9),
            expected(b"7", 3, "value_not_object", 3, 30),
            expected(b"{\"n\":\xff}", 5, "value_not_utf8", 4, 41),
            expected(b"{broken", 7, "value_not_json", 5, 56),
        ]
    );
}

#[test]
fn a_reprocessed_value_keeps_its_position() {
    let relaxed = br#"{"name":"t","version":2,"columns":[{"name":"n","type":"int64","from_string":true}]}"#;
    let relaxed = std::sync::Arc::new(table::Schema::parse(relaxed).unwrap());
    for (format, url, partition, first) in
        [(Format::Json, common::URL, None, 0), (Format::KafkaConnect, KAFKA, Some("3".to_owned()), 100)]
    {
        let how = How { format, url, ..How::default() };
        let written = curate(b"{\"n\":1}{\"n\":\"2\"}{\"n\":3}{\"n\":[]}", &schema(), &how);
        let entries = written.quarantine();
        let again = curate(entries.join("\n").as_bytes(), &schema(), &How::quarantine());
        let without_place = |entries: &[String]| -> Vec<Value> {
            let parse = |entry: &String| {
                let mut entry: Value = serde_json::from_str(entry).unwrap();
                entry["error"].as_object_mut().unwrap().retain(|name, _| name != "line" && name != "byte");
                entry
            };
            entries.iter().map(parse).collect()
        };
        assert_eq!(
            without_place(&again.quarantine()),
            without_place(&entries),
            "the same entries, at other places"
        );
        let fixed = curate(entries.join("\n").as_bytes(), &relaxed, &How { format, ..How::quarantine() });
        let stream = if partition.is_some() { "t" } else { url };
        assert_eq!(rows(&fixed), [(stream.to_owned(), partition, first + 1, 2)]);
        assert_eq!(fixed.receipt.counts.quarantined, 1);
    }
}

#[test]
fn what_firehose_could_not_deliver_is_judged_and_kept_whole() {
    let mut text = Vec::new();
    for value in [&b"{\"n\":1}\n"[..], b"{\"n\":0.5}"] {
        text.extend_from_slice(b"{\"errorCode\":\"S3.AccessDenied\",\"rawData\":\"");
        bronze::encode_base64(value, &mut text);
        text.extend_from_slice(b"\"}\n");
    }
    let written = curate(&text, &schema(), &json_values());
    assert_eq!(offsets_and_numbers(&written), [(0, 1)]);
    let refused = text.split(|byte| *byte == b'\n').nth(1).unwrap();
    assert_eq!(raw(&entries(&written)[0]), refused);
    let again = curate(written.quarantine().join("\n").as_bytes(), &schema(), &How::quarantine());
    assert_eq!((again.receipt.counts.curated, raw(&entries(&again)[0])), (0, refused.to_vec()));
}

#[test]
fn a_value_too_long_is_one_entry_up_to_the_next_newline() {
    let long = format!("{{\"copy\":\"{}\"}}", "x".repeat(5000));
    let text = format!("{{\"n\":1}}{long}{{\"n\":2}}\n{{\"n\":3}}");
    for chunk_size in [10, 100, 999, 4000, 1 << 20] {
        let how = How { chunk_size, max_line: 1000, ..json_values() };
        let written = curate(text.as_bytes(), &schema(), &how);
        let entry = &entries(&written)[0];
        assert_eq!(entry["error"]["code"], "line_too_long");
        // A chunk that holds the whole value knows where it ends.
        let (kept, after) = match chunk_size {
            1_048_576 => (long.clone(), vec![(2, 2), (3, 3)]),
            _ => (format!("{long}{{\"n\":2}}"), vec![(2, 3)]),
        };
        assert_eq!(String::from_utf8(raw(entry)).unwrap(), kept, "{chunk_size}");
        assert_eq!(entry["record"]["offset"], 1);
        assert_eq!(offsets_and_numbers(&written), [vec![(0, 1)], after].concat());
        let again = curate(
            written.quarantine().join("\n").as_bytes(),
            &schema(),
            &How { max_line: 1 << 20, ..How::quarantine() },
        );
        assert_eq!(again.receipt.counts.lines, 1);
    }
}

fn separated() -> impl Strategy<Value = (String, Option<i64>)> {
    let separator = prop::sample::select(vec!["", "\n", " ", "\r\n\t", "\x1e", "\n\n"]);
    let value = prop_oneof![
        4 => any::<i32>().prop_map(|n| (format!("{{\"n\": {n}}}"), Some(i64::from(n)))),
        1 => any::<i32>().prop_map(|n| (format!("{{\"n\":{n},\n \"p\":\"a}}{{\"}}"), Some(i64::from(n)))),
        1 => Just(("{\"n\":\"text\"}".to_owned(), None)),
        1 => Just(("[]".to_owned(), None)),
    ];
    (value, separator).prop_map(|((value, n), separator)| (value + separator, n))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_value_is_a_row_or_in_quarantine_at_its_number_however_the_text_is_cut(
        values in prop::collection::vec(separated(), 0..60),
        chunk_size in 1_usize..400,
        other in 1_usize..4000,
        order in prop::collection::vec(any::<u8>(), 0..8),
    ) {
        // An object named .gz must begin like gzip or like JSON.
        let text: String = std::iter::once("\n").chain(values.iter().map(|(text, _)| text.as_str())).collect();
        let written = curate(text.as_bytes(), &schema(), &How { chunk_size, order, ..json_values() });
        // An empty array at the top level has no elements.
        let units: Vec<Option<i64>> =
            values.iter().filter(|(text, _)| !text.starts_with('[')).map(|(_, n)| *n).collect();
        let good: Vec<_> = units.iter().enumerate().filter_map(|(at, n)| Some((at as i64, (*n)?))).collect();
        prop_assert_eq!(offsets_and_numbers(&written), good);
        prop_assert_eq!(written.receipt.counts.lines, units.len() as u64);
        let bad: Vec<_> = units.iter().enumerate().filter(|(_, n)| n.is_none()).map(|(at, _)| json!(at)).collect();
        let offsets: Vec<_> = entries(&written).iter().map(|entry| entry["record"]["offset"].clone()).collect();
        prop_assert_eq!(offsets, bad);
        let again = curate(text.as_bytes(), &schema(), &How { chunk_size: other, ..json_values() });
        prop_assert!(again == written, "the cuts show in the output");
    }
}

#[test]
fn a_quarantine_of_values_is_recognized_by_its_folder() {
    for format in Format::ALL {
        assert_eq!(Input::of(format, QUARANTINE_URL), Input::of(Format::Connector, QUARANTINE_URL));
        assert_eq!(Input::of(format, QUARANTINE_URL).unwrap().framing(), bronze::Framing::Lines);
    }
}
