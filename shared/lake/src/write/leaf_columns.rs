use crate::write::column_sample::ColumnSample;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::WriterPropertiesBuilder;
use parquet::schema::types::ColumnPath;

/// A column of a Parquet file: a column of the table, or a scalar inside a nested one.
pub(crate) struct LeafColumn {
    path: Vec<String>,
    values: ArrayRef,
    /// Whether the column is inside an array or a map, so that a row can have any number of values.
    repeated: bool,
}

/// Returns the Parquet columns of a column of the table, in the order in which they are in the file.
pub(crate) fn leaf_columns(name: &str, column: &ArrayRef) -> Vec<LeafColumn> {
    let mut leaves = Vec::new();
    collect(vec![name.to_owned()], column, false, &mut leaves);
    leaves
}

fn collect(path: Vec<String>, values: &ArrayRef, repeated: bool, leaves: &mut Vec<LeafColumn>) {
    let inside = |steps: &[&str]| {
        let steps = steps.iter().map(|step| (*step).to_owned());
        path.iter().cloned().chain(steps).collect::<Vec<_>>()
    };
    match values.data_type() {
        DataType::List(element) => {
            let list = values.as_list::<i32>();
            // Between the list and its elements, Parquet has a group of this name.
            collect(inside(&["list", element.name()]), list.values(), true, leaves);
        }
        DataType::Map(entries, _) => {
            let map = values.as_map();
            let DataType::Struct(fields) = entries.data_type() else { return };
            for (field, column) in fields.iter().zip(map.entries().columns()) {
                collect(inside(&[entries.name(), field.name()]), column, true, leaves);
            }
        }
        DataType::Struct(fields) => {
            for (field, column) in fields.iter().zip(values.as_struct().columns()) {
                collect(inside(&[field.name()]), column, repeated, leaves);
            }
        }
        _ => leaves.push(LeafColumn { path, values: values.clone(), repeated }),
    }
}

impl LeafColumn {
    /// Sets how the column is encoded, given its first values. `whole` is whether these are all of its row group.
    pub(crate) fn encode(self, whole: bool, properties: WriterPropertiesBuilder) -> WriterPropertiesBuilder {
        let Some(sample) = ColumnSample::of(&self.values) else { return properties };
        let path = ColumnPath::new(self.path);
        // The levels of repeated values can be large although the values are tiny.
        if whole && !self.repeated && sample.is_tiny() {
            return properties.set_column_compression(path, Compression::UNCOMPRESSED);
        }
        if sample.repeats() {
            return properties;
        }
        let properties = properties.set_column_dictionary_enabled(path.clone(), false);
        match self.values.data_type() {
            DataType::Int64 | DataType::Timestamp(..) => {
                properties.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED)
            }
            _ => properties,
        }
    }
}

#[cfg(test)]
#[path = "leaf_columns_tests.rs"]
mod tests;
