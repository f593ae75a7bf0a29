use std::fmt;

/// Where a stream is created or searched for. The service accepts one of the two, not both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// A compartment, by its OCID. A stream created here is put in the compartment's default pool.
    Compartment(String),
    /// A stream pool, by its OCID. Stream names are unique within a pool.
    Pool(String),
}

impl Scope {
    /// Returns the query parameter for this scope, and its value.
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
