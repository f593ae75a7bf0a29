//! Tests that the bronze objects that the generator writes look like the connector's.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_types, reason = "the objects were written here and are not damaged")]

use bronze::ObjectName;
use flate2::read::MultiGzDecoder;
use loadgen::{Batch, BronzeTarget, Journals, Outcome, Rollover, Target};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::Duration;

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

/// Offsets and values by partition.
type Records = BTreeMap<String, Vec<(i64, Vec<u8>)>>;

/// Returns the number of objects, and their records.
fn read(folder: &Path) -> (usize, Records) {
    let mut records = Records::new();
    let files = files(folder);
    for path in &files {
        let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
        let name = ObjectName::parse(name).unwrap_or_else(|| panic!("{name} is not the name of an object"));
        let text = BufReader::new(MultiGzDecoder::new(File::open(path).unwrap()));
        for line in text.lines() {
            let line: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
            assert_eq!((&line["stream"], &line["partition"]), (&"ledger".into(), &name.partition.into()));
            let mut value = Vec::new();
            bronze::decode_base64(line["value"].as_str().unwrap().as_bytes(), &mut value).unwrap();
            records
                .entry(name.partition.to_owned())
                .or_default()
                .push((line["offset"].as_i64().unwrap(), value));
        }
    }
    records.values_mut().for_each(|records| records.sort());
    (files.len(), records)
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_have_the_connectors_names_lines_and_rollover() {
    for (rollover_bytes, more_than) in [(100_000_000, 0), (20_000, 6)] {
        let folder = tempfile::tempdir().unwrap();
        let rollover = Rollover { bytes: rollover_bytes, age: Duration::from_secs(600) };
        let target = BronzeTarget::new(folder.path(), "ledger", 3, rollover).unwrap();
        let (mut journals, mut batch) = (Journals::new(1, 1, 60, 100), Batch::default());
        (0..30).for_each(|_| journals.next(&mut batch));
        let indices: Vec<usize> = (0..batch.len()).collect();
        let outcomes = target.send(&batch, &indices).await;
        target.close().await.unwrap();
        let (objects, records) = read(folder.path());
        assert!(objects > more_than, "{objects} objects");
        for (index, outcome) in outcomes.iter().enumerate() {
            let Outcome::Stored { partition, offset } = outcome else { panic!("{outcome:?}") };
            let (stored_at, value) = &records[partition][*offset as usize];
            assert_eq!((*stored_at, value.as_slice()), (*offset as i64, batch.value(index)));
        }
        assert_eq!(records.values().map(Vec::len).sum::<usize>(), batch.len());
        // The lines of a journal share their key and therefore their partition.
        let partition = |outcome: &Outcome| match outcome {
            Outcome::Stored { partition, .. } => partition.clone(),
            _ => unreachable!(),
        };
        assert!(outcomes[..60].iter().all(|outcome| partition(outcome) == partition(&outcomes[0])));
    }
}
