use super::definition::{CellBuilder, TypeDefinition, TypeError, TypeReference};
use super::json_value::{Failure, JsonValue};
use super::nested::Nested;
use super::options::{OptionName, Options};
use super::{ColumnBuilder, ColumnType, ddl};
use crate::cell::Cell;
use crate::packed_row::{RowReader, bitmap_len};
use crate::place::Step;
use crate::reason::Reason;
use crate::unknown_fields::UnknownFields;
use arrow_array::{ArrayRef, StructArray};
use arrow_buffer::NullBufferBuilder;
use arrow_schema::{DataType, Fields};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use json::{Kind, Scanner};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

/// Type `struct<name: T, …>`: an object whose members have types of their own. Each may be missing or null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Type {
    fields: Vec<Field>,
    by_name: HashMap<Box<str>, usize, FixedState>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    name: String,
    /// The name and its closing quote, if the name needs no escapes in JSON.
    quoted: Option<String>,
    column_type: ColumnType,
}

impl TypeDefinition for Type {
    const REFERENCE: TypeReference = TypeReference {
        name: "struct<name: T, ...>",
        json: "an object; each member is what its `T` accepts, null, or missing",
        parquet: "group",
        options: &[],
    };
    type Builder = Builder;

    fn parse(text: &str) -> Option<Result<Self, TypeError>> {
        let inside = ddl::inside(text, "struct")?;
        Some(ddl::split(inside).map(|field| Field::parse(text, field)).collect::<Result<_, _>>().and_then(
            |fields| {
                let structure = Type::of(fields);
                structure.check_names(text).map(|()| structure)
            },
        ))
    }

    fn name(&self) -> Cow<'static, str> {
        let fields =
            self.fields.iter().map(|field| format!("{}: {}", ddl::name(&field.name), field.column_type));
        format!("struct<{}>", fields.collect::<Vec<_>>().join(", ")).into()
    }

    fn arrow_type(&self) -> DataType {
        DataType::Struct(self.arrow_fields())
    }

    fn accepts(&self, option: OptionName) -> bool {
        self.fields.iter().any(|field| field.column_type.accepts(option))
    }

    #[inline(never)]
    fn scan(&self, options: &Options, value: JsonValue<'_, '_>) -> Result<Cell, Failure> {
        if value.kind != Kind::Object {
            return Err(value.mismatch("an object"));
        }
        value.nested_cell(|object| self.pack(options, object))
    }

    fn builder(&self) -> Builder {
        Builder {
            fields: self.arrow_fields(),
            columns: self.fields.iter().map(|field| ColumnBuilder::new(&field.column_type)).collect(),
            nulls: NullBufferBuilder::new(0),
        }
    }
}

impl Type {
    fn of(fields: Vec<Field>) -> Self {
        let names = fields.iter().enumerate();
        let by_name = names.map(|(index, field)| (field.name.as_str().into(), index)).collect();
        Type { fields, by_name }
    }

    fn check_names(&self, text: &str) -> Result<(), TypeError> {
        let mut seen = HashSet::new();
        for Field { name, .. } in &self.fields {
            if name.is_empty() || name.chars().any(char::is_control) {
                return Err(TypeError::invalid(
                    text,
                    format!("field name {name:?} is empty or has control characters"),
                ));
            }
            // Most engines that read the files ignore case.
            if !seen.insert(name.to_lowercase()) {
                return Err(TypeError::invalid(
                    text,
                    format!("field name {name:?} occurs twice (case is ignored)"),
                ));
            }
        }
        Ok(())
    }

    fn arrow_fields(&self) -> Fields {
        let fields = self.fields.iter();
        fields
            .map(|field| arrow_schema::Field::new(&field.name, field.column_type.arrow_type(), true))
            .collect()
    }

    /// Packs the fields in the order in which they were sent, each after its index.
    fn pack(&self, options: &Options, object: &mut Nested<'_, '_>) -> Result<(), Failure> {
        let bitmap = object.buffers.packed.len();
        object.buffers.packed.resize(bitmap + bitmap_len(self.fields.len()), 0xff);
        let seen = object.buffers.seen.len();
        object.buffers.seen.resize(seen + self.fields.len(), false);
        object.scanner.open_object()?;
        let (mut first, mut next) = (true, 0);
        while object.scanner.next_member(first)? {
            first = false;
            let Some(index) = self.member(object.scanner, next)? else {
                unknown(object)?;
                continue;
            };
            next = index + 1;
            let field = &self.fields[index];
            let step = Step::Member(&field.name);
            if std::mem::replace(&mut object.buffers.seen[seen + index], true) {
                return Err(object.refuse(step, Reason::DuplicateField, "the field occurs twice"));
            }
            let start = object.buffers.packed.len();
            object.buffers.packed.extend_from_slice(&(index as u16).to_le_bytes());
            if object.value(&field.column_type, options, step)? {
                object.buffers.packed[bitmap + index / 8] &= !(1 << (index % 8));
            } else {
                object.buffers.packed.truncate(start);
            }
        }
        object.buffers.seen.truncate(seen);
        Ok(())
    }

