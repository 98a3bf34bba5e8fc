#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_harness::token_store_record(data));
