use super::scope::Scope;
use super::summary::{Rejected, Skipped, Summary, brief};
use crate::config::{Config, FunctionConfig};
use crate::curator::{Curator, Job, unless_stopped};
use crate::error::CurateError;
use crate::events::{Event, ObjectWritten};
use crate::locations::{ObjectUrl, Source};
use futures::{StreamExt, stream};
use json::excerpt;
use lake::Committed;
use object_store::ObjectStoreExt;
use std::time::Instant;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

/// Curates the objects that events refer to.
#[derive(Debug)]
pub(crate) struct Handler {
    function: FunctionConfig,
    scope: Scope,
    /// Created for the first object, because a schema may have to be fetched, and a function must start quickly.
    curator: OnceCell<Curator>,
}

/// Maximum number of threads for decoding and encoding. One object cannot keep more of them busy, and a container may have 50 in total.
const MAX_THREADS: usize = 4;

/// Maximum number of events handled concurrently. Each has its own thread.
const MAX_JOBS: usize = 8;

/// Maximum number of attempts at an object that is replaced while it is read, or that another invocation commits first.
const LOOKS: usize = 3;

const GONE: &str = "the object no longer exists";
const CHANGED: &str =
    "the object was replaced each time it was read; an event for its latest version will follow";

impl Handler {
    pub(crate) fn new(function: FunctionConfig) -> Self {
        let scope = Scope::new(&function);
        Handler { function, scope, curator: OnceCell::new() }
    }

    /// Handles events, several concurrently. The results are logged and in the order of the events. Errors are not logged.
    pub(crate) async fn handle_all(
        &self,
        events: Vec<Event>,
        stop: &CancellationToken,
    ) -> Vec<Result<Summary, CurateError>> {
        let jobs = self.function.config.jobs.min(MAX_JOBS);
        stream::iter(events).map(|event| self.handle(event, stop)).buffered(jobs).collect().await
    }

    /// Handles one event, and logs the result.
    ///
    /// # Errors
    ///
    /// Returns why the event has to be delivered again.
    pub(crate) async fn handle(
        &self,
        event: Event,
        stop: &CancellationToken,
    ) -> Result<Summary, CurateError> {
        let start = Instant::now();
        let summary = match event {
            Event::Written(object) => self.curate(object, stop).await?,
            Event::OtherType(kind) => {
                let message = format!("events of type {} are not about objects to curate", excerpt(&kind));
                Summary::Skipped { code: Skipped::OtherType, message }
            }
            Event::Malformed(problem) => {
                Summary::Rejected { code: Rejected::NotAnEvent, message: brief(&problem) }
            }
        };
        summary.log(start.elapsed());
        Ok(summary)
    }

    async fn curate(&self, object: ObjectWritten, stop: &CancellationToken) -> Result<Summary, CurateError> {
        let ObjectWritten { candidates, etag } = object;
        let mut excluded = candidates.iter().map(|url| self.scope.excludes(url)).collect::<Vec<_>>();
        let own = |excluded: &Option<(Skipped, String)>| matches!(excluded, Some((Skipped::OwnPrefix, _)));
        if let Some(at) = excluded.iter().position(own).or(excluded.iter().all(Option::is_some).then_some(0))
        {
            let (code, message) = excluded.swap_remove(at).expect("just found to be some");
            return Ok(Summary::Skipped { code, message });
        }
        let curator = self.curator(stop).await?;
        // If there are several candidates, the event may be about any of them. All are brought up to date, and one is reported.
        let mut reported = None;
        for (url, _) in candidates.iter().zip(&excluded).filter(|(_, excluded)| excluded.is_none()) {
            let summary = self.curate_at(curator, url, etag.as_deref(), stop).await?;
            match (reported, summary) {
                (None, summary) => reported = summary,
                (Some(_), Some(second)) if second.is_of(etag.as_deref()) => reported = Some(second),
                (first, _) => reported = first,
            }
        }
        Ok(reported.unwrap_or_else(|| Summary::Gone { url: candidates[0].to_string(), message: GONE }))
    }

    /// Curates the current version of an object, whether or not the event was about it: events can be late, and some may not be subscribed
    /// to. Returns `None` if there is no object.
    async fn curate_at(
        &self,
        curator: &Curator,
        object: &ObjectUrl,
        etag: Option<&str>,
        stop: &CancellationToken,
    ) -> Result<Option<Summary>, CurateError> {
        let url = object.to_string();
        let mut conflict = None;
        for _ in 0..LOOKS {
            let before = unless_stopped(stop, &url, curator.receipt(&url)).await?;
            if let Some(Committed { receipt, .. }) = &before
                && etag == Some(&receipt.source.etag)
            {
                // The event has been delivered before. Finding this out took one request.
                return Ok(Some(Summary::Unchanged(receipt.clone().into())));
            }
            let Some(source) = unless_stopped(stop, &url, self.look(object)).await? else { return Ok(None) };
            let job = Job { stop: stop.clone(), ..Job::default() };
            match curator.curate_after(before, source, &job).await {
                Err(CurateError::Changed { .. }) => conflict = None,
                // Another invocation was faster, with this version or the next one. Check what is left to do.
                Err(error) if error.is_conflict() => conflict = Some(error),
                result => return Ok(Some(result?.into())),
            }
        }
        if let Some(conflict) = conflict {
            return Err(conflict);
        }
        Ok(Some(Summary::Changed { url, message: CHANGED }))
    }

    async fn look(&self, object: &ObjectUrl) -> Result<Option<Source>, CurateError> {
        let location = &self.function.source_location;
        match location.store.head(object.path()).await {
            Ok(meta) => Ok(Some(Source::of(location, meta))),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(source) => Err(CurateError::Read { url: object.to_string(), source }),
        }
    }

    async fn curator(&self, stop: &CancellationToken) -> Result<&Curator, CurateError> {
        let FunctionConfig { config, schema, source, .. } = &self.function;
        let make = self.curator.get_or_try_init(|| async {
            let schema =
                schema.read().await.map_err(|source| CurateError::Schema { name: schema.name(), source })?;
            let opened = config.open_lake(schema).await?;
            Curator::new(Config::clone(config), opened.lake, MAX_THREADS)
                .map_err(|error| CurateError::NoThread { url: source.to_string(), source: error })
        });
        unless_stopped(stop, &source.to_string(), make).await
    }
}
