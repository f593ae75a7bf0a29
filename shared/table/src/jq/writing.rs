use jaq_json::{Num, Val};

/// Longest text that a filter's output may have.
const MAX_TEXT: usize = 16 << 20;

/// Why a value has no JSON text.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unwritable {
    #[error("{0} is not a JSON number")]
    NotFinite(f64),
    #[error("a key is not a string")]
    Key,
    #[error("a string is not UTF-8")]
    NotUtf8,
    #[error("longer than {} MiB as JSON", MAX_TEXT >> 20)]
    TooLong,
}

/// Appends the JSON text of a value.
// Recursive, but no deeper than a record and a filter are.
pub(super) fn write(value: &Val, out: &mut String) -> Result<(), Unwritable> {
    match value {
        Val::Null => out.push_str("null"),
        Val::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Val::Num(number) => write_number(number, out)?,
        Val::TStr(text) | Val::BStr(text) => {
            let text = str::from_utf8(text).map_err(|_| Unwritable::NotUtf8)?;
            out.push_str(&serde_json::Value::from(text).to_string());
        }
        Val::Arr(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(element, out)?;
            }
            out.push(']');
        }
        Val::Obj(members) => {
            out.push('{');
            for (index, (key, value)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                if !matches!(key, Val::TStr(_)) {
                    return Err(Unwritable::Key);
                }
                write(key, out)?;
                out.push(':');
                write(value, out)?;
            }
            out.push('}');
        }
    }
    if out.len() <= MAX_TEXT { Ok(()) } else { Err(Unwritable::TooLong) }
}

fn write_number(number: &Num, out: &mut String) -> Result<(), Unwritable> {
    /// Whole floats below this are exact, and jq writes them as integers.
    const EXACT: f64 = 1e17;
    match number {
        Num::Float(float) if !float.is_finite() => return Err(Unwritable::NotFinite(*float)),
        Num::Float(float) if float.fract() == 0.0 && float.abs() < EXACT => {
            out.push_str(&(*float as i64).to_string());
        }
        Num::Float(float) => out.push_str(&serde_json::Value::from(*float).to_string()),
        Num::Dec(text) => out.push_str(text),
        Num::Int(_) | Num::BigInt(_) => out.push_str(&Val::Num(number.clone()).to_string()),
    }
    Ok(())
}
