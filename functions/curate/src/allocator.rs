//! One heap for all threads.
//!
//! glibc gives threads heaps of their own and never moves free memory from one to another. Here rows are gathered by one thread and
//! freed by others, so each heap keeps the most it ever held: curating 24 objects one after the other took 348 MB, and with one
//! heap 49 MB, at the same speed (large buffers are few, and decoding hardly allocates).

/// Makes glibc use one heap. Call it before there are threads. Elsewhere (musl, macOS) there is nothing to do.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code)]
pub(crate) fn use_one_heap() {
    // SAFETY: mallopt takes two integers and is thread-safe; M_ARENA_MAX is documented in mallopt(3). It fails on values it does not
    // know, by returning 0, and then everything is as before. Nothing here is Miri's to check: there is no memory in it.
    unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
}

/// Makes glibc use one heap, where there is glibc.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn use_one_heap() {}
