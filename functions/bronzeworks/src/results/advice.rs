use crate::terminal::units::{count, grouped};
use std::collections::BTreeMap;

/// How a verb names what advice is about.
#[derive(Debug)]
pub(crate) struct Words {
    /// What has to be added to options, so that objects are read again.
    again: &'static str,
    /// Where the schema is named.
    schema: &'static str,
}

pub(crate) const CURATE: Words = Words { again: " --redo", schema: "with --schema (TABLE_SCHEMA)" };
pub(crate) const CHECK: Words = Words { again: "", schema: "as the first argument" };

/// The code of an object that counts as a decompression bomb.
pub(crate) const BOMB: &str = "decompression_bomb";

/// Returns advice about decompression bombs.
pub(crate) fn for_bomb(words: &Words) -> String {
    let again = if words.again.is_empty() { "" } else { " and use --redo" };
    format!(
        "an object was read only in part, because it looks like a decompression bomb; if it is genuine, raise the limit with \
         --max-ratio (MAX_RATIO){again}"
    )
}

/// The codes of lines that are not a record in a connector's envelope.
const NO_ENVELOPE: [&str; 4] =
    ["envelope_not_json", "envelope_missing_field", "envelope_bad_field", "bad_base64"];

const ENVELOPE: &str = "these objects do not look like those of a connector, which writes one JSON object per line, with stream, \
                        partition, key, value, offset and timestamp; if they hold the records themselves, use --input json";

/// Returns advice for the case that every line was quarantined, or `None` if there was no line.
///
/// `reasons` has the number of lines for each reason's code. `schema` is the name and version of the table's schema.
pub(crate) fn for_reasons(reasons: &BTreeMap<String, u64>, schema: &str, words: &Words) -> Option<String> {
    let lines = reasons.values().sum();
    let all = match lines {
        1 => "the only line was".to_owned(),
        _ => format!("all {} were", count(lines, "line")),
    };
    let (code, most) = reasons.iter().max_by_key(|(_, lines)| **lines)?;
    let reason = match (reasons.len(), lines) {
        (1, 1) => format!(": {code}"),
        (1, _) => format!(" for the same reason, {code}"),
        _ => format!(", {} of them for {code}", grouped(*most)),
    };
    let advice = match reasons.keys().all(|code| NO_ENVELOPE.contains(&code.as_str())) {
        true => format!("{ENVELOPE}{}", words.again),
        false => for_reason(code, schema, words),
    };
    Some(format!("{all} quarantined{reason}; {advice}"))
}

fn for_reason(code: &str, schema: &str, words: &Words) -> String {
    let other = words.schema;
    match code {
        "line_too_long" => "raise the limit with --max-line (MAX_LINE)".to_owned(),
        "object_remark" => {
            "these lines are remarks on damaged objects, so there is nothing to reprocess".to_owned()
        }
        "partition_value_too_long" => {
            format!("partition by other columns: change partition_by in the schema, {schema}")
        }
        "empty_partition_value" => {
            format!("choose what happens to such rows with empty_partition in the schema, {schema}")
        }
        code if NO_ENVELOPE.contains(&code) => format!("{ENVELOPE}{}", words.again),
        _ => format!("if {schema} is not the schema of these records, choose another {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice(reasons: &[(&str, u64)]) -> String {
        let reasons = reasons.iter().map(|(code, lines)| ((*code).to_owned(), *lines)).collect();
        for_reasons(&reasons, "gl-journal 1", &CURATE).unwrap()
    }

    #[test]
    fn the_reason_and_the_setting_are_named() {
        let advice_for_three = advice(&[("missing_required", 3)]);
        for part in
            ["all 3 lines were quarantined for the same reason, missing_required", "gl-journal 1", "--schema"]
        {
            assert!(advice_for_three.contains(part), "{advice_for_three}");
        }
        assert!(
            advice(&[("line_too_long", 1)])
                .starts_with("the only line was quarantined: line_too_long; raise")
        );
    }

    #[test]
    fn one_truncated_line_does_not_hide_that_the_objects_are_no_connectors() {
        let advice = advice(&[("envelope_missing_field", 5), ("envelope_not_json", 1)]);
        for part in [
            "all 6 lines were quarantined, 5 of them for envelope_missing_field",
            "of a connector",
            "--input json",
        ] {
            assert!(advice.contains(part), "{advice}");
        }
    }

    #[test]
    fn among_several_reasons_the_most_frequent_decides() {
        let advice = advice(&[("envelope_not_json", 1), ("missing_required", 4), ("precision_lost", 2)]);
        for part in ["all 7 lines", "4 of them for missing_required", "--schema"] {
            assert!(advice.contains(part), "{advice}");
        }
    }

    #[test]
    fn the_codes_exist() {
        for code in
            NO_ENVELOPE.into_iter().chain(["line_too_long", "object_remark", "partition_value_too_long"])
        {
            assert!(table::Reason::ALL.iter().any(|reason| reason.code() == code), "{code}");
        }
        assert_eq!(BOMB, bronze::DamageKind::DecompressionBomb.code());
    }

    #[test]
    fn without_lines_there_is_no_advice() {
        assert_eq!(for_reasons(&BTreeMap::new(), "", &CURATE), None);
    }
}
