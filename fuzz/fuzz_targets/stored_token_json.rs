#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_harness::stored_token_json(data));
