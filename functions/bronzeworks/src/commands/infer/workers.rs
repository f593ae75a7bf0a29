use bronze::Chunk;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use infer::{Observer, Reader};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

/// Threads that observe chunks. What they see is merged in the order of the chunks, so the result does not depend on the threads.
#[derive(Debug)]
pub(super) struct Workers {
    jobs: Sender<Job>,
    results: Receiver<Seen>,
    merged: Observer,
    /// Number of chunks that were passed on, and number of those that were merged.
    sent: u64,
    done: u64,
    /// What was seen in chunks that wait for an earlier one.
    early: BTreeMap<u64, Observer>,
    /// Maximum number of chunks in progress.
    most: u64,
    spare: Vec<Vec<u8>>,
}

#[derive(Debug)]
struct Job {
    number: u64,
    chunk: Chunk,
    reader: fn(usize) -> Reader,
    max_line: usize,
}

#[derive(Debug)]
struct Seen {
    number: u64,
    /// `None` if the thread panicked.
    observer: Option<Observer>,
    buffer: Vec<u8>,
}

/// Number of chunks in progress in addition to one for each thread, so that no thread waits for the next one.
const SPARE_CHUNKS: usize = 2;

impl Workers {
    pub(super) fn new(threads: usize) -> Result<Self, String> {
        let (jobs, todo) = bounded::<Job>(threads + SPARE_CHUNKS);
        let (sender, results) = unbounded();
        for _ in 0..threads {
            let (todo, sender) = (todo.clone(), sender.clone());
            let work = move || todo.into_iter().all(|job| sender.send(observe(job)).is_ok());
            let started = thread::Builder::new().name("observe".to_owned()).spawn(work);
            started.map_err(|error| format!("cannot start a thread: {error}"))?;
        }
        let most = (threads + SPARE_CHUNKS) as u64;
        Ok(Workers {
            jobs,
            results,
            merged: Observer::default(),
            sent: 0,
            done: 0,
            early: BTreeMap::new(),
            most,
            spare: Vec::new(),
        })
    }

    /// Returns a buffer for the text of another chunk.
    pub(super) fn spare(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_default()
    }

    /// Has a chunk observed by a reader that `reader` creates. Waits if too many are in progress.
    pub(super) fn observe(
        &mut self,
        chunk: Chunk,
        reader: fn(usize) -> Reader,
        max_line: usize,
    ) -> Result<(), String> {
        while self.sent - self.done >= self.most {
            self.wait()?;
        }
        let number = self.sent;
        self.sent += 1;
        self.jobs.send(Job { number, chunk, reader, max_line }).map_err(|_| panicked())
    }

    /// Returns what was seen in all chunks.
    pub(super) fn finish(mut self) -> Result<Observer, String> {
        while self.done < self.sent {
            self.wait()?;
        }
        Ok(self.merged)
    }

    fn wait(&mut self) -> Result<(), String> {
        let Seen { number, observer, buffer } = self.results.recv().map_err(|_| panicked())?;
        self.early.insert(number, observer.ok_or_else(panicked)?);
        self.spare.push(buffer);
        while let Some(observer) = self.early.remove(&self.done) {
            self.done += 1;
            self.merged.merge(observer);
        }
        Ok(())
    }
}

fn observe(Job { number, chunk, reader, max_line }: Job) -> Seen {
    // The thread that waits for the chunk must not wait forever.
    let observed = catch_unwind(AssertUnwindSafe(|| {
        let mut observer = Observer::default();
        reader(max_line).read(&chunk, &mut observer);
        observer
    }));
    Seen { number, observer: observed.ok(), buffer: chunk.bytes }
}

fn panicked() -> String {
    "internal error; please report this bug".to_owned()
}
