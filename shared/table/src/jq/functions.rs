//! The functions that a filter may use. Any other name is refused.

/// A function that a filter may use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Function {
    name: &'static str,
    pub(super) arguments: &'static [Argument],
    pub(super) shape: Shape,
}

/// What an argument of a function may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Argument {
    /// A filter with at most one output.
    One,
    /// A filter with any number of outputs.
    Any,
    /// A string in quotes.
    Literal,
    /// A regular expression in quotes.
    Regex,
    /// A format of times in quotes.
    Format,
}

/// How large a function's result can be, and how much work it is, compared with its input and arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A number, a boolean, or about as long as its literal arguments.
    Small,
    /// At most this many times as large as the input and the arguments.
    Times(u64),
    /// As `Times`, and that often again for every byte of the literal arguments.
    TimesLength(u64),
    /// The input or nothing, depending on the argument.
    Input,
    /// At most twice as large as the outputs of the argument for each element of the input.
    Elements,
    /// As `Elements`, for entries of the input, which are objects.
    Entries,
    /// The input's elements in another order, which depends on the argument if there is one.
    Sorted,
    /// At most what the argument's outputs are together.
    Outputs,
    /// A boolean, for which the second argument is evaluated with each output of the first.
    Test,
}

use Argument::{Any, Format, Literal, One, Regex};
use Shape::{Elements, Entries, Input, Outputs, Small, Sorted, Test, Times, TimesLength};

macro_rules! functions {
    ($($name:literal [$($argument:expr),*] $shape:expr;)*) => {
        const FUNCTIONS: &[Function] =
            &[$(Function { name: $name, arguments: &[$($argument),*], shape: $shape },)*];
    };
}

functions! {
    // Constants and conditions.
    "empty" [] Times(1);
    "error" [] Times(1);
    "error" [One] Times(1);
    "false" [] Small;
    "null" [] Small;
    "true" [] Small;
    "not" [] Small;
    "select" [One] Input;
    "isempty" [Any] Outputs;
    "first" [Any] Outputs;
    // Types.
    "type" [] Small;
    "arrays" [] Input;
    "booleans" [] Input;
    "iterables" [] Input;
    "nulls" [] Input;
    "numbers" [] Input;
    "objects" [] Input;
    "scalars" [] Input;
    "strings" [] Input;
    "values" [] Input;
    "tojson" [] Times(6);
    "fromjson" [] Times(32);
    "tonumber" [] Times(1);
    "tostring" [] Times(6);
    // Strings.
    "ascii_downcase" [] Times(2);
    "ascii_upcase" [] Times(2);
    "endswith" [One] Small;
    "join" [Literal] TimesLength(6);
    "ltrim" [] Times(1);
    "ltrimstr" [One] Times(1);
    "rtrim" [] Times(1);
    "rtrimstr" [One] Times(1);
    "split" [Literal] Times(64);
    "startswith" [One] Small;
    "trim" [] Times(1);
    "utf8bytelength" [] Small;
    "@base64" [] Times(8);
    "@base64d" [] Times(8);
    "@json" [] Times(6);
    "@text" [] Times(6);
    "@uri" [] Times(18);
    // Regular expressions.
    "capture" [Regex] TimesLength(2);
    "capture" [Regex, Literal] TimesLength(2);
    "gsub" [Regex, Literal] TimesLength(2);
    "sub" [Regex, Literal] TimesLength(2);
    "test" [Regex] Small;
    "test" [Regex, Literal] Small;
    // Numbers.
    "abs" [] Times(2);
    "ceil" [] Times(2);
    "fabs" [] Times(2);
    "floor" [] Times(2);
    "round" [] Times(2);
    // Arrays and objects.
    "add" [] Times(4);
    "all" [] Small;
    "all" [Any] Elements;
    "all" [Any, One] Test;
    "any" [] Small;
    "any" [Any] Elements;
    "any" [Any, One] Test;
    "contains" [Literal] Small;
    "first" [] Times(1);
    "from_entries" [] Times(4);
    "group_by" [Any] Sorted;
    "has" [One] Small;
    "index" [Literal] Small;
    "keys" [] Sorted;
    "keys_unsorted" [] Times(2);
    "last" [] Times(1);
    "length" [] Small;
    "map" [Any] Elements;
    "max" [] Sorted;
    "max_by" [Any] Sorted;
    "min" [] Sorted;
    "min_by" [Any] Sorted;
    "reverse" [] Times(2);
    "rindex" [Literal] Small;
    "sort" [] Sorted;
    "sort_by" [Any] Sorted;
    "to_entries" [] Times(4);
    "unique" [] Sorted;
    "unique_by" [Any] Sorted;
    "with_entries" [Any] Entries;
    // Times, all of them in UTC.
    "fromdate" [] Small;
    "fromdateiso8601" [] Small;
    "gmtime" [] Small;
    "mktime" [] Small;
    "strftime" [Format] Small;
    "strptime" [Format] Small;
    "todate" [] Small;
    "todateiso8601" [] Small;
}

/// Names that are refused because their results depend on more than the record.
const IMPURE: &[&str] = &[
    "$ENV",
    "$__loc__",
    "debug",
    "env",
    "halt",
    "halt_error",
    "input",
    "input_filename",
    "input_line_number",
    "inputs",
    "localtime",
    "now",
    "stderr",
    "strflocaltime",
];

/// Names that are refused because their work cannot be bounded in advance.
const UNBOUNDED: &[&str] = &[
    "..",
    "combinations",
    "def",
    "flatten",
    "foreach",
    "implode",
    "limit",
    "paths",
    "range",
    "recurse",
    "reduce",
    "repeat",
    "skip",
    "transpose",
    "until",
    "walk",
    "while",
];

impl Function {
    /// Returns the function that a filter calls by this name with this many arguments, or why there is none.
    pub(super) fn find(name: &str, arguments: usize) -> Result<&'static Function, String> {
        let mut named = FUNCTIONS.iter().filter(|function| function.name == name).peekable();
        if named.peek().is_none() {
            return Err(refusal(name));
        }
        named.find(|function| function.arguments.len() == arguments).ok_or_else(|| match arguments {
            0 => format!("{name} without arguments is not allowed"),
            1 => format!("{name} with an argument is not allowed"),
            _ => format!("{name} with {arguments} arguments is not allowed"),
        })
    }
}

/// Says why a name is refused.
pub(super) fn refusal(name: &str) -> String {
    if name.starts_with('$') && !IMPURE.contains(&name) {
        "variables are not allowed".into()
    } else if IMPURE.contains(&name) {
        format!("{name} is not allowed: its result depends on more than the record")
    } else if UNBOUNDED.contains(&name) {
        format!("{name} is not allowed: its work cannot be bounded in advance")
    } else {
        format!("{name} is not among the functions that a filter may use")
    }
}
