//! OCI Streaming over its own API: messages are put, and got by cursors.
