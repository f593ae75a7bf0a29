use crate::input::{Input, Units};
use crate::run::Run;
use crate::table::document::TableDocument;
use crate::table::field_ids;
use crate::write::origin_columns::repeated;
use crate::write::packed_rows::PackedRows;
use crate::write::system_columns::{self, SystemBuilders};
use arrow_array::ArrayRef;
use arrow_schema::{Field, Schema as ArrowSchema, SchemaRef};
use std::sync::Arc;
use table::{ColumnBuilders, Schema};

/// Returns the columns of a table's files: the schema's without its partition columns, `_rescued`, and the system columns.
///
/// The table's other columns are [`Schema::partition_columns`]. Text that repeats may be a dictionary in Arrow; in Parquet it is text.
pub fn file_columns(schema: &Schema) -> Vec<Field> {
    // The input decides only which columns are dictionaries.
    columns_of(schema, &Input { units: Units::Envelopes })
}

fn columns_of(schema: &Schema, input: &Input) -> Vec<Field> {
    let mut fields = ColumnBuilders::fields(schema);
    fields.extend(system_columns::fields(schema.key(), input));
    fields
}

/// The columns of a run's files: the schema's, then the system columns. Each has its field id.
#[derive(Debug, Clone)]
pub(crate) struct TableFormat {
    pub(crate) schema: Arc<Schema>,
    pub(crate) arrow: SchemaRef,
    pub(crate) run: Arc<Run>,
}

impl TableFormat {
    pub(crate) fn new(schema: Arc<Schema>, table: &TableDocument, run: Arc<Run>) -> Self {
        let fields = field_ids::add(columns_of(&schema, &run.input), table);
        TableFormat { schema, arrow: Arc::new(ArrowSchema::new(fields)), run }
    }

    /// Returns the number of columns that a file has in Parquet, where each scalar of a nested column is one.
    pub(crate) fn leaves(&self) -> usize {
        self.arrow.flattened_fields().iter().filter(|field| !field.data_type().is_nested()).count()
    }

    /// Converts rows to columns, and calls `write` with them. The rows' memory is freed block by block.
    ///
    /// Columns can take far more memory than the rows they come from, if the rows lack many values. Then `write` is called several times,
    /// each time with as many rows as fit into memory. The second argument is whether these are the last.
    pub(crate) fn write_columns<E>(
        &self,
        rows: PackedRows,
        mut write: impl FnMut(Vec<ArrayRef>, bool) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut table = ColumnBuilders::new(&self.schema);
        let mut system = SystemBuilders::new(self.schema.key(), &self.run.input);
        let mut left = rows.rows();
        let mut count = 0;
        for block in rows.into_blocks() {
            let mut rest = &block[..];
            while !rest.is_empty() {
                rest = system.append(table.append(rest));
                count += 1;
                if table.are_full() && count < left {
                    left -= count;
                    write(self.finish(&mut table, &mut system, std::mem::take(&mut count)), false)?;
                }
            }
        }
        write(self.finish(&mut table, &mut system, count), true)
    }

    fn finish(&self, table: &mut ColumnBuilders, system: &mut SystemBuilders, rows: usize) -> Vec<ArrayRef> {
        let mut columns = table.finish();
        columns.extend(system.finish());
        columns.push(repeated(Some(&self.run.source.url), rows));
        columns
    }
}
