//! The fuzz targets as plain functions, which panic when a property does not hold.
//!
//! `fuzz/fuzz_targets` passes these functions to libFuzzer; the test `replay` runs them on the checked-in corpus. They
//! use only public interfaces, are deterministic as far as the crates are, never sleep, and connect only to their own
//! listener on loopback.

mod error_display;
mod generated_sdk;
mod input;
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
    error_response,
    openapi,
    openapi_names,
    origin,
    overlay,
    path_join,
    redaction,
    redirect_url,
    retry_after,
    sealed_text,
    sse,
    store_record,
    store_url,
    token_json,
    token_response,
    www_authenticate,
}
