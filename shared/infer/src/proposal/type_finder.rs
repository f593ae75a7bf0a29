use super::draft_type::{DraftType, Repetition, Scalar};
use super::field_names::usable_fields;
use super::note::Note;
use super::{time_name, wording};
use crate::members::{Member, Named, Names};
use crate::node::Node;
use crate::numbers::Numbers;
use crate::strings::{DAY, Strings};

/// Finds the type of a column and of everything inside it, and notes what is worth knowing about places inside.
#[derive(Debug, Default)]
pub(super) struct TypeFinder {
    pub(super) notes: Vec<Note>,
}

/// A type, and the reason for it.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) draft: DraftType,
    pub(super) reason: String,
    /// The range of the times, in microseconds since 1970.
    pub(super) times: Option<(i64, i64)>,
}

/// Maximum number of digits of a decimal, and of one that takes half the memory.
const MAX_DIGITS: u32 = 38;
const SMALL_DIGITS: u32 = 18;

/// Digits before the point that a decimal has in addition to those seen.
const ROOM_BEFORE: u32 = 3;

/// Numbers with so many digits are the result of computing with floats.
const FLOAT_DIGITS: u32 = 15;

/// Depth from which on a type inside a column is `json`: nobody types the path to such a field.
const MAX_DEPTH: usize = 8;

/// From this number of different keys on, an object whose values are alike can be a map although its keys could be names.
const MANY_KEYS: u64 = 20;

/// In such an object, a key occurs on average in less than one of so many.
const FEW: u64 = 4;

impl Found {
    fn new(draft: DraftType, reason: impl Into<String>) -> Self {
        Found { draft, reason: reason.into(), times: None }
    }

    fn json(reason: impl Into<String>) -> Self {
        Found::new(DraftType::Json, reason)
    }

    /// Adds a reason.
    fn add(&mut self, reason: String) {
        let separator = if self.reason.is_empty() { "" } else { "; " };
        self.reason = format!("{}{separator}{reason}", self.reason);
    }
}

impl TypeFinder {
    /// Returns the type of a place with this name. Notes call the place `path`.
    pub(super) fn find(&mut self, node: &Node, name: &str, path: &str, depth: usize) -> Found {
        let kinds = wording::kinds(node);
        let Some(usual) = usual(&kinds) else {
            return match &kinds[..] {
                [] => Found::json("only null so far; json takes whatever will come"),
                several => Found::json(format!("different types: {}", wording::list(several))),
            };
        };
        let mut found = self.find_usual(node, usual, name, path, depth);
        let others: Vec<_> = kinds.into_iter().filter(|kind| *kind != usual).collect();
        if !others.is_empty() {
            found.add(outliers(&wording::list(&others)));
        }
        found
    }

