//! The functions that are written in Rust, and those that are written in jq.
//!
//! jaq has functions of the same names. Ours keep numbers' digits, take only strict JSON, and return an error where jaq's would panic, wrap
//! around or multiply a text.

use crate::jq::filter::Jq;
use crate::jq::reading::{self, Record};
use crate::jq::{regexes, texts, times, writing};
use jaq_core::load::parse::Def;
use jaq_core::native::{Fun, bome, run, unary, v};
use jaq_core::{Error, load};
use jaq_json::{Map, Val, ValR};
use jaq_std::ValT as _;
use json::{Kind, Scanner};
use std::rc::Rc;

const DEFINITIONS: &str = r#"
def empty: {}[] as $x | .;
def error: error_empty as $x | .;
def error(message): (message | error_empty) as $x | .;
def true: 0 == 0;
def false: 0 != 0;
def null: [][0];
def not: if . then false else true end;
def select(f): if f then . else empty end;
def isempty(f): first((f | false), true);
def map(f): [.[] | f];
def first: .[0];
def last: .[-1];
def all(g; f): isempty(g | f and empty);
def any(g; f): isempty(g | f or empty) | not;
def all(f): all(.[]; f);
def any(f): any(.[]; f);
def all: all(.[]; .);
def any: any(.[]; .);
def keys: keys_unsorted | sort;
def with_entries(f): to_entries | map(f) | from_entries;
def min_by(f): [min_by_or_empty(f)] | .[0];
def max_by(f): [max_by_or_empty(f)] | .[0];
def min: min_by(.);
def max: max_by(.);
def unique_by(f): [group_by(f)[] | .[0]];
def unique: unique_by(.);
def values: select(. != null);
def nulls: select(. == null);
def booleans: select(type == "boolean");
def numbers: select(type == "number");
def strings: select(type == "string");
def arrays: select(type == "array");
def objects: select(type == "object");
def iterables: select(type == "array" or type == "object");
def scalars: select(type != "array" and type != "object");
def test(re): test(re; "");
def capture(re): capture(re; "");
def fromdate: fromdateiso8601;
def todate: todateiso8601;
def fabs: abs;
def @text: tostring;
def @json: tojson;
"#;

/// Those of jaq's own functions that can be used as they are.
const JAQS: &[&str] = &[
    "ascii_downcase",
    "ascii_upcase",
    "ceil",
    "contains",
    "endswith",
    "error_empty",
    "first",
    "floor",
    "group_by",
    "has",
    "keys_unsorted",
    "ltrim",
    "max_by_or_empty",
    "min_by_or_empty",
    "reverse",
    "round",
    "rtrim",
    "sort",
    "sort_by",
    "startswith",
    "trim",
    "utf8bytelength",
];

/// Returns the definitions in jq.
pub(super) fn definitions() -> Vec<Def<&'static str>> {
    load::parse(DEFINITIONS, |parser| parser.defs()).expect("the definitions are jq")
}

/// Returns the functions in Rust.
pub(super) fn functions() -> impl Iterator<Item = Fun<Jq>> {
    let jaqs = jaq_core::funs::<Jq>().chain(jaq_std::base_funs()).chain(jaq_json::funs());
    ours().into_iter().chain(jaqs.filter(|(name, ..)| JAQS.contains(name)))
}

/// The operators and functions that only [lowering](crate::jq::lowering) calls.
pub(super) const MULTIPLY: &str = "!multiply";
pub(super) const DIVIDE: &str = "!divide";
pub(super) const REMAINDER: &str = "!remainder";
pub(super) const INDEX: &str = "!index";

