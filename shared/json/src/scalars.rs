//! Strings, numbers and literals.

use crate::bytes::find_special;
use crate::error::{Error, Problem};
use crate::scanner::Scanner;
use crate::text::Text;

impl<'a> Scanner<'a> {
    /// Reads a string.
    #[inline]
    pub fn string(&mut self) -> Result<Text<'a>, Error> {
        self.skip_space();
        self.take(b'"', "a string")?;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at = find_special(self.text.as_bytes(), self.at);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(self.error(Problem::ControlCharacter)),
                None => return Err(self.error(Problem::UnexpectedEnd)),
            }
        }
        let raw = &self.text[start..self.at];
        self.at += 1;
        Ok(Text { raw, escaped })
    }

    #[cold]
    fn escape(&mut self) -> Result<(), Error> {
        let start = self.at;
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                self.at += 1;
                let first = self.hex4()?;
                match first {
                    0xd800..=0xdbff => {
                        let low = self.text.as_bytes()[self.at..].starts_with(b"\\u");
                        self.at += if low { 2 } else { 0 };
                        match low.then(|| self.hex4()).transpose()? {
                            Some(0xdc00..=0xdfff) => Ok(()),
                            _ => Err(Error { at: start, problem: Problem::LoneSurrogate }),
                        }
                    }
                    0xdc00..=0xdfff => Err(Error { at: start, problem: Problem::LoneSurrogate }),
                    _ => Ok(()),
                }
            }
            Some(_) => Err(self.error(Problem::InvalidEscape)),
            None => Err(self.error(Problem::UnexpectedEnd)),
        }
    }

    fn hex4(&mut self) -> Result<u32, Error> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(byte) = self.peek() else { return Err(self.error(Problem::UnexpectedEnd)) };
            let Some(digit) = (byte as char).to_digit(16) else {
                return Err(self.error(Problem::InvalidEscape));
            };
            code = code << 4 | digit;
            self.at += 1;
        }
        Ok(code)
    }

    /// Reads a number and returns its digits as sent, checked against the grammar but not converted.
    #[inline]
    pub fn number(&mut self) -> Result<&'a str, Error> {
        self.skip_space();
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            None => return Err(self.error(Problem::UnexpectedEnd)),
            Some(_) => return Err(self.error(Problem::InvalidNumber)),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.some_digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.some_digits()?;
        }
        // Without this check, `007` and `1.2.3` would be reported as a missing comma.
        if matches!(self.peek(), Some(b'0'..=b'9' | b'.' | b'+' | b'-' | b'e' | b'E')) {
            return Err(self.error(Problem::InvalidNumber));
        }
        Ok(&self.text[start..self.at])
    }

    #[inline]
    fn some_digits(&mut self) -> Result<(), Error> {
        match self.peek() {
            Some(b'0'..=b'9') => {
                self.digits();
                Ok(())
            }
            Some(_) => Err(self.error(Problem::InvalidNumber)),
            None => Err(self.error(Problem::UnexpectedEnd)),
        }
    }

    #[inline]
    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    /// Reads `true` or `false`.
    #[inline]
    pub fn boolean(&mut self) -> Result<bool, Error> {
        self.skip_space();
        let value = self.peek() == Some(b't');
        self.literal(if value { "true" } else { "false" })?;
        Ok(value)
    }

    /// Reads `null`.
    #[inline]
    pub fn null(&mut self) -> Result<(), Error> {
        self.skip_space();
        self.literal("null")
    }

    fn literal(&mut self, word: &'static str) -> Result<(), Error> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            let problem = if word.starts_with(&self.text[self.at..]) {
                Problem::UnexpectedEnd
            } else {
                Problem::Expected("a value")
            };
            return Err(self.error(problem));
        }
        self.at += word.len();
        Ok(())
    }
}
