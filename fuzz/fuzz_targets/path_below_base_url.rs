#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_harness::path_below_base_url(data));
