//! The values that filters compute.

use crate::common::{decode, schema};
use crate::output;
use proptest::prelude::*;

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
