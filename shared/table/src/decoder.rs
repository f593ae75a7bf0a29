use crate::column_type::ColumnType;
use crate::datetime;
use crate::partition_key::PartitionKey;
use crate::reason::Reason;
use crate::refusal::Refusal;
use crate::row::{Cell, bitmap_len};
use crate::schema::{Column, Schema, UnknownFields};
use crate::slot::{Slot, mismatch, number_slot, quoted_slot};
use crate::tree::{Target, Tree};
use json::{Kind, Problem, Scanner};
use std::ops::Range;

/// Turns one JSON value into one packed row, or says why not.
///
/// A decoder is driven by the schema, and expects the next value to have its fields in the order of the last one; a
/// value that does not costs a look-up per field, nothing else. One decoder serves one thread; it keeps buffers between rows
/// and allocates only for rows that are larger than any before, and for rejects.
///
/// A packed row is a bitmap of nulls (a bit a cell, the lowest first, set for null), then the cells that are not null,
/// one after the other, numbers little-endian, text with its length (`u32`) before it. The cells are those of
/// [`Schema::stored_columns`], and then `_rescued` if the schema rescues unknown fields.
#[derive(Debug)]
pub(crate) struct RowDecoder {
    columns: Vec<Column>,
    /// Indices of the columns that go into the row, in order.
    stored: Vec<usize>,
    /// Indices of the columns that go into the key, in order.
    partition: Vec<usize>,
    unknown_fields: UnknownFields,
    tree: Tree,
    state: RowState,
}

/// What is known of the row at hand.
#[derive(Debug, Default)]
struct RowState {
    slots: Vec<Slot>,
    /// Which of the tree's nodes were met.
    met: Vec<bool>,
    /// Strings whose escapes were resolved.
    resolved: Vec<u8>,
    unknown: Vec<UnknownMember>,
    /// The first reason to refuse the row. The walk goes on: not being JSON at all is the graver reason.
    refusal: Option<Refusal>,
}

/// A member that the schema does not name, as ranges of the value's text.
#[derive(Debug)]
struct UnknownMember {
    node: usize,
    /// With its quotes.
    key: Range<usize>,
    value: Range<usize>,
}

impl RowDecoder {
    /// A decoder for rows of `schema`.
    pub(crate) fn new(schema: &Schema) -> Self {
        let columns = schema.columns().to_vec();
        let index = |name: &String| columns.iter().position(|column| column.name == *name);
        let partition: Vec<usize> = schema.partition_by().iter().filter_map(index).collect();
        let stored = (0..columns.len()).filter(|index| !partition.contains(index)).collect();
        let tree = Tree::new(schema);
        let state = RowState {
            slots: vec![Slot::Missing; columns.len()],
            met: vec![false; tree.nodes.len()],
            ..RowState::default()
        };
        RowDecoder { columns, stored, partition, unknown_fields: schema.unknown_fields(), tree, state }
    }

    /// Appends the packed row of `value` to `row` and its [`PartitionKey`] to `key`; after a reject neither has changed.
    pub(crate) fn decode(
        &mut self,
        value: &[u8],
        row: &mut Vec<u8>,
        key: &mut Vec<u8>,
    ) -> Result<(), Refusal> {
        let text = simdutf8::basic::from_utf8(value).map_err(|_| not_utf8(value))?;
        self.clear();
        let mut scanner = Scanner::new(text);
        let outcome = self.scan(&mut scanner);
        if let Err(error) = outcome {
            let code = match error.problem {
                Problem::TooDeep => Reason::NestingTooDeep,
                _ => Reason::ValueNotJson,
            };
            return Err(Refusal::new(code, None, error.to_string()));
        }
        if let Some(refusal) = self.state.refusal.take() {
            return Err(refusal);
        }
        self.check_required()?;
        self.append_row(text, row);
        self.append_key(text, key);
        Ok(())
    }

    fn clear(&mut self) {
        let state = &mut self.state;
        state.slots.fill(Slot::Missing);
        state.met.fill(false);
        state.resolved.clear();
        state.unknown.clear();
        state.refusal = None;
    }

    fn scan(&mut self, scanner: &mut Scanner<'_>) -> Result<(), json::Error> {
        match scanner.kind()? {
            Kind::Object => self.scan_node(scanner, 0)?,
            kind => {
                scanner.any()?;
                let message = format!("the value is {}", kind.name());
                self.state.refuse(Reason::ValueNotObject, None, message);
            }
        }
        scanner.end()
    }

    /// Takes the object at the cursor as the tree's node.
    fn scan_node(&mut self, scanner: &mut Scanner<'_>, node: usize) -> Result<(), json::Error> {
        scanner.open_object()?;
        let mut previous = None;
        let mut first = true;
        while scanner.next_member(first)? {
            first = false;
            match self.member(scanner, node, previous)? {
                Some(member) => {
                    previous = Some(member);
                    match self.tree.nodes[node].members[member].target {
                        Target::Column(column) => self.scan_column(scanner, column)?,
                        Target::Node(child) => self.scan_child(scanner, child)?,
                    }
                }
                None => self.scan_unknown(scanner, node)?,
            }
        }
        Ok(())
    }

