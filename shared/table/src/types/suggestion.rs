//! What the author of a schema file may have meant by the name of a type that does not exist.

use super::decimal::MAX_PRECISION;

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
    (&["object", "array", "struct", "map", "variant"], "json"),
];

/// Returns advice about an unknown type: the end of a sentence, or `None` if nothing is known about the name.
pub(crate) fn of(name: &str) -> Option<String> {
    let plain = name.trim().to_ascii_lowercase();
    let (word, parameters) = plain.split_once('(').map_or((&*plain, None), |(word, rest)| (word, Some(rest)));
    if word == "decimal" || word == "numeric" && parameters.is_some() {
        return Some(decimal(parameters));
    }
    let meant = MEANT.iter().find(|(names, _)| names.contains(&word)).map(|(_, meant)| *meant);
    let types = || super::ColumnType::REFERENCE.iter().map(|reference| reference.name);
    meant.or_else(|| types().find(|name| *name == word)).map(|meant| format!("did you mean {meant}?"))
}

/// Returns what is wrong with the parameters of a decimal.
fn decimal(parameters: Option<&str>) -> String {
    let parameters = parameters.and_then(|text| text.strip_suffix(')')?.split_once(','));
    let numbers: Option<(u32, u32)> = parameters
        .and_then(|(precision, scale)| Some((precision.trim().parse().ok()?, scale.trim().parse().ok()?)));
    match numbers {
        Some((precision, _)) if precision > u32::from(MAX_PRECISION) => {
            format!("the precision is at most {MAX_PRECISION}")
        }
        Some((0, _)) => "the precision is at least 1".to_owned(),
        Some((precision, scale)) if scale > precision => "the scale is at most the precision".to_owned(),
        _ => "expected decimal(p,s), for example decimal(38,18)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_decimals_parameters_are_explained() {
        for (name, advice) in [
            ("decimal(50,2)", "the precision is at most 38"),
            ("decimal(0,0)", "the precision is at least 1"),
            ("decimal(5,6)", "the scale is at most the precision"),
            ("decimal(10)", "expected decimal(p,s), for example decimal(38,18)"),
            ("numeric(39,2)", "the precision is at most 38"),
        ] {
            assert_eq!(of(name).as_deref(), Some(advice), "{name}");
        }
    }

    #[test]
    fn the_types_of_others_have_a_counterpart() {
        assert_eq!(of("int").as_deref(), Some("did you mean int32, int64 or decimal(p,s)?"));
        assert_eq!(of("VARCHAR(20)").as_deref(), Some("did you mean string?"));
        assert_eq!(of("String").as_deref(), Some("did you mean string?"));
        assert_eq!(of("geometry"), None);
    }
}
