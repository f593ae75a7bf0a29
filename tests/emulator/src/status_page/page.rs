//! The frame of the status page.

use http::StatusCode;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{buckets, connectors, events, functions, gateways, streams};
use crate::clock;
use crate::services::Services;
use crate::wire::response::Response;

/// Seconds between reloads: often enough to watch a rate, rarely enough to read.
const RELOAD_SECONDS: u32 = 2;

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

/// Renders the page with the current state.
pub(crate) fn answer(services: &Services) -> Response {
    Response::text(StatusCode::OK, "text/html; charset=utf-8", page(services).into_string())
}

fn page(services: &Services) -> Markup {
    let names = services.identity.names();
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
                    (names.region) " · namespace " (services.object_storage.settings.namespace)
                    " · " (clock::rfc3339(clock::milliseconds()))
                }
                (faults(services))
                (streams::shown(services))
                (connectors::shown(services))
                (buckets::shown(services))
                (events::shown(services))
                (functions::shown(services))
                (gateways::shown(services))
            }
        }
    }
}

/// Renders the fault rules that can still hit a request, which explain much of what looks wrong further down.
fn faults(services: &Services) -> Markup {
    let rules = services.faults.unspent();
    html! {
        @if !rules.is_empty() {
            p.busy {
                "Faults in force: "
                @for rule in &rules { code { (rule.operation) " " (rule.fault.name()) } " " }
            }
        }
    }
}
