use crate::cell::Cell;
use crate::column::Column;
use crate::jq::Evaluator;
use crate::partitions::KeyWriter;
use crate::pending_row::{PendingRow, UnknownKey};
use crate::place::push_step;
use crate::reason::Reason;
use crate::refusal::Refusal;
use crate::schema::Schema;
use crate::tree::{Target, Tree};
use crate::types::{Failure, Inside, JsonValue};
use crate::unknown_fields::UnknownFields;
use json::{Kind, Problem, Scanner};
use std::ops::Range;

/// Turns one JSON value into one packed row, or returns why it can't.
///
/// The decoder is driven by the schema, and expects each value to have its fields in the order of the previous one. A value that doesn't
/// costs one lookup per field, but nothing else. A decoder serves one thread. It keeps its buffers from row to row, and allocates only for
/// rows larger than any before, and for refusals.
///
/// The cells of a row are those of [`Schema::stored_columns`], then `_rescued` if the schema rescues unknown fields.
#[derive(Debug)]
pub(crate) struct RowDecoder {
    columns: Vec<Column>,
    /// Indices of the columns that are part of the row, in order.
    stored: Vec<usize>,
    keys: KeyWriter,
    tree: Tree,
    /// `None` if no column is a filter.
    filters: Option<Evaluator>,
    row: PendingRow,
}

impl RowDecoder {
    /// Creates a decoder for rows of `schema`.
    pub(crate) fn new(schema: &Schema) -> Self {
        let columns = schema.columns().to_vec();
        let stored = (0..columns.len()).filter(|index| schema.is_stored(&columns[*index])).collect();
        let keys = KeyWriter::new(schema);
        let tree = Tree::new(schema);
        let row = PendingRow::new(columns.len(), tree.nodes.len(), schema.unknown_fields());
        let filters = Evaluator::new(&columns);
        RowDecoder { columns, stored, keys, tree, filters, row }
    }

    /// Appends the packed row of `value` to `row` and its [`PartitionKey`](crate::PartitionKey) to `key`. After a refusal, what was
    /// appended is incomplete.
    pub(crate) fn decode(
        &mut self,
        value: &[u8],
        enqueued_at: Option<i64>,
        row: &mut Vec<u8>,
        key: &mut Vec<u8>,
    ) -> Result<(), Refusal> {
        let text = simdutf8::basic::from_utf8(value).map_err(|_| not_utf8(value))?;
        self.row.clear();
        self.scan(&mut Scanner::new(text)).map_err(not_json)?;
        if let Some(refusal) = self.row.refusal.take() {
            return Err(refusal);
        }
        if let Some(filters) = &mut self.filters {
            filters.evaluate(text, &self.columns, &mut self.row)?;
        }
        self.check_required()?;
        self.keys.append(&self.row, &self.columns, value, enqueued_at, key)?;
        self.row.append_row(&self.stored, value, &self.tree, row);
        Ok(())
    }

    fn scan(&mut self, scanner: &mut Scanner<'_>) -> Result<(), json::Error> {
        match scanner.kind()? {
            Kind::Object => self.scan_node(scanner, 0)?,
            kind => {
                scanner.any()?;
                let message = format!("expected an object, found {}", kind.name());
                self.row.refuse(Reason::ValueNotObject, None, message);
            }
        }
        scanner.end()
    }

    /// Reads the object at the cursor as this node of the tree.
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

