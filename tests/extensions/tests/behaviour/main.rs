//! Extensions through the public API: client authentications, grants and a proof. Each file implements one.
#![expect(clippy::unwrap_used, reason = "test helpers")]

mod assertion_source;
mod client_auth;
mod client_certificate;
mod grants;
mod proof;
