use super::scheduler::{PutRequest, RequestId};
use super::{Shared, now};
use crate::stream::{Placed, PutError, Refused, Stream};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

type Answer = Result<Vec<Result<Placed, Refused>>, PutError>;

/// Sends what the scheduler gives out, and hands it the answers.
///
/// Dropping it cuts off its requests: nobody knows then what became of their records.
pub(super) struct Driver<S: Stream> {
    shared: Arc<Shared<S>>,
    puts: JoinSet<Answer>,
    requests: HashMap<Id, RequestId>,
}

impl<S: Stream> Driver<S> {
    pub(super) fn new(shared: Arc<Shared<S>>) -> Self {
        Driver { shared, puts: JoinSet::new(), requests: HashMap::new() }
    }

    /// Never ends.
    pub(super) async fn run(mut self) {
        loop {
            let wake = self.send();
            let woken = async {
                match wake {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                Some(answer) = self.puts.join_next_with_id() => {
                    let (id, answer) = match answer {
                        Ok((id, answer)) => (id, answer),
                        Err(error) => (error.id(), Err(cut_off("the request panicked"))),
                    };
                    self.answer(id, answer);
                }
                () = self.shared.changed.notified() => {}
                () = woken => {}
            }
        }
    }

    /// Sends what is to be sent now; gives the time at which to look again.
    fn send(&mut self) -> Option<Instant> {
        let shared = &self.shared;
        loop {
            let mut scheduler = shared.lock();
            let now = now();
            let request = scheduler.next_request(now);
            while let Some(finished) = scheduler.finished() {
                // Nobody is there any more where the future was dropped this very moment.
                let _ = finished.token.send(finished.outcomes);
            }
            let Some(PutRequest { id, records, within }) = request else {
                return scheduler.wake_at(now).map(Instant::from_std);
            };
            drop(scheduler);
            let shared = Arc::clone(shared);
            let put = async move {
                let put = shared.stream.put(&records, within);
                // The stream keeps to the time, too, and can say more; this is for one that does not.
                timeout(within, put).await.unwrap_or_else(|_| Err(cut_off("no answer came in time")))
            };
            let task = self.puts.spawn(put);
            self.requests.insert(task.id(), id);
        }
    }

    fn answer(&mut self, id: Id, answer: Answer) {
        if let Some(request) = self.requests.remove(&id) {
            self.shared.lock().answer(request, answer, now());
        }
    }
}

impl<S: Stream> Drop for Driver<S> {
    fn drop(&mut self) {
        let mut scheduler = self.shared.lock();
        for request in self.requests.values() {
            scheduler.answer(*request, Err(cut_off("the request was cut off")), now());
        }
        drop(scheduler);
        // Another call may have records in them, and has to send them again.
        self.shared.changed.notify_one();
    }
}

fn cut_off(message: &str) -> PutError {
    PutError::Unknown { message: message.to_owned(), wait: None }
}
