//! The status page on `/`: all that goes on, at a glance, in plain HTML that loads itself again.

mod buckets;
mod connectors;
mod elements;
mod events;
mod functions;
mod gateways;
mod page;
mod streams;

pub(crate) use page::answer;
