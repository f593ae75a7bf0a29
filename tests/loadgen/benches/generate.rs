//! Measures the speed of the generator alone: it generates journals without sending them.
#![allow(missing_docs, reason = "criterion's macros generate undocumented functions")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use loadgen::{Batch, Journals};
use std::hint::black_box;

fn generate(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("generate");
    let mut batch = Batch::default();
    // Every journal has 80 lines, so the throughput can be given in records.
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
