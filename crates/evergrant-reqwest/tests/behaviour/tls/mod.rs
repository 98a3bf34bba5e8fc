//! TLS connections: causes of failures, and complete and truncated responses.

mod causes;
mod close_notify;
mod goaway;
mod server;
