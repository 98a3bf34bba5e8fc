//! Client authentication with signed assertions, and DPoP, against the embedded authorization server.
#![expect(clippy::unwrap_used, reason = "a failed expectation fails its test")]

mod algorithms;
mod certificates;
mod client_assertions;
mod dpop;
mod id_tokens;
mod key_errors;
mod key_rotation;
mod no_secrets_in_output;
mod signed_assertions;
mod stored_token_binding;
mod support;
mod third_party_assertions;
