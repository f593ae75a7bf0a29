//! How much memory the values of a type take while rows become columns of a file, apart from the bytes of strings.
//!
//! A packed row has no room for what is missing, but Arrow has. An element `{}` of an array of structs is three bytes of JSON, and a slot in
//! every column of the struct. So these sizes, not those of packed rows, bound the memory of nested values.

use arrow_schema::DataType;

/// Bytes of a leaf's levels for one of its slots, as the Parquet writer holds them.
const LEVELS: usize = 8;

/// Memory of the values of columns beyond which they should be written. Ordinary rows that pack into a row group of 16 MiB take less.
pub(crate) const MAX_BATCH: usize = 24 << 20;

/// Returns the bytes that one value of a type takes. Null takes the same. The elements of an array and the entries of a map are extra.
pub(crate) fn slot(data_type: &DataType) -> usize {
    match data_type {
        DataType::List(_) | DataType::Map(..) => size_of::<i32>() + leaves(data_type) * LEVELS,
        DataType::Struct(fields) => fields.iter().map(|field| slot(field.data_type())).sum(),
        DataType::Utf8 | DataType::Binary => size_of::<i32>() + LEVELS,
        scalar => scalar.primitive_width().unwrap_or(1) + LEVELS,
    }
}

/// Returns the bytes that an element of an array or an entry of a map takes, in addition to those of the array or map.
pub(crate) fn element(data_type: &DataType) -> usize {
    slot(data_type) + encoding(data_type)
}

/// Returns the bytes that one value takes while it is encoded. Only one leaf is encoded at a time.
fn encoding(data_type: &DataType) -> usize {
    match data_type {
        // The Parquet writer makes an object on the heap of each value.
        DataType::Decimal128(..) => 72,
        DataType::List(element) | DataType::Map(element, _) => encoding(element.data_type()),
        DataType::Struct(fields) => fields.iter().map(|field| encoding(field.data_type())).max().unwrap_or(0),
        _ => 0,
    }
}

/// Returns the number of scalars in a type, which is the number of its columns in a Parquet file.
pub(crate) fn leaves(data_type: &DataType) -> usize {
    match data_type {
        DataType::List(element) | DataType::Map(element, _) => leaves(element.data_type()),
        DataType::Struct(fields) => fields.iter().map(|field| leaves(field.data_type())).sum(),
        _ => 1,
    }
}

/// Returns how many arrays and objects are nested in the JSON of a value.
pub(crate) fn depth(data_type: &DataType) -> usize {
    match data_type {
        DataType::List(element) => 1 + depth(element.data_type()),
        // The struct of a map's entries is not an object of its own.
        DataType::Map(entries, _) => depth(entries.data_type()),
        DataType::Struct(fields) => {
            1 + fields.iter().map(|field| depth(field.data_type())).max().unwrap_or(0)
        }
        _ => 0,
    }
}
