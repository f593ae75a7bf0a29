use crate::bucket::Bucket;
use crate::copy;
use crate::error::of_client;
use crate::get;
use crate::list::Listing;
use crate::multipart::{PartedWrite, Upload};
use crate::put;
use async_trait::async_trait;
use futures::stream::{BoxStream, StreamExt};
use http::Method;
use object_store::list::{PaginatedListOptions, PaginatedListResult, PaginatedListStore};
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartId, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result,
};
use std::fmt;
use std::sync::Arc;

/// A bucket of OCI Object Storage as an [`ObjectStore`]. Clones share it.
#[derive(Debug, Clone)]
pub struct OciObjectStorage {
    bucket: Arc<Bucket>,
}

/// Number of concurrent deletions. The service accepts thousands of requests per second, and each takes about ten milliseconds.
const DELETIONS: usize = 16;

impl OciObjectStorage {
    pub(crate) fn new(bucket: Bucket) -> Self {
        OciObjectStorage { bucket: Arc::new(bucket) }
    }

    fn upload(&self, path: &Path, id: &MultipartId) -> Upload {
        Upload { bucket: Arc::clone(&self.bucket), path: path.clone(), id: id.clone() }
    }
}

impl fmt::Display for OciObjectStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OciObjectStorage({}@{})", self.bucket.name, self.bucket.namespace)
    }
}

#[async_trait]
impl ObjectStore for OciObjectStorage {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        put::put(&self.bucket, location, payload, opts).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let upload = Upload::create(&self.bucket, location, &opts).await?;
        Ok(Box::new(PartedWrite::new(upload, opts.attributes)))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        get::get(&self.bucket, location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let bucket = Arc::clone(&self.bucket);
        let delete = move |location: Result<Path>| {
            let bucket = Arc::clone(&bucket);
            async move {
                let location = location?;
                delete(&bucket, &location).await?;
                Ok(location)
            }
        };
        locations.map(delete).buffered(DELETIONS).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        Listing::below(prefix).objects(Arc::clone(&self.bucket))
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        Listing::below(prefix).after(offset).objects(Arc::clone(&self.bucket))
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        Listing::below(prefix).with_delimiter(Arc::clone(&self.bucket)).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        copy::copy(&self.bucket, from, to, options.mode).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        copy::rename(&self.bucket, from, to, options.target_mode).await
    }
}

#[async_trait]
impl MultipartStore for OciObjectStorage {
    async fn create_multipart(&self, path: &Path) -> Result<MultipartId> {
        self.create_multipart_opts(path, PutMultipartOptions::default()).await
    }

    async fn create_multipart_opts(&self, path: &Path, opts: PutMultipartOptions) -> Result<MultipartId> {
        Ok(Upload::create(&self.bucket, path, &opts).await?.id)
    }

    async fn put_part(
        &self,
        path: &Path,
        id: &MultipartId,
        part_idx: usize,
        data: PutPayload,
    ) -> Result<PartId> {
        self.upload(path, id).put_part(part_idx, data).await
    }

    async fn complete_multipart(
        &self,
        path: &Path,
        id: &MultipartId,
        parts: Vec<PartId>,
    ) -> Result<PutResult> {
        self.upload(path, id).commit(&parts).await
    }

    async fn abort_multipart(&self, path: &Path, id: &MultipartId) -> Result<()> {
        self.upload(path, id).abort().await
    }
}

#[async_trait]
impl PaginatedListStore for OciObjectStorage {
    async fn list_paginated(
        &self,
        prefix: Option<&str>,
        opts: PaginatedListOptions,
    ) -> Result<PaginatedListResult> {
        Listing::paginated(&self.bucket, prefix, opts).await
    }
}

/// Deletes an object. If an attempt's response was lost and the object is gone afterwards, that attempt deleted it.
async fn delete(bucket: &Bucket, path: &Path) -> Result<()> {
    let request = bucket.object("DeleteObject", Method::DELETE, path).await?;
    match bucket.client.send(&request).await {
        Ok(_) => Ok(()),
        // Only this 404 counts: the service also returns 404 for buckets that the caller must not write to.
        Err(error) if error.effect_unknown && error.code() == Some("ObjectNotFound") => Ok(()),
        Err(error) => Err(of_client(error, path.as_ref())),
    }
}
