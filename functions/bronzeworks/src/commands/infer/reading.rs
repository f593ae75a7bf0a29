use super::feed::Event;
use super::workers::Workers;
use bronze::{Chunk, Chunker, Compression, Damage, Format, Framing};
use bytes::Bytes;
use curate::{CurateError, Ignored, SampleConfig, Source};
use infer::{Observer, Reader};
use tokio::sync::mpsc::Receiver;

/// What was read of the samples.
#[derive(Debug, Default)]
pub(super) struct Sample {
    pub(super) observer: Observer,
    /// The format of the objects, or `None` if none could be detected.
    pub(super) format: Option<Format>,
    pub(super) objects: u64,
    pub(super) text_bytes: u64,
    /// Objects that were left out, or read only in part, with the reasons.
    pub(super) left_out: Vec<(String, LeftOut)>,
    /// Number of such objects in addition to those in `left_out`.
    pub(super) more_left_out: u64,
    pub(super) is_damaged: bool,
    pub(super) has_other_format: bool,
    pub(super) errors: Vec<CurateError>,
    pub(super) ignored: Ignored,
    /// Whether the limit was reached.
    pub(super) is_cut: bool,
}

/// Why an object was left out, or read only in part.
#[derive(Debug)]
pub(super) enum LeftOut {
    /// Nothing in it can be read, so its format is not known.
    Unrecognized,
    /// It has another format than the first object.
    OtherFormat(Format),
    /// Its text ends early.
    Damaged(Damage),
}

/// Reads objects one after another: inflates them, cuts their text into chunks, and has these observed.
///
/// Memory: a few chunks. An object whose format is to be detected is read twice up to its first chunk of lines, for which its bytes are kept.
#[derive(Debug)]
pub(super) struct Reading {
    config: SampleConfig,
    limit: u64,
    workers: Workers,
    sample: Sample,
    object: Option<Object>,
}

/// The object that is being read.
#[derive(Debug)]
struct Object {
    url: String,
    chunker: Chunker,
    /// How its chunks are read, or its bytes so far if that is still to be detected.
    state: State,
}

#[derive(Debug)]
enum State {
    Known(fn(usize) -> Reader),
    Detecting(Vec<Bytes>),
    Ended,
}

/// Size of a chunk's text.
const CHUNK: usize = 512 << 10;

/// Maximum number of objects left out that are named. Of the others, only their number is reported.
const MAX_NAMED: usize = 20;

impl Reading {
    pub(super) fn new(config: SampleConfig, limit: u64, threads: usize) -> Result<Self, String> {
        let sample = Sample { format: config.input, ..Sample::default() };
        Ok(Reading { config, limit, workers: Workers::new(threads)?, sample, object: None })
    }

    /// Reads until there are no more events, or there is enough text.
    pub(super) fn run(mut self, mut events: Receiver<Event>) -> Result<Sample, String> {
        while let Some(event) = events.blocking_recv() {
            match event {
                Event::Object(source) => self.begin(&source),
                Event::Bytes(bytes) => self.push(&bytes)?,
                Event::End => self.end()?,
                Event::Failed(error) => {
                    self.end()?;
                    self.sample.errors.push(error);
                }
                Event::Ignored(ignored) => self.sample.ignored = ignored,
            }
            let read = self.object.as_ref().map_or(0, |object| object.chunker.text_bytes());
            if self.sample.text_bytes.saturating_add(read) >= self.limit {
                self.sample.is_cut = true;
                break;
            }
        }
        events.close();
        self.end()?;
        self.sample.observer = self.workers.finish()?;
        Ok(self.sample)
    }

    fn begin(&mut self, source: &Source) {
        let url = source.url().to_owned();
        let quarantine = url.split('/').rev().skip(1).any(|folder| folder == "_quarantine");
        let (framing, state) = match self.config.input {
            _ if quarantine => (Framing::Lines, State::Known(Reader::of_quarantine)),
            Some(format) => (format.framing(), State::Known(reader_of(format))),
            None => (Framing::Lines, State::Detecting(Vec::new())),
        };
        let chunker = self.chunker(&url, framing);
        self.object = Some(Object { url, chunker, state });
    }

