//! OCI Object Storage as an [`object_store::ObjectStore`], over the service's native API.
//!
//! No S3 keys to make and keep: requests are signed by an API key, a session, a function's resource principal or an instance's, as
//! [`oci_client`] does it. And writes can be conditional, which Oracle's S3 compatibility does not document.
//!
//! ```no_run
//! use object_store::{ObjectStoreExt, path::Path};
//! use oci_client::Environment;
//! use oci_object_store::{Connection, OciUrl};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let connection = Connection::from_environment(&Environment::of_process())?;
//! let url: OciUrl = "oci://bronze@mynamespace/2024/".parse()?;
//! let store = connection.store(&url);
//! store.put(&Path::from("2024/hello.txt"), "hello".into()).await?;
//! let bytes = store.get(&Path::from("2024/hello.txt")).await?.bytes().await?;
//! # Ok(())
//! # }
//! ```
//!
//! A program that wants timeouts, retries or roots of its own makes the [`oci_client::Client`] itself, and [`Connection::new`] of it. It needs
//! a Tokio runtime with I/O and time enabled, and `object_store` 0.14.
//!
//! # What each operation does
//!
//! | operation | requests | when an answer is lost |
//! | --- | --- | --- |
//! | get, head | GetObject; HeadObject, and where that is not found ListObjects, which says whether it is the bucket | asked again; a stream that breaks is taken up where it broke, of the same ETag |
//! | put | PutObject; `PutMode::Create` is `if-none-match: *`, `PutMode::Update` is `if-match` | sent again; where that then fails for its condition, the object that is there is ours if it has our MD5 |
//! | put_multipart | CreateMultipartUpload, UploadPart side by side, CommitMultipartUpload; aborted when dropped | sent again; an upload found gone is ours if the object has the MD5 of our parts |
//! | list, list_with_offset, list_with_delimiter | ListObjects, 1,000 names at a time | asked again |
//! | delete, delete_stream | DeleteObject, 16 at a time; an object that is not there is `NotFound` | sent again; `ObjectNotFound` then is success |
//! | copy, copy_if_not_exists | HeadObject, CopyObject, GetWorkRequest until it is done; needs a policy for the service | sent again, judged as a put |
//! | rename, rename_if_not_exists | HeadObject, RenameObject: one step, nothing is copied | sent again; source gone and its content at the other name is success |
//!
//! Two writers who create the same object with the same bytes, while one of them loses an answer, may both be told that they did.
//!
//! A bucket that is not there, or that one may not reach, is no `NotFound` of an object, but an error of its own (`Generic`).
//!
//! Throttling and trouble are retried as [`oci_client::RetryPolicy`] says. Errors have the [`oci_client::Error`] as their source (to be had by
//! `downcast_ref`), with `opc-request-id` and the number of attempts.
//!
//! # What it cannot do
//!
//! - Tags on objects, and delimiters but `/`: the service has none (`NotSupported`).
//! - Metadata and other attributes with characters beyond ASCII; keys of metadata come back in lower case.
//! - Conditions on several ETags, on `*` or on dates: the service does not take them on reads; they are judged here, on the answer.
//! - An upload completed without parts by `MultipartStore` has no attributes; by `put_multipart` it has them.
//! - `PutMode` of multipart uploads: `object_store` has no way to say it.
//! - A `list_with_offset` is in the order of names. It is that of their paths but for names with empty segments and the like.
//! - Writing archived objects' tiers, restoring, encryption with keys of the customer (SSE-C), retention: not part of `object_store`.
//! - Copies go within a bucket, as `object_store` has it. An upload whose CreateMultipartUpload lost its answer stays behind, empty: a
//!   lifecycle rule for uncommitted uploads is good to have in any case.
//!
//! # Names
//!
//! Every name the service takes has a [`Path`](object_store::path::Path), and is sent percent-encoded once. Names that a path cannot
//! have, with `//`, at either end a slash, `.` and `..` or control characters, have `%00` before such a segment: `a//b` is `a/%00/b`.
//!
//! # Memory
//!
//! Bodies are sent from the payload without a copy, streams are handed on as they come: what is held is what the caller holds, and
//! at most half a megabyte of buffer a connection.

mod attributes;
mod bucket;
mod builder;
mod copy;
mod error;
mod get;
mod list;
mod multipart;
mod name;
mod put;
mod store;
mod url;

pub use builder::{Connection, OciObjectStorageBuilder};
pub use store::OciObjectStorage;
pub use url::OciUrl;
