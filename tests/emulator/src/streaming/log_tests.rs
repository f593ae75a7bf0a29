use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::{Log, Record};

/// Maximum size of a segment in bytes, so small that a few messages fill several segments.
const SEGMENT: u64 = 300;

/// A message in the model.
#[derive(Debug, Clone, PartialEq)]
struct Kept {
    offset: u64,
    timestamp: i64,
    key: Option<Vec<u8>>,
    value: Vec<u8>,
}

impl From<&Record> for Kept {
    fn from(record: &Record) -> Self {
        let (key, value) = (record.key.as_deref().map(<[u8]>::to_vec), record.value.to_vec());
        Self { offset: record.offset, timestamp: record.timestamp, key, value }
    }
}

fn open(folder: Option<&Path>) -> Log {
    Log::open(folder, SEGMENT).unwrap()
}

/// Returns the files in a folder with this extension, in order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == ending)).collect();
    files.sort();
    files
}

fn put(log: &mut Log, now: i64, values: &[&str]) -> Vec<u64> {
    let messages = values.iter().map(|value| (Some(&b"key"[..]), value.as_bytes()));
    log.append(now, messages, || 0).unwrap().offsets
}

fn values(log: &Log, from: u64) -> Vec<(u64, String)> {
    let records = log.read(from, usize::MAX, u64::MAX).unwrap();
    records.iter().map(|record| (record.offset, String::from_utf8(record.value.to_vec()).unwrap())).collect()
}

#[test]
fn a_batch_without_offsets_left_is_rejected_and_leaves_the_log_unchanged() {
    let mut log = open(None);
    put(&mut log, 1, &["first"]);
    let messages = || [(None, &b"value"[..]); 2];
    for gap in [u64::MAX, u64::MAX - 1, u64::MAX / 2] {
        let error = log.append(2, messages(), || gap).unwrap_err();
        assert!(error.to_string().contains("no offsets left"), "{error}");
    }
    assert_eq!(put(&mut log, 3, &["second"]), [1]);
}

#[test]
fn a_torn_tail_is_cut_off_wherever_the_process_died() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(Some(folder.path()));
    put(&mut log, 1, &["first", "second"]);
    let path = files(folder.path(), "log").remove(0);
    let whole = fs::metadata(&path).unwrap().len();
    put(&mut log, 2, &["third"]);
    drop(log);
    let longer = fs::metadata(&path).unwrap().len();
    for length in (whole..longer).rev() {
        OpenOptions::new().write(true).open(&path).unwrap().set_len(length).unwrap();
        let log = open(Some(folder.path()));
        assert_eq!(values(&log, 0), [(0, "first".to_owned()), (1, "second".to_owned())], "{length}");
        assert_eq!((log.end(), log.stored()), (2, whole), "{length}");
    }
    let mut log = open(Some(folder.path()));
    assert_eq!(put(&mut log, 3, &["again"]), [2]);
    drop(log);
    OpenOptions::new().append(true).open(&path).unwrap().write_all(&[7; 40]).unwrap();
    let log = open(Some(folder.path()));
    assert_eq!(values(&log, 1), [(1, "second".to_owned()), (2, "again".to_owned())]);
}

#[test]
fn records_out_of_retention_are_removed_and_so_are_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(Some(folder.path()));
    let value = "v".repeat(80);
    for now in 0..12 {
        put(&mut log, now * 10, &[&value]);
    }
    let before = files(folder.path(), "log").len();
    assert!(before > 3, "{before}");
    log.trim(55).unwrap();
    assert_eq!((log.floor(), log.horizon(), log.end()), (6, 6, 12));
    assert_eq!(values(&log, 0).first().map(|(offset, _)| *offset), Some(6));
    assert!(files(folder.path(), "log").len() < before);
    log.trim(i64::MAX).unwrap();
    assert_eq!((log.floor(), log.horizon(), log.end(), log.stored()), (12, 12, 12, 0));
    assert_eq!((files(folder.path(), "log").len(), files(folder.path(), "index").len()), (1, 0));
    drop(log);
    // Although the log is empty, no offset is used again.
    let mut log = open(Some(folder.path()));
    assert_eq!(put(&mut log, 200, &["next"]), [12]);
}

#[test]
fn a_time_is_found_and_a_clock_set_back_hides_nothing() {
    for folder in [Some(tempfile::tempdir().unwrap()), None] {
        let mut log = open(folder.as_ref().map(tempfile::TempDir::path));
        for (now, value) in [(100, "a"), (100, "b"), (300, "c"), (200, "d"), (400, "e")] {
            put(&mut log, now, &[value]);
        }
        for (time, offset) in [(0, 0), (100, 0), (101, 2), (300, 2), (301, 4), (400, 4), (401, 5)] {
            assert_eq!(log.offset_at(time).unwrap(), offset, "{time}");
        }
    }
}

