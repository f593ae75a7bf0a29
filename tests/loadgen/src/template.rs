use crate::batch::Batch;
use fastrand::Rng;
use std::io::Write;
use std::ops::{Range, RangeInclusive};

/// A record with places to be filled: `{"id":"{{uuid}}","n":{{number}},"amount":{{integer:1-100}}}`.
///
/// | place | what stands there |
/// | --- | --- |
/// | `{{uuid}}` | a random UUID |
/// | `{{number}}` | the record's number, from 1 |
/// | `{{key}}` | the key, which the records of a batch share |
/// | `{{integer:A-B}}` | a number from A to B |
/// | `{{letters:A-B}}` | A to B small letters |
/// | `{{choice:A\|B\|C}}` | one of these |
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

/// A record of the service has a megabyte at most.
const LETTERS: u64 = 1 << 20;

impl Template {
    /// Takes templates of the values and, if they are to have some, of the keys apart.
    ///
    /// # Errors
    ///
    /// The place that is none.
    pub fn parse(value: &str, key: Option<&str>) -> Result<Self, String> {
        let key = key.map(pieces).transpose()?;
        let value = pieces(value)?;
        if key.is_none() && value.contains(&Piece::Key) {
            return Err("there is {{key}} in the template, and no template of keys".into());
        }
        if key.as_ref().is_some_and(|key| key.contains(&Piece::Key)) {
            return Err("a key cannot be a part of itself".into());
        }
        Ok(Template { value, key })
    }

    /// Appends a batch's key, if there is one, and tells where it is.
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
        let (place, after) = after.split_once("}}").ok_or_else(|| format!("{{{{{after} has no end"))?;
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        pieces.push(Piece::parse(place).ok_or_else(|| format!("{{{{{place}}}}} is no place of a template"))?);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

impl Piece {
    fn parse(place: &str) -> Option<Self> {
        let (name, argument) = place.split_once(':').unwrap_or((place, ""));
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

/// `A-B`, or `A` alone.
fn bounds(text: &str) -> Option<RangeInclusive<u64>> {
    let (least, most) = text.split_once('-').unwrap_or((text, text));
    let (least, most) = (least.parse().ok()?, most.parse().ok()?);
    (least <= most).then_some(least..=most)
}

fn fill(pieces: &[Piece], random: &mut Rng, number: u64, key: Option<Range<usize>>, out: &mut Vec<u8>) {
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
            Piece::Uuid => crate::journal::uuid(random, out),
            Piece::Number => write!(out, "{number}").expect("memory takes it"),
            Piece::Key => out.extend_from_within(key.clone().unwrap_or_default()),
            Piece::Integer(range) => {
                write!(out, "{}", random.u64(range.clone())).expect("memory takes it");
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
    fn every_place_is_filled() {
        let value = r#"{"id":"{{uuid}}","n":{{number}},"k":"{{key}}","i":{{integer:3-5}},"t":"{{letters:2}}","c":"{{choice:x|y}}"}"#;
        let template = Template::parse(value, Some("K{{integer:10-99}}")).unwrap();
        let (mut batch, mut random) = (Batch::default(), Rng::with_seed(1));
        let key = template.key(&mut random, 0, &mut batch);
        (1..=30).for_each(|number| template.value(&mut random, number, key.clone(), &mut batch));
        for place in 0..30 {
            let record: serde_json::Value = serde_json::from_slice(batch.value(place)).unwrap();
            assert_eq!(record["k"].as_str().unwrap().as_bytes(), batch.key(place).unwrap());
            assert_eq!(record["n"], place + 1);
            assert!((3..=5).contains(&record["i"].as_u64().unwrap()));
            assert_eq!((record["id"].as_str().unwrap().len(), record["t"].as_str().unwrap().len()), (36, 2));
            assert!(["x", "y"].contains(&record["c"].as_str().unwrap()));
        }
    }

    #[test]
    fn a_place_that_is_none_is_named() {
        for (value, key, problem) in [
            ("{{uid}}", None, "{{uid}} is no place"),
            ("{{integer:5-3}}", None, "{{integer:5-3}}"),
            ("{{letters:9999999999}}", None, "letters"),
            ("a{{uuid", None, "{{uuid has no end"),
            ("{{key}}", None, "no template of keys"),
            ("x", Some("{{key}}"), "part of itself"),
        ] {
            let told = Template::parse(value, key).unwrap_err();
            assert!(told.contains(problem), "{told}");
        }
    }
}
