//! Events: rules under `/20181201/rules`, and the delivery of Object Storage's events to functions and streams.
//!
//! An event is written down with the change that it tells of, in one line of Object Storage's journal, and is taken over from there
//! into the service's own. It is forgotten when its delivery has come to an end: whoever it goes to gets it at least once, with the
//! same `eventID` every time, through the death of the process and a new start.
//!
//! Not here: events of buckets and of other services than Object Storage, and the action that notifies (ONS).

mod call;
mod condition;
mod delivery;
mod dispatch;
mod ensure_rule;
mod event_document;
mod event_rule;
mod intake;
mod metrics;
mod queue;
mod recent;
mod rule_details;
mod rule_listing;
mod rules;
mod service;
mod settings;
mod state;

pub(crate) use call::{Call, Operation};
pub use ensure_rule::RuleError;
pub use metrics::EventsMetrics;
pub use recent::{DeliveryState, RecentDelivery, RecentEvent};
pub use service::Events;
pub(crate) use service::Neighbours;
pub(crate) use settings::EventsContext;
pub use settings::EventsOptions;
pub(crate) use state::State;
