//! What is proposed for realistic samples: each file of `tests/fixtures/samples` has its schema in `tests/fixtures/schemas`.
//!
//! `UPDATE=1 cargo test -p infer --test samples` writes the schemas. Read them: each should be one that a person would keep.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods, reason = "the samples are small files of the project")]

use bronze::{Format, Framer};
use infer::{Observer, Proposal, Reader};
use std::fs;
use std::path::{Path, PathBuf};
use table::Schema;

fn fixtures(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(folder)
}

/// Observes a text that is cut into chunks of this size.
fn observe(text: &[u8], format: Format, chunk_size: usize) -> Observer {
    let mut framer = Framer::new(format.framing(), chunk_size, 1 << 20);
    let (mut merged, mut rest) = (Observer::default(), text);
    let mut read = |chunk| {
        let mut observer = Observer::default();
        Reader::new(format, 1 << 20).read(&chunk, &mut observer);
        merged.merge(observer);
    };
    while !rest.is_empty() {
        let space = framer.space();
        let count = (space.capacity() - space.len()).min(rest.len());
        space.extend_from_slice(&rest[..count]);
        rest = &rest[count..];
        if framer.is_full() {
            framer.cut(Vec::new()).map(&mut read);
        }
    }
    while let Some(chunk) = framer.finish() {
        read(chunk);
    }
    merged
}

#[test]
fn the_schemas_of_the_samples_are_those_that_a_person_would_keep() {
    for (sample, format, records) in [
        ("cloudevents.jsonl", Format::Json, 120),
        ("debezium.jsonl", Format::Connector, 120),
        ("firehose.json", Format::Json, 110),
        ("iot.jsonl", Format::Json, 150),
        ("webhooks.json", Format::Json, 40),
    ] {
        let text = fs::read(fixtures("samples").join(sample)).unwrap();
        assert_eq!(Reader::detect(&text, sample), Some(format), "{sample}");
        let observer = observe(&text, format, 1 << 20);
        assert_eq!((observer.counts.records, observer.counts.unusable()), (records, 0), "{sample}");
        let name = sample.split('.').next().unwrap();
        let proposal = Proposal::of(&observer, name);
        Schema::parse(proposal.schema.as_bytes()).unwrap();
        for chunk_size in [100, 4096] {
            assert_eq!(Proposal::of(&observe(&text, format, chunk_size), name), proposal, "{sample}");
        }
        let golden = fixtures("schemas").join(format!("{name}.json"));
        if std::env::var_os("UPDATE").is_some() {
            fs::create_dir_all(golden.parent().unwrap()).unwrap();
            fs::write(&golden, &proposal.schema).unwrap();
        }
        assert_eq!(fs::read_to_string(&golden).unwrap(), proposal.schema, "{sample}");
    }
}
