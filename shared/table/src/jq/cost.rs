use crate::jq::functions::{self, Argument, Function, Shape};
use crate::jq::times;
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::path::{Part, Path};

/// What a filter can do with an input, at most.
///
/// Every filter that is permitted is linear: twice the input is at most twice the work. Filters that aren't, such as those that combine
/// each of several values with each of several others, are refused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cost {
    /// The weight of all outputs together.
    output: Bound,
    /// The weight of all values that are computed on the way.
    work: Bound,
    /// Whether there can be more than one output.
    several: bool,
}

/// A [weight](crate::jq::reading) that depends on the weight of the input. Both numbers are finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bound {
    /// For each unit of the input's weight.
    times: f64,
    /// In addition, whatever the input.
    plus: f64,
}

/// What a value weighs at least.
const LEAST: f64 = 16.0;

/// The most work that a filter may be for each unit of its input's weight. Records of 16 KiB can then still be worked on.
const MAX_TIMES: f64 = 4096.0;

/// The most work that a filter may be whatever its input.
const MAX_PLUS: f64 = 4e6;

/// How much a regular expression of the permitted size can do at each byte.
const REGEX_STEPS: f64 = 128.0;

/// How often an element is compared while elements are sorted: the logarithm of their number, and a little more.
const COMPARISONS: f64 = 32.0;

/// Returns how much work a filter is, or why the filter is refused.
pub(super) fn work_of(term: &Term<&str>) -> Result<Bound, String> {
    let Cost { work, .. } = Cost::of(term)?;
    if work.times > MAX_TIMES || work.plus > MAX_PLUS {
        return Err(format!(
            "its work could exceed {MAX_TIMES} times the length of its input: use fewer steps that make values larger"
        ));
    }
    Ok(work)
}

impl Bound {
    const INPUT: Bound = Bound { times: 1.0, plus: 0.0 };

    fn fixed(weight: f64) -> Self {
        Bound { times: 0.0, plus: weight }
    }

    /// Returns the weight for an input of this weight.
    pub(super) fn at(self, input: usize) -> f64 {
        self.times * input as f64 + self.plus
    }

    fn and(self, other: Bound) -> Self {
        Bound { times: finite(self.times + other.times), plus: finite(self.plus + other.plus) }
    }

    fn or(self, other: Bound) -> Self {
        Bound { times: self.times.max(other.times), plus: self.plus.max(other.plus) }
    }

    fn scaled(self, by: f64) -> Self {
        Bound { times: finite(self.times * by), plus: finite(self.plus * by) }
    }
}

/// Returns the largest number instead of infinity, which times zero would not be a number.
fn finite(number: f64) -> f64 {
    number.min(f64::MAX)
}

impl Cost {
    const INPUT: Cost = Cost { output: Bound::INPUT, work: Bound::INPUT, several: false };

    fn of(term: &Term<&str>) -> Result<Self, String> {
        match term {
            Term::Id => Ok(Cost::INPUT),
            Term::Num(text) => Ok(Cost::constant(text)),
            Term::Str(format, parts) => Cost::of_string(*format, parts),
            Term::Arr(None) => Ok(Cost::constant("")),
            Term::Arr(Some(inner)) => Ok(Cost::of(inner)?.collected()),
            Term::Obj(entries) => Cost::of_object(entries),
            Term::Neg(inner) | Term::TryCatch(inner, None) => Ok(Cost::of(inner)?.visited()),
            Term::BinOp(left, operator, right) => Cost::of_operation(left, operator, right),
            Term::TryCatch(_, Some(_)) => Err("catch is not allowed, but try without it is".into()),
            Term::IfThenElse(branches, otherwise) => {
                let mut cost = otherwise.as_ref().map_or(Ok(Cost::INPUT), |term| Cost::of(term))?;
                for (condition, branch) in branches {
                    cost = cost.or(Cost::of(branch)?).after(Cost::of_one(condition)?.visited());
                }
                Ok(cost)
            }
            Term::Call(name, arguments) => Cost::of_call(name, arguments),
            Term::Path(head, path) => Cost::of_path(head, path),
            Term::Recurse => Err(functions::refusal("..")),
            Term::Def(..) => Err(functions::refusal("def")),
            Term::Fold(keyword, ..) => Err(functions::refusal(keyword)),
            Term::Label(..) | Term::Break(_) => Err("labels are not allowed".into()),
            Term::Var(name) => Err(functions::refusal(name)),
        }
    }

