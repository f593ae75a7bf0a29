use crate::refused::{Refused, UNREADABLE};
use bronze::DamageKind;
use clap::{Arg, ArgAction, ArgMatches};
use table::Reason;
use wildmatch::WildMatch;

/// Which records are listed.
#[derive(Debug)]
pub(super) struct Filter {
    /// Codes of reasons, or none for all.
    reasons: Vec<String>,
    field: Option<String>,
    source: Option<SourcePattern>,
    /// Whether objects that have been reprocessed are listed too.
    pub(super) all: bool,
}

#[derive(Debug)]
enum SourcePattern {
    Part(String),
    Whole(WildMatch),
}

impl Filter {
    pub(super) fn arguments() -> [Arg; 4] {
        const FILTERS: &str = "Filters";
        let codes = Reason::ALL.iter().map(|reason| reason.code());
        let damage = DamageKind::ALL.iter().map(|kind| kind.code());
        let codes: Vec<_> = codes.chain(damage).chain([UNREADABLE]).collect();
        [
            Arg::new("reason")
                .long("reason")
                .value_name("CODE")
                .action(ArgAction::Append)
                .value_parser(codes)
                .hide_possible_values(true)
                .help("Only records refused for this reason, such as type_mismatch; can be repeated")
                .help_heading(FILTERS),
            Arg::new("field")
                .long("field")
                .value_name("NAME")
                .help("Only records refused because of this column or JSON pointer")
                .help_heading(FILTERS),
            Arg::new("source")
                .long("source")
                .value_name("TEXT|PATTERN")
                .help(
                    "Only source objects whose URL contains this text or, with * or ?, matches it as a whole",
                )
                .help_heading(FILTERS),
            Arg::new("all")
                .long("all")
                .action(ArgAction::SetTrue)
                .help("Also records of quarantine objects that have been reprocessed")
                .help_heading(FILTERS),
        ]
    }

    pub(super) fn given(matches: &ArgMatches) -> Self {
        let source = matches.get_one::<String>("source").map(|text| match text.contains(['*', '?']) {
            true => SourcePattern::Whole(WildMatch::new(text)),
            false => SourcePattern::Part(text.clone()),
        });
        Filter {
            reasons: matches.get_many::<String>("reason").into_iter().flatten().cloned().collect(),
            field: matches.get_one::<String>("field").cloned(),
            source,
            all: matches.get_flag("all"),
        }
    }

    /// Returns whether records of this source are listed.
    pub(super) fn includes_source(&self, url: &str) -> bool {
        match &self.source {
            None => true,
            Some(SourcePattern::Part(text)) => url.contains(text),
            Some(SourcePattern::Whole(pattern)) => pattern.matches(url),
        }
    }

    /// Returns whether a record of such a source is listed.
    pub(super) fn includes(&self, refused: &Refused) -> bool {
        let (reason, field) = (&refused.error.code, &refused.error.field);
        (self.reasons.is_empty() || self.reasons.contains(reason))
            && (self.field.is_none() || self.field == *field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refused::Line;
    use clap::Command;

    fn filter(arguments: &[&str]) -> Filter {
        let command = Command::new("quarantine").no_binary_name(true).args(Filter::arguments());
        Filter::given(&command.try_get_matches_from(arguments).unwrap())
    }

    #[test]
    fn a_source_is_a_part_of_the_url_or_a_pattern_for_all_of_it() {
        let url = "s3://bronze/0/a.gz";
        for (pattern, included) in
            [("0/a", true), ("1/a", false), ("s3://*.gz", true), ("*.jso?", false), ("0/*", false)]
        {
            assert_eq!(filter(&["--source", pattern]).includes_source(url), included, "{pattern}");
        }
    }

    #[test]
    fn reasons_are_alternatives_and_other_filters_are_conditions() {
        let entry = br#"{"raw":"eA==","error":{"code":"out_of_range","field":"n","message":""}}"#;
        let refused = Refused::read(Line::Whole(entry));
        for (arguments, included) in [
            (&["--reason", "bad_date", "--reason", "out_of_range"][..], true),
            (&["--reason", "bad_date"], false),
            (&["--field", "n"], true),
            (&["--field", "m", "--reason", "out_of_range"], false),
        ] {
            assert_eq!(filter(arguments).includes(&refused), included, "{arguments:?}");
        }
    }
}
