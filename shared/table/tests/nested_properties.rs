//! Checks by property that values of random nested types become the same values in Arrow, in whatever order and form they are sent.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use arrow_array::{Array, ArrayRef};
use base64_simd::STANDARD;
use common::{decode_with, of_type};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use table::{ColumnBuilders, RowJudge};

/// A type as the test knows it.
#[derive(Debug, Clone)]
enum Shape {
    Scalar(&'static str),
    Array(Box<Shape>),
    Struct(Vec<(String, Shape)>),
    Map(Box<Shape>),
}

const SCALARS: [&str; 12] = [
    "string",
    "binary",
    "int32",
    "int64",
    "float64",
    "decimal(9,2)",
    "boolean",
    "date",
    "date_days",
    "timestamp_utc",
    "timestamp_nanos",
    "json",
];

impl Shape {
    /// Returns the type as a schema file has it.
    fn name(&self) -> String {
        match self {
            Shape::Scalar(name) => (*name).into(),
            Shape::Array(element) => format!("array<{}>", element.name()),
            Shape::Map(value) => format!("map<string, {}>", value.name()),
            Shape::Struct(fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(name, shape)| format!("`{}`:{}", name.replace('`', "``"), shape.name()))
                    .collect();
                format!("struct<{}>", fields.join(","))
            }
        }
    }

    /// Generates values, and null. A missing member is not generated here, but by [`send`].
    fn value(&self) -> BoxedStrategy<Value> {
        let value = match self {
            Shape::Scalar(name) => scalar(name),
            Shape::Array(element) => vec(element.value(), 0..4).prop_map(Value::from).boxed(),
            Shape::Map(value) => prop::collection::btree_map("[a-b\"é~/]{0,2}", value.value(), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect()))
                .boxed(),
            Shape::Struct(fields) => {
                let values: Vec<_> = fields.iter().map(|(_, shape)| shape.value()).collect();
                let names: Vec<String> = fields.iter().map(|(name, _)| name.clone()).collect();
                values
                    .prop_map(move |values| Value::Object(names.iter().cloned().zip(values).collect()))
                    .boxed()
            }
        };
        prop_oneof![5 => value, 1 => Just(Value::Null)].boxed()
    }

    /// Returns the value in this row of a column.
    fn stored(&self, column: &ArrayRef, row: usize) -> Value {
        if column.is_null(row) {
            return Value::Null;
        }
        match self {
            Shape::Scalar(name) => stored_scalar(name, column, row),
            Shape::Array(element) => {
                let elements = column.as_list::<i32>().value(row);
                (0..elements.len()).map(|at| element.stored(&elements, at)).collect()
            }
            Shape::Map(value) => {
                let entries = column.as_map().value(row);
                let key = |at| entries.column(0).as_string::<i32>().value(at).to_owned();
                let all = (0..entries.len()).map(|at| (key(at), value.stored(entries.column(1), at)));
                Value::Object(all.collect())
            }
            Shape::Struct(fields) => {
                let columns = column.as_struct().columns();
                let all = fields.iter().zip(columns);
                Value::Object(
                    all.map(|((name, shape), column)| (name.clone(), shape.stored(column, row))).collect(),
                )
            }
        }
    }
}

fn shape() -> impl Strategy<Value = Shape> {
    let scalar = prop::sample::select(SCALARS.to_vec()).prop_map(Shape::Scalar);
    scalar.prop_recursive(4, 12, 3, |inner| {
        let fields = prop::collection::btree_map("[a-c`:,<> é\"]{1,2}", inner.clone(), 1..4);
        prop_oneof![
            inner.clone().prop_map(|element| Shape::Array(element.into())),
            inner.prop_map(|value| Shape::Map(value.into())),
            fields.prop_map(|fields| Shape::Struct(fields.into_iter().collect())),
        ]
    })
}

