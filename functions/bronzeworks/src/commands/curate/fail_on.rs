use clap::{Arg, ArgMatches};

/// What counts as a failure even if the run succeeds: the value of `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FailOn {
    Quarantine,
    Damage,
    Any,
}

/// The state of all objects of a run, whether they were curated now or earlier.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct State {
    /// Whether any object has quarantined lines.
    pub(super) quarantined: bool,
    /// Whether any object is damaged.
    pub(super) damaged: bool,
}

impl FailOn {
    pub(super) fn argument() -> Arg {
        Arg::new("fail-on")
            .long("fail-on")
            .value_name("WHAT")
            .value_parser(["quarantine", "damage", "any"])
            .help(
                "Exit with code 3 if any object, curated now or earlier, has quarantined lines or is damaged",
            )
            .help_heading("Output")
    }

    pub(super) fn given(matches: &ArgMatches) -> Option<Self> {
        match matches.get_one::<String>("fail-on")?.as_str() {
            "quarantine" => Some(FailOn::Quarantine),
            "damage" => Some(FailOn::Damage),
            _ => Some(FailOn::Any),
        }
    }

    pub(super) fn applies(self, state: State) -> bool {
        match self {
            FailOn::Quarantine => state.quarantined,
            FailOn::Damage => state.damaged,
            FailOn::Any => state.quarantined || state.damaged,
        }
    }
}
