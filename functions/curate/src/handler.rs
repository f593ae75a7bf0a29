use crate::config::Config;
use crate::curator::{Curator, unless_stopped};
use crate::error::CurateError;
use crate::event::{Delivery, Event, ObjectEvent, Unreadable, parse};
use crate::function::Function;
use crate::summary::{Rejected, Skipped, Summary};
use crate::walk::{Skip, Source, is_object_name, source};
use fdk::chain;
use fdk::{BodyError, Failure, Invocation, Response};
use futures::{StreamExt, stream};
use json::excerpt;
use lake::Committed;
use object_store::ObjectStoreExt;
use oci_object_store::OciUrl;
use percent_encoding::percent_decode_str;
use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;
use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;

/// Curates the objects that events tell of.
#[derive(Debug)]
pub(crate) struct Handler {
    function: Function,
    skip: Skip,
    /// Made at the first call: a schema may have to be fetched, and a function has to be ready at once.
    curator: OnceCell<Curator>,
}

/// Longest delivery that is read: OCI Functions lets 6 MB pass.
const MAX_DELIVERY: usize = 8 << 20;

/// What is kept of a call's time for giving up in order: cutting off requests, and aborting uploads.
const RESERVE: Duration = Duration::from_secs(2);

/// Of a short call's time no more than this part is kept.
const RESERVED_PART: u32 = 5;

/// Threads for decoding and encoding: one object keeps no more of them busy, and a container may have 50 in all.
const MOST_THREADS: usize = 4;

/// Events worked on at a time: each has a thread of its own.
const MOST_JOBS: usize = 8;

/// How often an object is begun again that is replaced while it is read, or that another call commits first.
const LOOKS: usize = 3;

const GONE: &str = "there is no such object any more";
const CHANGED: &str =
    "the object was replaced each time it was read; the event of its last version will come";

impl fdk::Handler for Handler {
    async fn call(&self, invocation: Invocation) -> Result<Response, Failure> {
        let deadline = invocation.deadline();
        let body = match invocation.into_body().bytes(MAX_DELIVERY).await {
            Ok(body) => body,
            Err(error @ BodyError::TooLarge { .. }) => return reject(Rejected::TooLarge, error.to_string()),
            Err(error) => return Err(error.into()),
        };
        let delivery = match parse(&body) {
            Ok(delivery) => delivery,
            Err(error) => {
                let code = match error {
                    Unreadable::Empty => Rejected::Empty,
                    Unreadable::NotJson(_) => Rejected::NotJson,
                    Unreadable::TooMany => Rejected::TooMany,
                };
                return reject(code, error.to_string());
            }
        };
        let reserve = RESERVE.min(deadline.remaining() / RESERVED_PART);
        let stop = CancellationToken::new();
        // Nobody may wait any more: then this future is dropped.
        let _stop_when_dropped = stop.clone().drop_guard();
        let work = self.deliver(delivery, &stop);
        until(deadline.instant() - reserve, &stop, work).await
    }
}

impl Handler {
    pub(crate) fn new(function: Function) -> Self {
        let skip = Skip::new(&function.place, &function.config.lake);
        Handler { function, skip, curator: OnceCell::new() }
    }

    async fn deliver(&self, delivery: Delivery, stop: &CancellationToken) -> Result<Response, Failure> {
        let events = match delivery {
            Delivery::One(event) => {
                let summary = self.told(event, stop).await?;
                return Response::json(&summary);
            }
            Delivery::Several(events) => events,
        };
        let jobs = self.function.config.jobs.min(MOST_JOBS);
        let results = stream::iter(events).map(|event| self.told(event, stop)).buffered(jobs);
        let results: Vec<_> = results.collect().await;
        let all = results.len();
        let (mut summaries, mut failures) = (Vec::new(), Vec::new());
        for result in results {
            match result {
                Ok(summary) => summaries.push(summary),
                Err(failure) => failures.push(failure),
            }
        }
        if failures.is_empty() {
            return Response::json(&summaries);
        }
        tracing::error!("{} of {all} events failed; all are to be delivered again", failures.len());
        // One of them is the call's own, which is logged by whoever answers it.
        let answered = failures.iter().position(Failure::is_timeout).unwrap_or(0);
        let answered = failures.swap_remove(answered);
        for failure in &failures {
            tracing::error!(status = "failed", "{}", failure.message());
        }
        Err(answered)
    }

    /// What became of an event, logged; or why it has to be delivered again.
    async fn told(&self, event: Event, stop: &CancellationToken) -> Result<Summary, Failure> {
        let begun = Instant::now();
        let summary = match event {
            Event::Written(object) => self.curate(object, stop).await.map_err(failure)?,
            Event::OtherType(kind) => {
                let message = format!("events of type {} have nothing to be curated", excerpt(&kind));
                Summary::Skipped { code: Skipped::OtherType, message }
            }
            Event::Malformed(problem) => {
                Summary::Rejected { code: Rejected::NotAnEvent, message: brief(&problem) }
            }
        };
        summary.log(begun.elapsed());
        Ok(summary)
    }

