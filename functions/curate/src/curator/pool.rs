use crossbeam_channel::{Receiver, Sender, unbounded};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

/// Threads that all objects share for decoding and encoding.
///
/// The queue has no limit of its own, because every object has a limited number of tasks in progress.
#[derive(Debug)]
pub(crate) struct Pool {
    tasks: Sender<Task>,
}

type Task = Box<dyn FnOnce() + Send>;

/// A task panicked.
#[derive(Debug)]
pub(crate) struct Panicked;

impl Pool {
    /// A pool of this many threads, which end with it.
    pub(crate) fn new(threads: usize) -> std::io::Result<Self> {
        let (tasks, queue): (Sender<Task>, Receiver<Task>) = unbounded();
        for number in 0..threads {
            let queue = queue.clone();
            let work = move || queue.iter().for_each(|task| task());
            thread::Builder::new().name(format!("pool-{number}")).spawn(work)?;
        }
        Ok(Pool { tasks })
    }

    /// Runs `work`, and sends its result to `results`, or that it panicked.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        results: &Sender<Result<T, Panicked>>,
        work: impl FnOnce() -> T + Send + 'static,
    ) {
        let results = results.clone();
        let task = move || {
            let outcome = catch_unwind(AssertUnwindSafe(work)).map_err(|_| Panicked);
            // Nobody receives any more when the object was abandoned.
            let _ = results.send(outcome);
        };
        self.tasks.send(Box::new(task)).expect("the threads live as long as the pool");
    }
}
