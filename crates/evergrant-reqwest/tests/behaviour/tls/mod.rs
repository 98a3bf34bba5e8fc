//! TLS connections: causes of failures, and complete and truncated responses.

mod client_certificates;
mod close_notify;
mod failure_causes;
mod goaway;
mod server;