    /// Takes the key at the cursor, if it is one that the schema names.
    #[inline]
    fn member(
        &mut self,
        scanner: &mut Scanner<'_>,
        node: usize,
        previous: Option<usize>,
    ) -> Result<Option<usize>, json::Error> {
        let node = &mut self.tree.nodes[node];
        if let Some((expected, quoted)) = node.expected_after(previous)
            && scanner.take_key(quoted)?
        {
            return Ok(Some(expected));
        }
        let mut ahead = scanner.clone();
        let key = ahead.string()?;
        let found = match key.plain() {
            Some(plain) => node.find_after(previous, plain),
            None => node.find_after(previous, &key.resolve()),
        };
        if found.is_some() {
            ahead.colon()?;
            *scanner = ahead;
        }
        Ok(found)
    }

    fn scan_child(&mut self, scanner: &mut Scanner<'_>, node: usize) -> Result<(), json::Error> {
        let kind = scanner.kind()?;
        if std::mem::replace(&mut self.state.met[node], true) {
            self.refuse_node(Reason::DuplicateField, node, "the field occurs twice".into());
            scanner.any()?;
            return Ok(());
        }
        match kind {
            Kind::Object => self.scan_node(scanner, node),
            Kind::Null => scanner.null(),
            _ => {
                self.refuse_node(
                    Reason::TypeMismatch,
                    node,
                    format!("expected an object, found {}", kind.name()),
                );
                scanner.any().map(|_| ())
            }
        }
    }

    fn refuse_node(&mut self, code: Reason, node: usize, message: String) {
        let pointer = self.tree.nodes[node].pointer.clone();
        self.state.refuse(code, Some(pointer), message);
    }

    #[cold]
    fn scan_unknown(&mut self, scanner: &mut Scanner<'_>, node: usize) -> Result<(), json::Error> {
        let key_start = scanner.position();
        let key = scanner.string()?;
        let key_range = key_start..scanner.position();
        scanner.colon()?;
        let value = scanner.any()?;
        let value_range = scanner.position() - value.len()..scanner.position();
        match self.unknown_fields {
            UnknownFields::Rescue => {
                self.state.unknown.push(UnknownMember { node, key: key_range, value: value_range });
            }
            UnknownFields::Ignore => {}
            UnknownFields::Quarantine => {
                let name = key.resolve().replace('~', "~0").replace('/', "~1");
                let pointer = format!("{}/{name}", self.tree.nodes[node].pointer);
                let message = "the schema does not name this field".into();
                self.state.refuse(Reason::UnknownField, Some(pointer), message);
            }
        }
        Ok(())
    }

    #[inline]
    fn scan_column(&mut self, scanner: &mut Scanner<'_>, index: usize) -> Result<(), json::Error> {
        let column = &self.columns[index];
        let kind = scanner.kind()?;
        let slot = match (kind, column.column_type) {
            (Kind::Null, _) => {
                scanner.null()?;
                Ok(Slot::Null)
            }
            (Kind::String, ColumnType::String) => Ok(self.state.text_slot(scanner)?),
            (_, ColumnType::Json) => {
                let text = scanner.any()?;
                Ok(Slot::Sent(scanner.position() - text.len()..scanner.position()))
            }
            (Kind::Number, column_type) if column_type.is_numeric() => number_slot(column, scanner.number()?),
            (Kind::Boolean, ColumnType::Boolean) => Ok(Slot::Boolean(scanner.boolean()?)),
            (Kind::String, _) => quoted_slot(column, &scanner.string()?),
            (kind, _) => {
                scanner.any()?;
                Err(mismatch(column, kind))
            }
        };
        let state = &mut self.state;
        match slot {
            _ if !matches!(state.slots[index], Slot::Missing) => {
                let message = "the field occurs twice".into();
                state.refuse(Reason::DuplicateField, Some(column.name.clone()), message);
            }
            Ok(slot) => state.slots[index] = slot,
            Err((code, message)) => {
                // Not missing: a second occurrence is still a second one.
                state.slots[index] = Slot::Null;
                state.refuse(code, Some(column.name.clone()), message);
            }
        }
        Ok(())
    }

    fn check_required(&self) -> Result<(), Refusal> {
        for (column, slot) in self.columns.iter().zip(&self.state.slots) {
            if column.required && matches!(slot, Slot::Missing | Slot::Null) {
                let found = if matches!(slot, Slot::Null) { "null" } else { "missing" };
                let message = format!("a required field is {found} ({})", column.from);
                let field = Some(column.name.clone());
                return Err(Refusal::new(Reason::MissingRequired, field, message));
            }
        }
        Ok(())
    }

