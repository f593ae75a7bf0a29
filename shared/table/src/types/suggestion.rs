//! What the author of a schema file may have meant by the name of a type that does not exist.

use super::{ColumnType, TypeError, ddl};

/// Names of types in databases and programming languages, and the types that are meant.
const MEANT: &[(&[&str], &str)] = &[
    (&["int", "integer", "number"], "int32, int64 or decimal(p,s)"),
    (&["smallint", "tinyint", "short", "int16", "int8"], "int32"),
    (&["bigint", "long"], "int64"),
    (&["float", "double", "float32", "real"], "float64"),
    (&["numeric"], "decimal(p,s)"),
    (&["text", "varchar", "char", "str", "utf8"], "string"),
    (&["bool"], "boolean"),
    (&["bytes", "varbinary", "blob", "bytea", "base64"], "binary"),
    (&["datetime", "timestamp_ntz"], "timestamp"),
    (&["timestamptz", "timestamp_tz"], "timestamp_utc"),
    (&["list"], "array<T>"),
    (&["object", "record", "row"], "struct<name: T, ...> or json"),
    (&["dict"], "map<string, T>"),
    (&["variant", "any"], "json"),
];

/// Returns advice about an unknown type: the end of a sentence, or `None` if nothing is known about the name.
pub(crate) fn of(name: &str) -> Option<String> {
    if name.contains(['<', '[', '(']) && name.matches("[]").count() <= json::MAX_DEPTH as usize {
        match rewritten(name).map(|rewritten| ColumnType::parse(&rewritten)) {
            Some(Ok(meant)) => return Some(format!("did you mean {meant}?")),
            Some(Err(TypeError::Invalid { problem, .. })) => return Some(problem),
            Some(Err(TypeError::Unknown(_))) | None => {}
        }
    }
    let plain = name.trim().to_ascii_lowercase();
    let word = plain.split(['<', '(', '[']).next().unwrap_or(&plain).trim_end();
    let known = || ColumnType::REFERENCE.iter().map(|reference| reference.name);
    let same = || known().find(|known| known.split('<').next() == Some(word));
    meant(word).or_else(same).map(|meant| format!("did you mean {meant}?"))
}

fn meant(word: &str) -> Option<&'static str> {
    MEANT.iter().find(|(names, _)| names.contains(&word)).map(|(_, meant)| *meant)
}

/// Returns a type of another system in our words, as far as that is possible.
fn rewritten(name: &str) -> Option<String> {
    let name = name.trim();
    if let Some(element) = name.strip_suffix("[]") {
        return Some(format!("array<{}>", rewritten(element)?));
    }
    let (word, parameters) = name.split_at(name.find(['<', '(']).unwrap_or(name.len()));
    let word = word.trim_end().to_ascii_lowercase();
    let inside = parameters.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    let all = |parts: Vec<String>| parts.join(", ");
    match (&*word, inside) {
        ("array" | "list", Some(element)) => Some(format!("array<{}>", rewritten(element)?)),
        ("map", Some(inside)) => {
            let parts: Option<Vec<String>> = ddl::split(inside).map(rewritten).collect();
            Some(format!("map<{}>", all(parts?)))
        }
        ("struct" | "record" | "row", Some(inside)) => {
            let field = |field| {
                let (name, field_type) = ddl::field(field)?;
                Some(format!("{}: {}", ddl::name(&name), rewritten(field_type)?))
            };
            let parts: Option<Vec<String>> = ddl::split(inside).map(field).collect();
            Some(format!("struct<{}>", all(parts?)))
        }
        ("decimal" | "numeric" | "number", None) if !parameters.is_empty() => {
            Some(format!("decimal{parameters}"))
        }
        (word, _) => {
            let first = meant(word).and_then(|meant| meant.split([',', ' ']).next());
            Some(first.unwrap_or(word).to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_types_of_others_have_a_counterpart() {
        for (name, advice) in [
            ("int", "did you mean int32, int64 or decimal(p,s)?"),
            ("VARCHAR(20)", "did you mean string?"),
            ("String", "did you mean string?"),
            ("bytes", "did you mean binary?"),
            ("varbinary", "did you mean binary?"),
            ("array", "did you mean array<T>?"),
            ("list", "did you mean array<T>?"),
            ("struct", "did you mean struct<name: T, ...>?"),
            ("object", "did you mean struct<name: T, ...> or json?"),
            ("NUMERIC(10, 2)", "did you mean decimal(10,2)?"),
            ("numeric(39,2)", "the precision is at most 38"),
        ] {
            assert_eq!(of(name).as_deref(), Some(advice), "{name}");
        }
        assert_eq!(of("geometry"), None);
    }

    #[test]
    fn the_nested_types_of_others_are_rewritten() {
        for (name, advice) in [
            ("list<string>", "did you mean array<string>?"),
            ("ARRAY<INT>", "did you mean array<int32>?"),
            ("double[][]", "did you mean array<array<float64>>?"),
            ("STRUCT<a:int>", "did you mean struct<a: int32>?"),
            (
                "Struct<`a b`: BIGINT, c: array<struct<D: varchar(9)>>>",
                "did you mean struct<`a b`: int64, c: array<struct<D: string>>>?",
            ),
            ("MAP<STRING, BOOLEAN>", "did you mean map<string, boolean>?"),
            ("MAP<INT, BOOLEAN>", "the keys of a map are string: JSON has no others"),
            ("LIST<DECIMAL(40,2)>", "the precision is at most 38"),
            ("LIST<GEOMETRY>", "did you mean array<T>?"),
        ] {
            assert_eq!(of(name).as_deref(), Some(advice), "{name}");
        }
    }

    #[test]
    fn a_long_type_gets_an_answer() {
        let _ = of(&"[]".repeat(100_000));
        let _ = of(&"LIST<".repeat(100));
    }
}
