use crossbeam_channel::{Receiver, Sender, unbounded};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

/// Threads that all objects share for decoding and encoding.
///
/// The queue itself is unlimited, because every object has a limited number of tasks in progress.
#[derive(Debug)]
pub(crate) struct Pool {
    tasks: Sender<Task>,
}

type Task = Box<dyn FnOnce() + Send>;

/// The result of a task that panicked.
#[derive(Debug)]
pub(crate) struct Panicked;

impl Pool {
    /// Creates a pool of this many threads, which end when the pool is dropped.
    pub(crate) fn new(threads: usize) -> std::io::Result<Self> {
        let (tasks, queue): (Sender<Task>, Receiver<Task>) = unbounded();
        for number in 0..threads {
            let queue = queue.clone();
            let work = move || queue.iter().for_each(|task| task());
            thread::Builder::new().name(format!("pool-{number}")).spawn(work)?;
        }
        Ok(Pool { tasks })
    }

    /// Runs `work` on a thread of the pool. Sends its result to `results`, or the fact that it panicked.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        results: &Sender<Result<T, Panicked>>,
        work: impl FnOnce() -> T + Send + 'static,
    ) {
        let results = results.clone();
        let task = move || {
            let outcome = catch_unwind(AssertUnwindSafe(work)).map_err(|_| Panicked);
            // The receiver is gone if the object has been abandoned.
            let _ = results.send(outcome);
        };
        self.tasks.send(Box::new(task)).expect("the threads live as long as the pool");
    }
}
