//! Strict [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259) scanning over bytes, without building a tree.
//!
//! [`Scanner`] walks over one JSON text and hands out slices of it: [`Text`] for strings, the very digits for numbers, the
//! whole text for values nobody asked about. Every byte it passes is checked, so a text walked to its
//! [end](Scanner::end) is valid JSON. Nothing is allocated.
//!
//! The connector's envelope (`bronze`) and the table's rows (`table`) are judged by the same scanner: strictness that
//! existed twice would differ.
//!
//! ```
//! use json::Scanner;
//!
//! let mut scanner = Scanner::new(r#"{"amount": 5.70}"#);
//! scanner.open_object()?;
//! assert!(scanner.next_key(true)?.is_some_and(|key| key.is("amount")));
//! assert_eq!(scanner.number()?, "5.70");
//! assert!(scanner.next_key(false)?.is_none());
//! scanner.end()?;
//! # Ok::<(), json::Error>(())
//! ```

mod bytes;
mod error;
mod excerpt;
mod scanner;
mod text;

pub use error::{Error, Problem};
pub use excerpt::excerpt;
pub use scanner::{Kind, MAX_DEPTH, Scanner};
pub use text::Text;
