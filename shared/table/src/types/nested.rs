use super::ColumnType;
use super::json_value::{Failure, JsonValue};
use super::options::Options;
use crate::buffers::{Buffers, RowTooLarge};
use crate::cell::Cell;
use crate::place::{Place, Step};
use crate::reason::Reason;
use json::{Kind, Scanner};

/// The array or object that is being packed: a scanner inside it, and the place where it is.
#[derive(Debug)]
pub(crate) struct Nested<'s, 'a> {
    pub(crate) scanner: &'s mut Scanner<'a>,
    pub(crate) buffers: &'s mut Buffers,
    /// `None` for a column's own value.
    pub(crate) place: Option<&'s Place<'s>>,
}

impl Nested<'_, '_> {
    /// Packs one of the values inside, and returns whether there was one: null has no bytes.
    pub(crate) fn value(
        &mut self,
        column_type: &ColumnType,
        options: &Options,
        step: Step<'_>,
    ) -> Result<bool, Failure> {
        let kind = self.scanner.kind()?;
        if kind == Kind::Null {
            self.scanner.null()?;
            return Ok(false);
        }
        let place = Place::new(self.place, step);
        let resolved = self.buffers.resolved.len();
        let value = JsonValue::inside(kind, self.scanner, self.buffers, &place);
        let cell = column_type.scan_inside(options, value).map_err(|failure| failure.at(&place))?;
        let sent = self.scanner.slice(0, self.scanner.position()).as_bytes();
        let Buffers { resolved: strings, packed, .. } = &mut *self.buffers;
        match cell {
            Cell::Packed { .. } => {} // already where it belongs
            scalar => {
                scalar.append_to(sent, strings, &[], packed);
            }
        }
        self.buffers.resolved.truncate(resolved);
        self.buffers.rescued.leave(place.depth);
        Ok(true)
    }

    /// Packs one of the values inside after a byte that says whether there is one.
    pub(crate) fn tagged_value(
        &mut self,
        column_type: &ColumnType,
        options: &Options,
        step: Step<'_>,
    ) -> Result<(), Failure> {
        let tag = self.buffers.packed.len();
        self.buffers.packed.push(1);
        if !self.value(column_type, options, step)? {
            self.buffers.packed[tag] = 0;
        }
        Ok(())
    }

    /// Refuses the value inside that a step leads to.
    #[cold]
    pub(crate) fn refuse(&self, step: Step<'_>, reason: Reason, message: &str) -> Failure {
        Failure::Refused(reason, message.into()).at(&Place::new(self.place, step))
    }
}

impl<'a> JsonValue<'_, 'a> {
    /// Reads an array or object with a function that appends its packed form to the buffers, and returns that as a cell.
    ///
    /// The function may stop at the first problem. The rest of the column's value is then checked to be JSON.
    pub(crate) fn nested_cell(
        self,
        pack: impl FnOnce(&mut Nested<'_, 'a>) -> Result<(), Failure>,
    ) -> Result<Cell, Failure> {
        let JsonValue { scanner, buffers, place, .. } = self;
        let start = buffers.packed.len() as u32;
        let before = place.is_none().then(|| scanner.clone());
        match (pack(&mut Nested { scanner, buffers, place }), before) {
            (Ok(()), before) => {
                let rescued = if before.is_some() { buffers.rescued.end_column() } else { 0..0 };
                let rescued = rescued.start as u32..rescued.end as u32;
                Ok(Cell::Packed { cell: start..buffers.packed.len() as u32, rescued })
            }
            (Err(Failure::NotJson(error)), _) => Err(Failure::NotJson(error)),
            (Err(refused), None) => Err(refused),
            (Err(refused), Some(before)) => {
                *scanner = before;
                scanner.any()?;
                buffers.rescued.end_column();
                Err(refused)
            }
        }
    }
}

impl From<RowTooLarge> for Failure {
    #[cold]
    fn from(too_large: RowTooLarge) -> Self {
        Failure::Refused(Reason::RowTooLarge, too_large.to_string())
    }
}
