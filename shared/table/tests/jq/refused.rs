//! Which filters are refused when a schema is read.

use crate::problem;
use table::Schema;

#[test]
fn filters_that_could_run_long_or_depend_on_more_than_the_record_are_refused() {
    let cases = [
        ("now", "now is not allowed: its result depends on more than the record"),
        ("input", "input is not allowed: its result depends on more than the record"),
        ("env.HOME", "env is not allowed: its result depends on more than the record"),
        ("$ENV.HOME", "$ENV is not allowed: its result depends on more than the record"),
        ("$__loc__", "$__loc__ is not allowed: its result depends on more than the record"),
        (".a | localtime", "localtime is not allowed: its result depends on more than the record"),
        (
            ".a | strflocaltime(\"%Y\")",
            "strflocaltime is not allowed: its result depends on more than the record",
        ),
        ("halt", "halt is not allowed: its result depends on more than the record"),
        ("debug", "debug is not allowed: its result depends on more than the record"),
        ("[range(1000000000000)]", "range is not allowed: its work cannot be bounded in advance"),
        ("..", ".. is not allowed: its work cannot be bounded in advance"),
        ("recurse", "recurse is not allowed: its work cannot be bounded in advance"),
        ("repeat(.)", "repeat is not allowed: its work cannot be bounded in advance"),
        ("[limit(3; .[])]", "limit is not allowed: its work cannot be bounded in advance"),
        ("def f: f; f", "def is not allowed: its work cannot be bounded in advance"),
        ("reduce .[] as $x (0; . + $x)", "reduce is not allowed: its work cannot be bounded in advance"),
        ("foreach .[] as $x (0; .)", "foreach is not allowed: its work cannot be bounded in advance"),
        (".a as $x | $x", "variables are not allowed"),
        ("$x", "variables are not allowed"),
        ("label $out | break $out", "labels are not allowed"),
        (".a = 1", "assignments are not allowed: a filter computes a value"),
        (".a |= 1", "assignments are not allowed: a filter computes a value"),
        (".[1000000000] = 1", "assignments are not allowed: a filter computes a value"),
        ("try error(\"x\") catch .", "catch is not allowed, but try without it is"),
        ("system(\"ls\")", "system is not among the functions that a filter may use"),
        ("sort_by(.a; .b)", "sort_by with 2 arguments is not allowed"),
        (".a | test(.b)", "test takes only a string in quotes here, without \\( )"),
        (".a | test(\"a{1000}{1000}\")", "the regular expression \"a{1000}{1000}\" is too large"),
        (".a | test(\"(\")", "the regular expression \"(\" is invalid: error: unclosed group"),
        (
            ".a | test(\"a\"; \"q\")",
            "'q' is not among the supported flags of regular expressions: g, i, n, s and x",
        ),
        (".a | strftime(\"%Q\")", "\"%Q\" is not a time format"),
        ("(.[])[tojson | length]", "an index into several values must be a constant"),
        (".[][.k]", "an index into several values must be a constant"),
        (".a +", "expected term at the end"),
        (".a ]", "expected token at \"]\""),
        (
            ".[] + .[]",
            "where one value is needed, such as beside an operator, in a condition or in an object, a filter has several outputs, because of `.[]` or a comma: use [ ] or first( )",
        ),
    ];
    for (filter, expected) in cases {
        assert_eq!(problem(filter), format!("column \"x\": jq: {expected}"), "{filter}");
    }
}

/// Filters that would need exponential time or memory are refused, or each step is cheap.
#[test]
fn filters_that_grow_values_are_refused() {
    let repeat = |step: &str, times: usize| vec![step; times].join("|");
    let grows = [
        repeat("[.,.]", 30),
        repeat("(.,.)", 30) + "|empty",
        repeat("(.+.)", 30),
        repeat("tojson", 8),
        repeat("@uri", 8),
        repeat("\"\\(.)\\(.)\"", 30),
        repeat("{a:.,b:.}", 30),
        repeat("split(\"\")|join(\"xxxxxxxxxx\")", 4),
        repeat("gsub(\"\";\"xxxxxxxxxxxxxxxx\")", 4),
        format!("[{}]", vec![".[]"; 30].join("|").replace(".[]", "(.[],.[])")),
        format!("first({}|empty)", repeat("(.[],.[])", 30)),
    ];
    for filter in grows {
        assert!(problem(&filter).contains("times the length of its input"), "{filter}: {}", problem(&filter));
    }
    assert!(problem(&".".repeat(2000)).contains("2000 bytes"));
    let deep = format!("{}.{}", "[".repeat(40), "]".repeat(40));
    assert!(problem(&deep).contains("more than 30 brackets"));
}

#[test]
fn a_column_has_a_pointer_or_a_filter_but_not_both() {
    let text = br#"{"name":"t","version":1,"columns":[{"name":"x","type":"json","from":"/a","jq":".a"}]}"#;
    let problem = Schema::parse(text).unwrap_err().to_string();
    assert_eq!(problem, "column \"x\": it has both from and jq: a value comes from a field or from a filter");
}
