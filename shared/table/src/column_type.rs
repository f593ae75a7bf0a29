use serde::{Serialize, Serializer};
use std::fmt;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Text, of a JSON string.
    String,
    /// Any JSON number whose value is whole and in range.
    Int32,
    /// Any JSON number whose value is whole and in range.
    Int64,
    /// The nearest 64-bit float of a JSON number; finite.
    Float64,
    /// An exact decimal of a JSON number.
    Decimal {
        /// Digits in all, 1 to 38.
        precision: u8,
        /// Digits after the point, 0 to `precision`.
        scale: u8,
    },
    /// `true` or `false`.
    Boolean,
    /// `YYYY-MM-DD`.
    Date,
    /// `YYYY-MM-DDTHH:MM:SS[.ffffff]`, in no zone.
    Timestamp,
    /// The same with `Z` or an offset, stored as UTC.
    TimestampUtc,
    /// A number: milliseconds since 1970, stored as UTC.
    TimestampMillis,
    /// A number: seconds since 1970, stored as UTC.
    TimestampSeconds,
    /// Any JSON value, as its text.
    Json,
}

/// The types' names, for a message.
pub(crate) const TYPE_NAMES: &str = "string, int32, int64, float64, decimal(p,s), boolean, date, timestamp, timestamp_utc, \
                          timestamp_millis, timestamp_seconds, json";

impl ColumnType {
    /// The type of this name.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "string" => ColumnType::String,
            "int32" => ColumnType::Int32,
            "int64" => ColumnType::Int64,
            "float64" => ColumnType::Float64,
            "boolean" => ColumnType::Boolean,
            "date" => ColumnType::Date,
            "timestamp" => ColumnType::Timestamp,
            "timestamp_utc" => ColumnType::TimestampUtc,
            "timestamp_millis" => ColumnType::TimestampMillis,
            "timestamp_seconds" => ColumnType::TimestampSeconds,
            "json" => ColumnType::Json,
            _ => {
                let (precision, scale) = text.strip_prefix("decimal(")?.strip_suffix(')')?.split_once(',')?;
                let (precision, scale): (u8, u8) =
                    (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
                let known = (1..=38).contains(&precision) && scale <= precision;
                return known.then_some(ColumnType::Decimal { precision, scale });
            }
        })
    }

    /// Whether its values can stand in a path.
    pub(crate) fn can_partition(self) -> bool {
        matches!(
            self,
            ColumnType::String
                | ColumnType::Int32
                | ColumnType::Int64
                | ColumnType::Boolean
                | ColumnType::Date
        )
    }

    /// Whether the column takes JSON numbers.
    pub(crate) fn is_numeric(self) -> bool {
        matches!(
            self,
            ColumnType::Int32
                | ColumnType::Int64
                | ColumnType::Float64
                | ColumnType::Decimal { .. }
                | ColumnType::TimestampMillis
                | ColumnType::TimestampSeconds
        )
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            ColumnType::String => "string",
            ColumnType::Int32 => "int32",
            ColumnType::Int64 => "int64",
            ColumnType::Float64 => "float64",
            ColumnType::Decimal { precision, scale } => return write!(f, "decimal({precision},{scale})"),
            ColumnType::Boolean => "boolean",
            ColumnType::Date => "date",
            ColumnType::Timestamp => "timestamp",
            ColumnType::TimestampUtc => "timestamp_utc",
            ColumnType::TimestampMillis => "timestamp_millis",
            ColumnType::TimestampSeconds => "timestamp_seconds",
            ColumnType::Json => "json",
        };
        f.write_str(name)
    }
}

impl Serialize for ColumnType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