fn ours() -> Vec<Fun<Jq>> {
    vec![
        run((MULTIPLY, v(2), |mut cv| {
            let right = cv.0.pop_var();
            bome(multiply(cv.0.pop_var(), right))
        })),
        run((DIVIDE, v(2), |mut cv| {
            let right = cv.0.pop_var();
            bome(divide(cv.0.pop_var(), right))
        })),
        run((REMAINDER, v(2), |mut cv| {
            let right = cv.0.pop_var();
            bome(remainder(cv.0.pop_var(), right))
        })),
        run((INDEX, v(0), |cv| bome(index(cv.1)))),
        run(("abs", v(0), |cv| bome(magnitude(cv.1)))),
        run(("length", v(0), |cv| bome(length(cv.1)))),
        run(("type", v(0), |cv| bome(Ok(Val::from(type_of(&cv.1).to_owned()))))),
        run(("tojson", v(0), |cv| bome(to_json(&cv.1)))),
        run(("tostring", v(0), |cv| bome(texts::to_string(cv.1)))),
        run(("fromjson", v(0), |cv| bome(from_json(cv.1)))),
        run(("tonumber", v(0), |cv| bome(to_number(cv.1)))),
        run(("add", v(0), |cv| bome(texts::add(cv.1)))),
        run(("to_entries", v(0), |cv| bome(to_entries(cv.1)))),
        run(("from_entries", v(0), |cv| bome(from_entries(cv.1)))),
        run(("join", v(1), |cv| unary(cv, texts::join))),
        run(("split", v(1), |cv| unary(cv, texts::split))),
        run(("index", v(1), |cv| {
            unary(cv, |text, part| texts::position(text, part, |text, part| text.find(part)))
        })),
        run(("rindex", v(1), |cv| {
            unary(cv, |text, part| texts::position(text, part, |text, part| text.rfind(part)))
        })),
        run(("ltrimstr", v(1), |cv| {
            unary(cv, |text, fix| Ok(texts::strip(text, &fix, |text, fix| text.strip_prefix(fix))))
        })),
        run(("rtrimstr", v(1), |cv| {
            unary(cv, |text, fix| Ok(texts::strip(text, &fix, |text, fix| text.strip_suffix(fix))))
        })),
        run(("@base64", v(0), |cv| bome(texts::to_base64(cv.1)))),
        run(("@base64d", v(0), |cv| bome(texts::from_base64(cv.1)))),
        run(("@uri", v(0), |cv| bome(texts::to_uri(cv.1)))),
        run(("test", v(2), |cv| regexes::test(cv))),
        run(("capture", v(2), |cv| regexes::capture(cv))),
        run(("sub", v(2), |cv| regexes::replace(cv, 1))),
        run(("gsub", v(2), |cv| regexes::replace(cv, 0))),
        run(("strftime", v(1), |cv| unary(cv, times::strftime))),
        run(("strptime", v(1), |cv| unary(cv, times::strptime))),
        run(("gmtime", v(0), |cv| bome(times::gmtime(cv.1)))),
        run(("mktime", v(0), |cv| bome(times::mktime(cv.1)))),
        run(("fromdateiso8601", v(0), |cv| bome(times::from_iso8601(cv.1)))),
        run(("todateiso8601", v(0), |cv| bome(times::to_iso8601(cv.1)))),
    ]
}

/// Multiplies numbers. jq also repeats texts, which would make them larger without a bound.
fn multiply(left: Val, right: Val) -> ValR {
    match (&left, &right) {
        (Val::Num(_), Val::Num(_)) => short(left) * short(right),
        _ => Err(Error::math(left, jaq_core::ops::Math::Mul, right)),
    }
}

/// Divides numbers. jq also splits texts, for which there is `split`.
fn divide(left: Val, right: Val) -> ValR {
    match (&left, right.as_f64()) {
        (Val::Num(_), Some(divisor)) if divisor != 0.0 => left / right,
        _ => Err(Error::math(left, jaq_core::ops::Math::Div, right)),
    }
}

/// Returns the remainder of a division of numbers without their fractions, as jq does.
fn remainder(left: Val, right: Val) -> ValR {
    let whole = |value: &Val| match value {
        Val::Num(_) => value.as_isize().or_else(|| value.as_f64().map(|float| float as isize)),
        _ => None,
    };
    match (whole(&left), whole(&right)) {
        (Some(left), Some(right)) if right != 0 => Ok(Val::from(left.checked_rem(right).unwrap_or(0))),
        _ => Err(Error::math(left, jaq_core::ops::Math::Rem, right)),
    }
}

