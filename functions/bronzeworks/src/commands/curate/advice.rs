use crate::terminal::units::count;

/// The code of an object that counts as a decompression bomb.
pub(super) const BOMB: &str = "decompression_bomb";

/// Returns advice about decompression bombs.
pub(super) fn for_bomb() -> String {
    "an object was read only in part, because it looks like a decompression bomb; if it is genuine, raise the limit with \
     --max-ratio (MAX_RATIO) and use --redo"
        .to_owned()
}

/// Returns advice for the case that every line was quarantined for the same reason. `schema` is the name and version of the table's schema.
pub(super) fn for_reason(code: &str, lines: u64, schema: &str) -> String {
    let what = match lines {
        1 => format!("the only line was quarantined: {code}"),
        _ => format!("all {} were quarantined for the same reason, {code}", count(lines, "line")),
    };
    let advice = match code {
        "line_too_long" => "raise the limit with --max-line (MAX_LINE)".to_owned(),
        "envelope_not_json" | "envelope_missing_field" | "envelope_bad_field" | "bad_base64" => {
            "these objects do not look like those of a connector, which writes one JSON object per line, with stream, \
             partition, key, value, offset and timestamp"
                .to_owned()
        }
        "object_remark" => "these lines are remarks on damaged objects, so there is nothing to reprocess".to_owned(),
        "partition_value_too_long" => {
            format!("partition by other columns: change partition_by in the schema, {schema} (--schema, TABLE_SCHEMA)")
        }
        _ => format!("if {schema} is not the schema of these records, choose another with --schema (TABLE_SCHEMA)"),
    };
    format!("{what}; {advice}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_and_the_setting_are_named() {
        let advice = for_reason("missing_required", 3, "gl-journal 1");
        for part in ["all 3 lines", "missing_required", "gl-journal 1", "--schema"] {
            assert!(advice.contains(part), "{advice}");
        }
        assert!(for_reason("line_too_long", 1, "").contains("--max-line"));
    }
}
