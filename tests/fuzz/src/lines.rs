use crate::sizes;
use bronze::{Connector, Content, Envelope, Format, Framer, Gunzip, LineReader, Quarantined};
use lake::{Appended, Budget, DecodedChunk, Input, Lake, LakeWriter, OutputKind, Receipt, SourceObject};
use object_store::memory::InMemory;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use table::Schema;

/// Checks that reading a line agrees with parsing it, and that a quarantine gives a line back as it was.
pub fn envelope(data: &[u8]) {
    let parsed = Envelope::parse(data);
    if let Ok(envelope) = &parsed {
        assert!(envelope.offset >= 0 && envelope.partition.bytes().all(|byte| byte.is_ascii_digit()));
    }
    let mut reader = Connector::default();
    let entry = reader.read(data);
    match &entry.content {
        Content::Record(record) => assert!(record.position.is_some() && record.enqueued_at.is_some()),
        content => assert!(parsed.is_err() || matches!(content, Content::Unreadable(_))),
    }
    if let bronze::Kept::Object(line) = entry.kept {
        let line = line.trim_ascii();
        let quarantined = [&line[..line.len() - 1], br#","error":{"code":"x"}}"#].concat();
        assert_eq!(Quarantined::read(&quarantined), Quarantined::Line(line.into()));
    }
    Quarantined::read(data);
}

/// Checks that a receipt that can be parsed is the same after being written and parsed again.
pub fn receipt(data: &[u8]) {
    if let Ok(receipt) = Receipt::parse(data) {
        assert_eq!(Receipt::parse(&receipt.to_bytes()), Ok(receipt));
    }
}

/// Address of a quarantine object.
const QUARANTINE: &str = "lake:///_quarantine/x.jsonl.gz";

static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    let text = br#"{"name": "t", "version": 1, "columns": [{"name": "p", "type": "string"}, {"name": "n", "type": "int64"}], "partition_by": ["p"]}"#;
    Arc::new(Schema::parse(text).expect("a good schema"))
});

/// Curates the text of the object at `url`, and returns the receipt and the lines of the quarantine.
fn curate(url: &str, format: Format, text: &[u8], chunk_size: usize) -> (Receipt, Vec<Vec<u8>>) {
    let source = SourceObject { url: url.into(), etag: "e".into(), size: text.len() as u64 };
    let input = Input::of(format, url).expect("any name will do");
    let lake = Lake::open(Arc::new(InMemory::new()), Arc::clone(&SCHEMA));
    let run = Arc::new(lake.run(source, input.clone(), "", "fuzz"));
    let budget = Budget { ceiling: 50_000, comfort: 30_000, part: 1000 };
    let mut writer = lake.writer(run, budget, usize::MAX);
    let mut decoder = lake.decoder(&input, 1 << 20);
    let (mut framer, mut decoded) =
        (Framer::new(input.framing(), chunk_size, 1 << 20), DecodedChunk::default());
    let mut objects = BTreeMap::new();
    let mut rest = text;
    while !rest.is_empty() {
        let space = framer.space();
        let count = rest.len().min(space.capacity() - space.len());
        space.extend_from_slice(&rest[..count]);
        rest = &rest[count..];
        if framer.is_full()
            && let Some(chunk) = framer.cut(Vec::new())
        {
            decoder.decode(&chunk, &mut decoded);
            append(&mut writer, &mut decoded, &mut objects);
        }
    }
    while let Some(chunk) = framer.finish() {
        decoder.decode(&chunk, &mut decoded);
        append(&mut writer, &mut decoded, &mut objects);
    }
    writer.finish();
    while work(&mut writer, &mut objects) {}
    let quarantine =
        objects.iter().find(|(key, _)| key.starts_with("_quarantine/")).map(|(_, bytes)| gunzip(bytes));
    let quarantine = quarantine.unwrap_or_default();
    let mut lines: Vec<Vec<u8>> = quarantine.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    assert_eq!(lines.pop(), Some(Vec::new()), "every entry ends in a newline");
    (writer.into_receipt(), lines)
}

fn append(writer: &mut LakeWriter, decoded: &mut DecodedChunk, objects: &mut BTreeMap<String, Vec<u8>>) {
    while writer.append(decoded).expect("there are few files") == Appended::Partly {
        assert!(work(writer, objects), "it waits for a job");
    }
}

