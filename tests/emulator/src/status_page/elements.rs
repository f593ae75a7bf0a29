//! Page elements that several sections share.

use maud::{Markup, html};

/// Maximum number of rows in a list of recent activity.
pub(super) const ROWS: usize = 12;

/// Renders a section with a heading.
pub(super) fn section(heading: &str, content: Markup) -> Markup {
    html! { section id=(heading.to_lowercase().replace(' ', "-")) { h2 { (heading) } (content) } }
}

/// Renders the text of an empty section.
pub(super) fn nothing(text: &str) -> Markup {
    html! { p.dim { (text) } }
}

/// Returns the time of day, to the second.
pub(super) fn time_of_day(rfc3339: &str) -> &str {
    rfc3339.get(11..19).unwrap_or(rfc3339)
}

/// Formats a size for people.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = "B";
    for next in UNITS {
        if value < 1000.0 {
            break;
        }
        (value, unit) = (value / 1000.0, next);
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") }
}

/// Returns the CSS class that colors an HTTP status.
pub(super) fn mood(status: u16) -> &'static str {
    match status {
        200..400 => "good",
        429 => "busy",
        _ => "bad",
    }
}

#[cfg(test)]
mod tests {
    use super::{size, time_of_day};

    #[test]
    fn figures_are_short() {
        assert_eq!([0, 999, 1000, 1_234_567].map(size), ["0 B", "999 B", "1.0 kB", "1.2 MB"]);
        assert_eq!(time_of_day("2026-11-25T10:20:30.123Z"), "10:20:30");
        assert_eq!(time_of_day("soon"), "soon");
    }
}
