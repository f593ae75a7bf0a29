use super::s3_page::Unsupported;
use super::unsupported_key::UnsupportedKey;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3;
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::path::Path;
use object_store::{Error, ObjectMeta, Result};
use std::sync::Arc;

/// An object in a list.
#[derive(Debug)]
pub(crate) enum Listed {
    Object(ObjectMeta),
    /// An object whose key no path can hold.
    Unsupported(UnsupportedKey),
}

/// Lists everything below a prefix, page by page. `AmazonS3` itself has no place for keys that are not paths.
pub(super) fn list_s3(store: Arc<AmazonS3>, prefix: &Path) -> BoxStream<'static, Result<Listed>> {
    let prefix = (!prefix.as_ref().is_empty()).then(|| format!("{prefix}/"));
    let pages = stream::try_unfold(Some(None), move |next: Option<Option<String>>| {
        let (store, prefix) = (Arc::clone(&store), prefix.clone());
        async move {
            let Some(page_token) = next else { return Ok::<_, Error>(None) };
            let options = PaginatedListOptions { page_token, ..PaginatedListOptions::default() };
            let page = store.list_paginated(prefix.as_deref(), options).await?;
            Ok(Some((page.result, page.page_token.map(Some))))
        }
    });
    let listed = pages.map_ok(|page| {
        let unsupported = page.extensions.get::<Unsupported>().cloned().unwrap_or_default();
        let unsupported: Vec<_> = unsupported.0.iter().cloned().map(Listed::Unsupported).collect();
        stream::iter(page.objects.into_iter().map(Listed::Object).chain(unsupported).map(Ok))
    });
    listed.try_flatten().boxed()
}
