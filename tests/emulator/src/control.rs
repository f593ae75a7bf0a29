//! The control API of the emulator under `/_emulator/`, for tests in any language. Requests need no signature.
//!
//! | request | effect |
//! |---|---|
//! | `GET health` | `{"status":"UP"}` |
//! | `GET faults`, `PUT faults` (a JSON array of rules, or a single rule), `DELETE faults` | the fault rules in force |
//! | `GET requests`, `DELETE requests` | the log of all requests to services and gateways |
//! | `GET streams` | all streams with the throughput of their partitions, and their consumer groups |
//! | `POST streaming-clock/advance?seconds=SECONDS` | moves the clock of the Streaming service ahead |
//! | `GET connectors` | all connectors with their progress in every partition |
//! | `POST connectors/flush` | writes everything that is in the connectors' streams now, whatever its size and age |
//! | `GET functions` | the OCIDs of all functions, how memory is limited, and the latest invocations |
//! | `GET functions/log?id=OCID` | the output of a function's processes |
//! | `GET events` | the number of pending deliveries, the metrics of the Events service, and the latest events with their deliveries |
//! | `GET gateways` | API Gateway's deployments with their routes and counts by status, and the latest requests |
//! | `POST resource-principal/rotate?lifetime=SECONDS` | writes a new token and key, valid for an hour by default |
//! | `POST resource-principal/refuse` | rejects the current token from now on |

use std::collections::BTreeMap;
use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::json;

use crate::faults::rule::Rule;
use crate::services::Services;
use crate::wire::request::Request;
use crate::wire::response::Response;
use crate::wire::service_error::ServiceError;

/// The path prefix of the control API, which no service uses.
pub(crate) const PREFIX: &str = "/_emulator/";

/// The lifetime of a rotated token if the request does not set it.
const LIFETIME_SECONDS: u64 = 3600;

pub(crate) async fn answer(
    services: &Services,
    method: &Method,
    path: &str,
    request: &mut Request,
) -> Response {
    let done = || Response::new(StatusCode::NO_CONTENT);
    match (method.as_str(), path.strip_prefix(PREFIX).unwrap_or_default()) {
        ("GET", "health") => Response::json(&json!({ "status": "UP" })),
        ("GET", "faults") => Response::json(&services.faults.rules()),
        ("PUT", "faults") => match rules(request).await {
            Ok(rules) => {
                services.faults.set(rules);
                done()
            }
            Err(error) => error.into(),
        },
        ("DELETE", "faults") => {
            services.faults.clear();
            done()
        }
        ("GET", "requests") => Response::json(&services.log.all()),
        ("DELETE", "requests") => {
            services.log.clear();
            done()
        }
        ("GET", "streams") => {
            let streams = services.streaming.readers();
            let shown = streams.iter().map(|stream| {
                let groups: BTreeMap<_, _> = stream.groups().into_iter().collect();
                json!({ "id": stream.id(), "name": stream.name(), "partitions": stream.load(), "groups": groups })
            });
            Response::json(&shown.collect::<Vec<_>>())
        }
        ("POST", "streaming-clock/advance") => {
            let seconds = request.query.get("seconds").and_then(|seconds| seconds.parse().ok());
            let Some(by) = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) else {
                let message = "seconds must be a number of seconds, 0 or more";
                return ServiceError::bad_request("InvalidParameter", message).into();
            };
            if !services.streaming.clock.advance(by) {
                let message = "the Streaming service's clock cannot be more than 100 years ahead";
                return ServiceError::bad_request("InvalidParameter", message).into();
            }
            done()
        }
        ("GET", "connectors") => Response::json(&services.connector_hub.statuses()),
        ("POST", "connectors/flush") => match services.connector_hub.flush().await {
            Ok(()) => done(),
            Err(error) => ServiceError::conflict("ConnectorFails", error.to_string()).into(),
        },
        ("GET", "functions") => Response::json(&services.functions.status()),
        ("GET", "functions/log") => {
            Response::json(&services.functions.log(request.query.get("id").unwrap_or_default()))
        }
        ("GET", "events") => Response::json(&services.events.status()),
        ("GET", "gateways") => Response::json(&services.api_gateway.status()),
        ("POST", "resource-principal/rotate") => {
            let seconds = request.query.get("lifetime").map_or(Ok(LIFETIME_SECONDS), str::parse);
            let Ok(seconds) = seconds else {
                return ServiceError::bad_request(
                    "InvalidParameter",
                    "lifetime must be a whole number of seconds",
                )
                .into();
            };
            match services.identity.rotate(Duration::from_secs(seconds), services.refuse_rotated_tokens) {
                Ok(()) => done(),
                Err(error) => ServiceError::internal(&error).into(),
            }
        }
        ("POST", "resource-principal/refuse") => {
            services.identity.refuse_current();
            done()
        }
        _ => ServiceError::not_found("NotFound", "The emulator has no such control operation.").into(),
    }
}

/// Reads the rules in the body: an array, or a single rule.
async fn rules(request: &mut Request) -> Result<Vec<Rule>, ServiceError> {
    request.content = request.upload.whole().await?;
    match request.content.first() {
        Some(b'{') => Ok(vec![request.json()?]),
        _ => request.json(),
    }
}
