//! Discovery of metadata: the endpoints and capabilities of an authorization server, and the authorization servers that
//! protect an API.
//!
//! | document | what it describes | read by |
//! |---|---|---|
//! | authorization server metadata (RFC 8414), OpenID Connect Discovery 1.0 | an issuer: its endpoints, client authentication methods, grants, scopes and algorithms | [`Discovery::server`], [`TokenManagerBuilder::issuer`](crate::TokenManagerBuilder::issuer) |
//! | protected resource metadata (RFC 9728) | an API: its issuers and scopes | [`Discovery::resource`] |
//!
//! A token manager that is built with an [issuer](crate::TokenManagerBuilder::issuer) and without a token URL fetches
//! the metadata itself, before its first token request. Such an application does not call this module.
//!
//! # Where metadata is
//! An issuer such as `https://idp.example.com/realms/a` may publish its metadata at any of these URLs. They are tried
//! in this order, and the first document whose `issuer` is exactly the configured one is used:
//!
//! 1. `https://idp.example.com/.well-known/oauth-authorization-server/realms/a` (RFC 8414 section 3)
//! 2. `https://idp.example.com/realms/a/.well-known/openid-configuration` (OpenID Connect Discovery section 4)
//! 3. `https://idp.example.com/.well-known/openid-configuration/realms/a` (RFC 8414 section 5)
//! 4. `https://idp.example.com/realms/a/.well-known/oauth-authorization-server`, as some servers do
//!
//! For an issuer without a path, only the first two URLs exist. When cached metadata is renewed, the URL where it was
//! found is tried first. A URL that responds with another status than 200, with a web page, or with the metadata of
//! another issuer is skipped. If the server cannot be reached, no other URL is tried.
//!
//! # What is checked
//! - `issuer` equals the configured issuer, character by character. The only difference that is accepted is the slash
//!   of an empty path: `https://idp.example.com` and `https://idp.example.com/`.
//! - The issuer and its endpoints use https. As for a token URL, the exceptions are loopback hosts and the origins that
//!   the application allows with `danger_allow_http_to`. The metadata of an https issuer cannot name an endpoint on
//!   loopback without https.
//! - Endpoints may be on other hosts than the issuer.
//! - Redirects are not followed, and a document has at most 256 KiB.

mod cache;
mod check_request;
mod client;
mod issuer;
mod key_set;
mod metadata;
mod metadata_document;
mod metadata_names;
mod protected_resource;
mod read_metadata;

pub(crate) use self::cache::{IssuerCache, KnownMetadata};
pub use self::client::Discovery;
pub(crate) use self::issuer::Issuer;
pub use self::issuer::check_issuer;
pub use self::metadata::ServerMetadata;
pub use self::metadata_names::{Capability, Endpoint};
pub use self::protected_resource::ResourceMetadata;
