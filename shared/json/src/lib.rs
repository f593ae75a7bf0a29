//! Strict [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259) scanning over bytes, without building a tree.
//!
//! [`Scanner`] moves over one JSON text and returns slices of it: [`Text`] for strings, the digits as sent for numbers, and the unparsed
//! text for values that the caller skips. It checks every byte it passes, so a text scanned to its [end](Scanner::end) is valid JSON. It
//! never allocates.
//!
//! The connector's envelope (crate `bronze`) and the table's rows (crate `table`) are read with the same scanner, because two
//! implementations would disagree about what is valid.
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
mod scalars;
mod scanner;
mod text;

pub use error::{Error, Problem};
pub use excerpt::excerpt;
pub use scanner::{Kind, MAX_DEPTH, Scanner};
pub use text::Text;
