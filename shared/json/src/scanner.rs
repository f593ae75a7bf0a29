use crate::bytes::{find_special, same_bytes};
use crate::error::{Error, Problem};
use crate::text::Text;

/// How deep arrays and objects may be nested. serde_json and most producers stop at the same depth; a bound keeps a line of
/// brackets from costing more than a line of text.
pub const MAX_DEPTH: u32 = 128;

/// The kind of the next value, known from its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `{`
    Object,
    /// `[`
    Array,
    /// `"`
    String,
    /// `-` or a digit
    Number,
    /// `t` or `f`
    Boolean,
    /// `n`
    Null,
}

impl Kind {
    /// The name a person would use: `an object`, `a number`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Object => "an object",
            Kind::Array => "an array",
            Kind::String => "a string",
            Kind::Number => "a number",
            Kind::Boolean => "a boolean",
            Kind::Null => "null",
        }
    }
}

/// A cursor over one JSON text.
///
/// Methods that take a value skip the white space before it and leave the cursor right behind it. After an error
/// the cursor's position means nothing.
#[derive(Debug, Clone)]
pub struct Scanner<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl<'a> Scanner<'a> {
    /// A scanner at the start of `text`.
    pub fn new(text: &'a str) -> Self {
        Scanner { text, at: 0, depth: 0 }
    }

