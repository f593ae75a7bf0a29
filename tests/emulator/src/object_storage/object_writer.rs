//! Objects that another service of the emulator writes: in pieces, without a request.

use std::io::{self, Write};
use std::sync::Arc;

use super::blob::{Blob, BlobWriter};
use super::checksum::{Announced, Checksums, Hasher};
use super::index::{Change, Index};
use super::object::{Attributes, ObjectVersion, Segment};
use super::service::{ObjectStorage, object_name};
use crate::wire::service_error::ServiceError;

/// Takes an object's bytes in, of which nobody knows how many there will be. One that is dropped leaves nothing.
pub(crate) struct ObjectWriter {
    blob: BlobWriter,
    hasher: Hasher,
    length: u64,
}

/// All bytes of an object that is in no bucket yet.
#[derive(Debug, Clone)]
pub(crate) struct WholeObject {
    blob: Arc<Blob>,
    checksums: Checksums,
}

/// The first piece in memory, for those that keep their blobs there: a small object does not take a whole one.
const EXPECTED_BYTES: u64 = 64 << 10;

impl ObjectStorage {
    /// Begins an object. It goes to its place, in memory or on disk, as it is written.
    pub(crate) fn object_writer(&self) -> io::Result<ObjectWriter> {
        let blob = self.blobs.writer(EXPECTED_BYTES)?;
        Ok(ObjectWriter { blob, hasher: Announced::default().hasher(), length: 0 })
    }

    /// The first of the names of 0, 1, 2 and so on that no object of the bucket has.
    pub(crate) fn free_name(
        &self,
        bucket: &str,
        name: impl Fn(u64) -> String,
    ) -> Result<String, ServiceError> {
        self.index().free_name(&self.settings.namespace, bucket, name)
    }

    /// Makes an object of a bucket, under the first name that is free at this very moment, and gives the name. The same bytes may
    /// become several objects.
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
    /// Bytes so far.
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
