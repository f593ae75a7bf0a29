//! Columns whose values a jq filter computes.
#![cfg(feature = "jq")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use arrow_array::cast::AsArray;
use common::{columns, decode, refusal, schema};
use proptest::prelude::*;
use table::{Reason, Schema};

/// Returns a schema with one column `x` of this type that is the filter's output.
fn filter(column_type: &str, filter: &str) -> Schema {
    let filter = serde_json::Value::from(filter);
    schema(
        &[&format!(r#"{{"name":"x","type":"{column_type}","jq":{filter}}}"#)],
        r#","unknown_fields":"ignore""#,
    )
}

/// Returns the JSON text of a filter's output.
fn output(text: &str, record: &str) -> Option<String> {
    let columns = columns(&filter("json", text), &[record]);
    let column = columns[0].as_string::<i32>();
    column.iter().next().unwrap().map(str::to_owned)
}

/// Returns why a schema with this filter is refused.
fn problem(filter: &str) -> String {
    let filter = serde_json::Value::from(filter);
    let text =
        format!(r#"{{"name":"t","version":1,"columns":[{{"name":"x","type":"json","jq":{filter}}}]}}"#);
    match Schema::parse(text.as_bytes()) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("{filter} was accepted"),
    }
}

const RECORD: &str = r#"{
    "n": 5, "big": 12345678901234567890123, "dec": 1.10, "exp": 1e400, "neg": -0,
    "s": "Ärger, no", "t": "2024-06-28T08:28:42Z", "epoch": 1719563322, "frac": 1719563322.25,
    "null": null, "yes": true, "empty": "", "b64": "aGk=", "js": "{\"a\":[1.50]}",
    "tags": ["b", "a", "b"], "items": [{"sku": "x", "qty": 2}, {"sku": "y", "qty": 3}],
    "o": {"b": 1, "a": {"c": "deep"}}
}"#;

#[test]
fn filters_compute_values() {
    let cases = [
        (".", None),
        (".s", Some(r#""Ärger, no""#)),
        (".o.a.c", Some(r#""deep""#)),
        (".big", Some("12345678901234567890123")),
        (".dec", Some("1.10")),
        (".exp", Some("1e400")),
        (".neg", Some("-0")),
        (".dec | tostring", Some(r#""1.10""#)),
        ("\"\\(.dec)/\\(.s)\"", Some(r#""1.10/Ärger, no""#)),
        (".missing // \"none\" | ascii_upcase", Some(r#""NONE""#)),
        (".null", None),
        ("empty", None),
        (".items[1].sku", Some(r#""y""#)),
        (".items[-1].qty * 2", Some("6")),
        (".n / 2", Some("2.5")),
        (".n + 1 | . / 2", Some("3")),
        (".n % 3", Some("2")),
        ("[.items[] | select(.qty > 2) | .sku]", Some(r#"["y"]"#)),
        (".items | map(.qty) | add", Some("5")),
        (".tags | join(\"-\")", Some(r#""b-a-b""#)),
        (".tags | unique", Some(r#"["a","b"]"#)),
        (".s | split(\", \")", Some(r#"["Ärger","no"]"#)),
        (".s[0:2]", Some(r#""Är""#)),
        (".epoch | strftime(\"%Y/%m/%d %H\")", Some(r#""2024/06/28 08""#)),
        (".frac | todate", Some(r#""2024-06-28T08:28:42Z""#)),
        (".t | fromdate", Some("1719563322")),
        (".t | strptime(\"%Y-%m-%dT%H:%M:%SZ\") | mktime", Some("1719563322")),
        (".epoch | gmtime", Some("[2024,5,28,8,28,42,5,179]")),
        (".b64 | @base64d", Some(r#""hi""#)),
        (".s | @base64", Some(r#""w4RyZ2VyLCBubw==""#)),
        (".s | @uri", Some(r#""%C3%84rger%2C%20no""#)),
        (".js | fromjson | .a[0]", Some("1.50")),
        (".s | test(\"^är\"; \"i\")", Some("true")),
        (".t | capture(\"(?<y>\\\\d+)-(?<m>\\\\d+)\")", Some(r#"{"y":"2024","m":"06"}"#)),
        (".t | gsub(\"[-:]\"; \"\")", Some(r#""20240628T082842Z""#)),
        ("if .n > 3 then \"big\" elif .n > 1 then \"mid\" else \"small\" end", Some(r#""big""#)),
        ("{n, tag: .tags[0], (.s): 1}", Some(r#"{"n":5,"tag":"b","Ärger, no":1}"#)),
        (".o | to_entries | map(.key)", Some(r#"["b","a"]"#)),
        (".o | with_entries(select(.key == \"b\"))", Some(r#"{"b":1}"#)),
        (".o | keys", Some(r#"["a","b"]"#)),
        (".n.a?", None),
        ("first(.tags[])", Some(r#""b""#)),
        ("any(.items[]; .qty == 3)", Some("true")),
        (".tags | index(\"x\")?", None),
        ("-.n", Some("-5")),
        ("[.tags[] | length]", Some("[1,1,1]")),
        ("\"12.50\" | tonumber", Some("12.50")),
        (".o[.tags[0]]", Some("1")),
        (".s | ltrimstr(\"Är\") | rtrimstr(\"no\")", Some(r#""ger, ""#)),
        (".n and (.missing | not)", Some("true")),
    ];
    for (filter, expected) in cases.into_iter().skip(1) {
        assert_eq!(output(filter, RECORD).as_deref(), expected, "{filter}");
    }
}

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

#[test]
fn the_number_of_outputs_and_errors_decide_what_becomes_of_a_row() {
    let cases = [
        (".a, .b", r#"{"a":1,"b":2}"#, Reason::JqNotOne, "the filter has more than one output"),
        (".[]", r#"{"a":1,"b":2}"#, Reason::JqNotOne, "the filter has more than one output"),
        ("error(\"no device\")", "{}", Reason::JqFailed, "no device"),
        (".a.b", r#"{"a":1}"#, Reason::JqFailed, "cannot index 1 with \"b\""),
        (".a, error(\"late\")", "{}", Reason::JqFailed, "late"),
        (".a + 1", r#"{"a":"x"}"#, Reason::JqFailed, "cannot calculate \"x\" + 1"),
        (".a / 0", r#"{"a":1}"#, Reason::JqFailed, "cannot calculate 1 / 0"),
        (".a * 1000000000", r#"{"a":"x"}"#, Reason::JqFailed, "cannot calculate \"x\" * 1000000000"),
        (
            "1e300 * 1e300",
            "{}",
            Reason::JqFailed,
            "the filter's output is not JSON: inf is not a JSON number",
        ),
        (
            ".a | fromjson",
            r#"{"a":"{\"b\":NaN}"}"#,
            Reason::JqFailed,
            "\"{\\\"b\\\":NaN}\" cannot be read: it is not JSON: expected a value at byte 5",
        ),
        (".a | tonumber", r#"{"a":"0x10"}"#, Reason::JqFailed, "\"0x10\" is not a number"),
        (
            ".a | strftime(\"%Y\")",
            r#"{"a":1719563322000000000}"#,
            Reason::JqFailed,
            "cannot use 1719563322000000000 as seconds since 1970",
        ),
        ("[.a][[1]]", r#"{"a":1}"#, Reason::JqFailed, "cannot use [1] as an index"),
    ];
    for (text, record, reason, message) in cases {
        let found = refusal(&filter("json", text), record);
        assert_eq!((found.reason, found.field.as_deref()), (reason, Some("x")), "{text}: {}", found.message);
        assert_eq!(found.message, message, "{text}");
    }
}

#[test]
fn outputs_follow_the_rules_of_the_columns_type() {
    let record = r#"{"a":1.5,"s":"2024-06-28","b":{"c":[1,null,3]},"long":"LONG"}"#
        .replace("LONG", &"x".repeat(10_000));
    let refused = [
        ("int32", ".a", Reason::TypeMismatch, "1.5 is not a whole number, as required by int32"),
        ("date", ".s + \"x\"", Reason::BadDate, ""),
        (
            "array<string>",
            ".b.c",
            Reason::TypeMismatch,
            "at /0 of the filter's output: expected string, found a number",
        ),
        ("json", ".long.x", Reason::JqFailed, ""),
    ];
    for (column_type, text, reason, message) in refused {
        let found = refusal(&filter(column_type, text), &record);
        assert_eq!((found.reason, found.field.as_deref()), (reason, Some("x")), "{text}: {}", found.message);
        assert!(message.is_empty() || found.message == message, "{text}: {}", found.message);
        assert!(found.message.len() < 250, "{text}: {}", found.message.len());
    }
    for (column_type, text) in [
        ("decimal(9,3)", ".a"),
        ("float64", ".a * 2"),
        ("int32", ".a * 2"),
        ("date", ".s"),
        ("string", ".long"),
        ("array<int32>", ".b.c"),
        ("struct<c: array<int64>>", ".b"),
        ("map<string, array<int64>>", ".b"),
        ("struct<d: string>", ".b"),
    ] {
        decode(&filter(column_type, text), record.as_bytes()).unwrap();
    }
}

#[test]
fn unknown_members_are_those_that_no_pointer_reads() {
    let column = r#"{"name":"device","type":"string","jq":".body.device"}"#;
    let rescued = schema(&[column], "");
    let columns = columns(&rescued, &[r#"{"body":{"device":"d7"}}"#]);
    let text = |index: usize| columns[index].as_string::<i32>().value(0).to_owned();
    assert_eq!((text(0), text(1)), ("d7".into(), r#"{"body":{"device":"d7"}}"#.into()));
    let strict = schema(&[column], r#","unknown_fields":"quarantine""#);
    assert_eq!(refusal(&strict, r#"{"body":{}}"#).reason, Reason::UnknownField);
}

#[test]
fn a_filter_can_be_a_partition_and_a_required_column() {
    let columns = [
        r#"{"name":"device","type":"string","required":true,"jq":".d | ascii_downcase"}"#,
        r#"{"name":"day","type":"date","jq":".t[0:10]"}"#,
    ];
    let rest = r#","partition_by":["device",{"name":"month","from":"day","transform":"month"}],"unknown_fields":"ignore""#;
    let schema = schema(&columns, rest);
    let found = common::partition(&schema, r#"{"d":"D7","t":"2024-06-28T08:28:42"}"#);
    assert_eq!(found, [Some("d7".to_owned()), Some("2024-06".to_owned())]);
    let missing = refusal(&schema, r#"{"d":null,"t":"2024-06-28"}"#);
    assert_eq!((missing.reason, missing.field.as_deref()), (Reason::JqFailed, Some("device")));
    let none =
        refusal(&common::schema(&[r#"{"name":"x","type":"string","required":true,"jq":".d"}"#], ""), "{}");
    assert_eq!(
        (none.reason, &*none.message),
        (Reason::MissingRequired, "the filter's output is null or missing")
    );
}

#[test]
fn a_member_that_occurs_twice_is_refused_wherever_it_is() {
    let found = refusal(&filter("json", ".a"), r#"{"a":1,"b":[{"c":1,"\u0063":2}]}"#);
    assert_eq!((found.reason, found.field.as_deref()), (Reason::DuplicateField, Some("/b/0/c")));
}

#[test]
fn a_column_has_a_pointer_or_a_filter_but_not_both() {
    let text = br#"{"name":"t","version":1,"columns":[{"name":"x","type":"json","from":"/a","jq":".a"}]}"#;
    let problem = Schema::parse(text).unwrap_err().to_string();
    assert_eq!(problem, "column \"x\": it has both from and jq: a value comes from a field or from a filter");
}

#[test]
fn a_schema_with_filters_survives_its_canonical_text() {
    let schema = filter("string", ".a // \"none\"");
    let text = schema.canonical();
    assert!(text.contains(r#""jq":".a // \"none\"""#), "{text}");
    assert!(!text.contains("from\":"), "{text}");
    assert_eq!(Schema::parse(text.as_bytes()).unwrap(), schema);
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
fn deep_and_large_records_get_a_verdict() {
    let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    let record = format!(r#"{{"a":{}}}"#, deep(127));
    decode(&filter("json", ".a"), record.as_bytes()).unwrap();
    decode(&filter("boolean", ".a == .a"), record.as_bytes()).unwrap();
    let nested = filter("json", "[[[[[.a]]]]]");
    assert_eq!(refusal(&nested, &record).reason, Reason::JqFailed);
    let embedded = format!(r#"{{"a":"{}"}}"#, deep(100_000));
    assert_eq!(refusal(&filter("json", ".a | fromjson"), &embedded).reason, Reason::JqFailed);

    let many = format!(r#"{{"a":[{}0]}}"#, "0,".repeat(100_000));
    decode(&filter("int64", ".a | length"), many.as_bytes()).unwrap();
    let found = refusal(&filter("json", ".a | sort"), &many);
    assert!(
        found.message.starts_with("the record is too large for this filter: it could take"),
        "{}",
        found.message
    );
    let huge = format!(r#"{{"a":[{}0]}}"#, "\"\",".repeat(300_000));
    let found = refusal(&filter("int64", ".a | length"), &huge);
    assert_eq!(found.message, "the record cannot be read: it would take more than 16 MiB in jq");

    let digits = format!(r#"{{"a":{}}}"#, "9".repeat(300_000));
    decode(&filter("json", ".a"), digits.as_bytes()).unwrap();
    assert_eq!(refusal(&filter("json", ".a + 1"), &digits).reason, Reason::JqFailed);
    let groups = r#"{"a":"babababa"}"#;
    decode(&filter("json", ".a | capture(\"(?:(?<x>a)|(?<y>b))*\")"), groups.as_bytes()).unwrap();
}

/// The stack of a test's thread is 2 MiB, and a debug build needs more of it than others.
#[test]
fn the_deepest_filters_do_not_overflow_the_stack() {
    let record = format!(r#"{{"a":{}1{}}}"#, "[".repeat(127), "]".repeat(127));
    let shapes: &[(&str, &str, &str)] = &[
        (".", "|.", ""),
        ("[.]", "|[.[]]", ""),
        (".a", "+.a", ""),
        ("1", "-(1", ")"),
        (".a", "//.a", ""),
        (".a", "|try .", ""),
        ("1", ",2", ""),
        ("1", "|-.", ""),
        (".a", "?", ""),
        (".a", "[0]", ""),
        (".a", "|map(.)", ""),
        (".", "|{a:.}", ""),
        (".", "|\"\\(.)\"", ""),
        (".a", "|select(.)", ""),
        (".a", "|if . then . else 1 end", ""),
        ("if .a then 1", " elif .a then 1", ""),
        ("", "try ", ""),
        ("", "[", "]"),
        ("", "first(", ")"),
    ];
    for (start, step, end) in shapes {
        let mut accepted = 0;
        for count in [900, 450, 200, 100, 62, 60, 50, 40, 30, 20, 10, 3] {
            let last = if step.contains("elif") {
                " end"
            } else if start.is_empty() {
                ".a"
            } else {
                ""
            };
            let text = format!("{start}{}{last}{}", step.repeat(count), end.repeat(count));
            let filter = serde_json::Value::from(&*text);
            let schema = format!(
                r#"{{"name":"t","version":1,"columns":[{{"name":"x","type":"json","jq":{filter}}}]}}"#
            );
            if let Ok(schema) = Schema::parse(schema.as_bytes()) {
                let _ = decode(&schema, record.as_bytes());
                accepted += 1;
            }
        }
        assert!(accepted > 0, "{start}{step}{end}");
    }
}

/// Returns JSON text of many kinds, written as compactly as a filter's output.
fn json() -> impl Strategy<Value = String> {
    let number = "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?";
    let text = prop_oneof![
        "[ -~äß€😀]{0,12}",
        "20[0-9]{2}-[01][0-9]-[0-3][0-9]",
        "20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|\\+05:30)?",
        "[A-Za-z0-9+/]{4}",
        number,
    ];
    let text = text.prop_map(|text| serde_json::Value::from(text).to_string());
    let constant =
        prop_oneof![Just("null"), Just("true"), Just("false"), Just("0"), Just("-0"), Just("1.50")];
    let scalar = prop_oneof![2 => number, 1 => "-?[0-9]{1,3}".prop_filter("JSON", |text| json::Scanner::new(text).number().is_ok_and(|number| number == text)), 3 => text, 1 => constant.prop_map(str::to_owned)];
    scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|elements| format!("[{}]", elements.join(","))),
            prop::collection::btree_map("[a-c]", inner, 0..4).prop_map(|members| {
                let members: Vec<String> =
                    members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn a_path_is_the_same_as_a_pointer(value in json(), member in "[a-d]", at in any::<prop::sample::Index>()) {
        const TYPES: [&str; 20] = [
            "string", "binary", "int32", "int64", "float64", "decimal(38,18)", "decimal(9,0)", "boolean", "date", "date_days",
            "timestamp", "timestamp_utc", "timestamp_seconds", "timestamp_millis", "timestamp_micros", "timestamp_nanos", "json",
            "array<string>", "struct<a: int64, b: json, c: array<json>>", "map<string, decimal(38,9)>",
        ];
        let record = format!(r#"{{"a":{{"b":{value},"c":1}},"z":{value}}}"#);
        let column_type = TYPES[at.index(TYPES.len())];
        let judged = |source: &str| {
            let column = format!(r#"{{"name":"x","type":"{column_type}",{source}}}"#);
            decode(&schema(&[&column], r#","unknown_fields":"ignore""#), record.as_bytes()).map_err(|refusal| refusal.reason)
        };
        let pointer = judged(&format!(r#""from":"/a/{member}""#));
        let path = judged(&format!(r#""jq":".a.{member}""#));
        prop_assert_eq!(pointer, path, "{}", column_type);
    }
}
