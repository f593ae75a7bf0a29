//! Code shared by the types that accept JSON numbers.

use super::definition::TypeDefinition;
use super::json_value::{Failure, JsonValue};
use super::number::NumberError;
use super::options::Options;
use crate::cell::Cell;
use crate::reason::Reason;
use json::{Kind, Scanner, excerpt};

/// How to report a number that would lose digits: the reason, and the words between number and type.
pub(crate) type Loss = (Reason, &'static str);

pub(crate) const NOT_WHOLE: Loss = (Reason::TypeMismatch, "is not a whole number, as required by");
pub(crate) const LOSES_DIGITS: Loss = (Reason::PrecisionLost, "would lose a digit in");
pub(crate) const BEYOND_MICROS: Loss = (Reason::BadTimestamp, "is more precise than the microseconds of");

/// Reads a number, or a number in quotes if the column allows it.
#[inline]
pub(crate) fn scan<T: TypeDefinition>(
    definition: &T,
    options: &Options,
    value: JsonValue<'_, '_>,
    loss: Loss,
    convert: impl Fn(&str) -> Result<Cell, NumberError>,
) -> Result<Cell, Failure> {
    let refused = |text: &str, error| {
        let (reason, problem) = match error {
            NumberError::OutOfRange => (Reason::OutOfRange, "is out of range for"),
            NumberError::PrecisionLost => loss,
        };
        Failure::Refused(reason, format!("{} {problem} {}", excerpt(text), definition.name()))
    };
    match value.kind {
        Kind::Number => {
            let text = value.number()?;
            convert(text).map_err(|error| refused(text, error))
        }
        Kind::String if options.from_string => {
            let text = value.string()?.resolve();
            let mut scanner = Scanner::new(&text);
            match scanner.number() {
                Ok(number) if number.len() == text.len() => {
                    convert(number).map_err(|error| refused(number, error))
                }
                _ => {
                    let message = format!("{:?} is not a number", excerpt(&text));
                    Err(Failure::Refused(Reason::TypeMismatch, message))
                }
            }
        }
        _ => Err(value.mismatch(&definition.name())),
    }
}
