//! Connections over TLS: why they fail, and which responses are whole.

mod causes;
mod endings;
mod goaway;
mod server;
