//! Writing objects in parts.

use crate::attributes;
use crate::bucket::{self, Bucket};
use crate::error::{generic, of_client};
use crate::put::{self, Evidence};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::{Method, StatusCode};
use md5::{Digest, Md5};
use object_store::multipart::PartId;
use object_store::path::Path;
use object_store::{
    Attributes, MultipartUpload, PutMultipartOptions, PutPayload, PutResult, Result, UploadPart,
};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Handle;

/// Maximum number of parts of an upload: <https://docs.oracle.com/en-us/iaas/Content/Object/Tasks/usingmultipartuploads.htm>.
const MAX_PARTS: usize = 10_000;

/// A multipart upload that has begun and is not finished.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) bucket: Arc<Bucket>,
    pub(crate) path: Path,
    pub(crate) id: String,
}

/// What the service returned for a part.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Part {
    etag: String,
    /// MD5 in base64, as in `opc-content-md5`. It shows whether a finished upload is this one.
    md5: Option<String>,
}

impl Upload {
    /// Begins an upload at the service.
    pub(crate) async fn create(
        bucket: &Arc<Bucket>,
        path: &Path,
        options: &PutMultipartOptions,
    ) -> Result<Self> {
        #[derive(Serialize)]
        struct CreateMultipartUploadDetails {
            object: String,
            #[serde(flatten)]
            fields: attributes::Fields,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct MultipartUpload {
            upload_id: String,
        }
        attributes::refuse_tags(&options.tags)?;
        let fields = attributes::into_fields(&options.attributes)?;
        let details = CreateMultipartUploadDetails { object: crate::name::of_path(path), fields };
        let request = bucket.request("CreateMultipartUpload", Method::POST, "/u").await?.json(&details);
        let response = bucket.send(&request, path).await?;
        let upload: MultipartUpload = serde_json::from_slice(&response.body)
            .map_err(|error| generic(format!("invalid response to CreateMultipartUpload: {error}")))?;
        Ok(Upload { bucket: Arc::clone(bucket), path: path.clone(), id: upload.upload_id })
    }

    /// Uploads a part. `index` counts from 0.
    pub(crate) async fn put_part(&self, index: usize, payload: PutPayload) -> Result<PartId> {
        if index >= MAX_PARTS {
            return Err(generic(format!("{}: an upload has at most {MAX_PARTS} parts", self.path)));
        }
        let request = self.bucket.upload("UploadPart", Method::PUT, &self.path, &self.id).await?;
        let request =
            request.query("uploadPartNum", (index + 1).to_string()).unsigned_body(bucket::body(payload));
        let response = self.bucket.send(&request, &self.path).await?;
        let part = Part {
            etag: bucket::etag(&response)?,
            md5: response.header("opc-content-md5").map(str::to_owned),
        };
        let content_id = serde_json::to_string(&part).expect("strings serialize without errors");
        Ok(PartId { content_id })
    }

    /// Creates the object from the parts, in the given order.
    pub(crate) async fn commit(&self, parts: &[PartId]) -> Result<PutResult> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct CommitMultipartUploadDetails<'a> {
            parts_to_commit: Vec<CommitMultipartUploadPartDetails<'a>>,
            parts_to_exclude: [u32; 0],
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct CommitMultipartUploadPartDetails<'a> {
            part_num: usize,
            etag: &'a str,
        }
        let parse = |part: &PartId| serde_json::from_str(&part.content_id);
        if parts.is_empty() {
            return self.commit_nothing(Attributes::default()).await;
        }
        let parts: Vec<Part> = parts
            .iter()
            .map(parse)
            .collect::<Result<_, _>>()
            .map_err(|_| generic(format!("{}: a part was not uploaded by this store", self.path)))?;
        let numbered = parts.iter().enumerate();
        let parts_to_commit = numbered
            .map(|(index, part)| CommitMultipartUploadPartDetails { part_num: index + 1, etag: &part.etag })
            .collect();
        let details = CommitMultipartUploadDetails { parts_to_commit, parts_to_exclude: [] };
        let request = self.bucket.upload("CommitMultipartUpload", Method::POST, &self.path, &self.id).await?;
        let error = match self.bucket.client.send(&request.json(&details)).await {
            Ok(response) => return put::result(&response),
            Err(error) => error,
        };
        // A committed upload no longer exists. If a response was lost and the upload is missing, the object shows whether it was committed.
        let unknown = error.effect_unknown && error.status() == Some(StatusCode::NOT_FOUND);
        let error = of_client(error, self.path.as_ref());
        match multipart_md5(&parts).filter(|_| unknown) {
            Some(md5) => {
                let evidence = Evidence { header: "opc-multipart-md5", value: &md5 };
                evidence.of_our_write(&self.bucket, &self.path).await?.ok_or(error)
            }
            None => Err(error),
        }
    }

    /// Creates an object without bytes. Without parts there is nothing to commit, so the object is put instead.
    async fn commit_nothing(&self, attributes: Attributes) -> Result<PutResult> {
        self.abort().await?;
        put::put(&self.bucket, &self.path, PutPayload::default(), attributes.into()).await
    }

    /// Discards the parts. It is not an error if the upload no longer exists.
    pub(crate) async fn abort(&self) -> Result<()> {
        let request =
            self.bucket.upload("AbortMultipartUpload", Method::DELETE, &self.path, &self.id).await?;
        match self.bucket.client.send(&request).await {
            Ok(_) => Ok(()),
            // The service returns `BucketNotFound` for buckets that the caller must not write to.
            Err(error)
                if error.status() == Some(StatusCode::NOT_FOUND)
                    && error.code() != Some("BucketNotFound") =>
            {
                Ok(())
            }
            Err(error) => Err(of_client(error, self.path.as_ref())),
        }
    }
}

