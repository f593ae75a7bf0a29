use crate::run::hex;
use crate::write::leaf_columns::leaf_columns;
use crate::write::packed_rows::PackedRows;
use crate::write::table_format::TableFormat;
use arrow_array::ArrayRef;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::Result;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// zstd's fastest ordinary level. Level 3 makes these files 2 % smaller but takes a third longer.
const ZSTD_LEVEL: i32 = 1;

/// The key by which Spark 3 and later recognizes the calendar of a file, and the lowest version whose files are in the calendar that
/// everybody else uses. Without the key, Spark 3 refuses dates before 1582 and points in time before 1900, unless
/// `spark.sql.parquet.datetimeRebaseModeInRead` is `CORRECTED`.
///
/// Source: `datetimeRebaseSpec` and `int96RebaseSpec` in Spark's
/// [`DataSourceUtils`](https://github.com/apache/spark/blob/master/sql/core/src/main/scala/org/apache/spark/sql/execution/datasources/DataSourceUtils.scala).
/// The key `org.apache.spark.legacyDateTime` would mean the other calendar; a file of ours never has it.
const SPARK_CALENDAR: (&str, &str) = ("org.apache.spark.version", "3.1.0");

/// A Parquet file being encoded: row groups go in, bytes come out.
///
/// Memory: a row group's columns as Arrow arrays and one column's encoder, while the row group is encoded.
pub(crate) struct ParquetFile {
    writer: SerializedFileWriter<Vec<u8>>,
    columns: ArrowRowGroupWriterFactory,
    digest: Sha256,
    rows: u64,
    bytes: u64,
}

/// Size and digest of a finished object.
#[derive(Debug)]
pub(crate) struct FileSummary {
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

impl ParquetFile {
    /// Begins a file whose first row group begins with `columns`, and is `whole` if it ends with them. They determine which columns are
    /// encoded with a dictionary.
    fn begin(format: &TableFormat, columns: &[ArrayRef], whole: bool) -> Result<Self> {
        let parquet_schema = ArrowSchemaConverter::new().convert(&format.arrow)?;
        let run = &format.run;
        let note = |key: &str, value: String| KeyValue::new(format!("bronzeworks.{key}"), value);
        let mut properties = WriterProperties::builder()
            .set_created_by(run.program.clone())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
            // Files are meant to be read by row group, and a page index would be a tenth of a small file.
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .set_max_row_group_row_count(None)
            .set_key_value_metadata(Some(vec![
                note("source", run.source.url.clone()),
                note("etag", run.source.etag.clone()),
                note("schema", format!("{} {}", format.schema.name(), format.schema.version())),
                note("schema_sha256", run.schema_sha256.clone()),
                note("run", run.id.clone()),
                KeyValue::new(SPARK_CALENDAR.0.to_owned(), SPARK_CALENDAR.1.to_owned()),
            ]));
        for (field, column) in format.arrow.fields().iter().zip(columns) {
            for leaf in leaf_columns(field.name(), column) {
                properties = leaf.encode(whole, properties);
            }
        }
        let properties = Arc::new(properties.build());
        let writer = SerializedFileWriter::new(Vec::new(), parquet_schema.root_schema_ptr(), properties)?;
        let columns = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&format.arrow));
        Ok(ParquetFile { writer, columns, digest: Sha256::new(), rows: 0, bytes: 0 })
    }

    /// Appends a row group, and begins the file if it doesn't exist yet.
    pub(crate) fn write(
        file: Option<Box<Self>>,
        format: &TableFormat,
        rows: PackedRows,
    ) -> Result<Box<Self>> {
        let count = rows.rows() as u64;
        let (mut file, mut writers) = (file, None);
        format.write_columns(rows, |columns, last| {
            let file = match &mut file {
                Some(file) => file,
                none => none.insert(Box::new(Self::begin(format, &columns, last)?)),
            };
            let open = match writers.take() {
                Some(open) => open,
                None => file.columns.create_column_writers(file.writer.flushed_row_groups().len())?,
            };
            if last {
                file.end_row_group(format, open, columns)
            } else {
                writers = Some(write_part(format, open, columns)?);
                Ok(())
            }
        })?;
        let mut file = file.expect("there is at least one row group");
        file.rows += count;
        Ok(file)
    }

    /// Encodes the last columns of a row group, and ends it.
    fn end_row_group(
        &mut self,
        format: &TableFormat,
        writers: Vec<ArrowColumnWriter>,
        columns: Vec<ArrayRef>,
    ) -> Result<()> {
        let mut row_group = self.writer.next_row_group()?;
        // Column by column, so that only one encoder's buffers exist at a time.
        let mut writers = writers.into_iter();
        for (field, column) in format.arrow.fields().iter().zip(columns) {
            let leaves = compute_leaves(field, &column)?;
            drop(column);
            for (leaf, mut writer) in leaves.into_iter().zip(&mut writers) {
                writer.write(&leaf)?;
                drop(leaf);
                writer.close()?.append_to_row_group(&mut row_group)?;
            }
        }
        row_group.close()?;
        Ok(())
    }

    /// Returns the bytes encoded since the last call.
    pub(crate) fn take_bytes(&mut self) -> Vec<u8> {
        let bytes = std::mem::take(self.writer.inner_mut());
        self.account(&bytes);
        bytes
    }

    /// Ends the file and returns its last bytes.
    pub(crate) fn finish(mut self) -> Result<(Vec<u8>, FileSummary)> {
        self.writer.finish()?;
        let bytes = self.take_bytes();
        let sha256 = hex(&self.digest.finalize());
        Ok((bytes, FileSummary { rows: self.rows, bytes: self.bytes, sha256 }))
    }

    fn account(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
    }
}

/// Encodes columns of a row group that others follow. These columns lack most of their values, so that their encoders are small.
fn write_part(
    format: &TableFormat,
    mut writers: Vec<ArrowColumnWriter>,
    columns: Vec<ArrayRef>,
) -> Result<Vec<ArrowColumnWriter>> {
    let mut next = writers.iter_mut();
    for (field, column) in format.arrow.fields().iter().zip(columns) {
        for (leaf, writer) in compute_leaves(field, &column)?.into_iter().zip(&mut next) {
            writer.write(&leaf)?;
        }
    }
    Ok(writers)
}

impl std::fmt::Debug for ParquetFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetFile").field("rows", &self.rows).field("bytes", &self.bytes).finish()
    }
}
