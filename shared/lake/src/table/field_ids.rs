use crate::table::document::TableDocument;
use crate::table::field_paths::FieldPath;
use arrow_schema::{DataType, Field, Fields};
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;
use std::collections::HashMap;
use std::sync::Arc;

/// The ids of the columns that every table has. They are above [`table::MAX_FIELD_ID`] and below those that Iceberg reserves, which start
/// at 2,147,483,447.
const SYSTEM_IDS: [(&str, u32); 9] = [
    ("_rescued", 2_000_000_001),
    ("_stream", 2_000_000_002),
    ("_partition", 2_000_000_003),
    ("_offset", 2_000_000_004),
    ("_key", 2_000_000_005),
    ("_enqueued_at", 2_000_000_006),
    ("_source", 2_000_000_007),
    ("_sequence", 2_000_000_008),
    ("_headers", 2_000_000_009),
];

/// Adds the id of every field, nested ones included, to the columns of a file.
pub(crate) fn add(columns: Vec<Field>, table: &TableDocument) -> Vec<Field> {
    let mut ids = table.all_ids();
    ids.extend(SYSTEM_IDS.map(|(name, id)| (vec![name.to_owned()], id)));
    columns.into_iter().map(|field| with_ids(field, &mut FieldPath::new(), &ids)).collect()
}

fn with_ids(field: Field, outer: &mut FieldPath, ids: &HashMap<FieldPath, u32>) -> Field {
    outer.push(field.name().clone());
    let data_type = match field.data_type() {
        DataType::List(element) => DataType::List(shared_with_ids(element, outer, ids)),
        DataType::LargeList(element) => DataType::LargeList(shared_with_ids(element, outer, ids)),
        DataType::Map(entries, sorted) => DataType::Map(shared_with_ids(entries, outer, ids), *sorted),
        DataType::Struct(fields) => DataType::Struct(
            fields.iter().map(|field| shared_with_ids(field, outer, ids)).collect::<Fields>(),
        ),
        scalar => scalar.clone(),
    };
    let mut metadata = field.metadata().clone();
    if let Some(id) = ids.get(outer.as_slice()) {
        metadata.insert(PARQUET_FIELD_ID_META_KEY, id.to_string());
    }
    outer.pop();
    field.with_data_type(data_type).with_metadata(metadata)
}

fn shared_with_ids(field: &Arc<Field>, outer: &mut FieldPath, ids: &HashMap<FieldPath, u32>) -> Arc<Field> {
    Arc::new(with_ids(Field::clone(field), outer, ids))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::system_columns::SYSTEM_COLUMNS;
    use table::{MAX_FIELD_ID, RESCUED};

    #[test]
    fn every_system_column_has_a_reserved_id() {
        for name in SYSTEM_COLUMNS.into_iter().chain([RESCUED]) {
            assert!(SYSTEM_IDS.iter().any(|(known, _)| *known == name), "{name}");
        }
        let distinct: std::collections::BTreeSet<u32> = SYSTEM_IDS.iter().map(|(_, id)| *id).collect();
        assert_eq!(distinct.len(), SYSTEM_IDS.len());
        assert!(distinct.iter().all(|id| (MAX_FIELD_ID + 1..i32::MAX as u32 - 200).contains(id)));
    }
}