/// Computes the service's checksum of an object made from parts: the MD5 of their MD5s, and their number.
fn multipart_md5(parts: &[Part]) -> Option<String> {
    let mut digest = Md5::new();
    for part in parts {
        digest.update(BASE64.decode(part.md5.as_ref()?).ok()?);
    }
    Some(format!("{}-{}", BASE64.encode(digest.finalize()), parts.len()))
}

/// An upload whose parts are sent concurrently. It is aborted if it is dropped before it is completed.
#[derive(Debug)]
pub(crate) struct PartedWrite {
    upload: Option<Upload>,
    attributes: Attributes,
    runtime: Option<Handle>,
    begun: usize,
    done: Arc<Mutex<Vec<(usize, PartId)>>>,
}

impl PartedWrite {
    pub(crate) fn new(upload: Upload, attributes: Attributes) -> Self {
        PartedWrite {
            upload: Some(upload),
            attributes,
            runtime: Handle::try_current().ok(),
            begun: 0,
            done: Arc::default(),
        }
    }

    fn parts(&self) -> Result<Vec<PartId>> {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner).clone();
        done.sort_by_key(|(index, _)| *index);
        if done.len() != self.begun {
            return Err(generic(format!(
                "{} of {} parts were not uploaded",
                self.begun - done.len(),
                self.begun
            )));
        }
        Ok(done.into_iter().map(|(_, part)| part).collect())
    }
}

#[async_trait]
impl MultipartUpload for PartedWrite {
    fn put_part(&mut self, payload: PutPayload) -> UploadPart {
        let Some(upload) = self.upload.clone() else {
            return Box::pin(async { Err(generic("the upload is already completed or aborted")) });
        };
        let index = self.begun;
        self.begun += 1;
        let done = Arc::clone(&self.done);
        Box::pin(async move {
            let part = upload.put_part(index, payload).await?;
            done.lock().unwrap_or_else(PoisonError::into_inner).push((index, part));
            Ok(())
        })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let parts = self.parts()?;
        let upload =
            self.upload.as_ref().ok_or_else(|| generic("the upload is already completed or aborted"))?;
        let result = match parts.as_slice() {
            [] => upload.commit_nothing(self.attributes.clone()).await?,
            parts => upload.commit(parts).await?,
        };
        self.upload = None;
        Ok(result)
    }

    async fn abort(&mut self) -> Result<()> {
        match self.upload.take() {
            Some(upload) => upload.abort().await,
            None => Ok(()),
        }
    }
}

impl Drop for PartedWrite {
    /// Aborts an unfinished upload. Its parts would otherwise be kept, and charged for, until a lifecycle rule removes them.
    fn drop(&mut self) {
        // Uses the runtime on which the upload was begun, because it may be dropped outside of one.
        let (Some(upload), Some(runtime)) = (self.upload.take(), self.runtime.take()) else { return };
        runtime.spawn(async move {
            if let Err(error) = upload.abort().await {
                tracing::warn!(object = %upload.path, error = &error as &dyn Error, "cannot abort an abandoned upload");
            }
        });
    }
}