    /// Reads the key at the cursor if it names a field, and returns the field's index. `next` is the field that is expected.
    #[inline]
    fn member(&self, scanner: &mut Scanner<'_>, next: usize) -> Result<Option<usize>, json::Error> {
        if let Some(quoted) = self.fields.get(next).and_then(|field| field.quoted.as_deref())
            && scanner.take_key(quoted)?
        {
            return Ok(Some(next));
        }
        let mut ahead = scanner.clone();
        let key = ahead.string()?;
        let found = match key.plain() {
            Some(plain) => self.by_name.get(plain),
            None => self.by_name.get(&*key.resolve()),
        };
        if found.is_some() {
            ahead.colon()?;
            *scanner = ahead;
        }
        Ok(found.copied())
    }
}

/// Reads the member at the cursor, which no field names.
#[cold]
fn unknown(object: &mut Nested<'_, '_>) -> Result<(), Failure> {
    let start = object.scanner.position();
    let name = object.scanner.string()?;
    let key = object.scanner.slice(start, object.scanner.position());
    object.scanner.colon()?;
    let value = object.scanner.any()?;
    match object.buffers.unknown_fields {
        UnknownFields::Rescue => {
            let before = object.buffers.rescued.len();
            object.buffers.rescued.add(object.place, key, value);
            object.buffers.expand(object.buffers.rescued.len() - before)?;
            Ok(())
        }
        UnknownFields::Ignore => Ok(()),
        UnknownFields::Quarantine => {
            let step = Step::Member(&name.resolve());
            Err(object.refuse(step, Reason::UnknownField, "the schema has no such field"))
        }
    }
}

impl Field {
    /// Parses one field of the struct `text`.
    fn parse(text: &str, field: &str) -> Result<Self, TypeError> {
        let Some((name, field_type)) = ddl::field(field) else {
            let problem = "expected struct<name: T, ...>, with names in backticks unless they are words";
            return Err(TypeError::invalid(text, problem));
        };
        let escaped = serde_json::Value::from(&*name).to_string();
        let plain = escaped.len() == name.len() + 2;
        Ok(Field {
            quoted: plain.then(|| format!("{name}\"")),
            column_type: ColumnType::parse_inside(field_type)?,
            name: name.into_owned(),
        })
    }
}

/// Collects structs: a column for each field.
#[derive(Debug)]
pub(crate) struct Builder {
    fields: Fields,
    columns: Vec<ColumnBuilder>,
    nulls: NullBufferBuilder,
}

impl Builder {
    /// Appends the cell and returns the reader behind it. The reader is passed by value, so that it stays in registers for scalars.
    #[inline(never)]
    fn append_nested<'a>(&mut self, mut row: RowReader<'a>) -> RowReader<'a> {
        let nulls = row.bitmap(self.columns.len());
        let null = |index: usize| nulls[index / 8] >> (index % 8) & 1 == 1;
        let sent = (0..self.columns.len()).filter(|index| !null(*index)).count();
        for _ in 0..sent {
            let index = row.index();
            self.columns[index].append_inside(&mut row);
        }
        for (index, column) in self.columns.iter_mut().enumerate() {
            if null(index) {
                column.append_null_inside();
            }
        }
        self.nulls.append_non_null();
        row
    }
}

impl CellBuilder for Builder {
    #[inline]
    fn append_cell(&mut self, row: &mut RowReader<'_>) {
        *row = self.append_nested(row.clone());
    }

    fn append_null_cell(&mut self) {
        for column in &mut self.columns {
            column.append_null_inside();
        }
        self.nulls.append_null();
    }

    fn finish_array(&mut self) -> ArrayRef {
        let columns = self.columns.iter_mut().map(ColumnBuilder::finish).collect();
        let array = StructArray::try_new(self.fields.clone(), columns, self.nulls.finish());
        Arc::new(array.expect("every struct has a value or null for each of its fields"))
    }
}
