/// A setting: its declaration, and how its text becomes a value.
///
/// `parse` returns a problem as the end of a sentence: `expected a whole number, at least 1`.
#[derive(Debug)]
pub struct Setting<T> {
    declaration: Declaration,
    pub(crate) parse: fn(&str) -> Result<T, String>,
}

/// The properties of a setting that help, reference tables and checks need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declaration {
    /// Name of the environment variable.
    pub name: &'static str,
    /// The command-line option, without its dashes, or `None` if there is none.
    pub option: Option<&'static str>,
    /// The kind of value, as shown in the help: `SIZE`, `PATH|URL`.
    pub value: &'static str,
    /// The default value, or `None` if the setting is required.
    pub default: Option<&'static str>,
    /// The heading under which the help lists the option. Empty for the general one.
    pub group: &'static str,
    /// What the setting does: a sentence without a period.
    pub help: &'static str,
}

/// An environment variable that a library reads itself, such as those of a cloud's own tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// The variable's name.
    pub name: &'static str,
    /// What the variable does: a sentence without a period.
    pub help: &'static str,
}

impl Variable {
    /// Collects the variables of several libraries, each given as its name and help. `N` must be their total number.
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

/// A program and its settings.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// The program's name.
    pub name: &'static str,
    /// The program's settings, in the order of its help and of its reference table.
    pub settings: &'static [Declaration],
    /// Variables that the program's libraries read. A misspelling of one of them is reported like that of a setting.
    pub variables: &'static [Variable],
    /// Prefixes that only this project uses. An unknown variable with one of them is an error.
    pub prefixes: &'static [&'static str],
}

impl<T> Setting<T> {
    /// Declares a setting with a default.
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

    /// Declares a setting without a default, which must be given.
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

    /// Also accepts the setting as a command-line option. `option` is its name without dashes.
    pub const fn option(mut self, option: &'static str) -> Self {
        self.declaration.option = Some(option);
        self
    }

    /// Lists the option under this heading in the help.
    pub const fn group(mut self, group: &'static str) -> Self {
        self.declaration.group = group;
        self
    }

    /// Returns the setting's declaration.
    pub const fn declaration(&self) -> Declaration {
        self.declaration
    }
}
