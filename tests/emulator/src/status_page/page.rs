//! The page's frame, and what its sections share.

use http::StatusCode;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{buckets, connectors, events, functions, gateways, streams};
use crate::answer::Answer;
use crate::clock;
use crate::front::Front;

/// Seconds after which a browser loads the page again: often enough to watch a rate, seldom enough to read.
const RELOAD_SECONDS: u32 = 2;

/// Rows that a section shows of what happened lately.
pub(super) const ROWS: usize = 12;

const STYLE: &str = "
:root { color-scheme: light dark; }
body { font: 14px/1.45 system-ui, sans-serif; margin: 1.5rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; margin: 0; } h2 { font-size: 1rem; margin: 1.6rem 0 .3rem; }
p { margin: .2rem 0 .6rem; } .dim { opacity: .65; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .15rem .7rem .15rem 0; border-bottom: 1px solid #8884; vertical-align: top; }
th { font-weight: 600; opacity: .65; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font: 12px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
.good { color: #197a3b; } .bad { color: #c62828; } .busy { color: #b26a00; }
@media (prefers-color-scheme: dark) { .good { color: #6fce8f; } .bad { color: #ff8a80; } .busy { color: #ffc166; } }
";

/// The page as it is now.
pub(crate) fn answer(front: &Front) -> Answer {
    Answer::text(StatusCode::OK, "text/html; charset=utf-8", page(front).into_string())
}

fn page(front: &Front) -> Markup {
    let names = front.identity.names();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="refresh" content=(RELOAD_SECONDS);
                meta name="viewport" content="width=device-width";
                title { "Bronzeworks local cloud" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Bronzeworks local cloud" }
                p.dim {
                    (names.region) " · namespace " (front.object_storage.settings.namespace)
                    " · " (clock::rfc3339(clock::milliseconds()))
                }
                (faults(front))
                (streams::shown(front))
                (connectors::shown(front))
                (buckets::shown(front))
                (events::shown(front))
                (functions::shown(front))
                (gateways::shown(front))
            }
        }
    }
}

/// Faults in force explain much of what looks wrong below.
fn faults(front: &Front) -> Markup {
    let rules = front.faults.rules();
    html! {
        @if !rules.is_empty() {
            p.busy {
                "Faults in force: "
                @for rule in &rules { code { (rule.operation) " " (rule.fault.name()) } " " }
            }
        }
    }
}

/// A section with its heading.
pub(super) fn section(heading: &str, content: Markup) -> Markup {
    html! { section id=(heading.to_lowercase().replace(' ', "-")) { h2 { (heading) } (content) } }
}

/// What a section without entries says.
pub(super) fn nothing(text: &str) -> Markup {
    html! { p.dim { (text) } }
}

/// The time of day, to the second.
pub(super) fn time_of_day(rfc3339: &str) -> &str {
    rfc3339.get(11..19).unwrap_or(rfc3339)
}

/// Bytes as people read them.
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

/// How an HTTP status looks.
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
