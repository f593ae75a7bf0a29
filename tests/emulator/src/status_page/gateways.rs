//! The section about API Gateway's deployments and the latest requests.

use maud::{Markup, html};

use super::elements::{ROWS, mood, nothing, section, time_of_day};
use crate::api_gateway::DeploymentStatus;
use crate::services::Services;

pub(super) fn shown(services: &Services) -> Markup {
    let status = services.api_gateway.status();
    let content = html! {
        @if status.deployments.is_empty() { (nothing("No deployments.")) }
        @for deployment in &status.deployments { p.dim { (deployed(deployment)) } }
        @if !status.requests.is_empty() {
            table {
                tr { th { "time" } th { "request" } th { "result" } th.n { "took" } th { "opc-request-id" } }
                @for request in status.requests.iter().rev().take(ROWS) {
                    tr {
                        td { (time_of_day(&request.time)) }
                        td { code { (request.method) " " (request.target) } }
                        @match request.status {
                            Some(status) => td class=(mood(status)) { (status) },
                            None => td.bad { "no response" },
                        }
                        td.n { (request.milliseconds) " ms" }
                        td { code { (request.opc_request_id) } }
                    }
                }
            }
        }
    };
    section("Gateway", content)
}

fn deployed(deployment: &DeploymentStatus) -> Markup {
    html! {
        (deployment.name) " " code { (deployment.endpoint) }
        @for route in &deployment.routes { " · " code { (route.methods.join(",")) " " (route.path) } }
        @for (status, count) in &deployment.statuses { " · " span class=(mood(*status)) { (status) } ": " (count) }
    }
}
