//! Object Storage: the native API under `/n`, and `/workRequests`.

mod batch_delete;
mod blob;
mod bucket;
mod buckets;
mod call;
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

pub(crate) use call::{Call, Operation};
pub(crate) use object_event::{EventKind, ObjectEvent};
pub(crate) use object_writer::{ObjectWriter, WholeObject};
pub(crate) use service::{ObjectStorage, Settings, bucket_not_found};