#[test]
fn a_sealed_segment_without_its_index_is_read_and_a_damaged_one_reported() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(Some(folder.path()));
    let value = "v".repeat(100);
    for now in 0..9 {
        put(&mut log, now, &[&value]);
    }
    drop(log);
    let expected = values(&open(Some(folder.path())), 0);
    assert_eq!(expected.len(), 9);
    let indexes = files(folder.path(), "index");
    fs::remove_file(&indexes[0]).unwrap();
    fs::write(&indexes[1], "not an index").unwrap();
    assert_eq!(values(&open(Some(folder.path())), 0), expected);
    let first = &files(folder.path(), "log")[0];
    OpenOptions::new().write(true).open(first).unwrap().write_all_at(b"?", 60).unwrap();
    let told = Log::open(Some(folder.path()), SEGMENT).unwrap_err().to_string();
    assert!(told.contains("damaged"), "{told}");
}

#[test]
fn a_batch_is_bounded_in_messages_and_bytes_but_never_empty() {
    let mut log = open(None);
    put(&mut log, 0, &["0123456789", "0123456789", "0123456789", "x"]);
    let count = |most, most_bytes| log.read(0, most, most_bytes).unwrap().len();
    // Keys are three bytes long.
    for (most, most_bytes, expected) in [
        (10, 26, 2),
        (10, 25, 1),
        (10, 1, 1),
        (10, 0, 1),
        (2, 1000, 2),
        (10, 43, 4),
        (10, 42, 3),
        (0, 1000, 0),
    ] {
        assert_eq!(count(most, most_bytes), expected, "{most} {most_bytes}");
    }
}

#[derive(Debug, Clone)]
enum Step {
    Put {
        batch: Vec<(Option<Vec<u8>>, Vec<u8>)>,
        later: i64,
        gap: u64,
    },
    Read {
        from: u64,
        most: usize,
        most_bytes: u64,
    },
    Trim {
        age: i64,
    },
    /// The process dies while it writes a batch, after these bytes have reached the disk.
    Crash {
        torn: Vec<u8>,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let message = (
        prop::option::of(prop::collection::vec(any::<u8>(), 0..20)),
        prop::collection::vec(any::<u8>(), 0..200),
    );
    let step = prop_oneof![
        4 => (prop::collection::vec(message, 1..6), 0..50_i64, 0..3_u64)
            .prop_map(|(batch, later, gap)| Step::Put { batch, later, gap }),
        3 => (0..60_u64, 0..20_usize, 0..1000_u64).prop_map(|(from, most, most_bytes)| Step::Read { from, most, most_bytes }),
        1 => (0..400_i64).prop_map(|age| Step::Trim { age }),
        1 => prop::collection::vec(any::<u8>(), 0..100).prop_map(|torn| Step::Crash { torn }),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn everything_put_is_read_in_order_through_crashes_and_retention(steps in steps()) {
        let folder = tempfile::tempdir().unwrap();
        let (mut log, mut kept, mut now, mut next) = (open(Some(folder.path())), Vec::<Kept>::new(), 0, 0);
        for step in steps {
            match step {
                Step::Put { batch, later, gap } => {
                    now += later;
                    let messages = batch.iter().map(|(key, value)| (key.as_deref(), value.as_slice()));
                    let appended = log.append(now, messages, || gap).unwrap();
                    for (offset, (key, value)) in appended.offsets.into_iter().zip(batch) {
                        prop_assert_eq!(offset, next + gap);
                        next = offset + 1;
                        kept.push(Kept { offset, timestamp: now, key, value });
                    }
                }
                Step::Read { from, most, most_bytes } => {
                    let read: Vec<Kept> = log.read(from, most, most_bytes).unwrap().iter().map(Kept::from).collect();
                    let expected: Vec<&Kept> = kept.iter().filter(|kept| kept.offset >= from).take(read.len()).collect();
                    prop_assert_eq!(read.iter().collect::<Vec<_>>(), expected);
                    let more = kept.iter().any(|kept| kept.offset >= from);
                    prop_assert_eq!(read.is_empty(), !more || most == 0);
                }
                Step::Trim { age } => {
                    log.trim(now - age).unwrap();
                    kept.retain(|kept| kept.timestamp >= now - age);
                }
                Step::Crash { torn } => {
                    drop(log);
                    let last = files(folder.path(), "log").pop().unwrap();
                    OpenOptions::new().append(true).open(last).unwrap().write_all(&torn).unwrap();
                    log = open(Some(folder.path()));
                    // After a restart, only the removal of whole segments is remembered; other expired records are skipped when they are
                    // read.
                    log.trim(kept.first().map_or(i64::MAX, |kept| kept.timestamp)).unwrap();
                }
            }
            prop_assert_eq!(log.horizon(), kept.first().map_or(next, |kept| kept.offset));
            prop_assert_eq!(log.end(), next);
        }
        let all: Vec<Kept> = log.read(0, usize::MAX, u64::MAX).unwrap().iter().map(Kept::from).collect();
        prop_assert_eq!(all, kept);
    }
}