    async fn curate(&self, event: ObjectEvent, stop: &CancellationToken) -> Result<Summary, CurateError> {
        let url = |name| OciUrl::new(&event.bucket, &event.namespace, name);
        let urls: Vec<OciUrl> = match names(&event).map(url).collect() {
            Ok(urls) => urls,
            Err(problem) => {
                let message = brief(&format!("the object {problem}"));
                return Ok(Summary::Rejected { code: Rejected::NotAnEvent, message });
            }
        };
        let mut skipped = urls.iter().map(|url| self.skipped(url)).collect::<Vec<_>>();
        let own = |code: &Option<(Skipped, String)>| matches!(code, Some((Skipped::OwnPrefix, _)));
        if let Some(at) = skipped.iter().position(own).or(skipped.iter().all(Option::is_some).then_some(0)) {
            let (code, message) = skipped.swap_remove(at).expect("just found to be some");
            return Ok(Summary::Skipped { code, message });
        }
        let curator = self.curator(stop).await?;
        // Where there are objects of both names, it may be about either: both are brought up to date, and the one is told.
        let mut told = None;
        for (url, _) in urls.iter().zip(&skipped).filter(|(_, skipped)| skipped.is_none()) {
            let summary = self.curate_at(curator, url, event.etag.as_deref(), stop).await?;
            match (told, summary) {
                (None, summary) => told = summary,
                (Some(_), Some(second)) if second.is_of(event.etag.as_deref()) => told = Some(second),
                (first, _) => told = first,
            }
        }
        Ok(told.unwrap_or_else(|| Summary::Gone { url: urls[0].to_string(), message: GONE }))
    }

    /// Curates what is at a URL now, whether or not it is what the event was about: events come late, and not all are subscribed to.
    /// `None` where there is nothing.
    async fn curate_at(
        &self,
        curator: &Curator,
        url: &OciUrl,
        etag: Option<&str>,
        stop: &CancellationToken,
    ) -> Result<Option<Summary>, CurateError> {
        let name = url.to_string();
        let mut conflict = None;
        for _ in 0..LOOKS {
            let before = unless_stopped(stop, &name, curator.receipt(&name)).await?;
            if let Some(Committed { receipt, .. }) = &before
                && etag == Some(&receipt.source.etag)
            {
                // An event that was delivered before: one request, and done.
                return Ok(Some(Summary::Unchanged(receipt.clone().into())));
            }
            let Some(source) = unless_stopped(stop, &name, self.look(url)).await? else { return Ok(None) };
            match curator.curate_after(before, source, false, stop).await {
                Err(CurateError::Changed { .. }) => conflict = None,
                // Another call was faster, with this version or the next: look what is left to do.
                Err(error) if error.is_conflict() => conflict = Some(error),
                result => return Ok(Some(result?.into())),
            }
        }
        if let Some(conflict) = conflict {
            return Err(conflict);
        }
        Ok(Some(Summary::Changed { url: url.to_string(), message: CHANGED }))
    }

    async fn look(&self, url: &OciUrl) -> Result<Option<Source>, CurateError> {
        match self.function.place.store.head(&url.object()).await {
            Ok(meta) => Ok(Some(source(&self.function.place, meta))),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(source) => Err(CurateError::Read { url: url.to_string(), source }),
        }
    }

    /// Why an object is none of this function's business, if it is not.
    fn skipped(&self, url: &OciUrl) -> Option<(Skipped, String)> {
        let place = &self.function.source;
        let folder = place.name().trim_end_matches('/');
        let inside = folder.is_empty()
            || url.name().strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let (code, why) = if self.skip.covers(&url.to_string()) {
            (Skipped::OwnPrefix, "was written by a curate".to_owned())
        } else if (url.namespace(), url.bucket()) != (place.namespace(), place.bucket()) {
            (Skipped::OtherBucket, format!("is in another bucket, or namespace, than SOURCE_URL, {place}"))
        } else if !inside {
            (Skipped::OtherPrefix, format!("is not below SOURCE_URL, {place}"))
        } else if !is_object_name(&url.object()) {
            (Skipped::OtherName, "is neither named .gz nor .jsonl".to_owned())
        } else {
            return None;
        };
        Some((code, format!("{url} {why}")))
    }

    async fn curator(&self, stop: &CancellationToken) -> Result<&Curator, CurateError> {
        let make = self.curator.get_or_try_init(|| async {
            let Function { config, schema, .. } = &self.function;
            let schema = schema
                .read()
                .await
                .map_err(|problem| CurateError::Schema { place: schema.place().into(), problem })?;
            Curator::new(Config::clone(config), schema, MOST_THREADS)
                .map_err(|source| CurateError::NoThread { url: self.function.source.to_string(), source })
        });
        unless_stopped(stop, &self.function.source.to_string(), make).await
    }
}

/// The names that an event's object may have: as it stands there, and decoded, where that is another.
fn names(event: &ObjectEvent) -> impl Iterator<Item = String> {
    let decoded = percent_decode_str(&event.name).decode_utf8().ok().map(|name| name.into_owned());
    let decoded = decoded.filter(|decoded| *decoded != event.name);
    [event.name.clone()].into_iter().chain(decoded)
}

/// Does the work, and tells it to stop when the time has come; it then ends by itself.
async fn until<T>(end: tokio::time::Instant, stop: &CancellationToken, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    tokio::select! {
        done = &mut work => return done,
        () = sleep_until(end) => stop.cancel(),
    }
    work.await
}

/// Trouble that may pass, by which the agent has the event delivered again.
fn failure(error: CurateError) -> Failure {
    match error {
        CurateError::Stopped { .. } => {
            tracing::error!(status = "failed", "{error}");
            Failure::timeout()
        }
        // In one text, since some libraries repeat their causes.
        error => Failure::new(chain(&error)),
    }
}

/// As much of a text that somebody sent as belongs into an answer and a log.
fn brief(text: &str) -> String {
    const LONGEST: usize = 300;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn reject(code: Rejected, message: String) -> Result<Response, Failure> {
    let summary = Summary::Rejected { code, message };
    summary.log(Duration::ZERO);
    Response::json(&summary)
}

#[cfg(test)]
#[path = "handler_tests.rs"]
mod tests;
