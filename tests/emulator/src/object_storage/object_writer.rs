//! Objects that another service of the emulator writes, in pieces and without a request.

use std::io::{self, Write};
use std::sync::Arc;

use super::blob::{Blob, BlobWriter};
use super::checksum::{Announced, Checksums, Hasher};
use super::index::{Change, Index};
use super::object::{Attributes, ObjectVersion, Segment};
use super::service::{ObjectStorage, object_name};
use crate::wire::service_error::ServiceError;

/// Writes an object of unknown length. Dropping it unfinished leaves nothing behind.
pub(crate) struct ObjectWriter {
    blob: BlobWriter,
    hasher: Hasher,
    length: u64,
}

/// The bytes of an object that is not in a bucket yet.
#[derive(Debug, Clone)]
pub(crate) struct WholeObject {
    blob: Arc<Blob>,
    checksums: Checksums,
}

/// Size of the first piece in memory, so that a small object does not occupy a whole piece.
const EXPECTED_BYTES: u64 = 64 << 10;

impl ObjectStorage {
    /// Starts an object. Its bytes go to memory or disk as they are written.
    pub(crate) fn object_writer(&self) -> io::Result<ObjectWriter> {
        let blob = self.blobs.writer(EXPECTED_BYTES)?;
        Ok(ObjectWriter { blob, hasher: Announced::default().hasher(), length: 0 })
    }

    /// Returns the first of the names for 0, 1, 2 and so on that no object in the bucket has.
    pub(crate) fn free_name(
        &self,
        bucket: &str,
        name: impl Fn(u64) -> String,
    ) -> Result<String, ServiceError> {
        self.index().free_name(&self.settings.namespace, bucket, name)
    }

    /// Adds an object to a bucket under the first name that is free, and returns the name. The same bytes can become several objects.
    pub(crate) fn put_beside(
        &self,
        bucket: &str,
        object: &WholeObject,
        name: impl Fn(u64) -> String,
    ) -> Result<String, ServiceError> {
        let mut index = self.index();
        let namespace = &self.settings.namespace;
        let name = index.free_name(namespace, bucket, name)?;
        object_name(Some(&name))?;
        let content = vec![Segment::new(Arc::clone(&object.blob))];
        let version = ObjectVersion {
            md5: Some(object.checksums.md5.clone()),
            versioned: index.bucket(namespace, bucket)?.keeps_versions(),
            ..ObjectVersion::new(Attributes::default(), content)
        };
        index.commit(Change::Put { bucket: bucket.to_owned(), object: name.clone(), version })?;
        Ok(name)
    }
}

impl Index {
    fn free_name(
        &self,
        namespace: &str,
        bucket: &str,
        name: impl Fn(u64) -> String,
    ) -> Result<String, ServiceError> {
        let bucket = self.bucket(namespace, bucket)?;
        let free = (0..).map(name).find(|name| bucket.current(name).is_none());
        Ok(free.expect("a bucket has fewer objects than there are numbers"))
    }
}

impl ObjectWriter {
    /// Returns the number of bytes written so far.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    pub(crate) fn finish(self) -> WholeObject {
        WholeObject { blob: self.blob.finish(), checksums: self.hasher.finish() }
    }
}

impl Write for ObjectWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hasher.update(bytes);
        self.blob.write(bytes)?;
        self.length += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl WholeObject {
    pub(crate) fn length(&self) -> u64 {
        self.blob.length()
    }
}
