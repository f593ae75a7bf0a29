use crate::receipts::offset_range::MAX_OFFSETS;
use crate::receipts::receipt::{
    Counts, DamageNote, FORMAT, Output, OutputKind, PartitionCount, Receipt, SchemaName,
};
use crate::run::Run;
use crate::write::decoded_chunk::DecodedChunk;
use crate::write::parquet_file::FileSummary;
use bronze::Damage;
use object_store::path::Path;
use std::collections::BTreeMap;
use table::Schema;

/// The receipt of a run in progress.
#[derive(Debug)]
pub(crate) struct ReceiptDraft {
    receipt: Receipt,
    partitions: BTreeMap<String, PartitionCount>,
}

impl ReceiptDraft {
    pub(crate) fn new(run: &Run, schema: &Schema) -> Self {
        let receipt = Receipt {
            format: FORMAT,
            source: run.source.clone(),
            complete: true,
            damage: Vec::new(),
            counts: Counts::default(),
            quarantined: BTreeMap::new(),
            read: BTreeMap::new(),
            partitions: Vec::new(),
            offsets: Vec::new(),
            offsets_left_out: 0,
            outputs: Vec::new(),
            schema: SchemaName {
                name: schema.name().into(),
                version: schema.version(),
                sha256: run.schema_sha256.clone(),
            },
            program: run.program.clone(),
            run: run.id.clone(),
            supersedes: Vec::new(),
        };
        ReceiptDraft { receipt, partitions: BTreeMap::new() }
    }

    /// Adds the counts of a chunk.
    pub(crate) fn count(&mut self, chunk: &DecodedChunk) {
        let receipt = &mut self.receipt;
        receipt.counts.lines += chunk.counts.lines;
        receipt.counts.blank += chunk.counts.blank;
        receipt.counts.curated += chunk.counts.curated;
        receipt.counts.quarantined += chunk.counts.quarantined;
        for (reason, count) in &chunk.reasons {
            *receipt.quarantined.entry(reason.code().into()).or_default() += count;
        }
        receipt.offsets_left_out += chunk.offsets_left_out;
        for range in &chunk.offsets {
            match receipt.offsets.iter().position(|known| known.is_same_partition(range)) {
                Some(at) => receipt.offsets[at].add(range.first, range.last, range.records),
                None if receipt.offsets.len() == MAX_OFFSETS => receipt.offsets_left_out += range.records,
                None => receipt.offsets.push(range.clone()),
            }
        }
    }

    /// Records that the object couldn't be read to its end.
    pub(crate) fn damaged(&mut self, damage: &Damage) {
        self.receipt.complete = false;
        self.receipt.damage.push(DamageNote {
            code: damage.kind.code().into(),
            byte: damage.byte,
            message: damage.message.clone(),
            details: None,
        });
    }

    /// Adds a finished Parquet file.
    pub(crate) fn parquet(&mut self, key: &Path, partition: String, summary: FileSummary) {
        let count = self.partitions.entry(partition).or_default();
        count.rows += summary.rows;
        count.files += 1;
        count.bytes += summary.bytes;
        self.output(key, OutputKind::Parquet, summary);
    }

    /// Adds a finished object of any kind.
    pub(crate) fn output(&mut self, key: &Path, kind: OutputKind, summary: FileSummary) {
        let FileSummary { rows, bytes, sha256 } = summary;
        self.receipt.outputs.push(Output {
            key: key.to_string(),
            kind,
            rows,
            bytes,
            sha256,
            checksums: BTreeMap::new(),
            statistics: None,
        });
    }

    /// Returns the receipt, with partitions, outputs and offsets sorted.
    pub(crate) fn finish(mut self) -> Receipt {
        self.receipt.partitions =
            self.partitions.into_iter().map(|(path, count)| PartitionCount { path, ..count }).collect();
        self.receipt.outputs.sort_by(|a, b| a.key.cmp(&b.key));
        self.receipt.offsets.sort_by(|a, b| (&a.stream, &a.partition).cmp(&(&b.stream, &b.partition)));
        self.receipt
    }
}
