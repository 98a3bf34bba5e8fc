//! What each fuzz target does with its input: a plain function from bytes to nothing, which panics when a property does not hold.
//!
//! `fuzz/fuzz_targets` hands these functions to libFuzzer; the test `replay` hands them the checked-in corpus. Everything goes
//! through the crates' public interfaces. A body is deterministic as far as the product is, waits for no real time, and connects to
//! nothing but a listener of its own on loopback.

mod errors;
mod generated;
mod input;
mod managers;

/// Declares a module and a function of the same name for each target, and lists them all.
macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        $(
            mod $name;
            pub use self::$name::$name;
        )*

        /// Every target by its name, which is that of its file in `fuzz_targets` and of its folder in `corpus`.
        pub const TARGETS: &[(&str, fn(&[u8]))] = &[$((stringify!($name), $name)),*];
    };
}

targets! {
    error_response,
    names,
    openapi,
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
