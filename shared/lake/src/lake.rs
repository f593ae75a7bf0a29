use crate::error::Result;
use crate::input::Input;
use crate::receipts::receipt::SourceObject;
use crate::receipts::store::Receipts;
use crate::run::Run;
use crate::store::uploads::Uploads;
use crate::table::document::TableDocument;
use crate::table::record;
use crate::write::decoder::Decoder;
use crate::write::partitions::Budget;
use crate::write::table_format::TableFormat;
use crate::write::writer::LakeWriter;
use object_store::ObjectStore;
use std::sync::Arc;
use table::Schema;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// A lake: a store, and the schema of the table in it.
///
/// ```
/// use bronze::Format;
/// use lake::{Budget, Input, Lake, SourceObject};
/// use object_store::memory::InMemory;
/// use std::sync::Arc;
/// use table::Schema;
///
/// let lake = Lake::open(Arc::new(InMemory::new()), Arc::new(Schema::gl_journal()));
/// let source = SourceObject { url: "file:///bronze/x.data.gz".into(), etag: "1".into(), size: 0 };
/// let input = Input::of(Format::Connector, &source.url)?;
/// let run = Arc::new(lake.run(source, input, "the settings that matter", "example 1.0"));
/// let mut writer = lake.writer(run, Budget::new(40_000_000, 1 << 20), 10_000);
/// writer.finish();
/// assert!(writer.is_idle(), "an empty source has no jobs");
/// assert_eq!(writer.into_receipt().counts.lines, 0);
/// # Ok::<(), lake::NotKafkaConnect>(())
/// ```
#[derive(Debug, Clone)]
pub struct Lake {
    store: Arc<dyn ObjectStore>,
    schema: Arc<Schema>,
    table: Arc<TableDocument>,
    /// Whether `table` is what the lake says about its table.
    recorded: bool,
}

impl Lake {
    /// Opens the lake that `store` is rooted at, as if it were new, for a table with this schema.
    pub fn open(store: Arc<dyn ObjectStore>, schema: Arc<Schema>) -> Self {
        let table = Arc::new(TableDocument::new(&schema));
        Lake { store, schema, table, recorded: false }
    }

    /// Returns what the lake at `store` says about its table, or `None` if it doesn't have one yet.
    pub async fn table(store: &dyn ObjectStore) -> Result<Option<TableDocument>> {
        record::read(store).await
    }

    /// Compares the schema with the lake's table, and returns the lake with the ids that its fields have there. Writes nothing.
    ///
    /// # Errors
    ///
    /// [`LakeError::OtherTable`](crate::LakeError::OtherTable) if the schema doesn't fit.
    pub async fn check(&self) -> Result<Self> {
        let (table, recorded) = record::check(&self.store, &self.schema).await?;
        Ok(Lake { table: Arc::new(table), recorded, ..self.clone() })
    }

    /// Records the schema in `_table.json`, unless the table has it already, and returns the lake with the ids that its fields have there.
    /// This comes before anything else is written.
    ///
    /// # Errors
    ///
    /// [`LakeError::OtherTable`](crate::LakeError::OtherTable) if the schema doesn't fit.
    pub async fn record(&self) -> Result<Self> {
        if self.recorded {
            return Ok(self.clone());
        }
        let table = record::record(&self.store, &self.schema).await?;
        Ok(Lake { table: Arc::new(table), recorded: true, ..self.clone() })
    }

    /// Returns the table's schema.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Creates the run on `source`, read as `input`. `limits` is a text of every setting that affects what is written. `program` is its name
    /// and version.
    pub fn run(&self, source: SourceObject, input: Input, limits: &str, program: &str) -> Run {
        Run::new(source, input, &self.schema, &self.table, limits, program)
    }

    /// Creates a decoder for a source, for use by one thread. Lines and values longer than `max_line` bytes are quarantined.
    pub fn decoder(&self, input: &Input, max_line: usize) -> Decoder {
        Decoder::new(&self.schema, input, max_line)
    }

    /// Creates a writer for the run's decoded chunks. `budget` decides where rows are cut. A run that needs more than `max_files` files
    /// fails; each takes [`FILE_OVERHEAD`](crate::FILE_OVERHEAD) bytes of memory.
    pub fn writer(&self, run: Arc<Run>, budget: Budget, max_files: usize) -> LakeWriter {
        LakeWriter::new(
            Arc::new(TableFormat::new(Arc::clone(&self.schema), &self.table, run)),
            budget,
            max_files,
        )
    }

    /// Creates uploads for a run's objects, in parts of `part_size` bytes, on the runtime of `handle`, until `stop` is cancelled.
    pub fn uploads(&self, part_size: usize, handle: Handle, stop: CancellationToken) -> Uploads {
        Uploads::new(Arc::clone(&self.store), part_size, handle, stop)
    }

    /// Returns access to the lake's receipts.
    pub fn receipts(&self) -> Receipts {
        Receipts::new(Arc::clone(&self.store))
    }
}
