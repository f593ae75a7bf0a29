use crate::cloud::Cloud;
use emulator::{Fault, Rule};
use futures::future::BoxFuture;
use futures::{FutureExt, TryStreamExt};
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, UpdateVersion};
use oci_object_store::OciObjectStorage;

/// An operation of the store, and which of its requests the faults affect.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) struck: &'static str,
    /// Whether the request is the first on its connection, so that a reset does not look like a dead pooled connection.
    pub(crate) on_fresh_connection: bool,
    /// Whether faults in response bodies can affect it.
    pub(crate) has_body: bool,
    pub(crate) run: fn(OciObjectStorage, Names) -> BoxFuture<'static, Result<(), Error>>,
    /// The contents of the bucket afterwards, at the first and at the second name.
    pub(crate) leaves: (Option<&'static str>, Option<&'static str>),
}

/// The objects of a case: the first exists beforehand, with the content `old`; the second does not.
#[derive(Clone)]
pub(crate) struct Names {
    pub(crate) first: Path,
    pub(crate) second: Path,
    pub(crate) folder: Path,
    pub(crate) version: UpdateVersion,
}

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "put",
        struck: "PutObject",
        on_fresh_connection: true,
        has_body: false,
        run: |store, names| async move { store.put(&names.first, "new".into()).await.map(drop) }.boxed(),
        leaves: (Some("new"), None),
    },
    Case {
        name: "put if it is not there",
        struck: "PutObject",
        on_fresh_connection: true,
        has_body: false,
        run: |store, names| {
            async move { store.put_opts(&names.second, "new".into(), PutMode::Create.into()).await.map(drop) }
                .boxed()
        },
        leaves: (Some("old"), Some("new")),
    },
    Case {
        name: "put if it is that version",
        struck: "PutObject",
        on_fresh_connection: true,
        has_body: false,
        run: |store, names| {
            async move {
                let mode = PutMode::Update(names.version);
                store.put_opts(&names.first, "new".into(), mode.into()).await.map(drop)
            }
            .boxed()
        },
        leaves: (Some("new"), None),
    },
    Case {
        name: "get",
        struck: "GetObject",
        on_fresh_connection: true,
        has_body: true,
        run: |store, names| {
            async move {
                let bytes = store.get(&names.first).await?.bytes().await?;
                assert_eq!(bytes, "old");
                Ok(())
            }
            .boxed()
        },
        leaves: (Some("old"), None),
    },
    Case {
        name: "get a range",
        struck: "GetObject",
        on_fresh_connection: true,
        has_body: true,
        run: |store, names| {
            async move {
                let bytes = store.get_range(&names.first, 1..3).await?;
                assert_eq!(bytes, "ld");
                Ok(())
            }
            .boxed()
        },
        leaves: (Some("old"), None),
    },
    Case {
        name: "head",
        struck: "HeadObject",
        on_fresh_connection: true,
        has_body: false,
        run: |store, names| {
            async move {
                assert_eq!(store.head(&names.first).await?.size, 3);
                Ok(())
            }
            .boxed()
        },
        leaves: (Some("old"), None),
    },
    Case {
        name: "delete",
        struck: "DeleteObject",
        on_fresh_connection: true,
        has_body: false,
        run: |store, names| async move { store.delete(&names.first).await }.boxed(),
        leaves: (None, None),
    },
    Case {
        name: "list",
        struck: "ListObjects",
        on_fresh_connection: true,
        has_body: true,
        run: |store, names| {
            async move {
                let list: Vec<_> = store.list(Some(&names.folder)).try_collect().await?;
                assert_eq!(list.len(), 1);
                Ok(())
            }
            .boxed()
        },
        leaves: (Some("old"), None),
    },
    Case {
        name: "list with delimiter",
        struck: "ListObjects",
        on_fresh_connection: true,
        has_body: true,
        run: |store, names| {
            async move {
                let list = store.list_with_delimiter(Some(&names.folder)).await?;
                assert_eq!((list.objects.len(), list.common_prefixes.len()), (1, 0));
                Ok(())
            }
            .boxed()
        },
        leaves: (Some("old"), None),
    },
    Case {
        name: "copy",
        struck: "CopyObject",
        on_fresh_connection: false,
        has_body: false,
        run: |store, names| async move { store.copy(&names.first, &names.second).await }.boxed(),
        leaves: (Some("old"), Some("old")),
    },
    Case {
        name: "copy if nothing is there",
        struck: "CopyObject",
        on_fresh_connection: false,
        has_body: false,
        run: |store, names| {
            async move { store.copy_if_not_exists(&names.first, &names.second).await }.boxed()
        },
        leaves: (Some("old"), Some("old")),
    },
    Case {
        name: "ask how a copy goes",
        struck: "GetWorkRequest",
        on_fresh_connection: false,
        has_body: true,
        run: |store, names| async move { store.copy(&names.first, &names.second).await }.boxed(),
        leaves: (Some("old"), Some("old")),
    },
    Case {
        name: "rename",
        struck: "RenameObject",
        on_fresh_connection: false,
        has_body: false,
        run: |store, names| async move { store.rename(&names.first, &names.second).await }.boxed(),
        leaves: (None, Some("old")),
    },
    Case {
        name: "rename if nothing is there",
        struck: "RenameObject",
        on_fresh_connection: false,
        has_body: false,
        run: |store, names| {
            async move { store.rename_if_not_exists(&names.first, &names.second).await }.boxed()
        },
        leaves: (None, Some("old")),
    },
    Case {
        name: "begin an upload",
        struck: "CreateMultipartUpload",
        on_fresh_connection: true,
        has_body: true,
        run: upload,
        leaves: (Some("new"), None),
    },
    Case {
        name: "upload a part",
        struck: "UploadPart",
        on_fresh_connection: false,
        has_body: false,
        run: upload,
        leaves: (Some("new"), None),
    },
    Case {
        name: "commit an upload",
        struck: "CommitMultipartUpload",
        on_fresh_connection: false,
        has_body: false,
        run: upload,
        leaves: (Some("new"), None),
    },
];

