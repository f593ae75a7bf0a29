use super::definition::{CellBuilder, TypeDefinition, TypeError, TypeReference};
use super::json_value::{Failure, JsonValue};
use super::nested::Nested;
use super::options::{OptionName, Options};
use super::text_builder::TextBuilder;
use super::{ColumnBuilder, ColumnType, ddl, footprint};
use crate::cell::Cell;
use crate::packed_row::{RowReader, push_text};
use crate::place::Step;
use crate::reason::Reason;
use arrow_array::{ArrayRef, MapArray, StructArray};
use arrow_buffer::{NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, FieldRef, Fields};
use json::Kind;
use std::borrow::Cow;
use std::sync::Arc;

/// Type `map<string, T>`: an object with any keys and values of one type, null among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Type {
    value: Box<ColumnType>,
    /// Bytes that an entry takes as a part of columns.
    slot: usize,
}

impl TypeDefinition for Type {
    const REFERENCE: TypeReference = TypeReference {
        name: "map<string, T>",
        json: "an object with any keys, each at most once, and values that `T` accepts, or null",
        parquet: "map, with `key_value`, `key` and `value`",
        options: &[],
    };
    type Builder = Builder;

    fn parse(text: &str) -> Option<Result<Self, TypeError>> {
        let inside = ddl::inside(text, "map")?;
        let parts: Vec<&str> = ddl::split(inside).collect();
        Some(match parts[..] {
            ["string", value] => ColumnType::parse_inside(value).map(|value| {
                let slot = footprint::slot(&DataType::Utf8) + footprint::element(&value.arrow_type());
                Type { value: Box::new(value), slot }
            }),
            [_, _] => Err(TypeError::invalid(text, "the keys of a map are string: JSON has no others")),
            _ => Err(TypeError::invalid(text, "expected map<string, T>, for example map<string, int64>")),
        })
    }

    fn name(&self) -> Cow<'static, str> {
        format!("map<string, {}>", self.value).into()
    }

    fn arrow_type(&self) -> DataType {
        DataType::Map(entries_field(&self.value), false)
    }

    fn accepts(&self, option: OptionName) -> bool {
        self.value.accepts(option)
    }

    #[inline(never)]
    fn scan(&self, options: &Options, value: JsonValue<'_, '_>) -> Result<Cell, Failure> {
        if value.kind != Kind::Object {
            return Err(value.mismatch("an object"));
        }
        value.nested_cell(|map| self.pack(options, map))
    }

    fn builder(&self) -> Builder {
        Builder {
            field: entries_field(&self.value),
            keys: TextBuilder::default(),
            values: Box::new(ColumnBuilder::new(&self.value)),
            slot: self.slot,
            offsets: vec![0],
            nulls: NullBufferBuilder::new(0),
        }
    }
}

impl Type {
    fn pack(&self, options: &Options, map: &mut Nested<'_, '_>) -> Result<(), Failure> {
        let header = map.buffers.packed.len();
        map.buffers.packed.extend_from_slice(&[0; 4]);
        let first_key = map.buffers.keys.len();
        map.scanner.open_object()?;
        let mut count = 0_u32;
        while let Some(key) = map.scanner.next_key(count == 0)? {
            map.buffers.expand(self.slot)?;
            let key = key.resolve();
            push_text(&mut map.buffers.packed, key.as_bytes());
            let end = map.buffers.packed.len();
            map.buffers.keys.push(end - key.len()..end);
            map.tagged_value(&self.value, options, Step::Member(&key))?;
            count += 1;
        }
        map.buffers.packed[header..header + 4].copy_from_slice(&count.to_le_bytes());
        check_keys(map, first_key)
    }
}

/// Checks that the keys from `first` on are distinct, and forgets them.
fn check_keys(map: &mut Nested<'_, '_>, first: usize) -> Result<(), Failure> {
    let packed = &map.buffers.packed;
    let keys = &mut map.buffers.keys[first..];
    keys.sort_unstable_by(|a, b| packed[a.clone()].cmp(&packed[b.clone()]));
    let twice = keys.windows(2).find(|pair| packed[pair[0].clone()] == packed[pair[1].clone()]);
    if let Some(pair) = twice {
        let key = String::from_utf8_lossy(&packed[pair[0].clone()]);
        return Err(map.refuse(Step::Member(&key), Reason::DuplicateField, "the key occurs twice"));
    }
    map.buffers.keys.truncate(first);
    Ok(())
}

/// Returns the field of a map's entries, with the names that Parquet's specification gives.
fn entries_field(value: &ColumnType) -> FieldRef {
    let key = Field::new("key", DataType::Utf8, false);
    let value = Field::new("value", value.arrow_type(), true);
    Arc::new(Field::new("key_value", DataType::Struct(Fields::from(vec![key, value])), false))
}

/// Collects maps: their entries one after another, and where each map ends.
#[derive(Debug)]
pub(crate) struct Builder {
    field: FieldRef,
    keys: TextBuilder,
    values: Box<ColumnBuilder>,
    slot: usize,
    offsets: Vec<i32>,
    nulls: NullBufferBuilder,
}

impl Builder {
    /// Appends the cell and returns the reader behind it. The reader is passed by value, so that it stays in registers for scalars.
    #[inline(never)]
    fn append_nested<'a>(&mut self, mut row: RowReader<'a>) -> RowReader<'a> {
        let count = row.count();
        row.expand(count * self.slot);
        for _ in 0..count {
            self.keys.append_cell(&mut row);
            self.values.append_tagged(&mut row);
        }
        self.end(count);
        self.nulls.append_non_null();
        row
    }

    fn end(&mut self, count: usize) {
        let last = self.offsets.last().copied().unwrap_or(0);
        self.offsets.push(last + count as i32);
    }
}

impl CellBuilder for Builder {
    #[inline]
    fn append_cell(&mut self, row: &mut RowReader<'_>) {
        *row = self.append_nested(row.clone());
    }

    fn append_null_cell(&mut self) {
        self.end(0);
        self.nulls.append_null();
    }

    fn finish_array(&mut self) -> ArrayRef {
        let offsets = std::mem::replace(&mut self.offsets, vec![0]);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        let DataType::Struct(fields) = self.field.data_type() else { unreachable!("entries are a struct") };
        let columns = vec![self.keys.finish_array(), self.values.finish()];
        let map = StructArray::try_new(fields.clone(), columns, None).and_then(|entries| {
            MapArray::try_new(Arc::clone(&self.field), offsets, entries, self.nulls.finish(), false)
        });
        Arc::new(map.expect("each entry has a key and a value, and the last map ends at the last entry"))
    }
}
