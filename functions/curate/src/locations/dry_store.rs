use async_trait::async_trait;
use futures::stream::BoxStream;
use lake::QUARANTINE;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How much is kept of the beginning of a quarantine object. It is compressed, so this holds thousands of records.
const KEPT: usize = 1 << 20;

/// A store that reads a lake and accepts every write without storing anything.
///
/// Only the beginning of each quarantine object is kept in memory, until it is taken. What was written cannot be read.
#[derive(Debug)]
pub(crate) struct DryStore {
    lake: Arc<dyn ObjectStore>,
    kept: Kept,
}

/// The beginnings of quarantine objects, and whether that is all of them.
type Kept = Arc<Mutex<HashMap<Path, Beginning>>>;

/// The beginning of a quarantine object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beginning {
    /// The bytes: a gzip file that may end in the middle.
    pub bytes: Vec<u8>,
    /// Whether this is the whole object.
    pub is_all: bool,
}

impl DryStore {
    /// Creates a store over the lake that is read.
    pub(crate) fn over(lake: Arc<dyn ObjectStore>) -> Self {
        DryStore { lake, kept: Kept::default() }
    }

    /// Returns the beginning of a quarantine object, and forgets it.
    pub(crate) fn take(&self, key: &Path) -> Option<Beginning> {
        lock(&self.kept).remove(key)
    }

    fn begin(&self, key: &Path) -> Writing {
        let is_kept = key.parts().next().is_some_and(|first| first.as_ref() == QUARANTINE);
        if is_kept {
            lock(&self.kept).insert(key.clone(), Beginning { bytes: Vec::new(), is_all: true });
        }
        Writing { key: key.clone(), kept: is_kept.then(|| Arc::clone(&self.kept)) }
    }
}

fn lock(kept: &Kept) -> MutexGuard<'_, HashMap<Path, Beginning>> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An object that is being written to nowhere.
#[derive(Debug)]
struct Writing {
    key: Path,
    /// Where its beginning is kept, if it is.
    kept: Option<Kept>,
}

impl Writing {
    fn write(&self, payload: &PutPayload) {
        let Some(kept) = &self.kept else { return };
        let mut kept = lock(kept);
        let Some(beginning) = kept.get_mut(&self.key) else { return };
        for bytes in payload {
            let room = KEPT - beginning.bytes.len();
            beginning.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
            beginning.is_all &= bytes.len() <= room;
        }
    }
}

#[async_trait]
impl MultipartUpload for Writing {
    fn put_part(&mut self, payload: PutPayload) -> UploadPart {
        self.write(&payload);
        Box::pin(async { Ok(()) })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        Ok(accepted())
    }

    async fn abort(&mut self) -> Result<()> {
        Ok(())
    }
}

fn accepted() -> PutResult {
    PutResult { e_tag: None, version: None, extensions: Default::default() }
}

#[async_trait]
impl ObjectStore for DryStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, _: PutOptions) -> Result<PutResult> {
        self.begin(location).write(&payload);
        Ok(accepted())
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Ok(Box::new(self.begin(location)))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.lake.get_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        locations
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.lake.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.lake.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(Error::NotImplemented { operation: "copy".into(), implementer: self.to_string() })
    }
}

impl fmt::Display for DryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a dry run on {}", self.lake)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use object_store::ObjectStoreExt;
    use object_store::memory::InMemory;

    #[tokio::test]
    async fn writes_change_nothing_and_reads_see_the_lake() {
        let lake = Arc::new(InMemory::new());
        lake.put(&Path::from("_table.json"), "old".into()).await.unwrap();
        let dry = DryStore::over(Arc::clone(&lake) as Arc<dyn ObjectStore>);
        for key in ["_table.json", "x.parquet", "_receipts/x.json"] {
            dry.put(&Path::from(key), "new".into()).await.unwrap();
        }
        dry.delete(&Path::from("_table.json")).await.unwrap();
        let read = dry.get(&Path::from("_table.json")).await.unwrap().bytes().await.unwrap();
        assert_eq!(&read[..], b"old");
        dry.get(&Path::from("x.parquet")).await.unwrap_err();
        assert!(lock(&dry.kept).is_empty());
    }

    #[tokio::test]
    async fn the_beginning_of_a_quarantine_object_is_kept_until_it_is_taken() {
        let dry = DryStore::over(Arc::new(InMemory::new()));
        let (small, large) = (Path::from("_quarantine/small"), Path::from("_quarantine/large"));
        dry.put(&small, "some".into()).await.unwrap();
        let mut upload = dry.put_multipart(&large).await.unwrap();
        for _ in 0..3 {
            upload.put_part(vec![1; KEPT / 2].into()).await.unwrap();
        }
        upload.complete().await.unwrap();
        assert_eq!(dry.take(&small), Some(Beginning { bytes: b"some".to_vec(), is_all: true }));
        assert_eq!(dry.take(&small), None);
        assert_eq!(dry.take(&large), Some(Beginning { bytes: vec![1; KEPT], is_all: false }));
    }
}
