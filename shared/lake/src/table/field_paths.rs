use arrow_schema::{DataType, Field};
use table::Schema;

/// The path of a field: the column's name, then the names of nested fields as in Parquet, such as `["items", "element", "qty"]`.
pub(crate) type FieldPath = Vec<String>;

/// A field of a schema that has an id.
#[derive(Debug)]
pub(crate) struct SchemaField {
    pub(crate) path: FieldPath,
    /// The type as in a schema file, or `None` for a nested field, which is part of its column's type.
    pub(crate) column_type: Option<String>,
    /// The id that the schema file states.
    pub(crate) id: Option<u32>,
}

/// Returns every field of a schema, nested ones included, in the schema's order.
pub(crate) fn of(schema: &Schema) -> Vec<SchemaField> {
    let mut fields = Vec::new();
    for column in schema.columns() {
        let (path, column_type) = (vec![column.name.clone()], Some(column.column_type.to_string()));
        fields.push(SchemaField { path: path.clone(), column_type, id: column.id });
        visit_nested(&column.column_type.arrow_type(), &path, &mut |path| {
            fields.push(SchemaField { path, column_type: None, id: None });
        });
    }
    fields
}

fn visit_nested(data_type: &DataType, outer: &FieldPath, visit: &mut impl FnMut(FieldPath)) {
    for field in nested(data_type) {
        let mut path = outer.clone();
        path.push(field.name().clone());
        visit(path.clone());
        // The entries of a map are a group without a meaning of its own; it has an id like all others.
        visit_nested(field.data_type(), &path, visit);
    }
}

fn nested(data_type: &DataType) -> Vec<&Field> {
    match data_type {
        DataType::List(field) | DataType::LargeList(field) | DataType::Map(field, _) => vec![field],
        DataType::Struct(fields) => fields.iter().map(AsRef::as_ref).collect(),
        _ => Vec::new(),
    }
}
