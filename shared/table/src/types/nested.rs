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

impl From<RowTooLarge> for Failure {
    #[cold]
    fn from(too_large: RowTooLarge) -> Self {
        Failure::Refused(Reason::RowTooLarge, too_large.to_string())
    }
}