    fn chunker(&self, url: &str, framing: Framing) -> Chunker {
        let SampleConfig { max_ratio, max_line, .. } = self.config;
        Chunker::new(Compression::of_name(url), max_ratio, framing, CHUNK, max_line)
    }

    fn push(&mut self, bytes: &Bytes) -> Result<(), String> {
        let mut rest = &bytes[..];
        if let Some(Object { state: State::Detecting(kept), .. }) = &mut self.object {
            kept.push(bytes.clone());
        }
        while let Some(object) = &mut self.object
            && !rest.is_empty()
            && !object.chunker.is_over()
            && !matches!(object.state, State::Ended)
        {
            let mut spare = self.workers.spare();
            let pushed = object.chunker.push(rest, &mut spare);
            rest = &rest[pushed.used..];
            if let Some(chunk) = pushed.chunk
                && self.take(chunk)?
            {
                // All bytes so far, these included, have been read in another way.
                break;
            }
        }
        Ok(())
    }

    /// Has a chunk observed. Returns whether it served to detect the format instead, and the object has been read again up to here.
    fn take(&mut self, chunk: Chunk) -> Result<bool, String> {
        let Some(object) = &mut self.object else { return Ok(false) };
        match std::mem::replace(&mut object.state, State::Ended) {
            State::Known(reader) => {
                object.state = State::Known(reader);
                self.workers.observe(chunk, reader, self.config.max_line)?;
                Ok(false)
            }
            State::Detecting(kept) => {
                let format = Reader::detect(&chunk.bytes, &object.url);
                self.detected(format, &kept)?;
                Ok(true)
            }
            State::Ended => Ok(false),
        }
    }

    /// Reads the object from its start in the format that was detected, if there is one.
    fn detected(&mut self, format: Option<Format>, kept: &[Bytes]) -> Result<(), String> {
        let Some(Object { url, .. }) = &self.object else { return Ok(()) };
        let left_out = match format {
            None => LeftOut::Unrecognized,
            Some(format) if *self.sample.format.get_or_insert(format) == format => {
                return self.read_as(format, kept);
            }
            Some(format) => LeftOut::OtherFormat(format),
        };
        self.sample.leave_out(url.clone(), left_out);
        self.object = None;
        Ok(())
    }

    fn read_as(&mut self, format: Format, kept: &[Bytes]) -> Result<(), String> {
        let Some(Object { url, .. }) = &self.object else { return Ok(()) };
        let (url, chunker) = (url.clone(), self.chunker(url, format.framing()));
        self.object = Some(Object { url, chunker, state: State::Known(reader_of(format)) });
        kept.iter().try_for_each(|bytes| self.push(bytes))
    }

    /// Reads what is left of the object.
    fn end(&mut self) -> Result<(), String> {
        let mut any = false;
        while let Some(object) = &mut self.object
            && let Some(chunk) = object.chunker.finish(&mut Vec::new())
        {
            any = true;
            self.take(chunk)?;
        }
        if let Some(Object { state: State::Detecting(kept), .. }) = &mut self.object
            && !any
        {
            // Nothing to detect anything from: an empty object.
            kept.clear();
        }
        let Some(object) = self.object.take() else { return Ok(()) };
        self.sample.objects += 1;
        self.sample.text_bytes += object.chunker.text_bytes();
        if let Some(damage) = object.chunker.damage() {
            self.sample.leave_out(object.url, LeftOut::Damaged(damage.clone()));
        }
        Ok(())
    }
}

impl Sample {
    fn leave_out(&mut self, url: String, left_out: LeftOut) {
        self.is_damaged |= matches!(left_out, LeftOut::Damaged(_));
        self.has_other_format |= matches!(left_out, LeftOut::OtherFormat(_));
        match self.left_out.len() < MAX_NAMED {
            true => self.left_out.push((url, left_out)),
            false => self.more_left_out += 1,
        }
    }
}

fn reader_of(format: Format) -> fn(usize) -> Reader {
    match format {
        Format::Connector => |max_line| Reader::new(Format::Connector, max_line),
        Format::Json => |max_line| Reader::new(Format::Json, max_line),
        Format::KafkaConnect => |max_line| Reader::new(Format::KafkaConnect, max_line),
    }
}
