#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_harness::sign_in_redirect_url(data));
