/// The SQL that a verb prints: remarks, then statements.
#[derive(Debug, Default)]
pub(crate) struct Script {
    remarks: Vec<String>,
    statements: Vec<String>,
}

/// Maximum length of a line of remarks.
const WIDTH: usize = 100;

impl Script {
    /// Adds a sentence that says what the reader must know, as a comment above the statements.
    pub(crate) fn remark(&mut self, text: impl Into<String>) {
        self.remarks.push(text.into());
    }

    /// Adds a statement, with what ends it.
    pub(crate) fn statement(&mut self, text: impl Into<String>) {
        self.statements.push(text.into());
    }

    pub(crate) fn text(&self) -> String {
        let remarks: String = self.remarks.iter().map(|remark| comment(remark)).collect();
        format!("{remarks}{}\n", self.statements.join("\n\n"))
    }
}

/// Returns a text as comments. No name in it can end a comment, because names have no control characters.
fn comment(text: &str) -> String {
    let (mut lines, mut line) = (String::new(), String::from("--"));
    for word in text.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > WIDTH && line != "--" {
            lines += &line;
            lines.push('\n');
            line = String::from("--  ");
        }
        line.push(' ');
        line += word;
    }
    lines + &line + "\n"
}

/// Returns the lines of a list inside parentheses.
pub(crate) fn list(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| format!("    {item}")).collect();
    format!("(\n{}\n)", items.join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_are_wrapped_comments_above_the_statements() {
        let mut script = Script::default();
        script.remark(format!("{}end.", "word ".repeat(20)));
        script.statement("SELECT 1;");
        let text = script.text();
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert!(text.ends_with(" word\n--   word end.\nSELECT 1;\n"), "{text}");
    }
}
