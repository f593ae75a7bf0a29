use crate::place::{Place, Step};
use jaq_json::{Map, Num, Val};
use json::{Kind, Scanner};
use std::rc::Rc;

/// Most that a record may weigh. It takes about as many bytes of memory.
const MAX_WEIGHT: usize = 16 << 20;

/// Longest integer that filters calculate with exactly. Longer ones keep their digits, too, but are floats to an operator: converting them
/// takes time that grows with the square of their length.
const MAX_INTEGER: usize = 1000;

/// A record as jaq's value.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) value: Val,
    /// About how many bytes of memory the value takes; at least 16 for each value inside.
    pub(super) weight: usize,
}

/// Why a record can't be given to a filter.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("a member occurs twice, and a filter would see only one of them")]
    Duplicate {
        /// The member's JSON pointer.
        pointer: String,
    },
    #[error("it would take more than {} MiB in jq", MAX_WEIGHT >> 20)]
    TooLarge,
    #[error("it is not JSON: {0}")]
    NotJson(json::Error),
}

impl From<json::Error> for Unreadable {
    fn from(error: json::Error) -> Self {
        Unreadable::NotJson(error)
    }
}

impl Record {
    /// Reads a JSON text.
    pub(super) fn read(text: &str) -> Result<Self, Unreadable> {
        let mut scanner = Scanner::new(text);
        let mut weight = 0;
        let value = value(&mut scanner, None, &mut weight)?;
        scanner.end()?;
        Ok(Record { value, weight })
    }
}

// Recursive, but no deeper than the scanner allows.
fn value(
    scanner: &mut Scanner<'_>,
    place: Option<&Place<'_>>,
    weight: &mut usize,
) -> Result<Val, Unreadable> {
    Ok(match scanner.kind()? {
        Kind::Null => {
            scanner.null()?;
            add(weight, 16)?;
            Val::Null
        }
        Kind::Boolean => {
            add(weight, 16)?;
            Val::Bool(scanner.boolean()?)
        }
        Kind::Number => {
            let text = scanner.number()?;
            add(weight, 16 + text.len())?;
            Val::Num(number(text))
        }
        Kind::String => {
            let text = scanner.string()?.resolve().into_owned();
            add(weight, 64 + text.len())?;
            Val::from(text)
        }
        Kind::Array => {
            scanner.open_array()?;
            add(weight, 64)?;
            let mut elements = Vec::new();
            while scanner.next_element(elements.is_empty())? {
                let place = Place::new(place, Step::Element(elements.len()));
                elements.push(value(scanner, Some(&place), weight)?);
            }
            Val::Arr(Rc::new(elements))
        }
        Kind::Object => {
            scanner.open_object()?;
            add(weight, 64)?;
            let mut members = Map::default();
            let mut first = true;
            while let Some(key) = scanner.next_key(first)? {
                first = false;
                let key = key.resolve();
                let place = Place::new(place, Step::Member(&key));
                add(weight, 128 + key.len())?;
                let value = value(scanner, Some(&place), weight)?;
                if members.insert(Val::from(key.clone().into_owned()), value).is_some() {
                    return Err(Unreadable::Duplicate { pointer: place.pointer() });
                }
            }
            Val::obj(members)
        }
    })
}

fn add(weight: &mut usize, more: usize) -> Result<(), Unreadable> {
    *weight += more;
    if *weight <= MAX_WEIGHT { Ok(()) } else { Err(Unreadable::TooLarge) }
}

/// Returns a number that is written with the same digits, if a filter only passes it on.
pub(super) fn number(text: &str) -> Num {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let integer = digits.len() <= MAX_INTEGER && digits.bytes().all(|byte| byte.is_ascii_digit());
    match Num::from_str_radix(text, 10).filter(|_| integer && text != "-0") {
        Some(number) => number,
        None => Num::Dec(Rc::new(text.to_owned())),
    }
}
