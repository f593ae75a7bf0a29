//! Performs a whole run without a store: the object's bytes go in, the lake's objects come out, and jobs run in any order.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use bronze::{Chunker, Compression, ConnectorLine, Format, Gunzip, Pushed};
use lake::{Appended, Budget, DecodedChunk, Decoder, Input, Lake, LakeWriter, Receipt, Run, SourceObject};
use object_store::memory::InMemory;
use std::collections::BTreeMap;
use std::sync::Arc;
use table::Schema;

/// How a run is carried out. Only the budget and the line limit may affect what is written.
#[derive(Debug, Clone)]
pub(crate) struct How {
    pub(crate) fetch: usize,
    pub(crate) chunk_size: usize,
    /// Determines which job runs next, and when.
    pub(crate) order: Vec<u8>,
    pub(crate) budget: Budget,
    pub(crate) max_line: usize,
    pub(crate) format: Format,
    pub(crate) url: &'static str,
    /// The compression that the object's name promises.
    pub(crate) named: Option<Compression>,
}

impl Default for How {
    fn default() -> Self {
        let budget = Budget { ceiling: 64 << 20, comfort: 48 << 20, part: 1 << 20 };
        How {
            fetch: usize::MAX,
            chunk_size: 64 << 10,
            order: Vec::new(),
            budget,
            max_line: 1 << 20,
            format: Format::Connector,
            url: URL,
            named: Some(Compression::Gzip),
        }
    }
}

/// What a run wrote.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
    pub(crate) receipt: Receipt,
}

pub(crate) fn schema() -> Arc<Schema> {
    let text = br#"{
        "name": "t", "version": 1,
        "columns": [
            {"name": "p", "type": "string"},
            {"name": "copy", "type": "string"},
            {"name": "n", "type": "int64"},
            {"name": "amount", "type": "decimal(38,18)"}
        ],
        "partition_by": ["p"], "empty_partition": "keep"
    }"#;
    Arc::new(Schema::parse(text).unwrap())
}

/// Opens a lake in memory.
pub(crate) fn lake(schema: &Arc<Schema>) -> Lake {
    Lake::open(Arc::new(InMemory::new()), Arc::clone(schema))
}

pub(crate) const URL: &str = "file:///bronze/0/x.data.gz";

/// The object that holds what a run on [`URL`] has quarantined.
pub(crate) const QUARANTINE_URL: &str = "lake:///_quarantine/file/bronze/0/x.jsonl.gz";

impl How {
    /// Reads a quarantine object.
    pub(crate) fn quarantine() -> Self {
        How { url: QUARANTINE_URL, ..How::default() }
    }
}

pub(crate) fn run_of(schema: &Arc<Schema>, how: &How) -> Arc<Run> {
    let source = SourceObject { url: how.url.into(), etag: "e1".into(), size: 1 };
    let input = Input::of(how.format, how.url).unwrap();
    Arc::new(lake(schema).run(source, input, "limits", "program 1"))
}

pub(crate) fn curate(object: &[u8], schema: &Arc<Schema>, how: &How) -> Written {
    curate_into(&lake(schema), object, how)
}

pub(crate) fn curate_into(lake: &Lake, object: &[u8], how: &How) -> Written {
    curate_pieces(lake, object.chunks(how.fetch.clamp(1, object.len().max(1))), how)
}

/// Curates an object that arrives in these pieces.
pub(crate) fn curate_pieces<'a>(
    lake: &Lake,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    how: &How,
) -> Written {
    let source = SourceObject { url: how.url.into(), etag: "e1".into(), size: 1 };
    let input = Input::of(how.format, how.url).unwrap();
    let run = Arc::new(lake.run(source, input.clone(), "limits", "program 1"));
    let mut stage = Stage {
        writer: lake.writer(run, how.budget, usize::MAX),
        decoder: lake.decoder(&input, how.max_line),
        decoded: DecodedChunk::default(),
        jobs: Vec::new(),
        order: how.order.clone().into_iter().cycle(),
        objects: BTreeMap::new(),
        ended: Vec::new(),
    };
    let mut chunker = Chunker::new(how.named, u64::MAX, input.framing(), how.chunk_size, how.max_line);
    for mut piece in pieces {
        while !piece.is_empty() && !chunker.is_over() {
            let Pushed { used, chunk } = chunker.push(piece, &mut Vec::new());
            piece = &piece[used..];
            chunk.iter().for_each(|chunk| stage.take(chunk));
        }
    }
    while let Some(chunk) = chunker.finish(&mut Vec::new()) {
        stage.take(&chunk);
    }
    if let Some(damage) = chunker.damage() {
        stage.writer.damaged(damage);
    }
    stage.writer.finish();
    while !stage.writer.is_idle() {
        stage.work(1);
    }
    assert_eq!((stage.writer.in_flight(), stage.writer.held()), (0, 0), "nothing is held at the end");
    stage.ended.sort();
    assert!(stage.ended.iter().eq(stage.objects.keys()), "every object ends once");
    Written { objects: stage.objects, receipt: stage.writer.into_receipt() }
}

