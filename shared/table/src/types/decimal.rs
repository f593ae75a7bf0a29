use super::definition::{TypeDefinition, TypeError, TypeReference};
use super::json_value::{Failure, JsonValue};
use super::number;
use super::numeric;
use super::options::{OptionName, Options};
use crate::cell::Cell;
use arrow_array::builder::Decimal128Builder;
use arrow_schema::DataType;
use std::borrow::Cow;

/// Type `decimal(p,s)`: an exact decimal, parsed from the number's digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type {
    /// Total number of digits, 1 to [`MAX_PRECISION`].
    precision: u8,
    /// Number of digits after the point, 0 to `precision`.
    scale: u8,
}

/// Maximum precision, which is what 128 bits hold and what Parquet readers accept.
const MAX_PRECISION: u8 = 38;

impl TypeDefinition for Type {
    const REFERENCE: TypeReference = TypeReference {
        name: "decimal(p,s)",
        json: "a number, exact, exponents included; `p` up to 38",
        parquet: "decimal",
        options: &[OptionName::Round, OptionName::FromString],
    };
    type Builder = Decimal128Builder;

    fn parse(name: &str) -> Option<Result<Self, TypeError>> {
        let parameters =
            name.strip_prefix("decimal").filter(|rest| rest.is_empty() || rest.starts_with('('))?;
        Some(parse_parameters(parameters).map_err(|problem| TypeError::invalid(name, problem)))
    }

    fn name(&self) -> Cow<'static, str> {
        format!("decimal({},{})", self.precision, self.scale).into()
    }

    fn arrow_type(&self) -> DataType {
        DataType::Decimal128(self.precision, self.scale as i8)
    }

    #[inline]
    fn scan(&self, options: &Options, value: JsonValue<'_, '_>) -> Result<Cell, Failure> {
        numeric::scan(self, options, value, numeric::LOSES_DIGITS, |text| {
            number::decimal(text, self.precision, self.scale, options.round.into()).map(Cell::Int128)
        })
    }

    fn builder(&self) -> Decimal128Builder {
        Decimal128Builder::new().with_data_type(self.arrow_type())
    }
}

/// Parses `(p,s)`, or returns what is wrong with it.
fn parse_parameters(text: &str) -> Result<Type, String> {
    let parameters = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')?.split_once(','));
    let numbers: Option<(u32, u32)> = parameters
        .and_then(|(precision, scale)| Some((precision.trim().parse().ok()?, scale.trim().parse().ok()?)));
    match numbers {
        None => Err("expected decimal(p,s), for example decimal(38,18)".to_owned()),
        Some((0, _)) => Err("the precision is at least 1".to_owned()),
        Some((precision, _)) if precision > u32::from(MAX_PRECISION) => {
            Err(format!("the precision is at most {MAX_PRECISION}"))
        }
        Some((precision, scale)) if scale > precision => Err("the scale is at most the precision".to_owned()),
        Some((precision, scale)) => Ok(Type { precision: precision as u8, scale: scale as u8 }),
    }
}
