use crate::cell::Cell;
use crate::partitions::bucket::{bucket, hash_decimal, hash_integer, murmur3};
use crate::partitions::decimal_text::DecimalText;
use crate::partitions::fixed_offset::FixedOffset;
use crate::partitions::partition_key::PartitionKey;
use crate::partitions::source_kind::{Source, SourceKind};
use crate::partitions::time_unit::{TimeUnit, UnitText};
use crate::partitions::transform::Transform;
use std::borrow::Cow;

/// How one partition's value is derived from a cell: a transform and the type of its source, decided once for a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Derivation {
    /// The text of a text cell.
    Text,
    /// A number, boolean or date as text, by the column's own type.
    Plain,
    /// The first characters of a text cell.
    TruncateText { width: usize },
    /// The first bytes of a binary cell, in base64.
    TruncateBytes { width: usize },
    /// The unit that contains a date.
    Days(TimeUnit),
    /// The unit that contains a time, after this many microseconds are added.
    Micros { unit: TimeUnit, offset: i64 },
    /// The bucket of a value.
    Bucket(u32),
    /// An integer rounded down to a multiple, which is at least `min`.
    TruncateInteger { width: i64, min: i64 },
    /// A decimal whose unscaled value is rounded down to a multiple, which is greater than `-limit`.
    TruncateDecimal { width: i128, scale: u8, limit: i128 },
}

/// The value that a truncation would have is out of range for the source's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OutOfRange;

const SUITABLE: &str = "a schema derives partitions only from types that suit the transform";

impl Derivation {
    /// Returns how to apply a transform to the values of a source, or `None` if it doesn't take them.
    pub(crate) fn new(transform: Transform, source: Source<'_>) -> Option<Self> {
        let utc = transform.offset() == FixedOffset::UTC;
        Some(match (transform, source.kind()) {
            (Transform::Identity, _) if !source.can_partition() => return None,
            (Transform::Identity, SourceKind::Text) => Derivation::Text,
            (Transform::Identity, _) => Derivation::Plain,
            (Transform::Time(unit, _), SourceKind::Date) if unit != TimeUnit::Hour && utc => {
                Derivation::Days(unit)
            }
            // A time without a zone is local already.
            (Transform::Time(unit, _), SourceKind::LocalTime) if utc => {
                Derivation::Micros { unit, offset: 0 }
            }
            (Transform::Time(unit, offset), SourceKind::Instant) => {
                Derivation::Micros { unit, offset: offset.micros() }
            }
            (Transform::Bucket(_), SourceKind::Other) => return None,
            (Transform::Bucket(buckets), _) => Derivation::Bucket(buckets),
            (Transform::Truncate(width), SourceKind::Text) => {
                Derivation::TruncateText { width: width as usize }
            }
            (Transform::Truncate(width), SourceKind::Bytes) => {
                Derivation::TruncateBytes { width: width as usize }
            }
            (Transform::Truncate(width), SourceKind::Integer { min }) => {
                Derivation::TruncateInteger { width: width.into(), min }
            }
            (Transform::Truncate(width), SourceKind::Decimal { precision, scale }) => {
                let limit = 10_i128.pow(precision.into());
                Derivation::TruncateDecimal { width: width.into(), scale, limit }
            }
            _ => return None,
        })
    }

    /// Returns whether values can be the empty string, and any other text.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Derivation::Text | Derivation::TruncateText { .. } | Derivation::TruncateBytes { .. })
    }

    /// Returns the text derived from the content of a text or binary cell.
    #[inline]
    pub(crate) fn text_of(self, content: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Derivation::TruncateText { width } => first_characters(content, width).into(),
            Derivation::TruncateBytes { width } => {
                let bytes = &content[..width.min(content.len())];
                base64_simd::STANDARD.encode_to_string(bytes).into_bytes().into()
            }
            _ => content.into(),
        }
    }

    /// Appends the value derived from a cell that is not null. `text` is its text, if it is a text cell. It is not called for derivations
    /// that are text, nor for [`Derivation::Plain`].
    pub(crate) fn append(
        self,
        cell: &Cell,
        text: Option<&[u8]>,
        key: &mut Vec<u8>,
    ) -> Result<(), OutOfRange> {
        match self {
            Derivation::Days(unit) => {
                let Cell::Int32(days) = cell else { unreachable!("{SUITABLE}") };
                PartitionKey::push_display(key, &UnitText::of_days(unit, *days));
            }
            Derivation::Micros { unit, offset } => {
                let micros = integer(cell).saturating_add(offset);
                PartitionKey::push_display(key, &UnitText::of_micros(unit, micros));
            }
            Derivation::Bucket(buckets) => {
                let hash = match (text, cell) {
                    (Some(text), _) => murmur3(text),
                    (None, Cell::Int128(unscaled)) => hash_decimal(*unscaled),
                    (None, cell) => hash_integer(integer(cell)),
                };
                PartitionKey::push_display(key, &bucket(hash, buckets));
            }
            Derivation::TruncateInteger { width, min } => {
                let value = integer(cell);
                let down = value.checked_sub(value.rem_euclid(width)).filter(|down| *down >= min);
                PartitionKey::push_display(key, &down.ok_or(OutOfRange)?);
            }
            Derivation::TruncateDecimal { width, scale, limit } => {
                let Cell::Int128(value) = cell else { unreachable!("{SUITABLE}") };
                let unscaled = value - value.rem_euclid(width);
                if unscaled <= -limit {
                    return Err(OutOfRange);
                }
                PartitionKey::push_display(key, &DecimalText { unscaled, scale });
            }
            Derivation::Text
            | Derivation::TruncateText { .. }
            | Derivation::TruncateBytes { .. }
            | Derivation::Plain => {
                unreachable!("the key writer appends these")
            }
        }
        Ok(())
    }
}

fn integer(cell: &Cell) -> i64 {
    match cell {
        Cell::Int32(value) => i64::from(*value),
        Cell::Int64(value) => *value,
        _ => unreachable!("{SUITABLE}"),
    }
}

/// Returns the first characters (code points) of UTF-8 text.
fn first_characters(text: &[u8], count: usize) -> &[u8] {
    let is_start = |byte: u8| byte & 0b1100_0000 != 0b1000_0000;
    let end = text.iter().enumerate().filter(|(_, byte)| is_start(**byte)).nth(count);
    end.map_or(text, |(end, _)| &text[..end])
}
