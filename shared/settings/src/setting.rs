/// A setting: what it is called, and how its text becomes a value.
///
/// `parse` returns the problem as the end of a sentence: `expected a whole number, at least 1`.
#[derive(Debug)]
pub struct Setting<T> {
    declaration: Declaration,
    pub(crate) parse: fn(&str) -> Result<T, String>,
}

/// What help, reference tables and checks need to know about a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declaration {
    /// The environment variable.
    pub name: &'static str,
    /// The command-line option, without its dashes; `None` where the program has none.
    pub option: Option<&'static str>,
    /// The kind of value, as help shows it: `SIZE`, `PATH|URL`.
    pub value: &'static str,
    /// The value when none is given; `None` when one must be given.
    pub default: Option<&'static str>,
    /// The heading that help lists the option under; empty for the general one.
    pub group: &'static str,
    /// What the setting does, as a sentence without a period.
    pub help: &'static str,
}

/// An environment variable that a library reads by itself, such as those of a cloud's own tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// The variable.
    pub name: &'static str,
    /// What it does, as a sentence without a period.
    pub help: &'static str,
}

impl Variable {
    /// The variables of several libraries, each with its name and help. `N` is how many there are in total.
    pub const fn of_libraries<const N: usize>(libraries: &[&[(&'static str, &'static str)]]) -> [Self; N] {
        let mut variables = [Variable { name: "", help: "" }; N];
        let (mut library, mut next) = (0, 0);
        while library < libraries.len() {
            let mut index = 0;
            while index < libraries[library].len() {
                let (name, help) = libraries[library][index];
                variables[next] = Variable { name, help };
                (index, next) = (index + 1, next + 1);
            }
            library += 1;
        }
        assert!(next == N, "N is the number of variables");
        variables
    }
}

/// A program, by its settings.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// The program's name.
    pub name: &'static str,
    /// Its settings, in the order of its help and its reference table.
    pub settings: &'static [Declaration],
    /// Variables that its libraries read. A near miss of one of them is reported like a near miss of a setting.
    pub variables: &'static [Variable],
    /// Prefixes that only this project uses: an unknown variable with one of them is an error.
    pub prefixes: &'static [&'static str],
}

impl<T> Setting<T> {
    /// A setting with a default.
    pub const fn new(
        name: &'static str,
        value: &'static str,
        default: &'static str,
        parse: fn(&str) -> Result<T, String>,
        help: &'static str,
    ) -> Self {
        let default = Some(default);
        Setting { declaration: Declaration { name, option: None, value, default, group: "", help }, parse }
    }

    /// A setting that must be given.
    pub const fn required(
        name: &'static str,
        value: &'static str,
        parse: fn(&str) -> Result<T, String>,
        help: &'static str,
    ) -> Self {
        Setting {
            declaration: Declaration { name, option: None, value, default: None, group: "", help },
            parse,
        }
    }

    /// Also takes the setting as a command-line option, named without dashes.
    pub const fn option(mut self, option: &'static str) -> Self {
        self.declaration.option = Some(option);
        self
    }

    /// Lists the option under a heading of its own.
    pub const fn group(mut self, group: &'static str) -> Self {
        self.declaration.group = group;
        self
    }

    /// What the setting is called and what it is for.
    pub const fn declaration(&self) -> Declaration {
        self.declaration
    }
}
