use super::*;
use arrow_schema::Schema as ArrowSchema;
use parquet::arrow::ArrowSchemaConverter;
use parquet::file::properties::WriterProperties;
use table::{ColumnBuilders, RowJudge, Schema};

/// Returns the columns of a schema with one column `x`, with these values, and the Arrow schema.
fn columns(column_type: &str, forms: &[String]) -> (ArrowSchema, Vec<ArrayRef>) {
    let text = format!(
        r#"{{"name":"t","version":1,"unknown_fields":"ignore","columns":[{{"name":"x","type":"{column_type}"}}]}}"#
    );
    let schema = Schema::parse(text.as_bytes()).unwrap();
    let (mut judge, mut builders) = (RowJudge::new(&schema), ColumnBuilders::new(&schema));
    for form in forms {
        let value = format!("{{\"x\": {form}}}");
        builders.append(judge.judge(None, value.as_bytes(), None).unwrap().cells);
    }
    (ArrowSchema::new(ColumnBuilders::fields(&schema)), builders.finish())
}

#[test]
fn the_paths_and_their_order_are_those_of_the_parquet_schema() {
    for column_type in [
        "int32",
        "array<int32>",
        "struct<a: int32, `b.c`: array<struct<d: string, e: map<string, array<binary>>>>, f: boolean>",
        "map<string, struct<a: map<string, json>, list: array<array<date>>>>",
    ] {
        let (schema, columns) = columns(column_type, &["null".into()]);
        let parquet = ArrowSchemaConverter::new().convert(&schema).unwrap();
        let expected: Vec<_> =
            parquet.columns().iter().map(|column| column.path().parts().to_vec()).collect();
        let found: Vec<_> = leaf_columns("x", &columns[0]).into_iter().map(|leaf| leaf.path).collect();
        assert_eq!(found, expected, "{column_type}");
    }
}

#[test]
fn the_encoding_of_a_scalar_inside_follows_from_its_values() {
    let forms: Vec<String> =
        (0..3000).map(|at| format!(r#"[{{"id": {at}, "code": "c{}", "text": "t{at}"}}]"#, at % 5)).collect();
    let (_, columns) = columns("array<struct<id: int64, code: string, text: string>>", &forms);
    let leaves = leaf_columns("x", &columns[0]);
    let properties =
        leaves.into_iter().fold(WriterProperties::builder(), |all, leaf| leaf.encode(true, all)).build();
    let path = |name: &str| ColumnPath::new(["x", "list", "element", name].map(str::to_owned).into());
    let dictionary = |name| properties.dictionary_enabled(&path(name));
    assert!(!dictionary("id") && dictionary("code") && !dictionary("text"));
    assert_eq!(properties.encoding(&path("id")), Some(Encoding::DELTA_BINARY_PACKED));
}
