use super::definition::{CellBuilder, TypeDefinition, TypeError, TypeReference};
use super::json_value::{Failure, JsonValue};
use super::options::{OptionName, Options};
use super::{ColumnBuilder, ColumnType, ddl, footprint};
use crate::cell::Cell;
use crate::packed_row::RowReader;
use crate::place::Step;
use arrow_array::{ArrayRef, ListArray};
use arrow_buffer::{NullBufferBuilder, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, FieldRef};
use json::Kind;
use std::borrow::Cow;
use std::sync::Arc;

/// Type `array<T>`: a list of values of one type, null among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Type {
    element: Box<ColumnType>,
    /// Bytes that an element takes as a part of columns.
    slot: usize,
}

impl TypeDefinition for Type {
    const REFERENCE: TypeReference = TypeReference {
        name: "array<T>",
        json: "an array of what `T` accepts, or null for an element",
        parquet: "list of three levels; the elements are named `element`",
        options: &[],
    };
    type Builder = Builder;

    fn parse(text: &str) -> Option<Result<Self, TypeError>> {
        let element = ddl::inside(text, "array")?;
        Some(ColumnType::parse_inside(element).map(|element| {
            let slot = footprint::element(&element.arrow_type());
            Type { element: Box::new(element), slot }
        }))
    }

    fn name(&self) -> Cow<'static, str> {
        format!("array<{}>", self.element).into()
    }

    fn arrow_type(&self) -> DataType {
        DataType::List(element_field(&self.element))
    }

    fn accepts(&self, option: OptionName) -> bool {
        self.element.accepts(option)
    }

    #[inline(never)]
    fn scan(&self, options: &Options, value: JsonValue<'_, '_>) -> Result<Cell, Failure> {
        if value.kind != Kind::Array {
            return Err(value.mismatch("an array"));
        }
        value.nested_cell(|array| {
            let header = array.buffers.packed.len();
            array.buffers.packed.extend_from_slice(&[0; 4]);
            array.scanner.open_array()?;
            let mut count = 0;
            while array.scanner.next_element(count == 0)? {
                array.buffers.expand(self.slot)?;
                array.tagged_value(&self.element, options, Step::Element(count))?;
                count += 1;
            }
            array.buffers.packed[header..header + 4].copy_from_slice(&(count as u32).to_le_bytes());
            Ok(())
        })
    }

    fn builder(&self) -> Builder {
        Builder {
            field: element_field(&self.element),
            element: Box::new(ColumnBuilder::new(&self.element)),
            slot: self.slot,
            offsets: vec![0],
            nulls: NullBufferBuilder::new(0),
        }
    }
}

fn element_field(element: &ColumnType) -> FieldRef {
    // The name that Parquet's specification gives to elements.
    Arc::new(Field::new("element", element.arrow_type(), true))
}

/// Collects arrays: their elements one after another, and where each array ends.
#[derive(Debug)]
pub(crate) struct Builder {
    field: FieldRef,
    element: Box<ColumnBuilder>,
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
            self.element.append_tagged(&mut row);
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
        let elements = self.element.finish();
        let array = ListArray::try_new(Arc::clone(&self.field), offsets, elements, self.nulls.finish());
        Arc::new(array.expect("the last array ends at the last element"))
    }
}
