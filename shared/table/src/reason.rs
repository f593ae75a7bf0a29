use std::fmt;

/// Declares [`Reason`] with each reason's code and description, so that the three stay consistent.
macro_rules! reasons {
    ($($name:ident $code:literal $description:literal,)*) => {
        /// Why a record or a line is refused.
        ///
        /// `curate` quarantines what it refuses; `ingest` reports it to the producer. Both use the same codes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $(#[doc = $description] $name,)*
        }

        impl Reason {
            /// All reasons: first those about the line, then those about the record's value.
            pub const ALL: &[Reason] = &[$(Reason::$name,)*];

            /// Returns the code used in quarantine entries, receipts and responses.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Reason::$name => $code,)*
                }
            }

            /// Returns one sentence for the reference documentation, in Markdown.
            pub const fn description(self) -> &'static str {
                match self {
                    $(Reason::$name => $description,)*
                }
            }
        }
    };
}

reasons! {
    EnvelopeNotJson "envelope_not_json" "The line is not a JSON object in UTF-8.",
    EnvelopeMissingField "envelope_missing_field"
        "The envelope lacks `stream`, `partition`, `value`, `offset` or `timestamp`, or has null there.",
    EnvelopeBadField "envelope_bad_field" "A field of the envelope doesn't have the form that the connector writes.",
    BadBase64 "bad_base64" "The key, the value or a binary field isn't standard base64 with padding.",
    KeyNotUtf8 "key_not_utf8" "The key isn't UTF-8, and the table's keys are text.",
    LineTooLong "line_too_long" "The line is longer than `MAX_LINE`.",
    PartitionValueTooLong "partition_value_too_long"
        "The partition folders would be longer than stores allow: 255 bytes each, 700 in total.",
    EmptyPartitionValue "empty_partition_value"
        "A partition value is the empty string or the text that marks null in a path, which not all readers tell from null.",
    ObjectRemark "object_remark"
        "The line is a remark about a damaged object, found in a quarantine object that is being reprocessed.",
    ValueNotUtf8 "value_not_utf8" "The value's bytes aren't UTF-8.",
    ValueNotJson "value_not_json" "The value isn't valid JSON (RFC 8259), whichever field the error is in.",
    NestingTooDeep "nesting_too_deep" "Arrays and objects are nested deeper than 128 levels.",
    ValueNotObject "value_not_object" "The value is JSON, but not an object.",
    DuplicateField "duplicate_field" "A field of the schema or the envelope, or a key of a map, occurs twice.",
    RowTooLarge "row_too_large" "The row's arrays and maps would take more than 16 MiB as columns.",
    MissingRequired "missing_required" "A required column is null or missing.",
    TypeMismatch "type_mismatch"
        "A field has another JSON type than its column accepts, or a fraction where the column holds whole numbers.",
    OutOfRange "out_of_range" "A number is outside the column's range.",
    PrecisionLost "precision_lost" "Storing a decimal would lose a digit.",
    BadTimestamp "bad_timestamp"
        "Not a valid timestamp for the column: 30 February, a zone where none is allowed, digits beyond microseconds.",
    BadDate "bad_date" "Not a valid calendar date.",
    JqFailed "jq_failed" "A column's jq filter fails, or its output isn't JSON, or the record is too large for it.",
    JqNotOne "jq_not_one" "A column's jq filter has more than one output.",
    UnknownField "unknown_field" "The schema doesn't name the field and allows no others.",
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_distinct_and_descriptions_are_sentences() {
        let codes: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            let description = reason.description();
            assert!(description.ends_with('.') && !description.contains('|'), "{description}");
        }
    }

    #[test]
    fn the_nesting_limit_in_the_description_is_the_scanners() {
        let limit = format!("{} levels", json::MAX_DEPTH);
        assert!(Reason::NestingTooDeep.description().contains(&limit));
    }
}
