use crate::write::packed_rows::PackedRows;
use crate::write::parquet_file::{FileSummary, ParquetFile};
use crate::write::quarantine_file::QuarantineFile;
use crate::write::table_format::TableFormat;
use std::sync::Arc;

/// A piece of expensive work. Run it on any thread and pass the result to [`LakeWriter::complete`](crate::LakeWriter::complete).
#[derive(Debug)]
pub struct Job {
    pub(crate) work: Work,
    /// Memory that the job holds while it waits and runs.
    pub(crate) bytes: usize,
}

/// The work of a job.
#[derive(Debug)]
pub(crate) enum Work {
    RowGroup {
        number: u32,
        file: Option<Box<ParquetFile>>,
        rows: PackedRows,
        last: bool,
        format: Arc<TableFormat>,
    },
    Quarantine {
        file: Box<QuarantineFile>,
        text: Vec<u8>,
        entries: u64,
        last: bool,
    },
}

/// A finished job with its result.
#[derive(Debug)]
pub struct Done {
    pub(crate) outcome: Outcome,
    pub(crate) bytes: usize,
}

/// The result of a job.
#[derive(Debug)]
pub(crate) enum Outcome {
    RowGroup { number: u32, encoded: parquet::errors::Result<Encoded<ParquetFile>> },
    Quarantine(Encoded<QuarantineFile>),
}

/// The next bytes of an object, and either its encoder, if more will follow, or the summary of the finished object.
#[derive(Debug)]
pub(crate) struct Encoded<F> {
    pub(crate) bytes: Vec<u8>,
    pub(crate) next: std::result::Result<Box<F>, FileSummary>,
}

impl Job {
    /// Runs the job.
    pub fn run(self) -> Done {
        let outcome = match self.work {
            Work::RowGroup { number, file, rows, last, format } => {
                Outcome::RowGroup { number, encoded: encode(file, rows, last, &format) }
            }
            Work::Quarantine { mut file, text, entries, last } => {
                let mut bytes = file.write(&text, entries);
                Outcome::Quarantine(if last {
                    let (end, summary) = file.finish();
                    bytes.extend_from_slice(&end);
                    Encoded { bytes, next: Err(summary) }
                } else {
                    Encoded { bytes, next: Ok(file) }
                })
            }
        };
        Done { outcome, bytes: self.bytes }
    }
}

fn encode(
    mut file: Option<Box<ParquetFile>>,
    rows: PackedRows,
    last: bool,
    format: &TableFormat,
) -> parquet::errors::Result<Encoded<ParquetFile>> {
    if rows.rows() > 0 || file.is_none() {
        file = Some(ParquetFile::write(file, format, rows)?);
    }
    let mut file = file.expect("created above if there was none");
    if last {
        let (bytes, summary) = file.finish()?;
        return Ok(Encoded { bytes, next: Err(summary) });
    }
    let bytes = file.take_bytes();
    Ok(Encoded { bytes, next: Ok(file) })
}
