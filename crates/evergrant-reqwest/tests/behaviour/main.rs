//! The clients, the middleware and the transport, on real sockets. Each file covers one topic.
#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]
#![expect(clippy::duplicate_mod, reason = "the same calls are compiled for two clients")]

mod allowed_origins;
#[cfg(feature = "blocking")]
mod blocking;
#[cfg(feature = "blocking")]
mod blocking_runtime;
mod built_requests;
mod connections;
mod eight_credentials;
mod errors;
mod errors_name_the_call;
mod finished_reqwest_client;
#[cfg(feature = "middleware")]
mod middleware;
#[cfg(feature = "middleware")]
mod middleware_origins;
#[cfg(feature = "retry")]
mod middleware_retry;
mod moving_from_reqwest;
mod multipart;
mod paused_time;
mod readme_example;
mod replay_after_401;
mod soak;
mod support;
mod tls;
mod transport;