    /// Reads the key at the cursor if the schema names it, and returns the index of the member.
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
        if std::mem::replace(&mut self.row.seen[node], true) {
            self.refuse_node(Reason::DuplicateField, node, "the field occurs twice".into());
            scanner.any()?;
            return Ok(());
        }
        match kind {
            Kind::Object => self.scan_node(scanner, node),
            Kind::Null => scanner.null(),
            Kind::Array if self.tree.nodes[node].can_be_array() => self.scan_elements(scanner, node),
            _ => {
                let message = format!("expected an object, found {}", kind.name());
                self.refuse_node(Reason::TypeMismatch, node, message);
                scanner.any().map(|_| ())
            }
        }
    }

    /// Reads the array at the cursor as this node of the tree.
    fn scan_elements(&mut self, scanner: &mut Scanner<'_>, node: usize) -> Result<(), json::Error> {
        scanner.open_array()?;
        let (mut index, mut found) = (0, 0);
        while scanner.next_element(index == 0)? {
            match self.tree.nodes[node].element(index, found) {
                Some(target) => {
                    found += 1;
                    match target {
                        Target::Column(column) => self.scan_column(scanner, column)?,
                        Target::Node(child) => self.scan_child(scanner, child)?,
                    }
                }
                None => {
                    let value = value_range(scanner)?;
                    self.take_unknown(node, UnknownKey::Element(index as u32), value, || index.to_string());
                }
            }
            index += 1;
        }
        Ok(())
    }

    fn refuse_node(&mut self, reason: Reason, node: usize, message: String) {
        let pointer = self.tree.nodes[node].pointer.clone();
        self.row.refuse(reason, Some(pointer), message);
    }

    #[cold]
    fn scan_unknown(&mut self, scanner: &mut Scanner<'_>, node: usize) -> Result<(), json::Error> {
        let key_start = scanner.position();
        let key = scanner.string()?;
        let key_range = key_start as u32..scanner.position() as u32;
        scanner.colon()?;
        let value = value_range(scanner)?;
        self.take_unknown(node, UnknownKey::Member(key_range), value, || key.resolve().into_owned());
        Ok(())
    }

    /// Does with a value that the schema doesn't name what the schema says. `name` is its last step.
    fn take_unknown(
        &mut self,
        node: usize,
        key: UnknownKey,
        value: Range<u32>,
        name: impl FnOnce() -> String,
    ) {
        match self.row.buffers.unknown_fields {
            UnknownFields::Rescue => self.row.rescue(node, key, value),
            UnknownFields::Ignore => {}
            UnknownFields::Quarantine => {
                let mut pointer = self.tree.nodes[node].pointer.clone();
                push_step(&mut pointer, &name());
                let message = "the schema has no such field".into();
                self.row.refuse(Reason::UnknownField, Some(pointer), message);
            }
        }
    }

    #[inline]
    fn scan_column(&mut self, scanner: &mut Scanner<'_>, index: usize) -> Result<(), json::Error> {
        let column = &self.columns[index];
        let row = &mut self.row;
        let cell = match scanner.kind()? {
            Kind::Null => scanner.null().map(|()| Cell::Null).map_err(Failure::NotJson),
            kind => {
                let value = JsonValue::new(kind, scanner, &mut row.buffers);
                column.column_type.scan(&column.options, value)
            }
        };
        match cell {
            Err(Failure::NotJson(error)) => return Err(error),
            _ if !matches!(row.cells[index], Cell::Missing) => {
                let message = "the field occurs twice".into();
                row.refuse(Reason::DuplicateField, Some(column.name.clone()), message);
            }
            Ok(cell) => row.cells[index] = cell,
            // `Null` rather than `Missing`, so that a second occurrence is still a duplicate.
            Err(Failure::Refused(reason, message)) => {
                row.cells[index] = Cell::Null;
                row.refuse(reason, Some(column.name.clone()), message);
            }
            Err(Failure::RefusedInside(inside)) => {
                let Inside { pointer, reason, message } = *inside;
                row.cells[index] = Cell::Null;
                let column = column.source.pointer().unwrap_or_default();
                row.refuse(reason, Some(column.to_owned() + &pointer), message);
            }
        }
        Ok(())
    }

    /// Frees the memory of buffers that have grown beyond `capacity` bytes.
    pub(crate) fn shrink_to(&mut self, capacity: usize) {
        self.row.buffers.shrink_to(capacity);
        if let Some(filters) = &mut self.filters {
            filters.shrink_to(capacity);
        }
    }

    fn check_required(&self) -> Result<(), Refusal> {
        for (column, cell) in self.columns.iter().zip(&self.row.cells) {
            if column.required && matches!(cell, Cell::Missing | Cell::Null) {
                let found = if matches!(cell, Cell::Null) { "null" } else { "missing" };
                let message = match column.source.pointer() {
                    Some(pointer) => format!("the required field {pointer} is {found}"),
                    None => "the filter's output is null or missing".into(),
                };
                return Err(Refusal::new(Reason::MissingRequired, Some(column.name.clone()), message));
            }
        }
        Ok(())
    }
}

/// Reads a value of any kind and returns its range.
fn value_range(scanner: &mut Scanner<'_>) -> Result<Range<u32>, json::Error> {
    let value = scanner.any()?;
    Ok((scanner.position() - value.len()) as u32..scanner.position() as u32)
}

#[cold]
fn not_utf8(value: &[u8]) -> Refusal {
    let at = str::from_utf8(value).err().map_or(0, |error| error.valid_up_to());
    let message = format!("invalid UTF-8 at byte {at} of the value");
    Refusal::new(Reason::ValueNotUtf8, None, message)
}

#[cold]
fn not_json(error: json::Error) -> Refusal {
    let reason = match error.problem {
        Problem::TooDeep => Reason::NestingTooDeep,
        _ => Reason::ValueNotJson,
    };
    Refusal::new(reason, None, error.to_string())
}
