use crate::terminal::units::count;
use clap::{Arg, ArgMatches};
use lake::Receipt;

/// What counts as a failure even if the run succeeds: the value of `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailOn {
    Quarantine,
    Damage,
    Any,
}

/// The state of all objects of a run, whether they were curated now or earlier.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct State {
    /// The objects that have quarantined lines.
    quarantined: Objects,
    /// Number of quarantined lines of all objects.
    quarantined_lines: u64,
    /// The objects that are damaged.
    damaged: Objects,
}

/// A number of objects.
#[derive(Debug, Clone, Copy, Default)]
struct Objects {
    all: u64,
    /// The number of those that were curated by an earlier run.
    unchanged: u64,
}

impl State {
    /// Adds an object.
    pub(crate) fn add(&mut self, receipt: &Receipt, unchanged: bool) {
        self.quarantined.add(receipt.counts.quarantined > 0, unchanged);
        self.quarantined_lines += receipt.counts.quarantined;
        self.damaged.add(!receipt.complete, unchanged);
    }
}

impl Objects {
    fn add(&mut self, counts: bool, unchanged: bool) {
        self.all += u64::from(counts);
        self.unchanged += u64::from(counts && unchanged);
    }

    /// Returns the number with its noun, and the verb that fits: `2 unchanged objects`, `are`.
    fn with(self, [singular, plural]: [&str; 2]) -> (String, &str) {
        let noun = if self.all == self.unchanged { "unchanged object" } else { "object" };
        (count(self.all, noun), if self.all == 1 { singular } else { plural })
    }
}

impl FailOn {
    /// Returns the option. `objects` is the beginning of a sentence: `any object has`.
    pub(crate) fn argument(objects: &str) -> Arg {
        Arg::new("fail-on")
            .long("fail-on")
            .value_name("WHAT")
            .value_parser(["quarantine", "damage", "any"])
            .help(format!("Exit with code 3 if {objects} quarantined lines or is damaged"))
            .help_heading("Output")
    }

    pub(crate) fn given(matches: &ArgMatches) -> Option<Self> {
        match matches.get_one::<String>("fail-on")?.as_str() {
            "quarantine" => Some(FailOn::Quarantine),
            "damage" => Some(FailOn::Damage),
            _ => Some(FailOn::Any),
        }
    }

    /// Returns what counts as a failure, or `None` if nothing does.
    pub(crate) fn problem(self, state: State) -> Option<String> {
        let State { quarantined, quarantined_lines, damaged } = state;
        let mut problems = Vec::new();
        if quarantined.all > 0 && self != FailOn::Damage {
            let (objects, have) = quarantined.with(["has", "have"]);
            problems.push(format!("{objects} {have} {}", count(quarantined_lines, "quarantined line")));
        }
        if damaged.all > 0 && self != FailOn::Quarantine {
            let (objects, are) = damaged.with(["is", "are"]);
            problems.push(format!("{objects} {are} damaged"));
        }
        let name = match self {
            FailOn::Quarantine => "quarantine",
            FailOn::Damage => "damage",
            FailOn::Any => "any",
        };
        (!problems.is_empty()).then(|| format!("{} (--fail-on {name})", problems.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_problem_says_which_objects_are_bad() {
        let state = State {
            quarantined: Objects { all: 1, unchanged: 1 },
            quarantined_lines: 4,
            damaged: Objects { all: 2, unchanged: 1 },
        };
        let problem = |fail_on: FailOn| fail_on.problem(state).unwrap();
        let quarantined = "1 unchanged object has 4 quarantined lines";
        assert_eq!(problem(FailOn::Quarantine), format!("{quarantined} (--fail-on quarantine)"));
        assert_eq!(problem(FailOn::Damage), "2 objects are damaged (--fail-on damage)");
        assert_eq!(problem(FailOn::Any), format!("{quarantined}, 2 objects are damaged (--fail-on any)"));
        assert_eq!(FailOn::Any.problem(State::default()), None);
    }
}