/// Returns an integer as a float if it is long, so that products of products don't become longer and longer.
fn short(value: Val) -> Val {
    match (value.as_isize(), value.as_f64()) {
        (None, Some(float)) => Val::from(float),
        _ => value,
    }
}

/// Returns what `.[ ]` may be given. With an array, it would search for it at each place of another array.
fn index(value: Val) -> ValR {
    match value {
        Val::Arr(_) | Val::Obj(_) => Err(Error::typ(value, "an index")),
        index => Ok(index),
    }
}

fn magnitude(value: Val) -> ValR {
    match &value {
        Val::Num(_) if value < Val::from(0_isize) => -value,
        Val::Num(_) => Ok(value),
        _ => Err(Error::typ(value, "number")),
    }
}

fn length(value: Val) -> ValR {
    Ok(Val::from(match &value {
        Val::Null => 0,
        Val::Bool(_) => return Err(Error::typ(value, "something that has a length")),
        Val::Num(_) => return magnitude(value),
        Val::TStr(text) | Val::BStr(text) => String::from_utf8_lossy(text).chars().count(),
        Val::Arr(elements) => elements.len(),
        Val::Obj(members) => members.len(),
    }))
}

fn type_of(value: &Val) -> &'static str {
    match value {
        Val::Null => "null",
        Val::Bool(_) => "boolean",
        Val::Num(_) => "number",
        Val::TStr(_) | Val::BStr(_) => "string",
        Val::Arr(_) => "array",
        Val::Obj(_) => "object",
    }
}

/// Returns a value's JSON text as a string.
pub(super) fn to_json(value: &Val) -> ValR {
    let mut text = String::new();
    writing::write(value, &mut text).map_err(Error::str)?;
    Ok(Val::from(text))
}

fn from_json(value: Val) -> ValR {
    let text = texts::text_of(&value)?;
    let record = Record::read(text)
        .map_err(|error| Error::str(format_args!("{:?} cannot be read: {error}", json::excerpt(text))))?;
    Ok(record.value)
}

fn to_number(value: Val) -> ValR {
    if matches!(value, Val::Num(_)) {
        return Ok(value);
    }
    let text = texts::text_of(&value)?;
    let mut scanner = Scanner::new(text);
    let number = match scanner.kind() {
        Ok(Kind::Number) => scanner.number().and_then(|number| scanner.end().map(|()| number)),
        Ok(_) => return Err(not_a_number(text)),
        Err(error) => Err(error),
    };
    number.map(|number| Val::Num(reading::number(number))).map_err(|_| not_a_number(text))
}

fn not_a_number(text: &str) -> Error<Val> {
    Error::str(format_args!("{:?} is not a number", json::excerpt(text)))
}

fn to_entries(value: Val) -> ValR {
    let Val::Obj(members) = value else { return Err(Error::typ(value, "object")) };
    let entry = |(key, value): (&Val, &Val)| {
        let named = [("key", key), ("value", value)];
        Val::obj(named.into_iter().map(|(name, value)| (Val::from(name.to_owned()), value.clone())).collect())
    };
    Ok(Val::Arr(Rc::new(members.iter().map(entry).collect())))
}

fn from_entries(value: Val) -> ValR {
    let Val::Arr(entries) = &value else { return Err(Error::typ(value, "array")) };
    let mut members = Map::default();
    for entry in entries.iter() {
        let Val::Obj(entry) = entry else { return Err(Error::typ(entry.clone(), "object")) };
        let member = |names: [&str; 4]| {
            let found = names.into_iter().find_map(|name| entry.get(&Val::from(name.to_owned())));
            found.cloned().unwrap_or_default()
        };
        let key = member(["key", "k", "name", "Name"]);
        members.insert(texts::to_string(key)?, member(["value", "v", "Value", "V"]));
    }
    Ok(Val::obj(members))
}
