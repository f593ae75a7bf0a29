//! Measures the way from chunks of lines to the bytes of the lake's files.
#![allow(missing_docs, reason = "criterion's macros make functions without any")]

use bronze::{Chunk, ChunkKind, ConnectorLine, Format};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use lake::{Appended, Budget, DecodedChunk, Input, Lake, SourceObject};
use object_store::memory::InMemory;
use std::hint::black_box;
use std::sync::Arc;
use table::Schema;

/// Lines in a chunk: about 256 KiB, as in the program.
const CHUNK_LINES: usize = 120;
/// Rows of one row group, all in one partition.
const ROW_GROUP_ROWS: usize = 4000;
/// Numbers of periods and currencies in the table with many partitions, and rows in each partition.
const PERIODS: usize = 20;
const CURRENCIES: usize = 100;
const ROWS_EACH: usize = 2;

const MAX_LINE: usize = 16 << 20;
const PLENTY: Budget = Budget { ceiling: 256 << 20, comfort: 256 << 20, part: 1 << 20 };

/// Returns the value of a journal line as the public load generator writes it, with Python's `json.dumps`.
fn journal(number: usize, period: usize, currency: usize) -> String {
    format!(
        "{{\"uuid\": \"e7c8b394-582b-4991-becb-{number:012}\", \"run_id\": \"20240628_082841_9009\", \"scenario\": \"stream\", \
         \"timestamp\": \"2024-06-28T08:28:42.{:06}\", \"data\": {{\"journal_header_source_code\": \"STP\", \
         \"journal_external_reference\": \"KM4TPLAX56KU5MTUDV{number}\", \"journal_header_description\": \"hjrbtdgyoeliangpozpbroilobarydzj\", \
         \"period_code\": \"{}\", \"period_date\": \"2024-06-30T00:00:00\", \"currency_code\": \"C{currency:02}\", \
         \"journal_category_code\": \"DWA\", \"journal_posted_date\": \"2024-06-28T00:00:00\", \
         \"journal_created_date\": \"2024-06-28T00:00:00\", \"journal_created_timestamp\": \"2024-06-28T08:28:42.252957\", \
         \"journal_actual_flag\": \"Y\", \"journal_status\": \"NPS\", \"journal_header_name\": \"iwfqvncaooiykjashlyfegeglv\", \
         \"reversal_flag\": \"N\", \"reversal_journal_header_source_code\": \"\", \"journal_line_number\": {}, \
         \"account_code\": \"A{:03}\", \"organization_code\": \"R400\", \"project_code\": \"P027\", \"journal_line_type\": \"DR\", \
         \"entered_debit_amount\": {}.641263640015, \"entered_credit_amount\": 0, \"accounted_debit_amount\": {}.641263640015, \
         \"accounted_credit_amount\": 0, \"journal_line_description\": \"dablaindveylswmrdmcyfpfshqhsriaszhh\"}}}}",
        number % 1_000_000,
        202_401 + period,
        number % 9 + 1,
        number % 700,
        number % 9973,
        number % 9973,
    )
}

fn chunk(values: impl Iterator<Item = String>) -> Chunk {
    let mut bytes = Vec::new();
    for (offset, value) in values.enumerate() {
        let (offset, timestamp) = (offset as i64, 1_719_563_324_779);
        let record = ConnectorLine {
            stream: "ledger",
            partition: "0",
            key: Some(b"KM4T"),
            value: value.as_bytes(),
            offset,
            timestamp,
        };
        record.append_to(&mut bytes);
    }
    Chunk { bytes, line: 1, byte: 0, kind: ChunkKind::Lines }
}

fn input() -> Input {
    Input::of(Format::Connector, "file:///bench").expect("any name will do")
}

fn lake() -> Lake {
    Lake::open(Arc::new(InMemory::new()), Arc::new(Schema::gl_journal()))
}

fn lines(criterion: &mut Criterion) {
    let chunk = chunk((0..CHUNK_LINES).map(|number| journal(number, 5, number % 5)));
    let mut decoder = lake().decoder(&input(), MAX_LINE);
    let mut decoded = DecodedChunk::default();
    let mut group = criterion.benchmark_group("lines");
    group.throughput(Throughput::Bytes(chunk.bytes.len() as u64));
    group.bench_function("a chunk to rows", |bencher| {
        bencher.iter(|| decoder.decode(black_box(&chunk), &mut decoded))
    });
    group.finish();
}

/// Writes decoded rows and returns the total size of the files.
fn write(lake: &Lake, decoded: &mut DecodedChunk) -> usize {
    let source = SourceObject { url: "file:///bench".into(), etag: "e".into(), size: 0 };
    let mut writer = lake.writer(Arc::new(lake.run(source, input(), "", "bench")), PLENTY, usize::MAX);
    assert_eq!(writer.append(decoded).expect("few files"), Appended::Whole);
    writer.finish();
    let mut bytes = 0;
    while let Some(job) = writer.next_job() {
        let part = writer.complete(job.run()).expect("good rows");
        bytes += part.map_or(0, |part| part.bytes.len());
    }
    bytes
}

fn encode(criterion: &mut Criterion) {
    let lake = lake();
    let mut decoder = lake.decoder(&input(), MAX_LINE);
    let mut group = criterion.benchmark_group("encode");
    group.sample_size(10);
    let one = chunk((0..ROW_GROUP_ROWS).map(|number| journal(number, 5, 0)));
    let many = chunk((0..PERIODS * CURRENCIES * ROWS_EACH).map(|number| {
        let partition = number % (PERIODS * CURRENCIES);
        journal(number, partition % PERIODS, partition / PERIODS)
    }));
    for (name, chunk) in [("one row group", one), ("2,000 small partitions", many)] {
        group.throughput(Throughput::Bytes(chunk.bytes.len() as u64));
        group.bench_function(name, |bencher| {
            let decoded = || {
                let mut decoded = DecodedChunk::default();
                decoder.decode(&chunk, &mut decoded);
                decoded
            };
            bencher.iter_batched_ref(
                decoded,
                |decoded| assert!(write(&lake, black_box(decoded)) > 0),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, lines, encode);
criterion_main!(benches);