    /// Returns the cost of a filter where more than one output would be combined with other values.
    fn of_one(term: &Term<&str>) -> Result<Self, String> {
        let cost = Cost::of(term)?;
        if cost.several {
            let message = "where one value is needed, such as beside an operator, in a condition or in an object, a filter has several outputs, because of `.[]` or a comma: use [ ] or first( )";
            return Err(message.into());
        }
        Ok(cost)
    }

    fn constant(text: &str) -> Self {
        let weight = Bound::fixed(64.0 + text.len() as f64);
        Cost { output: weight, work: weight, several: false }
    }

    fn of_string(format: Option<&str>, parts: &[StrPart<&str, Term<&str>>]) -> Result<Self, String> {
        let convert = Function::find(format.unwrap_or("@text"), 0)?;
        let mut cost = Cost::constant("");
        for part in parts {
            cost = cost.beside(match part {
                StrPart::Str(text) => Cost::constant(text),
                StrPart::Char(_) => Cost::constant("\u{10ffff}"),
                StrPart::Term(term) => Cost::of_one(term)?.applied(convert.shape, 0.0),
            });
        }
        Ok(cost.visited())
    }

    fn of_object(entries: &[(Term<&str>, Option<Term<&str>>)]) -> Result<Self, String> {
        let mut cost = Cost::constant("");
        for (key, value) in entries {
            let value = value.as_ref().map_or(Ok(Cost::INPUT), Cost::of_one)?;
            cost = cost.beside(Cost::of_one(key)?).beside(value).beside(Cost::constant(""));
        }
        Ok(cost.visited())
    }

    fn of_operation(
        left: &Term<&str>,
        operator: &BinaryOp<&str>,
        right: &Term<&str>,
    ) -> Result<Self, String> {
        match operator {
            BinaryOp::Pipe(None) => Ok(Cost::of(left)?.then(Cost::of(right)?)),
            BinaryOp::Comma => Ok(Cost { several: true, ..Cost::of(left)?.beside(Cost::of(right)?) }),
            BinaryOp::Alt => Ok(Cost::of(left)?.or(Cost::of(right)?).visited()),
            BinaryOp::Or | BinaryOp::And | BinaryOp::Cmp(_) => {
                Ok(Cost::of_one(left)?.beside(Cost::of_one(right)?).applied(Shape::Small, 0.0))
            }
            BinaryOp::Math(_) => {
                Ok(Cost::of_one(left)?.beside(Cost::of_one(right)?).applied(Shape::Times(1), 0.0))
            }
            BinaryOp::Pipe(Some(_)) => Err("variables are not allowed".into()),
            BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => {
                Err("assignments are not allowed: a filter computes a value".into())
            }
        }
    }

    fn of_call(name: &str, arguments: &[Term<&str>]) -> Result<Self, String> {
        let function = Function::find(name, arguments.len())?;
        let mut costs = Vec::with_capacity(arguments.len());
        let mut length = 0.0;
        for (kind, argument) in function.arguments.iter().zip(arguments) {
            costs.push(match kind {
                Argument::One => Cost::of_one(argument)?,
                Argument::Any => Cost::of(argument)?,
                Argument::Literal | Argument::Regex | Argument::Format => {
                    let text = literal(name, argument)?;
                    if *kind == Argument::Format {
                        times::check_format(&text)?;
                    }
                    length += text.len() as f64;
                    Cost::constant(&text)
                }
            });
        }
        let all = costs.iter().fold(Cost::INPUT, |all, argument| all.beside(*argument));
        let last = costs.last().copied().unwrap_or(Cost::INPUT);
        let cost = match function.shape {
            Shape::Input => Cost { output: Bound::INPUT, ..all },
            Shape::Elements => last.for_elements(),
            Shape::Entries => Cost::INPUT
                .applied(Shape::Times(4), 0.0)
                .then(last.for_elements())
                .applied(Shape::Times(4), 0.0),
            Shape::Sorted => {
                let sorted = match costs.is_empty() {
                    true => all.applied(Shape::Times(2), 0.0),
                    false => Cost { output: Bound::INPUT.scaled(4.0), ..last.for_elements() },
                };
                Cost { work: sorted.work.scaled(COMPARISONS), ..sorted }
            }
            Shape::Outputs => Cost { several: false, ..last.visited() },
            Shape::Test => Cost { several: false, ..costs[0].then(last) },
            shape => all.applied(shape, length),
        };
        Ok(match function.arguments.first() {
            Some(Argument::Regex) => Cost { work: cost.work.and(Bound::INPUT.scaled(REGEX_STEPS)), ..cost },
            _ => cost,
        })
    }