/// Generates values of a scalar type, in the one form that [`stored_scalar`] returns.
fn scalar(name: &str) -> BoxedStrategy<Value> {
    match name {
        "string" => any::<String>().prop_map(Value::from).boxed(),
        "binary" => any::<Vec<u8>>().prop_map(|bytes| STANDARD.encode_to_string(bytes).into()).boxed(),
        "int32" => any::<i32>().prop_map(Value::from).boxed(),
        "int64" => any::<i64>().prop_map(Value::from).boxed(),
        "float64" => any::<i32>().prop_map(|value| json!(f64::from(value) / 8.0)).boxed(),
        "decimal(9,2)" => {
            (-39_999_999..=39_999_999_i32).prop_map(|cents| json!(f64::from(cents) / 4.0)).boxed()
        }
        "boolean" => any::<bool>().prop_map(Value::from).boxed(),
        "date" => (1..=9999, 1..=12, 1..=28)
            .prop_map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}").into())
            .boxed(),
        "date_days" => (-719_162..=2_932_896_i32).prop_map(Value::from).boxed(),
        "timestamp_utc" => (-62_135_596_800_000_000..=253_402_300_799_999_999_i64)
            .prop_map(|micros| rfc_3339(micros).into())
            .boxed(),
        "timestamp_nanos" => {
            (i64::MIN / 1000..i64::MAX / 1000).prop_map(|micros| json!(micros * 1000)).boxed()
        }
        // As text: the column stores it as sent.
        _ => prop_oneof![
            Just(json!(7)),
            Just(json!("x\n")),
            Just(json!([1, {"a": null}])),
            Just(json!({"a": {}}))
        ]
        .boxed(),
    }
}

fn stored_scalar(name: &str, column: &ArrayRef, row: usize) -> Value {
    match name {
        "string" => column.as_string::<i32>().value(row).into(),
        "binary" => STANDARD.encode_to_string(column.as_binary::<i32>().value(row)).into(),
        "int32" => column.as_primitive::<Int32Type>().value(row).into(),
        "int64" => column.as_primitive::<Int64Type>().value(row).into(),
        "float64" => column.as_primitive::<Float64Type>().value(row).into(),
        "decimal(9,2)" => json!(column.as_primitive::<Decimal128Type>().value(row) as f64 / 100.0),
        "boolean" => column.as_boolean().value(row).into(),
        "date" => date(column.as_primitive::<Date32Type>().value(row)).format("%Y-%m-%d").to_string().into(),
        "date_days" => column.as_primitive::<Date32Type>().value(row).into(),
        "timestamp_utc" => rfc_3339(column.as_primitive::<TimestampMicrosecondType>().value(row)).into(),
        "timestamp_nanos" => json!(column.as_primitive::<TimestampMicrosecondType>().value(row) * 1000),
        _ => serde_json::from_str(column.as_string::<i32>().value(row)).unwrap(),
    }
}

fn date(days: i32) -> chrono::NaiveDate {
    chrono::NaiveDate::default() + chrono::TimeDelta::days(days.into())
}

