use crate::case::Case;
use crate::common::{How, Written, curate, raw};
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use bronze::{Compression, Damage, Inflater};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Range;

/// Each row by its offset: its partition's folder, and its columns.
pub(crate) type Rows = BTreeMap<i64, String>;

/// An object of a case that ends too early, or doesn't, and what was written for it.
pub(crate) struct CutObject<'a> {
    case: &'a Case,
    size: usize,
    /// The text that can be read.
    pub(crate) text: Vec<u8>,
    damage: Option<Damage>,
    written: Written,
}

impl<'a> CutObject<'a> {
    /// Curates an object.
    pub(crate) fn new(case: &'a Case, object: &[u8], named: Option<Compression>) -> Self {
        let mut inflater = Inflater::new(named, u64::MAX);
        let mut text = Vec::with_capacity(64 << 10);
        let inflated = inflater.inflate(object, &mut text).and_then(|_| inflater.inflate(&[], &mut text));
        let damage = inflated.err().or_else(|| inflater.finish().err());
        let written = curate(object, &case.schema, &How { named, ..case.how.clone() });
        CutObject { case, size: object.len(), text, damage, written }
    }

    pub(crate) fn rows(&self) -> Rows {
        let mut rows = Rows::new();
        for (key, file) in self.written.files() {
            let folder = key.rsplit_once('/').map_or("", |(folder, _)| folder);
            for batch in ParquetRecordBatchReader::try_new(Bytes::from(file.clone()), 1024).unwrap() {
                let batch = batch.unwrap();
                let offsets = batch.column_by_name("_offset").unwrap().as_primitive::<Int64Type>();
                for (at, offset) in offsets.values().iter().enumerate() {
                    let row = format!("{folder} {:?}", batch.slice(at, 1));
                    assert!(rows.insert(*offset, row).is_none(), "{self}: offset {offset} twice");
                }
            }
        }
        rows
    }

    /// Checks that exactly the rows before the cut are there, the damage is known, and each byte is in one row or one entry.
    pub(crate) fn check(&self, all: &Rows) {
        assert!(self.case.text().starts_with(&self.text), "{self}: other text");
        let whole: Vec<(i64, Range<usize>)> =
            self.case.rows().filter(|(_, range)| range.end <= self.text.len()).collect();
        let expected: Rows = whole.iter().map(|(offset, _)| (*offset, all[offset].clone())).collect();
        assert_eq!(self.rows(), expected, "{self}");

        let mut entries: Vec<Value> =
            self.written.quarantine().iter().map(|entry| serde_json::from_str(entry).unwrap()).collect();
        self.check_damage(&mut entries);
        let counts = &self.written.receipt.counts;
        assert_eq!(counts.lines, counts.curated + counts.quarantined, "{self}");
        assert_eq!(
            (counts.curated, counts.quarantined),
            (whole.len() as u64, entries.len() as u64),
            "{self}"
        );
        assert_eq!(self.written.receipt.quarantined.values().sum::<u64>(), counts.quarantined, "{self}");

        let kept = entries.iter().map(|entry| self.place(entry));
        self.check_coverage(whole.into_iter().map(|(_, range)| range).chain(kept));
    }

    /// Checks that the damage, if any, is in the receipt and in the last entry, which is removed.
    fn check_damage(&self, entries: &mut Vec<Value>) {
        let receipt = &self.written.receipt;
        assert_eq!(receipt.complete, self.damage.is_none(), "{self}");
        let noted: Vec<(&str, u64)> = receipt.damage.iter().map(|note| (&*note.code, note.byte)).collect();
        let damage: Vec<(&str, u64)> =
            self.damage.iter().map(|damage| (damage.kind.code(), damage.byte)).collect();
        assert_eq!(noted, damage, "{self}");
        for (code, byte) in damage {
            let remark = &entries.pop().unwrap()["error"];
            assert_eq!(
                (remark["code"].as_str(), remark["byte"].as_u64()),
                (Some(code), Some(byte)),
                "{self}"
            );
        }
    }

    /// Returns where the text is that an entry keeps.
    fn place(&self, entry: &Value) -> Range<usize> {
        let start = entry["error"]["byte"].as_u64().unwrap() as usize;
        let rest = &self.text[start..];
        let entry = match entry.get("entry") {
            Some(line) => &serde_json::json!({ "raw": line }),
            None => entry,
        };
        let kept = if entry.get("raw").is_some() { raw(entry) } else { Vec::new() };
        if !kept.is_empty() && rest.starts_with(&kept) {
            return start..start + kept.len();
        }
        // A line that is an object keeps its members, and gets a new error.
        let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let without_error = |value: &Value| {
            let mut members = value.as_object().unwrap().clone();
            members.remove("error");
            members
        };
        let sent: Value = serde_json::from_slice(line).unwrap();
        assert_eq!(without_error(entry), without_error(&sent), "{self}");
        start..start + line.len()
    }

    /// Checks that each byte is in one of these places, except what separates units.
    fn check_coverage(&self, places: impl Iterator<Item = Range<usize>>) {
        let mut covered = vec![0; self.text.len()];
        for place in places {
            covered[place].iter_mut().for_each(|count| *count += 1);
        }
        for (at, (byte, count)) in self.text.iter().zip(covered).enumerate() {
            assert!(
                count == 1 || count == 0 && self.case.may_separate(*byte),
                "{self}: byte {at} is in {count} places"
            );
        }
    }
}

impl std::fmt::Display for CutObject<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}, {} bytes of the object, text {:?}",
            self.case.name,
            self.size,
            self.text.escape_ascii().to_string()
        )
    }
}
