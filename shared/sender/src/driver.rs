use crate::put_error::PutError;
use crate::scheduler::{PutRequest, RequestId};
use crate::shared::{Shared, now};
use crate::stream::{PutResponse, Stream};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

/// Sends the scheduler's requests and passes the responses back to it.
///
/// Dropping the driver aborts its requests. The outcome of their records is then unknown.
pub(crate) struct Driver<S: Stream> {
    shared: Arc<Shared<S>>,
    puts: JoinSet<Result<PutResponse, PutError>>,
    requests: HashMap<Id, RequestId>,
}

impl<S: Stream> Driver<S> {
    pub(crate) fn new(shared: Arc<Shared<S>>) -> Self {
        Driver { shared, puts: JoinSet::new(), requests: HashMap::new() }
    }

    /// Sends requests and handles responses forever.
    pub(crate) async fn run(mut self) {
        loop {
            let wake = self.send();
            let woken = async {
                match wake {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                Some(response) = self.puts.join_next_with_id() => {
                    let (id, response) = match response {
                        Ok((id, response)) => (id, response),
                        Err(error) => (error.id(), Err(cut_off("the request panicked"))),
                    };
                    self.respond(id, response);
                }
                () = self.shared.changed.notified() => {}
                () = woken => {}
            }
        }
    }

    /// Sends every request that is due and returns the time to check again.
    fn send(&mut self) -> Option<Instant> {
        let shared = &self.shared;
        loop {
            let mut scheduler = shared.lock();
            let now = now();
            let request = scheduler.next_request(now);
            while let Some(finished) = scheduler.finished() {
                // The receiver is gone if the caller's future was dropped at this very moment.
                let _ = finished.token.send(finished.outcomes);
            }
            let Some(PutRequest { id, records, within }) = request else {
                return scheduler.wake_at(now).map(Instant::from_std);
            };
            drop(scheduler);
            let stream = Arc::clone(&shared.stream);
            let put = async move {
                let put = stream.put(&records, within);
                // The stream enforces the same limit and returns a better message. This timeout is for a stream that doesn't.
                timeout(within, put).await.unwrap_or_else(|_| Err(cut_off("no response arrived in time")))
            };
            let task = self.puts.spawn(put);
            self.requests.insert(task.id(), id);
        }
    }

    fn respond(&mut self, id: Id, response: Result<PutResponse, PutError>) {
        if let Some(request) = self.requests.remove(&id) {
            self.shared.lock().respond(request, response, now());
        }
    }
}

impl<S: Stream> Drop for Driver<S> {
    fn drop(&mut self) {
        let mut scheduler = self.shared.lock();
        for request in self.requests.values() {
            scheduler.respond(*request, Err(cut_off("the request was aborted")), now());
        }
        drop(scheduler);
        // These requests may hold another call's records, which must then be sent again.
        self.shared.changed.notify_one();
    }
}

fn cut_off(message: &str) -> PutError {
    PutError::Unknown { message: message.to_owned(), wait: None }
}
