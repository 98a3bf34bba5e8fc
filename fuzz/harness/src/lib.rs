//! The fuzz targets as plain functions, which panic when a property does not hold.
//!
//! `fuzz/fuzz_targets` passes these functions to libFuzzer; the test `replay` runs them on the checked-in corpus. They
//! use only public interfaces, are deterministic as far as the crates are, never sleep, and connect only to their own
//! listener on loopback.

mod error_display;
mod fuzz_input;
mod generated_sdk;
mod scripted_manager;

/// Declares a module and a function of the same name for each target, and lists all targets.
macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        $(
            mod $name;
            pub use self::$name::$name;
        )*

        /// All targets by name, which is that of the file in `fuzz_targets` and of the directory in `corpus`.
        pub const TARGETS: &[(&str, fn(&[u8]))] = &[$((stringify!($name), $name)),*];
    };
}

targets! {
    key_ring_decryption,
    openapi,
    openapi_names,
    openapi_overlay,
    origin,
    path_below_base_url,
    retry_after,
    secret_redaction,
    server_sent_events,
    sign_in_redirect_url,
    stored_token_json,
    token_error_response,
    token_response,
    token_store_record,
    token_store_url,
    www_authenticate,
}
