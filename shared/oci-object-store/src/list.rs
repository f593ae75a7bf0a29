//! Listing, page by page.

use crate::bucket::Bucket;
use crate::error::{generic, not_supported};
use crate::name;
use chrono::{DateTime, Utc};
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use http::Method;
use object_store::list::{PaginatedListOptions, PaginatedListResult};
use object_store::path::Path;
use object_store::{ListResult, ObjectMeta, Result};
use serde::Deserialize;
use std::sync::Arc;

/// Objects per page: the service's maximum.
const PAGE: usize = 1000;

/// Fields that [`ObjectMeta`] needs. By default the service returns only names.
const FIELDS: &str = "name,size,etag,timeModified,timeCreated";

/// A query for a list of objects.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listing {
    prefix: String,
    start_after: Option<String>,
    delimiter: bool,
    /// Where this page begins, as the previous page said.
    start: Option<String>,
    limit: usize,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    objects: Vec<Summary>,
    #[serde(default)]
    prefixes: Option<Vec<String>>,
    next_start_with: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    name: String,
    size: Option<u64>,
    etag: Option<String>,
    time_modified: Option<DateTime<Utc>>,
    time_created: Option<DateTime<Utc>>,
}

impl Listing {
    /// Selects everything below a path: for `a/b`, names that begin with `a/b/`.
    pub(crate) fn below(prefix: Option<&Path>) -> Self {
        let prefix = match prefix {
            Some(prefix) if !prefix.is_root() => format!("{}/", name::of_path(prefix)),
            _ => String::new(),
        };
        Listing { prefix, limit: PAGE, ..Listing::default() }
    }

    /// Selects only names after this one.
    pub(crate) fn after(mut self, offset: &Path) -> Self {
        self.start_after = Some(name::of_path(offset)).filter(|name| !name.is_empty());
        self
    }

    async fn page(&self, bucket: &Bucket) -> Result<Page> {
        let mut request = bucket.request("ListObjects", Method::GET, "/o").await?;
        if !self.prefix.is_empty() {
            request = request.query("prefix", &self.prefix);
        }
        // A further page begins where the previous one said, which is already after `start_after`.
        match (&self.start, &self.start_after) {
            (Some(start), _) => request = request.query("start", start),
            (None, Some(name)) => request = request.query("startAfter", name),
            (None, None) => {}
        }
        if self.delimiter {
            request = request.query("delimiter", "/");
        }
        let request = request.query("limit", self.limit.to_string()).query("fields", FIELDS);
        let response = bucket.send(&request, &name::to_path_of_prefix(&self.prefix)).await?;
        let mut page: Page = serde_json::from_slice(&response.body)
            .map_err(|error| generic(format!("invalid list of objects in the response: {error}")))?;
        page.next_start_with = page.next_start_with.filter(|next| !next.is_empty());
        // Names are in order: a next page that is not further on would mean an endless loop.
        if page.next_start_with.is_some() && page.next_start_with <= self.start {
            return Err(generic("the list of objects continues with a page that was already read"));
        }
        Ok(page)
    }

    /// Returns the pages, each requested after the previous one has been consumed.
    fn pages(self, bucket: Arc<Bucket>) -> impl futures::Stream<Item = Result<Page>> {
        stream::try_unfold(Some(self), move |listing| {
            let bucket = Arc::clone(&bucket);
            async move {
                let Some(mut listing) = listing else { return Ok(None) };
                let page = listing.page(&bucket).await?;
                listing.start = page.next_start_with.clone();
                let next = listing.start.is_some().then_some(listing);
                Ok(Some((page, next)))
            }
        })
    }

    /// Returns the objects, ordered by the bytes of their names.
    pub(crate) fn objects(self, bucket: Arc<Bucket>) -> BoxStream<'static, Result<ObjectMeta>> {
        let pages = self.pages(bucket);
        pages.map_ok(|page| stream::iter(page.objects.into_iter().map(Summary::meta))).try_flatten().boxed()
    }

    /// Returns the objects and folders directly below the prefix.
    pub(crate) async fn with_delimiter(mut self, bucket: Arc<Bucket>) -> Result<ListResult> {
        self.delimiter = true;
        let mut pages = std::pin::pin!(self.pages(bucket));
        let mut list =
            ListResult { common_prefixes: Vec::new(), objects: Vec::new(), extensions: Default::default() };
        while let Some(page) = pages.next().await {
            page?.add_to(&mut list)?;
        }
        Ok(list)
    }

    /// Returns one page, for a caller that keeps the page token.
    pub(crate) async fn paginated(
        bucket: &Bucket,
        prefix: Option<&str>,
        options: PaginatedListOptions,
    ) -> Result<PaginatedListResult> {
        if options.delimiter.as_deref().is_some_and(|delimiter| delimiter != "/") {
            return Err(not_supported("delimiters other than '/'"));
        }
        let listing = Listing {
            prefix: name::of_text(prefix.unwrap_or_default()),
            start_after: options.offset.as_deref().map(name::of_text),
            delimiter: options.delimiter.is_some(),
            start: options.page_token,
            limit: options.max_keys.unwrap_or(PAGE).clamp(1, PAGE),
        };
        let mut page = listing.page(bucket).await?;
        let page_token = page.next_start_with.take();
        let mut result =
            ListResult { common_prefixes: Vec::new(), objects: Vec::new(), extensions: Default::default() };
        page.add_to(&mut result)?;
        Ok(PaginatedListResult { result, page_token })
    }
}

impl Page {
    fn add_to(self, list: &mut ListResult) -> Result<()> {
        for summary in self.objects {
            list.objects.push(summary.meta()?);
        }
        // The folder of the prefix `a/b/` is `a/b`. The name before the last slash may be empty.
        let prefixes = self.prefixes.unwrap_or_default();
        let folders = prefixes.iter().map(|prefix| prefix.strip_suffix('/').unwrap_or(prefix));
        list.common_prefixes.extend(folders.map(name::to_path));
        Ok(())
    }
}

impl Summary {
    fn meta(self) -> Result<ObjectMeta> {
        let lacks = |what: &str| generic(format!("the list of objects has no {what} of {}", self.name));
        let size = self.size.ok_or_else(|| lacks("size"))?;
        let last_modified = self.time_modified.or(self.time_created).ok_or_else(|| lacks("time"))?;
        Ok(ObjectMeta {
            location: name::to_path(&self.name),
            last_modified,
            size,
            e_tag: self.etag,
            version: None,
        })
    }
}
