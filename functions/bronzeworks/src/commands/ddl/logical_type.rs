use arrow_schema::{DataType, Field, TimeUnit};
use std::iter;
use std::sync::Arc;

/// The type of a column in a form from which every engine derives its own name for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LogicalType {
    Text,
    Bytes,
    Int32,
    Int64,
    Float64,
    Decimal {
        precision: u8,
        scale: i8,
    },
    Boolean,
    Date,
    /// Date and time without a zone, in microseconds.
    LocalTime,
    /// A point in time, in microseconds.
    Instant,
    List(Box<LogicalType>),
    Struct(Vec<(String, LogicalType)>),
    /// A map from text to this type.
    Map(Box<LogicalType>),
}

impl LogicalType {
    /// Returns the type of the columns that have an Arrow type in our files, or `None` if our files never have it.
    pub(crate) fn of(data_type: &DataType) -> Option<Self> {
        Some(match data_type {
            DataType::Utf8 => LogicalType::Text,
            // How values are encoded in memory is not part of the table.
            DataType::Dictionary(_, values) => LogicalType::of(values)?,
            DataType::Binary => LogicalType::Bytes,
            DataType::Int32 => LogicalType::Int32,
            DataType::Int64 => LogicalType::Int64,
            DataType::Float64 => LogicalType::Float64,
            DataType::Decimal128(precision, scale) => {
                LogicalType::Decimal { precision: *precision, scale: *scale }
            }
            DataType::Boolean => LogicalType::Boolean,
            DataType::Date32 => LogicalType::Date,
            DataType::Timestamp(TimeUnit::Microsecond, None) => LogicalType::LocalTime,
            DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => LogicalType::Instant,
            DataType::List(element) => LogicalType::List(Box::new(LogicalType::of(element.data_type())?)),
            DataType::Struct(fields) => {
                let member =
                    |field: &Arc<Field>| Some((field.name().clone(), LogicalType::of(field.data_type())?));
                LogicalType::Struct(fields.iter().map(member).collect::<Option<_>>()?)
            }
            DataType::Map(entries, _) => match entries.data_type() {
                DataType::Struct(fields) => {
                    let value = fields.get(1)?;
                    LogicalType::Map(Box::new(LogicalType::of(value.data_type())?))
                }
                _ => return None,
            },
            _ => return None,
        })
    }

    /// Returns whether the type, or a type inside it, fulfills a condition.
    pub(crate) fn any(&self, condition: &dyn Fn(&LogicalType) -> bool) -> bool {
        condition(self)
            || match self {
                LogicalType::List(inner) | LogicalType::Map(inner) => inner.any(condition),
                LogicalType::Struct(members) => members.iter().any(|(_, member)| member.any(condition)),
                _ => false,
            }
    }

    /// Returns the names of all members of structs inside the type.
    pub(crate) fn member_names<'a>(&'a self) -> Vec<&'a str> {
        match self {
            LogicalType::List(inner) | LogicalType::Map(inner) => inner.member_names(),
            LogicalType::Struct(members) => {
                let names = |(name, member): &'a (String, LogicalType)| {
                    iter::once(name.as_str()).chain(member.member_names())
                };
                members.iter().flat_map(names).collect()
            }
            _ => Vec::new(),
        }
    }

    pub(crate) fn is_nested(&self) -> bool {
        matches!(self, LogicalType::List(_) | LogicalType::Struct(_) | LogicalType::Map(_))
    }

    pub(crate) fn is_time(&self) -> bool {
        matches!(self, LogicalType::LocalTime | LogicalType::Instant)
    }
}