    fn of_path(head: &Term<&str>, path: &Path<Term<&str>>) -> Result<Self, String> {
        let mut cost = Cost::of(head)?;
        for (part, _) in &path.0 {
            let indices = match part {
                Part::Index(index) => [Some(index), None],
                Part::Range(None, None) => {
                    cost.several = true;
                    [None, None]
                }
                Part::Range(from, to) => [from.as_ref(), to.as_ref()],
            };
            for index in indices.into_iter().flatten() {
                let index = Cost::of_one(index)?;
                // The filter's input, not each of the values, is what an index is computed from.
                if cost.several && index.work.times > 0.0 {
                    return Err("an index into several values must be a constant".into());
                }
                cost = cost.after(if cost.several { cost.then(index) } else { index });
            }
            cost = cost.visited();
        }
        Ok(cost)
    }

    /// The outputs of `self` are inputs of `next`.
    fn then(self, next: Cost) -> Self {
        // What `next` does whatever its input, it does for each of them.
        let inputs = match self.several {
            true => self.output.scaled(LEAST.recip()),
            false => Bound::fixed(1.0),
        };
        let of_all = |bound: Bound| self.output.scaled(bound.times).and(inputs.scaled(bound.plus));
        Cost {
            output: of_all(next.output),
            work: self.work.and(of_all(next.work)),
            several: self.several || next.several,
        }
    }

    /// Both are evaluated, and the outputs of both are needed.
    fn beside(self, other: Cost) -> Self {
        Cost {
            output: self.output.and(other.output),
            work: self.work.and(other.work),
            several: self.several || other.several,
        }
    }

    /// Both may be evaluated, and the outputs of one are needed.
    fn or(self, other: Cost) -> Self {
        Cost { output: self.output.or(other.output), ..self.beside(other) }
    }

    /// The other one is evaluated before, for a condition or an index.
    fn after(self, other: Cost) -> Self {
        Cost { work: self.work.and(other.work), ..self }
    }

    /// The outputs become an array.
    fn collected(self) -> Self {
        let array = Bound::fixed(64.0);
        Cost { output: self.output.and(array), several: false, ..self }.visited()
    }

    /// The filter is evaluated for each element of the input, and the outputs become an array for each, and one of all.
    fn for_elements(self) -> Self {
        let elements = Cost { several: true, ..Cost::INPUT };
        let all = elements.then(self.collected()).collected();
        Cost { output: all.output.and(Bound::INPUT), ..all }.visited()
    }

    /// The outputs become one value of this shape.
    fn applied(self, shape: Shape, length: f64) -> Self {
        let before = self.visited();
        let output = match shape {
            Shape::Small => Bound::fixed(256.0 + 32.0 * length),
            Shape::Times(times) => self.output.scaled(times as f64),
            Shape::TimesLength(times) => self.output.scaled(times as f64 * (1.0 + length)),
            _ => self.output,
        };
        Cost { output, ..before }.visited()
    }

    /// The outputs are visited once more.
    fn visited(self) -> Self {
        Cost { work: self.work.and(self.output), ..self }
    }
}

/// Returns the text of a string in quotes, which the function `name` needs.
pub(super) fn literal(name: &str, term: &Term<&str>) -> Result<String, String> {
    let wrong = || format!("{name} takes only a string in quotes here, without \\( )");
    let Term::Str(None, parts) = term else { return Err(wrong()) };
    let part = |part: &StrPart<&str, Term<&str>>| match part {
        StrPart::Str(text) => Some((*text).to_owned()),
        StrPart::Char(char) => Some(char.to_string()),
        StrPart::Term(_) => None,
    };
    parts.iter().map(part).collect::<Option<String>>().ok_or_else(wrong)
}
