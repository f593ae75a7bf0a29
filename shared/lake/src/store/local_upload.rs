use crate::store::staging::{Staging, blocking, local_error, publish, stored};
use async_trait::async_trait;
use object_store::{MultipartUpload, PutPayload, PutResult, Result, UploadPart};
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

/// A staged file that is written in parts, in any order.
#[derive(Debug)]
pub(crate) struct LocalUpload {
    file: Arc<File>,
    /// Offset of the next part in the file.
    offset: u64,
    staged: PathBuf,
    target: PathBuf,
    /// Keeps the staging folder alive until the upload is done.
    _staging: Arc<Staging>,
}

impl LocalUpload {
    pub(crate) fn new(file: File, staged: PathBuf, target: PathBuf, staging: Arc<Staging>) -> Self {
        LocalUpload { file: Arc::new(file), offset: 0, staged, target, _staging: staging }
    }
}

#[async_trait]
impl MultipartUpload for LocalUpload {
    fn put_part(&mut self, payload: PutPayload) -> UploadPart {
        let (file, target) = (Arc::clone(&self.file), self.target.clone());
        let mut offset = self.offset;
        self.offset += payload.content_length() as u64;
        Box::pin(blocking(move || {
            for bytes in &payload {
                file.write_all_at(bytes, offset).map_err(|source| local_error(&target, source))?;
                offset += bytes.len() as u64;
            }
            Ok(())
        }))
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let (staged, target) = (self.staged.clone(), self.target.clone());
        blocking(move || publish(&staged, &target, false).map_err(|source| local_error(&target, source)))
            .await?;
        Ok(stored())
    }

    async fn abort(&mut self) -> Result<()> {
        let staged = self.staged.clone();
        blocking(move || fs::remove_file(&staged).map_err(|source| local_error(&staged, source))).await
    }
}
