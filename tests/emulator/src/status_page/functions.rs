//! The section about functions and their latest invocations.

use maud::{Markup, html};

use super::elements::{ROWS, mood, nothing, section, time_of_day};
use crate::services::Services;

pub(super) fn shown(services: &Services) -> Markup {
    let names = services.functions.names();
    let recent = services.functions.recent();
    let content = html! {
        @if names.is_empty() { (nothing("No functions: see --functions.")) }
        @for name in &names { p.dim { code { (name) } } }
        @if !recent.is_empty() {
            table {
                tr { th { "time" } th { "function" } th { "result" } th.n { "took" } th { "start" } th { "call" } }
                @for invocation in recent.iter().rev().take(ROWS) {
                    tr {
                        td { (time_of_day(&invocation.time)) }
                        td { (invocation.application) "/" (invocation.function) }
                        td class=(mood(invocation.status)) { (invocation.status) " " (invocation.code.unwrap_or_default()) }
                        td.n { (invocation.milliseconds) " ms" }
                        td { (if invocation.cold { "cold" } else { "warm" }) }
                        td { code { (invocation.call_id) } }
                    }
                }
            }
        }
    };
    section("Functions", content)
}
