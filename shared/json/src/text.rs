use std::borrow::Cow;

/// A JSON string as sent: the text between the quotes, with its escapes unresolved.
///
/// Only [`Scanner::string`](crate::Scanner::string) creates one, so its escapes are known to be valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    pub(crate) raw: &'a str,
    pub(crate) escaped: bool,
}

impl<'a> Text<'a> {
    /// Returns the string if it contains no escapes.
    pub fn plain(&self) -> Option<&'a str> {
        (!self.escaped).then_some(self.raw)
    }

    /// Returns the text between the quotes, as sent.
    pub fn raw(&self) -> &'a str {
        self.raw
    }

    /// Returns whether the string equals `other` once its escapes are resolved.
    pub fn is(&self, other: &str) -> bool {
        self.resolve() == other
    }

    /// Returns the string with its escapes resolved. Allocates only if there are any.
    pub fn resolve(&self) -> Cow<'a, str> {
        match self.plain() {
            Some(plain) => Cow::Borrowed(plain),
            None => {
                let mut resolved = Vec::new();
                self.append_to(&mut resolved);
                Cow::Owned(String::from_utf8(resolved).expect("escapes of valid text stand for valid text"))
            }
        }
    }

    /// Appends the string with its escapes resolved, as UTF-8.
    pub fn append_to(&self, out: &mut Vec<u8>) {
        if !self.escaped {
            out.extend_from_slice(self.raw.as_bytes());
            return;
        }
        let mut rest = self.raw;
        while let Some(at) = rest.find('\\') {
            out.extend_from_slice(&rest.as_bytes()[..at]);
            rest = append_escape(&rest[at + 1..], out);
        }
        out.extend_from_slice(rest.as_bytes());
    }
}

/// Appends the character that an escape stands for and returns the text after the escape. `rest` starts after the backslash.
fn append_escape<'a>(rest: &'a str, out: &mut Vec<u8>) -> &'a str {
    let simple = match rest.as_bytes()[0] {
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => return append_unicode_escape(&rest[1..], out),
        same => same, // quote, backslash, solidus
    };
    out.push(simple);
    &rest[1..]
}

fn append_unicode_escape<'a>(rest: &'a str, out: &mut Vec<u8>) -> &'a str {
    let first = hex4(rest.as_bytes());
    let (code, used) = match first {
        0xd800..=0xdbff => {
            let second = hex4(&rest.as_bytes()[6..]);
            (0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00), 10)
        }
        _ => (first, 4),
    };
    let character = char::from_u32(code).expect("the scanner lets no lone surrogate through");
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    &rest[used..]
}

/// Returns the value of four hexadecimal digits. The scanner has already checked them.
fn hex4(digits: &[u8]) -> u32 {
    digits[..4].iter().fold(0, |code, digit| code << 4 | (*digit as char).to_digit(16).unwrap_or(0))
}
