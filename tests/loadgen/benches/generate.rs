//! Journals without anything behind them: what the generator alone can do.
#![allow(missing_docs, reason = "criterion's macros make functions without any")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use loadgen::{Batch, Journals};
use std::hint::black_box;

fn generate(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("generate");
    let mut batch = Batch::default();
    // Of 80 lines each, so that the throughput is in records.
    let mut journals = Journals::new(1, 1, 80, 80);
    group.throughput(Throughput::Elements(80));
    group.bench_function("journal lines", |bencher| {
        bencher.iter(|| {
            batch.clear();
            journals.next(&mut batch);
            black_box(&batch);
        });
    });
    group.finish();
}

criterion_group!(benches, generate);
criterion_main!(benches);