    /// Finds the type of the values of the usual kind.
    fn find_usual(
        &mut self,
        node: &Node,
        usual: (u64, &'static str),
        name: &str,
        path: &str,
        depth: usize,
    ) -> Found {
        match (usual.1, &node.numbers, &node.strings) {
            ("number", Some(numbers), _) => number(numbers, name),
            ("string", _, Some(strings)) => string(strings),
            ("boolean", ..) => Found::new(DraftType::scalar("boolean"), ""),
            _ if node.opaque || depth == MAX_DEPTH => {
                let what = wording::count(usual.0, usual.1);
                Found::json(format!("{what}, nested too deeply or with too much inside"))
            }
            ("array", ..) => self.array(node, name, path, depth),
            _ => self.object(node, path, depth),
        }
    }

    /// Finds the type of a place inside, and notes the reason if the type says less than what was seen.
    fn inside(&mut self, node: &Node, name: &str, path: &str, depth: usize) -> DraftType {
        let found = self.find(node, name, path, depth);
        if !found.reason.is_empty() {
            self.notes.push(Note::new(path, found.draft.to_string(), found.reason));
        }
        found.draft
    }

    fn array(&mut self, node: &Node, name: &str, path: &str, depth: usize) -> Found {
        let Some(elements) = node.elements.as_ref().filter(|elements| elements.node.values() > 0) else {
            return Found::new(
                DraftType::Array(Box::new(DraftType::Json), Repetition(0)),
                "always empty; json accepts whatever comes",
            );
        };
        let inside = self.inside(&elements.node, name, &format!("{path}[]"), depth + 1);
        Found::new(DraftType::Array(Box::new(inside), Repetition(elements.count.most)), "")
    }

    fn object(&mut self, node: &Node, path: &str, depth: usize) -> Found {
        let Some(members) = &node.members else { return Found::json("always empty") };
        let most = Repetition(members.count.most);
        match &members.names {
            Names::Any(any) => {
                let inside = self.inside(any, "", &format!("{path}{{}}"), depth + 1);
                let keys = "too many different keys for a struct";
                match inside {
                    DraftType::Json => Found::json(format!("{keys}, and values of different types")),
                    inside => Found::new(DraftType::Map(Box::new(inside), most), keys),
                }
            }
            Names::Named(named) if named.members.is_empty() => Found::json("always empty"),
            Names::Named(named) => self.named(named, node.objects, most, path, depth),
        }
    }

    fn named(&mut self, named: &Named, objects: u64, most: Repetition, path: &str, depth: usize) -> Found {
        if keys_are_data(&named.members, objects) {
            let keys = format!("{} different keys, which look like data", named.members.len());
            return match self.common_type(&named.members, path, depth) {
                Some(value) => Found::new(DraftType::Map(Box::new(value), most), keys),
                None => Found::json(format!("{keys}, and values of different types")),
            };
        }
        let (members, unusable) = usable_fields(&named.members);
        if members.is_empty() {
            return Found::json("no key can name a field");
        }
        let field = |member: &Member| {
            let place = format!("{path}.{}", member.name);
            (member.name.to_string(), self.inside(&member.node, &member.name, &place, depth + 1))
        };
        let fields = members.into_iter().map(field).collect();
        let reason = match unusable {
            0 => String::new(),
            _ => format!("without {}, kept in _rescued", wording::count(unusable, "unusable key")),
        };
        Found::new(DraftType::Struct(fields), reason)
    }

    /// Returns the type of the values of all members, if they have one in common.
    fn common_type(&mut self, members: &[Member], path: &str, depth: usize) -> Option<DraftType> {
        let nodes = || members.iter().map(|member| &member.node);
        let is_plain = |node: &Node| node.booleans + node.arrays + node.objects == 0;
        let only = |wanted: fn(&Node) -> bool| nodes().all(|node| is_plain(node) && wanted(node));
        if only(|node| node.strings.is_none()) {
            let mut all = Numbers::default();
            nodes().filter_map(|node| node.numbers.as_deref()).for_each(|numbers| all.merge(numbers));
            return (all.count > 0).then(|| number(&all, "").draft).filter(|draft| !draft.holds_json());
        }
        if only(|node| node.numbers.is_none()) {
            let mut all = Strings::default();
            nodes().filter_map(|node| node.strings.as_deref()).for_each(|strings| all.merge(strings));
            return Some(string(&all).draft);
        }
        let known = self.notes.len();
        let path = format!("{path}{{}}");
        let mut types = nodes().map(|node| self.find(node, "", &path, depth + 1).draft);
        let first = types.next()?;
        let common = types.try_fold(first, DraftType::unified);
        self.notes.truncate(known);
        common.filter(|common| !common.holds_json())
    }
}

/// Values that are not like at least 99 of 100 others are outliers. Among fewer, they may be as usual as the others.
const ENOUGH: u64 = 100;
const OUTLIERS: u64 = 100;

/// Returns whether all but outliers are of one kind.
fn are_usual(number: u64, of: u64) -> bool {
    number == of || of >= ENOUGH && (of - number) * OUTLIERS <= of
}

/// Returns the kind of all values but outliers, if there is one.
fn usual(kinds: &[(u64, &'static str)]) -> Option<(u64, &'static str)> {
    let all = kinds.iter().map(|(number, _)| number).sum();
    kinds.iter().copied().find(|(number, _)| are_usual(*number, all))
}

fn outliers(what: &str) -> String {
    format!("these will be quarantined: {what}")
}

/// Returns whether the keys of objects are data, so that others will follow, rather than the names of fields.
fn keys_are_data(members: &[Member], objects: u64) -> bool {
    let count = members.len() as u64;
    let present: u64 = members.iter().map(|member| member.present).sum();
    let data_keys = members.iter().filter(|member| is_data(&member.name)).count() as u64;
    data_keys * 2 > count || count >= MANY_KEYS && present * FEW < objects * count
}

/// Returns whether a key looks like data rather than the name of a field: it has no letters, or is a long identifier.
fn is_data(key: &str) -> bool {
    let letters = key.bytes().filter(u8::is_ascii_alphabetic).count();
    let is_hex = key.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let has_digit = key.bytes().any(|byte| byte.is_ascii_digit());
    key.is_ascii() && (letters == 0 || is_hex && has_digit && key.len() >= 16 || key.contains('@'))
}

fn number(numbers: &Numbers, name: &str) -> Found {
    if let Some(epoch) = time_name::epoch(name, numbers) {
        let truncate = epoch.truncates(numbers);
        let draft = DraftType::Scalar(Scalar { name: epoch.name.into(), truncate, basic_offset: false });
        let times = (epoch.micros(numbers.least), epoch.micros(numbers.most));
        let cut = if truncate { "; truncate cuts off digits beyond microseconds" } else { "" };
        let reason = format!("the name and the size suggest {} since 1970{cut}", epoch.unit);
        return Found { draft, reason, times: Some(times) };
    }
    if numbers.fit_int64 && numbers.fractions == 0 {
        return match time_name::is_days(name, numbers) {
            true => {
                Found::new(DraftType::scalar("date_days"), "the name and the size suggest days since 1970")
            }
            false => Found::new(DraftType::scalar("int64"), ""),
        };
    }
    let is_float = numbers.fit_float64
        && numbers.fractions > 0
        && (numbers.exponents > 0 || numbers.significant >= FLOAT_DIGITS);
    let float = || DraftType::scalar("float64");
    if is_float {
        return Found::new(float(), "the digits are those of 64-bit floats, so none is lost");
    }
    match decimal(numbers) {
        Some((precision, scale)) => Found::new(
            DraftType::scalar(format!("decimal({precision},{scale})")),
            format!(
                "at most {} digits before the point and {} after it, with room for {} and {scale}",
                numbers.whole,
                numbers.scale,
                precision - scale
            ),
        ),
        None if numbers.fit_float64 => {
            Found::new(float(), "too many digits for a decimal; float64 loses none")
        }
        None => Found::json("numbers with more digits than any type has, or out of every range"),
    }
}

/// Returns precision and scale of a decimal for these numbers, with room for others.
fn decimal(numbers: &Numbers) -> Option<(u32, u32)> {
    /// Scales to choose from: at least two digits more than those seen.
    const SCALES: [u32; 6] = [4, 6, 9, 12, 15, 18];
    let Numbers { whole, scale, .. } = *numbers;
    if whole + scale > MAX_DIGITS {
        return None;
    }
    let roomy = match scale {
        0 => 0,
        _ => SCALES.into_iter().find(|roomy| *roomy >= scale + 2).unwrap_or(scale.max(18)),
    };
    match whole + ROOM_BEFORE + roomy {
        ..=SMALL_DIGITS => Some((SMALL_DIGITS, roomy)),
        _ if whole + roomy <= MAX_DIGITS => Some((MAX_DIGITS, roomy)),
        _ => Some((MAX_DIGITS, scale)),
    }
}

fn string(strings: &Strings) -> Found {
    let Strings { count, empty, numbers, dates, local_times, times, fine, basic, .. } = *strings;
    let time = |name: &'static str, reason: String| Found {
        draft: match name {
            "date" => DraftType::scalar(name),
            _ => DraftType::Scalar(Scalar { name: name.into(), truncate: fine > 0, basic_offset: basic > 0 }),
        },
        reason,
        times: Some((strings.earliest, strings.latest)),
    };
    let form = [
        (times, "with a zone"),
        (local_times, "without a zone"),
        (dates, "without a time"),
        (empty, "empty"),
        (count - times - local_times - dates - empty, "something else"),
    ];
    // Lists the other forms.
    let but = |usual: &str| {
        let forms = form.into_iter().filter(|(number, form)| *number > 0 && *form != usual);
        forms
            .map(|(number, form)| format!("{} {form}", wording::grouped(number)))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let usual = [
        (times, "with a zone", "timestamp_utc"),
        (local_times, "without a zone", "timestamp"),
        (dates, "without a time", "date"),
    ];
    let usual = usual.into_iter().find(|(number, ..)| *number > 0 && are_usual(*number, count));
    if let Some((number, form, name)) = usual {
        let mut reasons = Vec::new();
        if name == "timestamp" {
            reasons.push("no time zone".to_owned());
        }
        if name != "date" && fine > 0 {
            let values = wording::count(fine, "value");
            reasons.push(format!("{values} with digits beyond microseconds, which truncate cuts off"));
        }
        if name != "date" && basic > 0 {
            reasons.push(format!("{} without a colon", wording::count(basic, "offset")));
        }
        if number < count {
            reasons.push(outliers(&but(form)));
        }
        return time(name, reasons.join("; "));
    }
    let temporal = times + local_times + dates;
    let reason = if temporal > 0 {
        format!("dates or times, but in different forms: {}", but(""))
    } else if numbers > 0 && numbers + empty == count {
        "these look like numbers, but are in quotes; from_string reads them as numbers".into()
    } else {
        String::new()
    };
    Found::new(DraftType::scalar("string"), reason)
}

/// Returns the number of days from one time to another, both included.
pub(super) fn days(earliest: i64, latest: i64) -> i64 {
    latest.div_euclid(DAY) - earliest.div_euclid(DAY) + 1
}
