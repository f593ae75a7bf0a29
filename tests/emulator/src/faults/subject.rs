//! The resource that a request concerns.

/// The names of a request's resource, with which the conditions of rules are compared.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Subject<'a> {
    pub(crate) bucket: Option<&'a str>,
    pub(crate) object: Option<&'a str>,
    /// The stream's OCID.
    pub(crate) stream: Option<&'a str>,
    pub(crate) stream_name: Option<&'a str>,
    /// A deployment's path prefix, which rules name in `bucket`.
    pub(crate) path_prefix: Option<&'a str>,
}