    /// Where the cursor is, in bytes from the start.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The text between two positions that [`position`](Self::position) gave.
    pub fn slice(&self, from: usize, to: usize) -> &'a str {
        &self.text[from..to]
    }

    /// The kind of the next value.
    #[inline]
    pub fn kind(&mut self) -> Result<Kind, Error> {
        self.skip_space();
        match self.peek() {
            Some(b'"') => Ok(Kind::String),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b't' | b'f') => Ok(Kind::Boolean),
            Some(b'n') => Ok(Kind::Null),
            Some(_) => Err(self.error(Problem::Expected("a value"))),
            None => Err(self.error(Problem::UnexpectedEnd)),
        }
    }

    /// Enters an object.
    #[inline]
    pub fn open_object(&mut self) -> Result<(), Error> {
        self.skip_space();
        self.take(b'{', "'{'")?;
        self.deeper()
    }

    /// Goes to the next member of the object: its key, with the cursor at its value; or, past the closing brace, `None`.
    /// `first` says that no member was read yet.
    #[inline]
    pub fn next_key(&mut self, first: bool) -> Result<Option<Text<'a>>, Error> {
        if !self.next_member(first)? {
            return Ok(None);
        }
        let key = self.string()?;
        self.colon()?;
        Ok(Some(key))
    }

    /// Like [`next_key`](Self::next_key) in two halves: goes to the opening quote of the next key, or past the closing brace.
    #[inline]
    pub fn next_member(&mut self, first: bool) -> Result<bool, Error> {
        self.skip_space();
        match self.peek() {
            Some(b'}') => {
                self.at += 1;
                self.depth -= 1;
                return Ok(false);
            }
            Some(b',') if !first => {
                self.at += 1;
                self.skip_space();
            }
            Some(_) if first => {}
            Some(_) => return Err(self.error(Problem::Expected("',' or '}'"))),
            None => return Err(self.error(Problem::UnexpectedEnd)),
        }
        match self.peek() {
            Some(b'"') => Ok(true),
            Some(_) => Err(self.error(Problem::Expected("a key in quotes"))),
            None => Err(self.error(Problem::UnexpectedEnd)),
        }
    }

    /// Passes over the key at the cursor and its colon if it is exactly `quoted` (a name without escapes and its closing
    /// quote, `name"`); otherwise stays. This is how a reader that knows what comes next saves the look-up.
    #[inline]
    pub fn take_key(&mut self, quoted: &str) -> Result<bool, Error> {
        let start = self.at + 1;
        let ahead = self.text.as_bytes().get(start..start + quoted.len());
        if !ahead.is_some_and(|ahead| same_bytes(ahead, quoted.as_bytes())) {
            return Ok(false);
        }
        self.at = start + quoted.len();
        self.colon()?;
        Ok(true)
    }

    /// Takes the colon after a key that [`string`](Self::string) took.
    #[inline]
    pub fn colon(&mut self) -> Result<(), Error> {
        self.skip_space();
        self.take(b':', "':'")
    }

    /// Enters an array.
    #[inline]
    pub fn open_array(&mut self) -> Result<(), Error> {
        self.skip_space();
        self.take(b'[', "'['")?;
        self.deeper()
    }

    /// Goes to the next element of the array, or past the closing bracket; says whether there is one. `first` says that no element
    /// was read yet.
    #[inline]
    pub fn next_element(&mut self, first: bool) -> Result<bool, Error> {
        self.skip_space();
        match self.peek() {
            Some(b']') => {
                self.at += 1;
                self.depth -= 1;
                return Ok(false);
            }
            Some(b',') if !first => self.at += 1,
            Some(_) if first => {}
            Some(_) => return Err(self.error(Problem::Expected("',' or ']'"))),
            None => return Err(self.error(Problem::UnexpectedEnd)),
        }
        Ok(true)
    }

    /// Takes a string.
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

    /// Takes a number: the very text that was sent, checked against the grammar.
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
        // `007` and `1.2.3` would otherwise be told as a missing comma.
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

    /// Takes `true` or `false`.
    #[inline]
    pub fn boolean(&mut self) -> Result<bool, Error> {
        self.skip_space();
        let value = self.peek() == Some(b't');
        self.literal(if value { "true" } else { "false" })?;
        Ok(value)
    }

    /// Takes `null`.
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

    /// Takes any value, checked in full, as the text that was sent.
    pub fn any(&mut self) -> Result<&'a str, Error> {
        self.skip_space();
        let start = self.at;
        let floor = self.depth;
        // One bit per open level says whether it is an object: no recursion, no allocation, whatever the nesting.
        let mut objects: [bool; MAX_DEPTH as usize + 1] = [false; MAX_DEPTH as usize + 1];
        let mut first = self.enter(&mut objects)?;
        while self.depth > floor {
            let more =
                if objects[self.depth as usize] { self.member(first)? } else { self.next_element(first)? };
            first = if more { self.enter(&mut objects)? } else { false };
        }
        Ok(&self.text[start..self.at])
    }

    /// Takes a scalar whole, or the opening of an array or object; says whether it opened one.
    fn enter(&mut self, objects: &mut [bool]) -> Result<bool, Error> {
        match self.kind()? {
            Kind::String => self.string().map(|_| false),
            Kind::Number => self.number().map(|_| false),
            Kind::Boolean => self.boolean().map(|_| false),
            Kind::Null => self.null().map(|()| false),
            kind @ (Kind::Object | Kind::Array) => {
                self.at += 1;
                self.deeper()?;
                objects[self.depth as usize] = kind == Kind::Object;
                Ok(true)
            }
        }
    }

    fn member(&mut self, first: bool) -> Result<bool, Error> {
        Ok(self.next_key(first)?.is_some())
    }

    /// Checks that nothing but white space is left.
    #[inline]
    pub fn end(&mut self) -> Result<(), Error> {
        self.skip_space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.error(Problem::TrailingText)) }
    }

    #[inline]
    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn take(&mut self, byte: u8, expected: &'static str) -> Result<(), Error> {
        match self.peek() {
            Some(found) if found == byte => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(self.error(Problem::Expected(expected))),
            None => Err(self.error(Problem::UnexpectedEnd)),
        }
    }

    #[inline]
    fn deeper(&mut self) -> Result<(), Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(self.error(Problem::TooDeep)) } else { Ok(()) }
    }

    #[cold]
    fn error(&self, problem: Problem) -> Error {
        Error { at: self.at, problem }
    }
}
