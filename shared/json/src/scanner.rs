use crate::bytes::same_bytes;
use crate::error::{Error, Problem};
use crate::text::Text;

/// Maximum nesting depth of arrays and objects. serde_json and most producers have the same limit. It keeps a line of brackets from costing
/// more than a line of text.
pub const MAX_DEPTH: u32 = 128;

/// The kind of a JSON value, as its first byte tells.
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
    /// Returns the kind in words, such as `an object` or `a number`.
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
/// Methods that read a value skip the white space before it and leave the cursor right after it. After an error, the cursor's position is
/// unspecified.
#[derive(Debug, Clone)]
pub struct Scanner<'a> {
    pub(crate) text: &'a str,
    pub(crate) at: usize,
    depth: u32,
}

impl<'a> Scanner<'a> {
    /// Creates a scanner at the start of `text`.
    pub fn new(text: &'a str) -> Self {
        Scanner { text, at: 0, depth: 0 }
    }

    /// Returns the cursor's offset in bytes.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Returns the text between two offsets that [`position`](Self::position) returned.
    pub fn slice(&self, from: usize, to: usize) -> &'a str {
        &self.text[from..to]
    }

    /// Returns the kind of the next value without consuming it.
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

    /// Enters an object by reading its opening brace.
    #[inline]
    pub fn open_object(&mut self) -> Result<(), Error> {
        self.skip_space();
        self.take(b'{', "'{'")?;
        self.deeper()
    }

    /// Moves to the next member of the object and returns its key, leaving the cursor at the member's value. At the end of the object,
    /// moves past the closing brace and returns `None`. `first` must be true if no member has been read yet.
    #[inline]
    pub fn next_key(&mut self, first: bool) -> Result<Option<Text<'a>>, Error> {
        if !self.next_member(first)? {
            return Ok(None);
        }
        let key = self.string()?;
        self.colon()?;
        Ok(Some(key))
    }

    /// Moves to the opening quote of the next key and returns true, or past the closing brace and returns false. This is the first half of
    /// [`next_key`](Self::next_key).
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

    /// Reads the key at the cursor and its colon if the key is exactly `quoted`, a name without escapes followed by its closing quote
    /// (`name"`). Otherwise leaves the cursor where it is. A reader that expects a certain key saves a lookup this way.
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

    /// Reads the colon after a key that [`string`](Self::string) has read.
    #[inline]
    pub fn colon(&mut self) -> Result<(), Error> {
        self.skip_space();
        self.take(b':', "':'")
    }

    /// Enters an array by reading its opening bracket.
    #[inline]
    pub fn open_array(&mut self) -> Result<(), Error> {
        self.skip_space();
        self.take(b'[', "'['")?;
        self.deeper()
    }

    /// Moves to the next element of the array and returns true, or past the closing bracket and returns false. `first` must be true if no
    /// element has been read yet.
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

    /// Reads a value of any kind, checks all of it and returns its text as sent. Uses neither recursion nor allocation.
    pub fn any(&mut self) -> Result<&'a str, Error> {
        self.skip_space();
        let start = self.at;
        let floor = self.depth;
        // For each open level, whether it is an object.
        let mut objects: [bool; MAX_DEPTH as usize + 1] = [false; MAX_DEPTH as usize + 1];
        let mut first = self.enter(&mut objects)?;
        while self.depth > floor {
            let more =
                if objects[self.depth as usize] { self.member(first)? } else { self.next_element(first)? };
            first = if more { self.enter(&mut objects)? } else { false };
        }
        Ok(&self.text[start..self.at])
    }

    /// Reads a scalar, or the opening bracket of an array or object. Returns whether it opened one.
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

    /// Checks that only white space is left.
    #[inline]
    pub fn end(&mut self) -> Result<(), Error> {
        self.skip_space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.error(Problem::TrailingText)) }
    }

    #[inline]
    pub(crate) fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    pub(crate) fn take(&mut self, byte: u8, expected: &'static str) -> Result<(), Error> {
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
    pub(crate) fn error(&self, problem: Problem) -> Error {
        Error { at: self.at, problem }
    }
}
