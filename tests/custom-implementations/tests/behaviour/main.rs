//! Extensions through the public API: client authentications, grants and a proof. Each file implements one.
#![expect(clippy::unwrap_used, reason = "test helpers")]

mod client_certificate_authentication;
mod custom_assertion_source;
mod custom_client_auth;
mod custom_grants;
mod custom_proof_of_possession;
