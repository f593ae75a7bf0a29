use crate::terminal::Terminal;
use std::io::{self, ErrorKind, Stdout, Write};

/// What a verb prints to stdout.
///
/// A closed pipe is not an error, because it means that the reader has seen enough. Any other problem is reported once. Neither stops the
/// verb: later texts are dropped.
#[derive(Debug)]
pub(crate) struct Output<W = Stdout> {
    to: W,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Closed,
    Failed,
}

impl Output {
    pub(crate) fn stdout() -> Self {
        Output::to(io::stdout())
    }
}

impl<W: Write> Output<W> {
    fn to(to: W) -> Self {
        Output { to, state: State::Open }
    }

    /// Writes a text immediately.
    pub(crate) fn write(&mut self, text: &str, terminal: &Terminal) {
        if self.state == State::Open {
            let written = self.to.write_all(text.as_bytes()).and_then(|()| self.to.flush());
            self.note(written, terminal);
        }
    }

    /// Notes the result of something that wrote to stdout by itself.
    pub(crate) fn note(&mut self, written: io::Result<()>, terminal: &Terminal) {
        match written {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::BrokenPipe => self.state = State::Closed,
            Err(error) => {
                self.state = State::Failed;
                terminal.error_text(&format_args!("cannot write to stdout\n  {error}"));
            }
        }
    }

    /// Returns whether texts are still written.
    pub(crate) fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// Returns whether a text could not be written, except because of a closed pipe.
    pub(crate) fn failed(&self) -> bool {
        self.state == State::Failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Accepts one write, and fails from then on.
    struct Fails(ErrorKind, usize);

    impl Write for Fails {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 += 1;
            if self.1 == 1 { Ok(bytes.len()) } else { Err(self.0.into()) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn only_a_closed_pipe_is_no_failure_and_neither_is_written_to_again() {
        let terminal = Terminal::new(&Vec::new());
        for (kind, failed) in [(ErrorKind::BrokenPipe, false), (ErrorKind::StorageFull, true)] {
            let mut output = Output::to(Fails(kind, 0));
            for _ in 0..4 {
                output.write("line\n", &terminal);
            }
            assert_eq!((output.failed(), output.to.1), (failed, 2), "{kind}");
            assert!(!output.is_open(), "{kind}");
        }
    }
}
