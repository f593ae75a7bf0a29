use std::fmt;

/// Where a stream is made or looked for: the service takes one of the two, not both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// A compartment, by its OCID; a stream that is made there goes into its default pool.
    Compartment(String),
    /// A stream pool, by its OCID. Names of streams are unique in it.
    Pool(String),
}

impl Scope {
    /// The parameter that the service takes it by, and its value.
    pub(crate) fn parameter(&self) -> (&'static str, &str) {
        match self {
            Scope::Compartment(id) => ("compartmentId", id),
            Scope::Pool(id) => ("streamPoolId", id),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Compartment(id) => write!(f, "compartment {id}"),
            Scope::Pool(id) => write!(f, "stream pool {id}"),
        }
    }
}