pub(crate) fn upload(store: OciObjectStorage, names: Names) -> BoxFuture<'static, Result<(), Error>> {
    async move {
        let mut upload = store.put_multipart(&names.first).await?;
        let done = async {
            upload.put_part("new".into()).await?;
            upload.complete().await
        };
        match done.await {
            Ok(_) => Ok(()),
            Err(error) => {
                upload.abort().await?;
                Err(error)
            }
        }
    }
    .boxed()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    NotFound,
    Denied,
    Unauthenticated,
    Failed,
}

impl Case {
    /// Runs the case under a fault. Returns the outcome and the number of requests that were affected.
    pub(crate) async fn under(
        &self,
        cloud: &Cloud,
        rule: impl FnOnce(Rule) -> Rule,
        fault: Fault,
    ) -> (Outcome, u32) {
        let told = format!("{} under {fault:?}", self.name);
        let stalls = matches!(fault, Fault::Stall { .. });
        let folder = Path::from(format!("{}-{}", self.name, number()));
        let (first, second) = (folder.clone().join("first"), folder.clone().join("second"));
        let plain = cloud.store();
        let version = plain.put(&first, "old".into()).await.unwrap().into();
        let names = Names { first, second, folder, version };
        cloud.emulator.clear_requests();
        cloud.emulator.faults().set(vec![rule(Rule::new(self.struck, fault))]);
        let store = if stalls { cloud.impatient_store() } else { cloud.function_store() };
        let result = (self.run)(store, names.clone()).await;
        cloud.emulator.faults().clear();
        let attempts = cloud.count(self.struck);
        let outcome = match &result {
            Ok(()) => Outcome::Done,
            Err(Error::NotFound { .. }) => Outcome::NotFound,
            Err(Error::PermissionDenied { .. }) => Outcome::Denied,
            Err(Error::Unauthenticated { .. }) => Outcome::Unauthenticated,
            Err(Error::Generic { .. }) => Outcome::Failed,
            Err(other) => panic!("{told}: {other:?}"),
        };
        if outcome == Outcome::Done {
            for (path, content) in [(&names.first, self.leaves.0), (&names.second, self.leaves.1)] {
                assert_eq!(read(&plain, path).await.as_deref(), content, "{told}: {path}");
            }
        }
        (outcome, attempts)
    }
}

pub(crate) async fn read(store: &OciObjectStorage, path: &Path) -> Option<String> {
    match store.get(path).await {
        Ok(found) => Some(String::from_utf8(found.bytes().await.unwrap().to_vec()).unwrap()),
        Err(Error::NotFound { .. }) => None,
        Err(error) => panic!("{path}: {error}"),
    }
}

/// Returns a different number at each call, so that cases do not see one another's objects.
pub(crate) fn number() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
