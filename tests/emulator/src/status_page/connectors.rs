//! Connectors: how far each is with every partition of its stream.

use maud::{Markup, html};

use super::page::{nothing, section, size};
use crate::connector_hub::{ConnectorPartition, ConnectorStatus};
use crate::front::Front;

pub(super) fn shown(front: &Front) -> Markup {
    let connectors = front.connector_hub.statuses();
    let content = html! {
        @if connectors.is_empty() { (nothing("No connectors.")) } @else {
            table {
                tr {
                    th { "connector" } th { "state" } th.n { "partition" } th.n { "position" } th.n { "lag" }
                    th.n { "open" } th.n { "objects" } th.n { "written" } th { "trouble" }
                }
                @for connector in &connectors { (rows(connector)) }
            }
        }
    };
    section("Connectors", content)
}

fn rows(connector: &ConnectorStatus) -> Markup {
    let mood = if connector.state == "ACTIVE" { "good" } else { "busy" };
    html! {
        @for (number, partition) in connector.partitions.iter().enumerate() {
            tr {
                td { @if number == 0 { (connector.name) " → " (connector.bucket) } }
                td class=(mood) { @if number == 0 { (connector.state) } }
                td.n { (number) }
                td.n { (partition.position) }
                td.n { (partition.lag) }
                td.n { (open(partition)) }
                td.n { (partition.objects) }
                td.n { (size(partition.bytes)) }
                td.bad { (partition.last_error.as_deref().unwrap_or_default()) }
            }
        }
    }
}

fn open(partition: &ConnectorPartition) -> String {
    let shown = partition.open.as_ref().map(|window| {
        let seconds = window.age_milliseconds.max(0) / 1000;
        format!("{} messages, {}, {seconds} s", window.messages, size(window.bytes))
    });
    shown.unwrap_or_else(|| "–".to_owned())
}