    fn append_row(&self, text: &str, row: &mut Vec<u8>) {
        let rescues = self.unknown_fields == UnknownFields::Rescue;
        let cells = self.stored.len() + usize::from(rescues);
        let bitmap = row.len();
        row.resize(bitmap + bitmap_len(cells), 0);
        for (cell, index) in self.stored.iter().enumerate() {
            let state = &self.state;
            match &state.slots[*index] {
                Slot::Missing | Slot::Null => row[bitmap + cell / 8] |= 1 << (cell % 8),
                Slot::Sent(range) => push_text(row, &text.as_bytes()[range.clone()]),
                Slot::Resolved(range) => push_text(row, &state.resolved[range.clone()]),
                Slot::Boolean(value) => row.push(u8::from(*value)),
                Slot::Int(value) => match self.columns[*index].column_type.cell() {
                    // `number_slot` and `quoted_slot` have seen to it that it fits.
                    Cell::Int32 => row.extend_from_slice(&(*value as i32).to_le_bytes()),
                    _ => row.extend_from_slice(&value.to_le_bytes()),
                },
                Slot::Wide(value) => row.extend_from_slice(&value.to_le_bytes()),
                Slot::Float(value) => row.extend_from_slice(&value.to_le_bytes()),
            }
        }
        if rescues && self.state.unknown.is_empty() {
            let cell = self.stored.len();
            row[bitmap + cell / 8] |= 1 << (cell % 8);
        } else if rescues {
            let length = row.len();
            row.extend_from_slice(&[0; 4]);
            self.append_rescued(text, 0, row);
            let size = (row.len() - length - 4) as u32;
            row[length..length + 4].copy_from_slice(&size.to_le_bytes());
        }
    }

    /// Appends the unknown members of a node, and of those below it, as a JSON object of the same shape.
    fn append_rescued(&self, text: &str, node: usize, out: &mut Vec<u8>) {
        let comma = |out: &mut Vec<u8>| {
            if out.last() != Some(&b'{') {
                out.push(b',');
            }
        };
        out.push(b'{');
        for member in self.state.unknown.iter().filter(|member| member.node == node) {
            comma(out);
            out.extend_from_slice(&text.as_bytes()[member.key.clone()]);
            out.push(b':');
            out.extend_from_slice(&text.as_bytes()[member.value.clone()]);
        }
        for member in &self.tree.nodes[node].members {
            if let Target::Node(child) = member.target
                && self.has_unknown(child)
            {
                comma(out);
                out.extend_from_slice(self.tree.nodes[child].quoted.as_bytes());
                out.push(b':');
                self.append_rescued(text, child, out);
            }
        }
        out.push(b'}');
    }

    fn has_unknown(&self, node: usize) -> bool {
        let pointer = &self.tree.nodes[node].pointer;
        self.state.unknown.iter().any(|member| {
            let rest = self.tree.nodes[member.node].pointer.strip_prefix(pointer.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    fn append_key(&self, text: &str, key: &mut Vec<u8>) {
        for index in &self.partition {
            match &self.state.slots[*index] {
                Slot::Sent(range) => PartitionKey::push_value(key, &text.as_bytes()[range.clone()]),
                Slot::Resolved(range) => PartitionKey::push_value(key, &self.state.resolved[range.clone()]),
                Slot::Boolean(value) => PartitionKey::push_value(key, value.to_string().as_bytes()),
                Slot::Int(value) if self.columns[*index].column_type == ColumnType::Date => {
                    PartitionKey::push_value(key, datetime::date_text(*value as i32).as_bytes());
                }
                Slot::Int(value) => PartitionKey::push_value(key, value.to_string().as_bytes()),
                // No other kind of column can be a partition column.
                Slot::Missing | Slot::Null | Slot::Wide(_) | Slot::Float(_) => PartitionKey::push_null(key),
            }
        }
    }
}

impl RowState {
    fn refuse(&mut self, reason: Reason, field: Option<String>, message: String) {
        self.refusal.get_or_insert(Refusal::new(reason, field, message));
    }

    #[inline]
    fn text_slot(&mut self, scanner: &mut Scanner<'_>) -> Result<Slot, json::Error> {
        let text = scanner.string()?;
        let end = scanner.position() - 1;
        Ok(match text.plain() {
            Some(plain) => Slot::Sent(end - plain.len()..end),
            None => {
                let start = self.resolved.len();
                text.append_to(&mut self.resolved);
                Slot::Resolved(start..self.resolved.len())
            }
        })
    }
}

fn push_text(row: &mut Vec<u8>, text: &[u8]) {
    row.extend_from_slice(&(text.len() as u32).to_le_bytes());
    row.extend_from_slice(text);
}

#[cold]
fn not_utf8(value: &[u8]) -> Refusal {
    let at = str::from_utf8(value).err().map_or(0, |error| error.valid_up_to());
    let message = format!("invalid UTF-8 at byte {at} of the value");
    Refusal::new(Reason::ValueNotUtf8, None, message)
}
