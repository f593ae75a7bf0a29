//! The status page on `/`: an overview in plain HTML that reloads itself.

mod buckets;
mod connectors;
mod elements;
mod events;
mod functions;
mod gateways;
mod page;
mod streams;

pub(crate) use page::answer;
