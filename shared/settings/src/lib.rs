//! Settings from the environment and the command line, with every problem told at once.
//!
//! A program declares its settings in one table of [`Setting`]s, which its documentation shares. [`Settings`] takes the
//! environment as a value, so nothing reads the process's own behind anybody's back, and tests need not change it.
//!
//! ```
//! use settings::{Setting, Settings, parse};
//!
//! const KNOWN: &[Setting] = &[
//!     Setting { name: "LAKE_URL", flag: "--lake", default: None, about: "where the lake is" },
//!     Setting { name: "MEMORY", flag: "--memory", default: Some("512MB"), about: "the ceiling" },
//! ];
//! let environment = [("LAKE_ULR".into(), "/lake".into()), ("MEMORY".into(), "plenty".into())];
//! let mut settings = Settings::new(KNOWN, &["LAKE_"], environment, []);
//! settings.take("LAKE_URL", parse::text);
//! settings.take("MEMORY", parse::size);
//! assert_eq!(settings.finish().unwrap_err().problems.len(), 3); // missing, wrong, misspelt
//! ```

pub mod parse;
mod problems;
mod settings;

pub use problems::{Problem, Problems};
pub use settings::{Setting, Settings};
