//! Object Storage: the native API under `/n`, and `/workRequests`.
//!
//! A change that is acknowledged is in a line of the journal, which names the object's bytes, and survives the death of the process. If a
//! bucket emits events, they are in the same lines until the Events service has taken them over.
//!
//! Not implemented: pre-authenticated requests, replication and retention rules (their listings are empty), lifecycle policies, restoring
//! archived objects, re-encryption.

mod batch_delete;
mod blob;
mod bucket;
mod buckets;
mod call;
mod change_events;
mod checksum;
mod conditions;
mod copy_object;
mod delete_object;
mod get_object;
mod index;
mod listing;
mod multipart;
mod object;
mod object_event;
mod object_writer;
mod outbox;
mod put_object;
mod range;
mod receive;
mod rename_object;
mod service;
mod work_request;

pub(crate) use buckets::good_name;
pub(crate) use call::{Call, Operation};
pub(crate) use object_event::{EventKind, ObjectEvent};
pub(crate) use object_writer::{ObjectWriter, WholeObject};
pub(crate) use service::{ObjectStorage, Settings, bucket_not_found};
