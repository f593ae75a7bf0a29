use crate::cell::Cell;
use crate::column::Column;
use crate::column_source::ColumnSource;
use crate::jq::filter::{Failure, JqFilter};
use crate::jq::reading::{Record, Unreadable};
use crate::jq::writing;
use crate::pending_row::PendingRow;
use crate::reason::Reason;
use crate::refusal::Refusal;
use crate::types::{self, Inside, JsonValue};
use crate::unknown_fields::UnknownFields;
use json::{Kind, Scanner};

/// Computes the cells of the columns that are filters.
#[derive(Debug)]
pub(crate) struct Evaluator {
    /// The filters, and the indices of their columns.
    filters: Vec<(usize, JqFilter)>,
    /// The JSON text of the current output.
    text: String,
}

impl Evaluator {
    /// Creates an evaluator of the filters among these columns, if there are any.
    pub(crate) fn new(columns: &[Column]) -> Option<Self> {
        let filter = |(index, column): (usize, &Column)| match &column.source {
            ColumnSource::Jq(filter) => Some((index, filter.clone())),
            ColumnSource::From(_) => None,
        };
        let filters: Vec<_> = columns.iter().enumerate().filter_map(filter).collect();
        (!filters.is_empty()).then(|| Evaluator { filters, text: String::new() })
    }

    /// Sets the cells of a row whose record is valid JSON. The record is read once for all filters.
    pub(crate) fn evaluate(
        &mut self,
        record: &str,
        columns: &[Column],
        row: &mut PendingRow,
    ) -> Result<(), Refusal> {
        let record = Record::read(record).map_err(|problem| self.unreadable(problem, columns))?;
        for (index, filter) in &self.filters {
            let column = &columns[*index];
            row.cells[*index] = cell(filter, column, &record, &mut self.text, row)
                .map_err(|(reason, message)| Refusal::new(reason, Some(column.name.clone()), message))?;
        }
        Ok(())
    }

    /// Frees the memory of buffers that have grown beyond `capacity` bytes.
    pub(crate) fn shrink_to(&mut self, capacity: usize) {
        self.text.clear();
        self.text.shrink_to(capacity);
    }

    #[cold]
    fn unreadable(&self, problem: Unreadable, columns: &[Column]) -> Refusal {
        let message = problem.to_string();
        match problem {
            Unreadable::Duplicate { pointer } => Refusal::new(Reason::DuplicateField, Some(pointer), message),
            Unreadable::TooLarge | Unreadable::NotJson(_) => {
                let (first, _) = self.filters[0];
                let message = format!("the record cannot be read: {message}");
                Refusal::new(Reason::JqFailed, Some(columns[first].name.clone()), message)
            }
        }
    }
}

/// Returns the cell of a filter's output, or why there is none. `text` becomes the output's JSON text.
fn cell(
    filter: &JqFilter,
    column: &Column,
    record: &Record,
    text: &mut String,
    row: &mut PendingRow,
) -> Result<Cell, (Reason, String)> {
    let output = filter.apply(record).map_err(|failure| match failure {
        Failure::NotOne => (Reason::JqNotOne, "the filter has more than one output".into()),
        Failure::Failed(message) => (Reason::JqFailed, message),
    })?;
    let Some(output) = output else { return Ok(Cell::Null) };
    text.clear();
    writing::write(&output, text)
        .map_err(|problem| (Reason::JqFailed, format!("the filter's output is not JSON: {problem}")))?;
    let mut scanner = Scanner::new(text);
    let kind = scanner.kind().map_err(not_json)?;
    if kind == Kind::Null {
        return Ok(Cell::Null);
    }
    // What a struct's type doesn't name is a part of the record, too, which `_rescued` keeps.
    let unknown_fields = row.buffers.unknown_fields;
    if unknown_fields == UnknownFields::Rescue {
        row.buffers.unknown_fields = UnknownFields::Ignore;
    }
    let scanned =
        column.column_type.scan(&column.options, JsonValue::new(kind, &mut scanner, &mut row.buffers));
    row.buffers.unknown_fields = unknown_fields;
    match scanned {
        // A cell refers to the record's text, of which the output is no part.
        Ok(Cell::Sent(range)) => {
            let resolved = &mut row.buffers.resolved;
            let start = resolved.len();
            resolved.extend_from_slice(&text.as_bytes()[range]);
            Ok(Cell::Resolved(start..resolved.len()))
        }
        Ok(cell) => Ok(cell),
        Err(types::Failure::Refused(reason, message)) => Err((reason, message)),
        Err(types::Failure::RefusedInside(inside)) => {
            let Inside { pointer, reason, message } = *inside;
            Err((reason, format!("at {pointer} of the filter's output: {message}")))
        }
        Err(types::Failure::NotJson(error)) => Err(not_json(error)),
    }
}

fn not_json(error: json::Error) -> (Reason, String) {
    (Reason::JqFailed, format!("the filter's output: {error}"))
}
