//! Tests what the quarantine contains, and what happens when it is reprocessed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use bronze::{Damage, DamageKind};
use common::{How, QUARANTINE_URL, Written, curate, line, schema};
use serde_json::{Value, json};

/// Curates plain lines.
fn lines(lines: &[&[u8]]) -> Written {
    curate(&lines.join(&b'\n'), &schema(), &How::default())
}

/// Curates the lines of a quarantine object.
fn reprocess(lines: &[&[u8]]) -> Written {
    curate(&lines.join(&b'\n'), &schema(), &How::quarantine())
}

/// Returns the quarantine entry of one line.
fn entry(line: &[u8]) -> String {
    second(lines(&[b"{}", line]))
}

/// Returns the quarantine entry of an entry of a quarantine object.
fn again(entry: &str) -> String {
    second(reprocess(&[b"{}", entry.as_bytes()]))
}

fn second(written: Written) -> String {
    let mut entries = written.quarantine();
    assert_eq!(entries.len(), 2, "{entries:?}");
    entries.swap_remove(1)
}

fn error(entry: &str) -> Value {
    serde_json::from_str::<Value>(entry).unwrap()["error"].clone()
}

fn unraw(entry: &str) -> Vec<u8> {
    common::raw(&serde_json::from_str(entry).unwrap())
}

#[test]
fn an_envelope_is_kept_unchanged_with_the_error_as_its_last_member() {
    let odd = format!(
        r#"{{"extra": [1.0, "\u0041"], {} }}"#,
        &String::from_utf8(line(7, b"{\"n\":5.7}")).unwrap()[1..].trim_end_matches('}')
    );
    let entry = entry(odd.as_bytes());
    let kept = format!("{},\"error\":", odd.trim_end_matches('}'));
    assert!(entry.starts_with(&kept), "{entry}");
    let error = error(&entry);
    assert_eq!(error["code"], "type_mismatch");
    assert_eq!((&error["field"], &error["line"], &error["byte"]), (&json!("n"), &json!(2), &json!(3)));
    assert!(error["message"].as_str().unwrap().contains("5.7"));
}

#[test]
fn a_line_that_is_not_an_envelope_is_kept_byte_for_byte() {
    for bytes in [
        &b"plain text"[..],
        b"\xff\xfe\x00",
        b" {\"a\":1} \r",
        b"{\"stream\":\"s\",}",
        b"[]",
        b"{}",
        b"\"",
        b"{\"raw\":\"e30=\"}",
    ] {
        let entry = entry(bytes);
        assert_eq!(unraw(&entry), bytes, "{entry}");
        assert_eq!(error(&entry)["line"], 2);
    }
}

#[test]
fn each_reason_has_its_code_and_field() {
    let base = String::from_utf8(line(1, b"{}")).unwrap();
    let value = |value: &[u8]| String::from_utf8(line(1, value)).unwrap();
    let cases = [
        ("nonsense".to_owned(), "envelope_not_json", Value::Null),
        (base.replace("\"offset\":1,", ""), "envelope_missing_field", json!("offset")),
        (base.replace("\"offset\":1", "\"offset\":null"), "envelope_missing_field", json!("offset")),
        (base.replace("\"offset\":1", "\"offset\":1.5"), "envelope_bad_field", json!("offset")),
        (base.replace("\"offset\":1", "\"offset\":1,\"offset\":1"), "duplicate_field", json!("offset")),
        (base.replace("e30=", "e30"), "bad_base64", json!("value")),
        (base.replace("aw==", "aw=!"), "bad_base64", json!("key")),
        (base.replace("aw==", "/w=="), "key_not_utf8", json!("key")),
        (value(b"\xff"), "value_not_utf8", Value::Null),
        (value(b"{\"n\":007}"), "value_not_json", Value::Null),
        (value(b"[]"), "value_not_object", Value::Null),
        (value(b"{\"n\":1,\"n\":1}"), "duplicate_field", json!("n")),
        (value(b"{\"n\":1e30}"), "out_of_range", json!("n")),
        (value(b"{\"amount\":1e-19}"), "precision_lost", json!("amount")),
        (value("x".repeat(1 << 20).as_bytes()), "line_too_long", Value::Null),
        (
            value(format!("{{\"p\":\"{}\"}}", "/".repeat(100)).as_bytes()),
            "partition_value_too_long",
            Value::Null,
        ),
    ];
    for (line, code, field) in cases {
        let entry = entry(line.as_bytes());
        let error = error(&entry);
        assert_eq!(
            (&error["code"], &error["field"]),
            (&json!(code), &field),
            "{}",
            &line[..line.len().min(200)]
        );
    }
}

