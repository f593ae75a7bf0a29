#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| bronzeworks_fuzz::unzstd(data));
