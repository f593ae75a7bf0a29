use jaq_core::load::parse::{self, Parser, Term};
use jaq_core::load::{Lexer, lex};
use json::excerpt;

/// Longest filter. It bounds how deep jaq's recursive parser goes.
pub(super) const MAX_FILTER: usize = 1000;

/// Maximum number of brackets nested inside each other.
const MAX_BRACKETS: usize = 30;

/// Parses the text of a filter. An error says what is wrong with it, and where.
pub(super) fn parse(text: &str) -> Result<Term<&str>, String> {
    if text.len() > MAX_FILTER {
        return Err(format!("the filter is {} bytes long; the maximum is {MAX_FILTER}", text.len()));
    }
    if brackets(text) > MAX_BRACKETS {
        return Err(format!("more than {MAX_BRACKETS} brackets are nested inside each other"));
    }
    let near = |rest: &str| match rest.is_empty() {
        true => "at the end".to_owned(),
        false => format!("at {:?}", excerpt(rest)),
    };
    let tokens = Lexer::new(text).lex().map_err(|errors| match errors.first() {
        Some((expected, rest)) => format!("expected {} {}", lexical(expected), near(rest)),
        None => "not a filter".into(),
    })?;
    Parser::new(&tokens).parse(|parser| parser.term()).map_err(|errors| match errors.first() {
        Some((expected, found)) => {
            let rest = found.map_or("", |token| token_text(text, token.0));
            format!("expected {} {}", syntactic(expected), near(rest))
        }
        None => "not a filter".into(),
    })
}

fn lexical<'a>(expected: &lex::Expect<&'a str>) -> &'a str {
    expected.as_str()
}

fn syntactic<'a>(expected: &parse::Expect<&'a str>) -> &'a str {
    expected.as_str()
}

/// Returns the filter's text from a token on.
fn token_text<'a>(text: &'a str, token: &str) -> &'a str {
    let at = (token.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    text.get(at..).unwrap_or("")
}

/// Returns how deep brackets are nested at most, counting those in strings as well.
fn brackets(text: &str) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}