#[test]
fn a_reprocessed_entry_has_a_new_error_in_place_of_the_old_one() {
    let first = entry(&line(7, b"{\"n\":5.7}"));
    assert_eq!(again(&first), first, "the same line, at the same line and byte");
    let raw = entry(b"nonsense \xff");
    assert_eq!(again(&raw), raw);
}

#[test]
fn a_line_with_an_error_of_its_own_is_kept_byte_for_byte() {
    for own in [r#""ours to keep""#, r#"{"code":"type_mismatch","message":"x"}"#] {
        let sent = String::from_utf8(line(7, b"[]")).unwrap().replace('}', &format!(r#", "error": {own}}}"#));
        let first = entry(sent.as_bytes());
        assert_eq!(unraw(&first), sent.as_bytes());
        assert_eq!(error(&first)["code"], "value_not_object");
        assert_eq!(again(&first), first);
    }
}

#[test]
fn a_source_line_that_looks_like_an_entry_is_not_taken_for_one() {
    let mut base64 = Vec::new();
    bronze::encode_base64(&line(3, b"{\"n\":5}"), &mut base64);
    let base64 = String::from_utf8(base64).unwrap();
    for forged in [
        format!(r#"{{"raw":"{base64}","error":{{"code":"x"}}}}"#),
        format!(r#"{{"entry":"{base64}","error":{{"code":"x"}}}}"#),
        r#"{"raw":"e30=","record":{"stream":"s","partition":null,"offset":1},"error":{"code":"x"}}"#.into(),
        r#"{"error":{"code":"truncated_gzip"}}"#.into(),
    ] {
        let first = lines(&[forged.as_bytes()]);
        assert_eq!(first.receipt.quarantined.keys().collect::<Vec<_>>(), ["envelope_missing_field"]);
        let entry = first.quarantine().remove(0);
        assert_eq!(unraw(&entry), forged.as_bytes());
        let written = reprocess(&[entry.as_bytes()]);
        assert_eq!((written.receipt.counts.curated, written.quarantine()), (0, vec![entry]));
    }
}

#[test]
fn an_entry_becomes_a_row_once_the_schema_accepts_it() {
    let bad = lines(&[&line(3, b"{\"n\":5.7}"), b"x"]);
    let entries = bad.quarantine().join("\n");
    let relaxed = br#"{"name":"t","version":2,"columns":[{"name":"n","type":"decimal(9,2)"}]}"#;
    let relaxed = std::sync::Arc::new(table::Schema::parse(relaxed).unwrap());
    let written = curate(entries.as_bytes(), &relaxed, &How::quarantine());
    assert_eq!((written.receipt.counts.curated, written.receipt.counts.quarantined), (1, 1));
    assert_eq!(unraw(&written.quarantine()[0]), b"x");
}

#[test]
fn a_raw_line_that_is_an_envelope_after_all_is_judged_as_one() {
    let mut base64 = Vec::new();
    bronze::encode_base64(&line(3, b"{\"n\":5}"), &mut base64);
    let entry = format!(r#"{{"raw":"{}","error":{{"code":"x"}}}}"#, String::from_utf8(base64).unwrap());
    assert_eq!(reprocess(&[entry.as_bytes()]).receipt.counts.curated, 1);
}

#[test]
fn a_raw_line_with_a_newline_in_it_stays_one_entry() {
    let original = String::from_utf8(line(3, b"[]")).unwrap().replacen(',', ",\n", 1);
    let mut base64 = Vec::new();
    bronze::encode_base64(original.as_bytes(), &mut base64);
    let sent = format!(r#"{{"raw":"{}","error":{{"code":"x"}}}}"#, String::from_utf8(base64).unwrap());
    let written = reprocess(&[sent.as_bytes()]);
    let entries = written.quarantine();
    assert_eq!((written.receipt.counts.quarantined, entries.len()), (1, 1), "{entries:?}");
    assert_eq!(unraw(&entries[0]), original.as_bytes());
}

#[test]
fn a_raw_entry_that_cannot_be_decoded_is_kept_unchanged() {
    let sent = r#"{"raw":"e30","error":{"code":"x"}}"#;
    let entry = again(sent);
    let base64 = serde_json::from_str::<Value>(&entry).unwrap()["entry"].as_str().unwrap().to_owned();
    let mut kept = Vec::new();
    bronze::decode_base64(base64.as_bytes(), &mut kept).unwrap();
    assert_eq!(kept, sent.as_bytes());
    assert_eq!((&error(&entry)["code"], &error(&entry)["field"]), (&json!("bad_base64"), &json!("raw")));
    assert_eq!(again(&entry), entry, "it does not grow when it is reprocessed");
}

#[test]
fn an_entry_inside_an_entry_is_unwrapped_to_the_line() {
    let inside = r#"{"entry":"eyJyYXciOiJlMzA9IiwiZXJyb3IiOnsiY29kZSI6IngifX0=","error":{"code":"x"}}"#;
    assert_eq!(unraw(&again(inside)), b"{}");
}

#[test]
fn a_remark_about_an_object_is_kept() {
    let damage = Damage { kind: DamageKind::TruncatedGzip, byte: 99, message: "cut \"off\"".into() };
    let remark = lake::remark(&damage);
    let written = reprocess(&[remark.trim_ascii_end()]);
    assert_eq!(written.receipt.quarantined.iter().collect::<Vec<_>>(), [(&"object_remark".to_owned(), &1)]);
    let entries = written.quarantine();
    assert_eq!(entries[0].as_bytes(), remark.trim_ascii_end());
    assert_eq!(error(&entries[0]), json!({"code": "truncated_gzip", "message": "cut \"off\"", "byte": 99}));
}

#[test]
fn a_line_too_long_is_kept_whole_with_its_line_and_byte_whatever_the_chunks() {
    let long: Vec<u8> = (0..5000).map(|at| b'a' + (at % 26) as u8).collect();
    for end in ["", "\n", "\nnext"] {
        let text = [b"first\n", &long[..], end.as_bytes()].concat();
        let how = |chunk_size| How { chunk_size, max_line: 1000, ..How::default() };
        let entries = curate(&[b"{}\n", &text[..]].concat(), &schema(), &how(1 << 20)).quarantine();
        assert_eq!(unraw(&entries[2]), long);
        let error = error(&entries[2]);
        assert_eq!(
            (&error["code"], &error["line"], &error["byte"]),
            (&json!("line_too_long"), &json!(3), &json!(9))
        );
        for chunk_size in [10, 100, 999, 1001, 4000] {
            assert_eq!(
                curate(&[b"{}\n", &text[..]].concat(), &schema(), &how(chunk_size)).quarantine(),
                entries,
                "{chunk_size}"
            );
        }
    }
}

#[test]
fn an_entry_that_is_itself_too_long_is_not_wrapped_twice() {
    let how = How { max_line: 1000, ..How::default() };
    let first = curate(&[&b"{}\n"[..], &[b'x'; 1500]].concat(), &schema(), &how).quarantine();
    let reprocess = How { url: QUARANTINE_URL, ..how };
    let second = curate(first.join("\n").as_bytes(), &schema(), &reprocess).quarantine();
    let third = curate(second.join("\n").as_bytes(), &schema(), &How::quarantine()).quarantine();
    assert_eq!(unraw(third.last().unwrap()), [b'x'; 1500], "with a higher limit the line itself is judged");
}

#[test]
fn blank_lines_are_only_counted() {
    let written = curate(b"\n  \n\r\n\t\n", &schema(), &How::default());
    let counts = written.receipt.counts;
    assert_eq!((counts.lines, counts.blank, counts.curated, counts.quarantined), (0, 4, 0, 0));
    assert!(written.objects.is_empty() && written.receipt.outputs.is_empty(), "no empty objects");
    assert!(written.receipt.complete);
}

#[test]
fn damage_is_reported_in_receipt_and_quarantine() {
    let written =
        curate(&[&b"\x1f\x8b\x08\0\0\0\0\0\0\0"[..], &[0xff; 30]].concat(), &schema(), &How::default());
    assert!(!written.receipt.complete);
    assert_eq!(written.receipt.damage[0].code, "corrupt_gzip");
    assert_eq!(written.receipt.counts.lines, 0);
    assert_eq!(written.receipt.outputs[0].rows, 1);
    assert_eq!(error(&written.quarantine()[0])["code"], "corrupt_gzip");
}
