//! The section about streams, the throughput of their partitions, and what is throttled.

use maud::{Markup, html};

use super::elements::{nothing, section, size};
use crate::services::Services;
use crate::streaming::{PartitionLoad, StreamReader};

pub(super) fn shown(services: &Services) -> Markup {
    let streams = services.streaming.readers();
    let content = html! {
        @if streams.is_empty() { (nothing("No streams.")) } @else {
            table {
                tr {
                    th { "stream" } th.n { "partition" } th.n { "in" } th.n { "messages in" } th.n { "out" }
                    th.n { "throttled" } th.n { "offsets" } th.n { "stored" }
                }
                @for stream in &streams { (rows(stream)) }
            }
        }
    };
    section("Streams", content)
}

fn rows(stream: &StreamReader) -> Markup {
    html! {
        @for (number, load) in stream.load().iter().enumerate() {
            tr {
                td { @if number == 0 { (stream.name()) } }
                td.n { (number) }
                td.n { (rate(load.bytes_in_per_second)) }
                td.n { (format!("{:.0}/s", load.messages_in_per_second)) }
                td.n { (rate(load.bytes_out_per_second)) }
                td.n { (throttled(load)) }
                td.n { (load.horizon) "–" (load.end) }
                td.n { (size(load.stored_bytes)) }
            }
        }
    }
}

fn rate(bytes_per_second: f64) -> String {
    format!("{}/s", size(bytes_per_second.max(0.0) as u64))
}

fn throttled(load: &PartitionLoad) -> Markup {
    html! {
        @if load.throttled_messages == 0 { "0" } @else {
            span.busy { (format!("{:.0}/s", load.throttled_messages_per_second)) ", " (load.throttled_messages) " in total" }
        }
    }
}
