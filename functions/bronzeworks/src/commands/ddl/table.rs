use super::logical_type::LogicalType;
use arrow_schema::Field;
use table::{PartitionField, Schema};

/// A table as engines see it: the only place that knows which columns there are.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    pub(crate) schema: &'a Schema,
    /// The columns in the files, in their order, with `_rescued` and the system columns.
    pub(crate) stored: Vec<Column>,
    /// The columns in the paths, outermost first.
    pub(crate) partitions: Vec<Partition<'a>>,
}

#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) logical_type: LogicalType,
}

/// A column whose values are in the paths, and how they follow from the row.
#[derive(Debug)]
pub(crate) struct Partition<'a> {
    pub(crate) column: Column,
    pub(crate) field: &'a PartitionField,
    pub(crate) nullable: bool,
}

impl<'a> Table<'a> {
    pub(crate) fn new(schema: &'a Schema) -> Self {
        let partitions = schema.partition_columns().into_iter().zip(schema.partition_by());
        Table {
            schema,
            stored: lake::file_columns(schema).iter().map(Column::new).collect(),
            partitions: partitions
                .map(|(arrow, field)| Partition {
                    column: Column::new(&arrow),
                    field,
                    nullable: arrow.is_nullable(),
                })
                .collect(),
        }
    }

    /// Returns all columns: those in the files, then those in the paths.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &Column> {
        self.stored.iter().chain(self.partition_columns())
    }

    pub(crate) fn partition_columns(&self) -> impl Iterator<Item = &Column> {
        self.partitions.iter().map(|partition| &partition.column)
    }

    /// Returns the names of the columns whose type, or a type inside it, fulfills a condition.
    pub(crate) fn names_of(&self, condition: &dyn Fn(&LogicalType) -> bool) -> Vec<&str> {
        let columns = self.columns().filter(|column| column.logical_type.any(condition));
        columns.map(|column| column.name.as_str()).collect()
    }
}

impl Column {
    fn new(field: &Field) -> Self {
        let logical_type = LogicalType::of(field.data_type());
        Column {
            name: field.name().clone(),
            logical_type: logical_type.expect("a test has a column of every type"),
        }
    }
}
