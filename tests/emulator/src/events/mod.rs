//! Events: rules under `/20181201/rules`, and the delivery of Object Storage's events to functions and streams.
//!
//! An event is recorded together with its change, in one line of Object Storage's journal, and is moved from there into the journal of
//! this service. It is removed when all its deliveries have ended. So the target receives it at least once, always with the same
//! `eventID`, even if the process dies and is restarted.
//!
//! Not implemented: events of buckets and of services other than Object Storage, and the action that sends notifications (ONS).

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
