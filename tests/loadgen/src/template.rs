use crate::batch::Batch;
use fastrand::Rng;
use std::io::Write;
use std::ops::{Range, RangeInclusive};

/// A template of records with placeholders, such as `{"id":"{{uuid}}","n":{{number}},"amount":{{integer:1-100}}}`.
///
/// | placeholder | replaced by |
/// | --- | --- |
/// | `{{uuid}}` | a random UUID |
/// | `{{number}}` | the number of the record, counted from 1 |
/// | `{{key}}` | the key, which the records of a group share |
/// | `{{integer:A-B}}` | a number from A to B |
/// | `{{letters:A-B}}` | A to B lowercase letters |
/// | `{{choice:A\|B\|C}}` | one of A, B and C |
#[derive(Debug, Clone)]
pub struct Template {
    value: Vec<Piece>,
    key: Option<Vec<Piece>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Uuid,
    Number,
    Key,
    Integer(RangeInclusive<u64>),
    Letters(RangeInclusive<u64>),
    Choice(Vec<String>),
}

/// Maximum number of letters. The service limits a message to a megabyte.
const LETTERS: u64 = 1 << 20;

impl Template {
    /// Parses the template of the values and, if records are to have keys, the template of the keys.
    ///
    /// # Errors
    ///
    /// Returns an error if a placeholder is unknown or incomplete, or refers to a key although there is no key template.
    pub fn parse(value: &str, key: Option<&str>) -> Result<Self, String> {
        let key = key.map(pieces).transpose()?;
        let value = pieces(value)?;
        if key.is_none() && value.contains(&Piece::Key) {
            return Err("the template contains {{key}}, but there is no key template".into());
        }
        if key.as_ref().is_some_and(|key| key.contains(&Piece::Key)) {
            return Err("the key template must not contain {{key}}".into());
        }
        Ok(Template { value, key })
    }

    /// Appends the key of a group and returns its range; `None` if there is no key template.
    pub(crate) fn key(&self, random: &mut Rng, number: u64, batch: &mut Batch) -> Option<Range<usize>> {
        let key = self.key.as_ref()?;
        let start = batch.buffer().len();
        fill(key, random, number, None, batch.buffer());
        Some(start..batch.buffer().len())
    }

    /// Appends a record.
    pub(crate) fn value(&self, random: &mut Rng, number: u64, key: Option<Range<usize>>, batch: &mut Batch) {
        let start = batch.buffer().len();
        fill(&self.value, random, number, key.clone(), batch.buffer());
        batch.end(key, start);
    }
}

fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (inner, after) =
            after.split_once("}}").ok_or_else(|| format!("{{{{{after} has no closing }}}}"))?;
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        pieces.push(Piece::parse(inner).ok_or_else(|| format!("{{{{{inner}}}}} is not a placeholder"))?);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

impl Piece {
    fn parse(placeholder: &str) -> Option<Self> {
        let (name, argument) = placeholder.split_once(':').unwrap_or((placeholder, ""));
        match (name, argument) {
            ("uuid", "") => Some(Piece::Uuid),
            ("number", "") => Some(Piece::Number),
            ("key", "") => Some(Piece::Key),
            ("integer", range) => Some(Piece::Integer(bounds(range)?)),
            ("letters", range) => bounds(range).filter(|range| *range.end() <= LETTERS).map(Piece::Letters),
            ("choice", list) if !list.is_empty() => {
                Some(Piece::Choice(list.split('|').map(str::to_owned).collect()))
            }
            _ => None,
        }
    }
}

/// Parses a range `A-B`, or a single number `A`.
fn bounds(text: &str) -> Option<RangeInclusive<u64>> {
    let (minimum, maximum) = text.split_once('-').unwrap_or((text, text));
    let (minimum, maximum) = (minimum.parse().ok()?, maximum.parse().ok()?);
    (minimum <= maximum).then_some(minimum..=maximum)
}

fn fill(pieces: &[Piece], random: &mut Rng, number: u64, key: Option<Range<usize>>, out: &mut Vec<u8>) {
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
            Piece::Uuid => crate::journal::uuid(random, out),
            Piece::Number => write!(out, "{number}").expect("a Vec accepts every write"),
            Piece::Key => out.extend_from_within(key.clone().unwrap_or_default()),
            Piece::Integer(range) => {
                write!(out, "{}", random.u64(range.clone())).expect("a Vec accepts every write");
            }
            Piece::Letters(range) => {
                let count = random.u64(range.clone());
                out.extend((0..count).map(|_| random.u8(b'a'..=b'z')));
            }
            Piece::Choice(list) => out.extend_from_slice(list[random.usize(..list.len())].as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_is_replaced() {
        let value = r#"{"id":"{{uuid}}","n":{{number}},"k":"{{key}}","i":{{integer:3-5}},"t":"{{letters:2}}","c":"{{choice:x|y}}"}"#;
        let template = Template::parse(value, Some("K{{integer:10-99}}")).unwrap();
        let (mut batch, mut random) = (Batch::default(), Rng::with_seed(1));
        let key = template.key(&mut random, 0, &mut batch);
        (1..=30).for_each(|number| template.value(&mut random, number, key.clone(), &mut batch));
        for index in 0..30 {
            let record: serde_json::Value = serde_json::from_slice(batch.value(index)).unwrap();
            assert_eq!(record["k"].as_str().unwrap().as_bytes(), batch.key(index).unwrap());
            assert_eq!(record["n"], index + 1);
            assert!((3..=5).contains(&record["i"].as_u64().unwrap()));
            assert_eq!((record["id"].as_str().unwrap().len(), record["t"].as_str().unwrap().len()), (36, 2));
            assert!(["x", "y"].contains(&record["c"].as_str().unwrap()));
        }
    }

    #[test]
    fn an_unusable_placeholder_is_named() {
        for (value, key, problem) in [
            ("{{uid}}", None, "{{uid}} is not a placeholder"),
            ("{{integer:5-3}}", None, "{{integer:5-3}}"),
            ("{{letters:9999999999}}", None, "letters"),
            ("a{{uuid", None, "{{uuid has no closing }}"),
            ("{{key}}", None, "no key template"),
            ("x", Some("{{key}}"), "must not contain {{key}}"),
        ] {
            let error = Template::parse(value, key).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
    }
}