struct Stage {
    writer: LakeWriter,
    decoder: Decoder,
    decoded: DecodedChunk,
    jobs: Vec<lake::Job>,
    order: std::iter::Cycle<std::vec::IntoIter<u8>>,
    objects: BTreeMap<String, Vec<u8>>,
    ended: Vec<String>,
}

impl Stage {
    fn take(&mut self, chunk: &bronze::Chunk) {
        self.decoder.decode(chunk, &mut self.decoded);
        while self.writer.append(&mut self.decoded).unwrap() == Appended::Partly {
            self.work(1);
        }
        let some = self.order.next().unwrap_or(1) % 3;
        self.work(some);
    }

    /// Runs up to this many jobs, chosen by `order`.
    fn work(&mut self, count: u8) {
        for _ in 0..count {
            self.jobs.extend(std::iter::from_fn(|| self.writer.next_job()));
            if self.jobs.is_empty() {
                return;
            }
            let at = self.order.next().unwrap_or(0) as usize % self.jobs.len();
            let done = self.jobs.swap_remove(at).run();
            if let Some(part) = self.writer.complete(done).unwrap() {
                let key = part.key.to_string();
                assert!(!self.ended.contains(&key), "no bytes after the end of {key}");
                self.objects.entry(key.clone()).or_default().extend(part.bytes);
                self.ended.extend(part.last.then_some(key));
            }
        }
    }
}

/// Returns the connector's line for a record, without its newline.
pub(crate) fn line(offset: i64, value: &[u8]) -> Vec<u8> {
    let record = ConnectorLine {
        stream: "s",
        partition: "0",
        key: Some(b"k"),
        value,
        offset,
        timestamp: 1_700_000_000_000,
    };
    let mut line = Vec::new();
    record.append_to(&mut line);
    line.pop();
    line
}

/// Returns text as a gzip object.
pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut compress = flate2::Compress::new_gzip(flate2::Compression::fast(), 15);
    let mut out = Vec::with_capacity(text.len() + 1024);
    let status = compress.compress_vec(text, &mut out, flate2::FlushCompress::Finish).unwrap();
    assert_eq!(status, flate2::Status::StreamEnd);
    out
}

/// Returns the bytes that an entry keeps in base64.
pub(crate) fn raw(entry: &serde_json::Value) -> Vec<u8> {
    let mut out = Vec::new();
    bronze::decode_base64(entry["raw"].as_str().unwrap().as_bytes(), &mut out).unwrap();
    out
}

/// Returns the text of a gzip object.
pub(crate) fn gunzip(object: &[u8]) -> Vec<u8> {
    let mut inflater = Gunzip::default();
    let (mut text, mut rest) = (Vec::with_capacity(1 << 16), object);
    while !rest.is_empty() {
        text.reserve(1 << 16);
        let used = inflater.inflate(rest, &mut text).unwrap();
        rest = &rest[used..];
    }
    inflater.finish().unwrap();
    text
}

impl Written {
    /// Returns the lines of the quarantine object, if there is one.
    pub(crate) fn quarantine(&self) -> Vec<String> {
        let keys: Vec<&String> = self.objects.keys().filter(|key| key.starts_with("_quarantine/")).collect();
        assert!(keys.len() <= 1);
        let text = keys.first().map(|key| gunzip(&self.objects[*key])).unwrap_or_default();
        let text = String::from_utf8(text).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'));
        text.lines().map(str::to_owned).collect()
    }

    /// Returns the Parquet files by key.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&String, &Vec<u8>)> {
        self.objects.iter().filter(|(key, _)| key.ends_with(".parquet"))
    }
}