/// Runs a job, if there is one.
fn work(writer: &mut LakeWriter, objects: &mut BTreeMap<String, Vec<u8>>) -> bool {
    let Some(job) = writer.next_job() else { return false };
    if let Some(part) = writer.complete(job.run()).expect("rows are encoded") {
        objects.entry(part.key.to_string()).or_default().extend(part.bytes);
    }
    true
}

fn gunzip(object: &[u8]) -> Vec<u8> {
    let mut inflater = Gunzip::default();
    let (mut text, mut rest) = (Vec::new(), object);
    while !rest.is_empty() {
        text.reserve(1 << 16);
        let used = inflater.inflate(rest, &mut text).expect("our own gzip is valid");
        rest = &rest[used..];
    }
    inflater.finish().expect("our own gzip is complete");
    text
}

/// Returns what an entry keeps of its line: everything but the error that was added.
fn kept(entry: &[u8]) -> Vec<u8> {
    let text = str::from_utf8(entry).expect("entries are UTF-8");
    let value: Value = serde_json::from_str(text).expect("entries are JSON");
    assert!(value["error"]["code"].is_string() || text.contains("$serde_json"), "{text}");
    match text.rfind(",\"error\":{\"code\":") {
        Some(at) => text[..at].into(),
        None => text.into(),
    }
}

/// Checks that every line becomes either a row or a quarantine entry, and that reprocessing quarantine yields the same quarantine.
pub fn quarantine(data: &[u8]) {
    let ([chunk_size], text) = sizes(data);
    let (receipt, entries) = curate("file:///x", Format::Connector, text, chunk_size + 2);
    let counts = receipt.counts;
    let blank = |line: &&[u8]| line.trim_ascii().is_empty();
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !blank(line)).count() as u64;
    assert_eq!((counts.lines, counts.curated + counts.quarantined), (lines, lines));
    assert_eq!(entries.len() as u64, counts.quarantined);
    let rows: u64 = receipt.outputs.iter().filter(|o| o.kind == OutputKind::Parquet).map(|o| o.rows).sum();
    assert_eq!(rows, counts.curated);
    if counts.quarantined > 0 {
        let (again, second) = curate(QUARANTINE, Format::Connector, &entries.join(&b'\n'), 1 << 16);
        assert_eq!(again.counts.curated, 0);
        assert_eq!(
            second.iter().map(|e| kept(e)).collect::<Vec<_>>(),
            entries.iter().map(|e| kept(e)).collect::<Vec<_>>()
        );
    }
}

/// Checks that the values of an object are the same however its text is cut, and that those in quarantine keep their positions.
pub fn values(data: &[u8]) {
    let ([chunk_size], text) = sizes(data);
    let (receipt, entries) = curate("file:///x", Format::Json, text, chunk_size + 2);
    let counts = receipt.counts;
    assert_eq!(counts.lines, counts.curated + counts.quarantined);
    assert_eq!(entries.len() as u64, counts.quarantined);
    let offsets: Vec<u64> = entries.iter().map(|entry| offset(entry)).collect();
    assert!(offsets.is_sorted_by(|a, b| a < b) && offsets.iter().all(|offset| *offset < counts.lines));
    let (again, same) = curate("file:///x", Format::Json, text, 1 << 16);
    // How far something broken extends depends on how much text is seen at once, and a value in a broken array may be good by itself.
    let is_broken = |receipt: &Receipt| {
        ["value_not_json", "value_not_utf8"].iter().any(|code| receipt.quarantined.contains_key(*code))
    };
    let broken = is_broken(&receipt) || is_broken(&again);
    if !broken {
        assert_eq!((again.counts, same), (counts, entries.clone()));
    }
    if counts.quarantined > 0 && !broken {
        let (reprocessed, second) = curate(QUARANTINE, Format::Json, &entries.join(&b'\n'), 1 << 16);
        assert_eq!(reprocessed.counts.curated, 0);
        assert_eq!(second.iter().map(|entry| offset(entry)).collect::<Vec<_>>(), offsets);
    }
}

fn offset(entry: &[u8]) -> u64 {
    let entry: Value = serde_json::from_slice(entry).expect("entries are JSON");
    entry["record"]["offset"].as_u64().expect("an entry of a value has its offset")
}
