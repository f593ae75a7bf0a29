use crate::jq::cost::Bound;
use crate::jq::reading::Record;
use crate::jq::regexes::Regexes;
use crate::jq::{cost, depth, lowering, natives, syntax};
use jaq_core::data::{DataT, HasLut};
use jaq_core::load::parse::Def;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Filter, Lut, Vars};
use jaq_json::Val;
use serde::{Serialize, Serializer};
use std::fmt;
use std::fmt::Write;
use std::sync::Arc;

/// The most work that a filter may be for one record. It is about as many bytes of memory, and takes a second at most.
const MAX_WORK: f64 = 64.0 * MIB;

const MIB: f64 = (1 << 20) as f64;

/// Longest message of an error, in bytes. An error can quote a whole record.
const MAX_MESSAGE: usize = 200;

/// A jq filter that is safe to run: it ends soon, and its result depends on its input alone.
#[derive(Clone)]
pub struct JqFilter {
    text: String,
    compiled: Arc<Compiled>,
}

struct Compiled {
    filter: Filter<Jq>,
    regexes: Regexes,
    work: Bound,
}

/// Why a filter has no single output for a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// It has several.
    NotOne,
    /// It fails, and this is its message.
    Failed(String),
}

/// Tells jaq what values filters work on, and what their functions may use besides.
#[derive(Debug)]
pub(super) enum Jq {}

/// What the functions in Rust may use besides their input.
#[derive(Clone)]
pub(super) struct Data<'a> {
    lut: &'a Lut<Jq>,
    pub(super) regexes: &'a Regexes,
}

impl DataT for Jq {
    type V<'a> = Val;
    type Data<'a> = Data<'a>;
}

impl<'a> HasLut<'a, Jq> for Data<'a> {
    fn lut(&self) -> &'a Lut<Jq> {
        self.lut
    }
}

impl JqFilter {
    /// Compiles a filter, or says why it is wrong or not allowed.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        // jaq's parser is recursive, and the filter is not known yet to be shallow.
        const STACK: usize = 64 << 20;
        let compiled = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || compile(text));
            let thread = thread.map_err(|error| format!("cannot start a thread to compile it: {error}"))?;
            thread.join().unwrap_or_else(|_| Err("not a filter".into()))
        });
        Ok(JqFilter { text: text.to_owned(), compiled: Arc::new(compiled?) })
    }

    /// Returns the filter's only output, or `None` if it has none.
    pub(super) fn apply(&self, record: &Record) -> Result<Option<Val>, Failure> {
        let Compiled { filter, regexes, work } = &*self.compiled;
        let work = work.at(record.weight);
        if work > MAX_WORK {
            let message = format!(
                "the record is too large for this filter: it could take {:.0} MiB; the maximum is {:.0} MiB",
                work / MIB,
                MAX_WORK / MIB
            );
            return Err(Failure::Failed(message));
        }
        let data = Data { lut: &filter.lut, regexes };
        let mut outputs = filter.id.run((Ctx::<Jq>::new(data, Vars::new([])), record.value.clone()));
        let mut next = || match outputs.next() {
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(exception)) => Err(Failure::Failed(match exception.get_err() {
                Ok(error) => message(error),
                Err(_) => "the filter stopped".into(),
            })),
            None => Ok(None),
        };
        let Some(first) = next()? else { return Ok(None) };
        match next()? {
            None => Ok(Some(first)),
            Some(_) => Err(Failure::NotOne),
        }
    }
}

fn compile(text: &str) -> Result<Compiled, String> {
    /// What the filter is called within jaq.
    const NAME: &str = "main";
    let term = syntax::parse(text)?;
    depth::check(&term)?;
    let work = cost::work_of(&term)?;
    let mut regexes = Regexes::default();
    let body = lowering::lower(term, &mut regexes)?;
    let filter = Def { name: NAME, args: Vec::new(), body };
    let arena = Arena::default();
    let loader = Loader::new(natives::definitions().into_iter().chain([filter]));
    let modules =
        loader.load(&arena, File { code: NAME, path: () }).map_err(|_| "not a filter".to_owned())?;
    let compiler = Compiler::default().with_funs(natives::functions());
    let filter = compiler.compile(modules).map_err(|errors| {
        let undefined = errors.iter().flat_map(|(_, undefined)| undefined).map(|(name, _)| *name).next();
        format!("{} is not defined", undefined.unwrap_or(NAME))
    })?;
    Ok(Compiled { filter, regexes, work })
}

/// Returns the text of an error, or its beginning if it is long.
fn message(error: jaq_core::Error<Val>) -> String {
    let mut beginning = Beginning(String::new());
    let mut whole = write!(beginning, "{error}").is_ok();
    // `error("…")` and our own functions fail with a string, which jaq quotes.
    if beginning.0.starts_with('"')
        && let Val::TStr(text) = error.into_val()
    {
        beginning.0.clear();
        whole = beginning.write_str(&String::from_utf8_lossy(&text)).is_ok();
    }
    if whole { beginning.0 } else { beginning.0 + "…" }
}

/// The beginning of a text that is being written.
struct Beginning(String);

impl Write for Beginning {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for char in text.chars() {
            if self.0.len() + char.len_utf8() > MAX_MESSAGE {
                return Err(fmt::Error);
            }
            self.0.push(char);
        }
        Ok(())
    }
}

impl PartialEq for JqFilter {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for JqFilter {}

impl fmt::Debug for JqFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JqFilter").field(&self.text).finish()
    }
}

impl Serialize for JqFilter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}
