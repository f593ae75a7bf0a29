//! The section about connectors and their progress in every partition.

use maud::{Markup, html};

use super::elements::{nothing, section, size};
use crate::connector_hub::{ConnectorPartition, ConnectorStatus};
use crate::services::Services;

pub(super) fn shown(services: &Services) -> Markup {
    let connectors = services.connector_hub.statuses();
    let content = html! {
        @if connectors.is_empty() { (nothing("No connectors.")) } @else {
            table {
                tr {
                    th { "connector" } th { "stream, bucket" } th.n { "partition" } th.n { "position" } th.n { "lag" } th.n { "open object" }
                    th.n { "objects" } th.n { "written" } th { "last object" }
                }
                @for connector in &connectors { (rows(connector)) }
            }
        }
    };
    section("Connectors", content)
}

fn rows(connector: &ConnectorStatus) -> Markup {
    html! {
        @for (number, partition) in connector.partitions.iter().enumerate() {
            tr {
                td { @if number == 0 { (connector.name) br; span class=(mood(connector.state)) { (connector.state) } } }
                td { @if number == 0 { (connector.stream.as_deref().unwrap_or("gone")) ", " (connector.bucket) } }
                td.n { (number) }
                td.n { (partition.position) }
                td.n { (partition.lag) }
                td.n { (open(partition)) }
                td.n { (partition.objects) }
                td.n { (size(partition.bytes)) }
                td { (last(partition)) }
            }
        }
    }
}

fn open(partition: &ConnectorPartition) -> String {
    let Some(open) = &partition.open else { return "–".to_owned() };
    format!("{} messages, {}, {} s", open.messages, size(open.compressed_bytes), open.age_milliseconds / 1000)
}

fn last(partition: &ConnectorPartition) -> Markup {
    html! {
        @if let (Some(error), true) = (&partition.last_error, partition.failures > 0) { span.bad { (error) } }
        @else if let Some(object) = &partition.last_object {
            code { (object.rsplit('/').next().unwrap_or(object)) }
        }
    }
}

fn mood(state: &str) -> &'static str {
    match state {
        "ACTIVE" => "good",
        "NEEDS_ATTENTION" => "bad",
        _ => "busy",
    }
}
