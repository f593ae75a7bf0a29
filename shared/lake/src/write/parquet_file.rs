use crate::format::TableFormat;
use crate::packed_rows::PackedRows;
use crate::run::hex;
use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};
use foldhash::fast::FixedState;
use hashbrown::HashSet;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::Result;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// zstd's fastest level of its ordinary range: level 3 makes these files 2 % smaller for a third more time.
const ZSTD_LEVEL: i32 = 1;

/// How many rows tell whether a column's values repeat: enough to recognise a thousand account codes.
const SAMPLE: usize = 4096;

/// A Parquet file that is being encoded: row groups in, bytes out.
///
/// Memory: while a row group is encoded, its columns as Arrow arrays and one column's encoder.
pub(crate) struct ParquetFile {
    writer: SerializedFileWriter<Vec<u8>>,
    columns: ArrowRowGroupWriterFactory,
    digest: Sha256,
    rows: u64,
    bytes: u64,
}

/// What became of a file.
#[derive(Debug)]
pub(crate) struct FileSummary {
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

impl ParquetFile {
    /// Begins a file whose first row group is to be `columns`: they decide which columns are encoded with a dictionary.
    fn begin(format: &TableFormat, columns: &[ArrayRef]) -> Result<Self> {
        let parquet_schema = ArrowSchemaConverter::new().convert(&format.arrow)?;
        let run = &format.run;
        let note = |key: &str, value: String| KeyValue::new(format!("bronzeworks.{key}"), value);
        let mut properties = WriterProperties::builder()
            .set_created_by(run.program.clone())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
            // Files are cut to be read by row group; an index of pages would make up a tenth of a small one.
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .set_max_row_group_row_count(None)
            .set_key_value_metadata(Some(vec![
                note("source", run.source.url.clone()),
                note("etag", run.source.etag.clone()),
                note("schema", format!("{} {}", format.schema.name(), format.schema.version())),
                note("schema_sha256", run.schema_sha256.clone()),
                note("run", run.id.clone()),
            ]));
        for (field, column) in format.arrow.fields().iter().zip(columns) {
            let Some(sample) = Sample::of(column) else { continue };
            let path = ColumnPath::from(field.name().as_str());
            if sample.is_tiny() {
                properties = properties.set_column_compression(path, Compression::UNCOMPRESSED);
            } else if !sample.repeats() {
                properties = properties.set_column_dictionary_enabled(path.clone(), false);
                if matches!(column.data_type(), DataType::Int64 | DataType::Timestamp(..)) {
                    properties = properties.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
                }
            }
        }
        let properties = Arc::new(properties.build());
        let writer = SerializedFileWriter::new(Vec::new(), parquet_schema.root_schema_ptr(), properties)?;
        let columns = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&format.arrow));
        Ok(ParquetFile { writer, columns, digest: Sha256::new(), rows: 0, bytes: 0 })
    }

    /// Appends a row group; begins the file when there is none yet.
    pub(crate) fn write(
        file: Option<Box<Self>>,
        format: &TableFormat,
        rows: PackedRows,
    ) -> Result<Box<Self>> {
        let count = rows.rows() as u64;
        let columns = format.columns(rows);
        let mut file = match file {
            Some(file) => file,
            None => Box::new(Self::begin(format, &columns)?),
        };
        file.write_row_group(format, columns)?;
        file.rows += count;
        Ok(file)
    }

    fn write_row_group(&mut self, format: &TableFormat, columns: Vec<ArrayRef>) -> Result<()> {
        let row_group = self.writer.flushed_row_groups().len();
        let writers = self.columns.create_column_writers(row_group)?;
        let mut row_group = self.writer.next_row_group()?;
        // Column by column, so that one encoder's buffers are there at a time.
        for ((field, column), mut writer) in format.arrow.fields().iter().zip(columns).zip(writers) {
            for leaf in compute_leaves(field, &column)? {
                writer.write(&leaf)?;
            }
            drop(column);
            writer.close()?.append_to_row_group(&mut row_group)?;
        }
        row_group.close()?;
        Ok(())
    }

    /// The bytes encoded since the last call.
    pub(crate) fn take_bytes(&mut self) -> Vec<u8> {
        let bytes = std::mem::take(self.writer.inner_mut());
        self.account(&bytes);
        bytes
    }

    /// Ends the file: its last bytes.
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

impl std::fmt::Debug for ParquetFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetFile").field("rows", &self.rows).field("bytes", &self.bytes).finish()
    }
}

/// What the first rows of a column tell about all of them.
struct Sample {
    rows: usize,
    /// Whether these are all rows of the row group.
    whole: bool,
    distinct: usize,
    /// Bytes of the distinct values.
    bytes: usize,
}

impl Sample {
    /// Looks at a column; `None` for types that are left to the library's defaults.
    fn of(column: &ArrayRef) -> Option<Self> {
        let rows = column.len().min(SAMPLE);
        let first = column.slice(0, rows);
        let (distinct, bytes) = match column.data_type() {
            DataType::Utf8 => distinct(first.as_string::<i32>().iter(), |text| text.len()),
            DataType::Binary => distinct(first.as_binary::<i32>().iter(), |bytes| bytes.len()),
            DataType::Decimal128(..) => distinct(first.as_primitive::<Decimal128Type>().iter(), |_| 16),
            DataType::Int32 => distinct(first.as_primitive::<Int32Type>().iter(), |_| 4),
            DataType::Int64 => distinct(first.as_primitive::<Int64Type>().iter(), |_| 8),
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                distinct(first.as_primitive::<TimestampMicrosecondType>().iter(), |_| 8)
            }
            DataType::Dictionary(..) => {
                distinct(first.as_any_dictionary().values().as_string::<i32>().iter(), |text| text.len())
            }
            _ => return None,
        };
        Some(Sample { rows, whole: rows == column.len(), distinct, bytes })
    }

    /// Whether the values repeat so often that a dictionary pays. A column that is not encoded with one saves the
    /// hashing, and the copy of all values that the dictionary would be.
    fn repeats(&self) -> bool {
        // Measured on journal lines: where half of the values are zero and the others unique, plain values are smaller.
        self.distinct * 3 <= self.rows
    }

    /// Whether the column is a handful of bytes when encoded, which compressing would not make fewer. The library makes zstd contexts anew
    /// for each column of each file; in thousands of small files they took a third of all time.
    fn is_tiny(&self) -> bool {
        const TINY: usize = 192;
        let index_bits = self.distinct.next_power_of_two().ilog2() as usize;
        self.whole && self.repeats() && self.bytes + self.rows * index_bits / 8 <= TINY
    }
}

/// How many different values there are, and what they measure.
fn distinct<T: std::hash::Hash + Eq>(
    values: impl Iterator<Item = Option<T>>,
    size: impl Fn(&T) -> usize,
) -> (usize, usize) {
    let values: HashSet<Option<T>, FixedState> = values.collect();
    let bytes = values.iter().flatten().map(size).sum();
    (values.len(), bytes)
}
