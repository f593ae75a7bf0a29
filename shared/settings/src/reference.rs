//! Creates reference tables of settings in Markdown.

use crate::setting::{Declaration, Program, Variable};
use std::fmt::Write;

/// Returns a table of a program's settings.
pub fn settings(program: &Program) -> String {
    let mut table = String::from("| setting | option | default | meaning |\n|---|---|---|---|\n");
    for Declaration { name, option, default, help, .. } in program.settings {
        let option = option.map_or("–".into(), |option| format!("`--{option}`"));
        let default = default.map_or("required".into(), |default| format!("`{default}`"));
        row(&mut table, &[&format!("`{name}`"), &option, &default, help]);
    }
    table
}

/// Returns a table of variables that libraries read.
pub fn variables(variables: &[Variable]) -> String {
    let mut table = String::from("| variable | meaning |\n|---|---|\n");
    for Variable { name, help } in variables {
        row(&mut table, &[&format!("`{name}`"), help]);
    }
    table
}

fn row(table: &mut String, cells: &[&str]) {
    let cells: Vec<_> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    writeln!(table, "| {} |", cells.join(" | ")).expect("writing to memory does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Setting, parse};

    #[test]
    fn a_table_has_a_row_per_setting() {
        const PROGRAM: Program = Program {
            name: "curate",
            settings: &[
                Setting::required("SOURCE_URL", "URL", parse::text, "Bucket of bronze objects").declaration(),
                Setting::new("ORDER", "key|none", "key", parse::text, "key|none: what stays in order")
                    .option("order")
                    .declaration(),
            ],
            variables: &[],
            prefixes: &[],
        };
        assert_eq!(
            settings(&PROGRAM),
            "| setting | option | default | meaning |\n\
             |---|---|---|---|\n\
             | `SOURCE_URL` | – | required | Bucket of bronze objects |\n\
             | `ORDER` | `--order` | `key` | key\\|none: what stays in order |\n"
        );
    }
}
