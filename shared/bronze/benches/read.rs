//! Measures the way from an object's bytes to decoded values, step by step.
#![allow(missing_docs, reason = "criterion's macros make functions without any")]

use bronze::{Compression, ConnectorLine, Envelope, Framer, Framing, Inflater, decode_base64, encode_base64};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

/// Size of an object's text: a few chunks.
const TEXT: usize = 2 << 20;
/// Size of a value, about that of a journal line.
const VALUE: usize = 1400;
/// Chunk size, as in the program.
const CHUNK: usize = 256 << 10;
const MAX_LINE: usize = 16 << 20;

/// Generates letters that compress about as well as journal lines.
fn value(seed: usize) -> Vec<u8> {
    let mut state = seed as u64 + 1;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        b'a' + ((state >> 33) % 26) as u8
    });
    let half = noise.take(VALUE / 6);
    let mut value = b"{\"data\": {\"journal_line_description\": \"".to_vec();
    value.extend(half);
    while value.len() < VALUE - 3 {
        value.extend_from_slice(b"\", \"journal_header_source_code\": \"STP");
    }
    value.extend_from_slice(b"\"}}");
    value
}

fn text() -> Vec<u8> {
    let mut text = Vec::new();
    for offset in 0.. {
        let value = value(offset);
        let record = ConnectorLine {
            stream: "ledger",
            partition: "0",
            key: Some(b"KM4TPLAX56KU5MTUDV"),
            value: &value,
            offset: offset as i64,
            timestamp: 1_719_563_324_779,
        };
        record.append_to(&mut text);
        if text.len() >= TEXT {
            break;
        }
    }
    text
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut compress = flate2::Compress::new_gzip(flate2::Compression::default(), 15);
    let mut out = Vec::with_capacity(text.len() + 1024);
    compress.compress_vec(text, &mut out, flate2::FlushCompress::Finish).expect("memory into memory");
    out
}

fn inflate(criterion: &mut Criterion) {
    let text = text();
    let object = gzip(&text);
    let mut group = criterion.benchmark_group("inflate");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("one member", |bencher| {
        let mut out = Vec::with_capacity(text.len() + 1);
        bencher.iter(|| {
            out.clear();
            let used = Inflater::new(Some(Compression::Gzip), u64::MAX)
                .inflate(black_box(&object), &mut out)
                .expect("a good object");
            assert_eq!((used, out.len()), (object.len(), text.len()));
        });
    });
    group.finish();
}

fn frame(criterion: &mut Criterion) {
    let text = text();
    let mut group = criterion.benchmark_group("frame");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("chunks of whole lines", |bencher| {
        bencher.iter_batched_ref(
            || (Framer::new(Framing::Lines, CHUNK, MAX_LINE), Vec::new()),
            |(framer, spare)| {
                let (mut rest, mut bytes) = (&text[..], 0);
                while !rest.is_empty() {
                    let space = framer.space();
                    let count = rest.len().min(space.capacity() - space.len());
                    space.extend_from_slice(&rest[..count]);
                    rest = &rest[count..];
                    if framer.is_full()
                        && let Some(chunk) = framer.cut(std::mem::take(spare))
                    {
                        bytes += chunk.bytes.len();
                        *spare = chunk.bytes;
                    }
                }
                bytes
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

fn envelope(criterion: &mut Criterion) {
    let text = text();
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let mut group = criterion.benchmark_group("envelope");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("parse", |bencher| {
        bencher.iter(|| {
            let good = lines.iter().filter(|line| Envelope::parse(black_box(line)).is_ok());
            assert_eq!(good.count(), lines.len());
        });
    });
    group.finish();
}

fn base64(criterion: &mut Criterion) {
    let bytes = value(7);
    let mut encoded = Vec::new();
    encode_base64(&bytes, &mut encoded);
    let mut group = criterion.benchmark_group("base64");
    group.throughput(Throughput::Bytes(encoded.len() as u64));
    let mut out = Vec::with_capacity(2 * VALUE);
    group.bench_function("decode a value", |bencher| {
        bencher.iter(|| {
            out.clear();
            decode_base64(black_box(&encoded), &mut out).expect("good base64");
            out.len()
        });
    });
    group.finish();
}

criterion_group!(benches, inflate, frame, envelope, base64);
criterion_main!(benches);
