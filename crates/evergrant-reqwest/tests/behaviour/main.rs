//! The clients, the middleware and the transport, on real sockets. Each file covers one topic.
#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]
#![expect(clippy::duplicate_mod, reason = "the same calls are compiled for two clients")]

#[cfg(feature = "blocking")]
mod blocking;
#[cfg(feature = "blocking")]
mod blocking_runtime;
mod client;
mod connections;
mod eight_credentials;
mod errors;
mod errors_name_the_call;
mod execute;
mod http_client;
#[cfg(feature = "middleware")]
mod middleware;
#[cfg(feature = "middleware")]
mod middleware_origins;
#[cfg(feature = "retry")]
mod middleware_retry;
mod moving;
mod multipart;
mod origins;
mod paused_time;
mod readme;
mod soak;
mod support;
mod tls;
mod transport;