fn rfc_3339(micros: i64) -> String {
    chrono::DateTime::from_timestamp_micros(micros).unwrap().format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// Writes a value as JSON in a random form: members in another order, nulls left out, white space, escapes, unknown members.
fn send(
    shape: &Shape,
    value: &Value,
    random: &mut Random,
    unknown: &mut BTreeMap<String, Value>,
    place: &str,
) -> String {
    let space = ["", " ", "\n\t"][random.below(3)];
    let quoted = |text: &str, random: &mut Random| {
        let plain = serde_json::to_string(text).unwrap();
        match text.chars().next() {
            Some(first) if first.is_ascii_lowercase() && random.below(4) == 0 => {
                format!("\"\\u{:04x}{}", first as u32, &plain[2..])
            }
            _ => plain,
        }
    };
    let step = |key: &str| format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"));
    match (shape, value) {
        (Shape::Array(element), Value::Array(values)) => {
            let values = values.iter().enumerate();
            let all: Vec<String> = values
                .map(|(at, value)| send(element, value, random, unknown, &step(&at.to_string())))
                .collect();
            format!("[{space}{}]", all.join(&format!(",{space}")))
        }
        (Shape::Map(of), Value::Object(entries)) => {
            let mut all = Vec::new();
            for (key, value) in entries {
                let sent = send(of, value, random, unknown, &step(key));
                all.push(format!("{}:{space}{sent}", quoted(key, random)));
            }
            format!("{{{space}{}}}", all.join(&format!("{space},")))
        }
        (Shape::Struct(fields), Value::Object(members)) => {
            let mut all = Vec::new();
            for (name, shape) in fields {
                let value = &members[name];
                if value.is_null() && random.below(2) == 0 {
                    continue;
                }
                let sent = send(shape, value, random, unknown, &step(name));
                all.insert(random.below(all.len() + 1), format!("{}{space}:{sent}", quoted(name, random)));
            }
            if random.below(5) == 0 {
                let value = json!([1, {"deep": random.below(10)}]);
                all.insert(random.below(all.len() + 1), format!("\"zz/~\":{space}{value}"));
                unknown.insert(step("zz/~"), value);
            }
            format!("{{{}}}", all.join(","))
        }
        (_, value) => value.to_string(),
    }
}

/// A source of random numbers that a seed determines.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// Returns all values that are not objects, by their JSON pointers.
fn leaves(value: &Value, place: &str, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(members) if !place.ends_with("zz~1~0") => {
            for (key, value) in members {
                leaves(value, &format!("{place}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        value => {
            found.insert(place.to_owned(), value.clone());
        }
    }
}

fn typed_values() -> impl Strategy<Value = (Shape, Vec<Value>)> {
    shape().prop_flat_map(|shape| {
        let values = vec(shape.value(), 1..5);
        (Just(shape), values)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn a_nested_value_is_stored_as_it_was_sent((shape, values) in typed_values(), seed: u64) {
        let schema = of_type(&shape.name().replace('"', "\\\""));
        let again = table::Schema::parse(schema.canonical().as_bytes());
        prop_assert_eq!(again.as_ref(), Ok(&schema), "the canonical text is the same schema");
        let (mut judge, mut builders, mut random) = (RowJudge::new(&schema), ColumnBuilders::new(&schema), Random(seed));
        let mut unknowns = Vec::new();
        for value in &values {
            let mut unknown = BTreeMap::new();
            let text = format!("{{\"x\": {}}}", send(&shape, value, &mut random, &mut unknown, "/x"));
            let (row, _) = decode_with(&mut judge, text.as_bytes()).map_err(|refusal| TestCaseError::fail(format!("{text}: {refusal}")))?;
            prop_assert!(builders.append(&row).is_empty(), "a row is consumed completely");
            unknowns.push(unknown);
        }
        let columns = builders.finish();
        for (row, (value, unknown)) in values.iter().zip(unknowns).enumerate() {
            prop_assert_eq!(&shape.stored(&columns[0], row), value);
            let rescued = columns[1].as_string::<i32>();
            let rescued: Value = if rescued.is_null(row) { Value::Object(Map::new()) } else { serde_json::from_str(rescued.value(row)).unwrap() };
            let mut found = BTreeMap::new();
            leaves(&rescued, "", &mut found);
            prop_assert_eq!(found, unknown, "unknown members are at their pointers");
        }
    }

    #[test]
    fn a_changed_nested_value_costs_one_row((shape, values) in typed_values(), seed: u64, at in any::<prop::sample::Index>(), byte: u8) {
        let schema = of_type(&shape.name().replace('"', "\\\""));
        let mut judge = RowJudge::new(&schema);
        let text = format!("{{\"x\": {}}}", send(&shape, &values[0], &mut Random(seed), &mut BTreeMap::new(), "/x"));
        let expected = decode_with(&mut judge, text.as_bytes()).map_err(|refusal| TestCaseError::fail(format!("{text}: {refusal}")))?;
        let mut changed = text.clone().into_bytes();
        let at = at.index(changed.len());
        changed[at] = byte;
        match decode_with(&mut judge, &changed) {
            Ok((row, _)) => {
                prop_assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&changed).is_ok());
                let mut builders = ColumnBuilders::new(&schema);
                prop_assert!(builders.append(&row).is_empty());
                prop_assert!(builders.finish().iter().all(|column| column.len() == 1));
            }
            Err(refusal) if refusal.reason == table::Reason::ValueNotJson => {
                prop_assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&changed).is_err(), "{}", refusal);
            }
            Err(_) => {}
        }
        prop_assert_eq!(decode_with(&mut judge, text.as_bytes()).unwrap(), expected, "a refused row leaves no trace");
    }
}
