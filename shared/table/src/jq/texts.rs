use base64_simd::STANDARD;
use jaq_core::Error;
use jaq_json::{Val, ValR};
use jaq_std::ValT;
use std::fmt::Write;

use crate::jq::natives::to_json;

/// Returns the text of a string.
pub(super) fn text_of(value: &Val) -> Result<&str, Error<Val>> {
    let text = value.as_utf8_bytes().and_then(|bytes| str::from_utf8(bytes).ok());
    text.ok_or_else(|| Error::typ(value.clone(), "string"))
}

/// Returns a string as it is, and the JSON text of any other value.
pub(super) fn to_string(value: Val) -> ValR {
    match value {
        Val::TStr(_) => Ok(value),
        other => to_json(&other),
    }
}

/// Returns the sum of an array's elements or an object's values.
pub(super) fn add(value: Val) -> ValR {
    let terms: Vec<Val> = match value {
        Val::Arr(elements) => elements.iter().cloned().collect(),
        Val::Obj(members) => members.values().cloned().collect(),
        other => return Err(Error::typ(other, "array or object")),
    };
    let terms: Vec<Val> = terms.into_iter().filter(|term| !matches!(term, Val::Null)).collect();
    // jaq copies the sum for each text that it appends.
    if let Some(texts) = terms.iter().map(|term| text_of(term).ok()).collect::<Option<Vec<_>>>()
        && !texts.is_empty()
    {
        return Ok(Val::from(texts.concat()));
    }
    if terms.iter().filter(|term| matches!(term, Val::TStr(_))).count() > 1 {
        return Err(Error::str("cannot add strings and other values"));
    }
    terms.into_iter().try_fold(Val::Null, |sum, term| sum + term)
}

/// Returns the elements of an array as one text. Null is the empty text.
pub(super) fn join(value: Val, separator: Val) -> ValR {
    let Val::Arr(elements) = &value else { return Err(Error::typ(value, "array")) };
    let separator = text_of(&separator)?;
    let mut joined = String::new();
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            joined.push_str(separator);
        }
        match element {
            Val::Null => {}
            Val::TStr(_) => joined.push_str(text_of(element)?),
            Val::Bool(_) | Val::Num(_) => joined.push_str(text_of(&to_json(element)?)?),
            other => return Err(Error::typ(other.clone(), "string")),
        }
    }
    Ok(Val::from(joined))
}

/// Returns the parts of a text, or its characters if the separator is empty.
pub(super) fn split(value: Val, separator: Val) -> ValR {
    text_of(&value)?;
    text_of(&separator)?;
    value / separator
}

/// Returns the number of characters before a part of a text, or null.
pub(super) fn position(value: Val, part: Val, find: impl Fn(&str, &str) -> Option<usize>) -> ValR {
    if matches!(value, Val::Null) {
        return Ok(Val::Null);
    }
    let text = text_of(&value)?;
    let part = text_of(&part)?;
    let found = find(text, part).filter(|_| !part.is_empty());
    Ok(found.map_or(Val::Null, |at| Val::from(text[..at].chars().count())))
}

/// Removes a text from one end of another, if it is there.
pub(super) fn strip(value: Val, fix: &Val, remove: impl for<'a> Fn(&'a str, &str) -> Option<&'a str>) -> Val {
    let stripped = match (text_of(&value), text_of(fix)) {
        (Ok(text), Ok(fix)) => remove(text, fix).map(|rest| value.as_sub_str(rest.as_bytes())),
        _ => None,
    };
    stripped.unwrap_or(value)
}

pub(super) fn to_base64(value: Val) -> ValR {
    let value = to_string(value)?;
    Ok(Val::from(STANDARD.encode_to_string(text_of(&value)?)))
}

pub(super) fn from_base64(value: Val) -> ValR {
    let value = to_string(value)?;
    let text = text_of(&value)?;
    let bytes = base64_simd::forgiving_decode_to_vec(text.as_bytes()).ok();
    let decoded = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    decoded
        .map(Val::from)
        .ok_or_else(|| Error::str(format_args!("{:?} is not base64-encoded text", json::excerpt(text))))
}

pub(super) fn to_uri(value: Val) -> ValR {
    let value = to_string(value)?;
    let mut encoded = String::new();
    for byte in text_of(&value)?.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(byte.into()),
            other => write!(encoded, "%{other:02X}").expect("writing to memory does not fail"),
        }
    }
    Ok(Val::from(encoded))
}
