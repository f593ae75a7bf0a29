use crate::run::Run;
use crate::write::packed_rows::PackedRows;
use crate::write::system_columns::{self, SystemBuilders};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, Int32Array, StringArray};
use arrow_schema::{Schema as ArrowSchema, SchemaRef};
use std::sync::Arc;
use table::{ColumnBuilders, Schema};

/// The columns of a run's files: the schema's, then the system columns.
#[derive(Debug, Clone)]
pub(crate) struct TableFormat {
    pub(crate) schema: Arc<Schema>,
    pub(crate) arrow: SchemaRef,
    pub(crate) run: Arc<Run>,
}

impl TableFormat {
    pub(crate) fn new(schema: Arc<Schema>, run: Arc<Run>) -> Self {
        let mut fields = ColumnBuilders::fields(&schema);
        fields.extend(system_columns::fields(schema.key()));
        TableFormat { schema, arrow: Arc::new(ArrowSchema::new(fields)), run }
    }

    /// Converts rows to columns. The rows' memory is freed block by block.
    pub(crate) fn columns(&self, rows: PackedRows) -> Vec<ArrayRef> {
        let count = rows.rows();
        let mut table = ColumnBuilders::new(&self.schema);
        let mut system = SystemBuilders::new(self.schema.key());
        for block in rows.into_blocks() {
            let mut rest = &block[..];
            while !rest.is_empty() {
                rest = system.append(table.append(rest));
            }
        }
        let mut columns = table.finish();
        columns.extend(system.finish());
        let source = StringArray::from(vec![self.run.source.url.as_str()]);
        let repeated = DictionaryArray::<Int32Type>::new(Int32Array::from(vec![0; count]), Arc::new(source));
        columns.push(Arc::new(repeated));
        columns
    }
}
