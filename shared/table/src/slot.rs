//! What a row's fields become before the row is written, and the rules by which they do.

use crate::column_type::ColumnType;
use crate::datetime::{self, Zone};
use crate::number::{self, NumberError};
use crate::reason::Reason;
use crate::schema::Column;
use json::{Kind, Scanner, Text, excerpt};
use std::ops::Range;

/// A column's value in the row at hand.
#[derive(Debug, Clone)]
pub(crate) enum Slot {
    Missing,
    Null,
    /// A range of the value's text.
    Sent(Range<usize>),
    /// A range of `resolved`.
    Resolved(Range<usize>),
    Boolean(bool),
    Int(i64),
    Wide(i128),
    Float(f64),
}

/// A slot, or why there is none.
type Conversion = Result<Slot, (Reason, String)>;

/// A JSON number in a column of numbers.
#[inline]
pub(crate) fn number_slot(column: &Column, text: &str) -> Conversion {
    let outcome = match column.column_type {
        ColumnType::Decimal { precision, scale } => {
            number::decimal(text, precision, scale, column.round).map(Slot::Wide)
        }
        ColumnType::Int32 => number::integer(text).and_then(|value| match i32::try_from(value) {
            Ok(value) => Ok(Slot::Int(i64::from(value))),
            Err(_) => Err(NumberError::OutOfRange),
        }),
        ColumnType::Int64 => number::integer(text).map(Slot::Int),
        ColumnType::Float64 => number::float(text).map(Slot::Float),
        ColumnType::TimestampMillis => epoch(text, 3),
        _ => epoch(text, 6),
    };
    outcome.map_err(|error| {
        let (code, found) = match (error, column.column_type) {
            (NumberError::OutOfRange, _) => (Reason::OutOfRange, "is beyond"),
            (NumberError::PrecisionLost, ColumnType::Int32 | ColumnType::Int64) => {
                (Reason::TypeMismatch, "is not whole, as belongs into")
            }
            (NumberError::PrecisionLost, ColumnType::TimestampMillis | ColumnType::TimestampSeconds) => {
                (Reason::BadTimestamp, "has a fraction beyond microseconds, for")
            }
            (NumberError::PrecisionLost, _) => (Reason::PrecisionLost, "would lose a digit in"),
        };
        (code, format!("{} {found} {}", excerpt(text), column.column_type))
    })
}

/// A number of seconds, or parts of them, as microseconds.
fn epoch(text: &str, scale: u8) -> Result<Slot, NumberError> {
    let micros = number::decimal(text, 18, scale, None)? as i64;
    let known = (datetime::MIN_MICROS..=datetime::MAX_MICROS).contains(&micros);
    if known { Ok(Slot::Int(micros)) } else { Err(NumberError::OutOfRange) }
}

/// A JSON string in a column that is not for text: a date or timestamp, or a number or boolean where the schema allows it.
pub(crate) fn quoted_slot(column: &Column, text: &Text<'_>) -> Conversion {
    quoted_slot_of(column, &text.resolve())
}

fn quoted_slot_of(column: &Column, text: &str) -> Conversion {
    let time = |zone| {
        datetime::timestamp(text, zone)
            .map(Slot::Int)
            .map_err(|problem| (Reason::BadTimestamp, format!("{:?}: {problem}", excerpt(text))))
    };
    match column.column_type {
        ColumnType::Timestamp => time(Zone::None),
        ColumnType::TimestampUtc => time(Zone::Required),
        ColumnType::Date => datetime::date(text)
            .map(|days| Slot::Int(i64::from(days)))
            .map_err(|problem| (Reason::BadDate, format!("{:?}: {problem}", excerpt(text)))),
        _ if !column.from_string => Err(mismatch(column, Kind::String)),
        ColumnType::Boolean => match text {
            "true" => Ok(Slot::Boolean(true)),
            "false" => Ok(Slot::Boolean(false)),
            _ => Err((Reason::TypeMismatch, format!("{:?} is neither true nor false", excerpt(text)))),
        },
        _ => {
            let mut scanner = Scanner::new(text);
            match scanner.number() {
                Ok(number) if number.len() == text.len() => number_slot(column, number),
                _ => Err((Reason::TypeMismatch, format!("{:?} is not a number", excerpt(text)))),
            }
        }
    }
}

pub(crate) fn mismatch(column: &Column, found: Kind) -> (Reason, String) {
    (Reason::TypeMismatch, format!("expected {}, found {}", column.column_type, found.name()))
}
