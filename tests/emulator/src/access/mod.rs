//! Access control: principals, their keys and tokens, and the signatures of requests.

pub(crate) mod certificate;
pub(crate) mod identity;
pub(crate) mod instance;
pub(crate) mod names;
pub(crate) mod rsa_key;
pub(crate) mod signature;
pub(crate) mod token;
