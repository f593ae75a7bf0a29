//! The section about the latest object events and their deliveries.

use maud::{Markup, html};

use super::elements::{ROWS, nothing, section, time_of_day};
use crate::events::{DeliveryState, RecentDelivery};
use crate::services::Services;

pub(super) fn shown(services: &Services) -> Markup {
    let (events, metrics) = (services.events.recent(), services.events.metrics());
    let content = html! {
        p.dim {
            (metrics.published_events) " published · " (metrics.matched_events) " matched · "
            (metrics.delivery_succeed_events) " delivered · " (metrics.delivery_failed_events) " attempts failed · "
            (services.events.pending()) " pending"
        }
        @if events.is_empty() { (nothing("No events yet.")) } @else {
            table {
                tr { th { "time" } th { "event" } th { "object" } th { "delivery" } }
                @for event in events.iter().rev().take(ROWS) {
                    tr {
                        td { (time_of_day(&event.time)) }
                        td { (event.event_type.rsplit('.').next().unwrap_or_default()) }
                        td { code { (event.bucket) "/" (event.object) } }
                        td {
                            @if event.deliveries.is_empty() { span.dim { "no rule" } }
                            @for delivery in &event.deliveries { (delivered(delivery)) " " }
                        }
                    }
                }
            }
        }
    };
    section("Events", content)
}

fn delivered(delivery: &RecentDelivery) -> Markup {
    let mood = match delivery.state {
        DeliveryState::Succeeded => "good",
        DeliveryState::Pending | DeliveryState::Delivering => "busy",
        DeliveryState::Failed | DeliveryState::Lost | DeliveryState::Dropped => "bad",
    };
    html! {
        span class=(mood) {
            (delivery.rule) ": " (delivery.state.name())
            @if let Some(status) = delivery.status { " " (status) }
            @if let Some(code) = &delivery.code { " " (code) }
            @if delivery.attempts > 1 { ", " (delivery.attempts) " attempts" }
        }
    }
}
