//! Client authentication with signed assertions for `evergrant` (RFC 7521, RFC 7523 and its update), and DPoP
//! (RFC 9449).
//!
//! | Type | Method | Signed with |
//! |---|---|---|
//! | [`PrivateKeyJwt`] | `private_key_jwt` | the client's key, from PEM, JWK, a file that is read again, or a [`Signer`] such as a KMS |
//! | [`ClientSecretJwt`] | `client_secret_jwt` | the client's secret |
//!
//! [`SignedAssertion`] signs the assertions of the JWT bearer grant, such as those of a Google
//! [service account](google::ServiceAccount) or of Salesforce.
//!
//! [`IdTokenVerifier`] verifies ID tokens (OpenID Connect Core): who has signed in.
//!
//! [`Dpop`] binds tokens to a key, and proves possession of the key with each request.
//!
//! An assertion that another party signs, such as a service account token of Kubernetes, needs no cryptography of this
//! crate: [`evergrant::client_auth::ClientAssertion`] sends it.
//!
//! ```
//! use evergrant::ClientCredentials;
//! use evergrant_jose::PrivateKeyJwt;
//!
//! # fn run(transport: evergrant::SharedTransport) -> Result<(), evergrant::BuildError> {
//! let tokens = ClientCredentials::builder("client-id", PrivateKeyJwt::from_file("/run/secrets/client-key.pem"))
//!     .token_url("https://auth.example.com/oauth2/token")
//!     .issuer("https://auth.example.com")
//!     .build(transport)?;
//! # Ok(())
//! # }
//! ```
//!
//! # Assertions
//! Each token request, including each retry, has a new assertion with its own `jti`. [`AssertionOptions`] sets the
//! audience, the lifetime and the `typ`.
//!
//! | claim or header | value | setting |
//! |---|---|---|
//! | `iss`, `sub` | the client id | |
//! | `aud` | the issuer | [`AssertionOptions::audience`] |
//! | `jti` | 128 random bits | |
//! | `iat`, `nbf` | 5 s before the manager's clock, for servers whose clock is behind | [`AssertionOptions::clock_skew`] |
//! | `exp` | 60 s after `iat` | [`AssertionOptions::lifetime`] |
//! | `typ` | `client-authentication+jwt` | [`AssertionOptions::header_type`] |
//! | `alg` | the key's | [`KeyFile::algorithm`], [`PrivateKey::with_algorithm`], [`ClientSecretJwt::algorithm`] |
//! | `kid` | the JWK's; none for PEM | [`PrivateKeyJwt::key_id`], [`PrivateKeyJwt::key_id_from_thumbprint`] |
//! | `x5t`, `x5t#S256` | the thumbprints of the certificate, if there is one | [`KeyFile::certificate`], [`PrivateKeyJwt::with_certificate`] |
//! | `x5c` | none | [`PrivateKeyJwt::send_certificate_chain`] |
//!
//! # Events
//! The events of this crate have the target `evergrant` and the field `file`.
//!
//! | name | level | meaning | further fields |
//! |---|---|---|---|
//! | `evergrant.key_file_changed` | debug | a key file has changed, and its new key is in use | `thumbprint` |
//! | `evergrant.key_file_ignored` | warn | a changed key file cannot be used, and the last key stays in use | `problem` |
//! | `evergrant.secret_file_exposed` | warn | other users of this machine can read a key file | |
//!
//! # FIPS
//! The crate uses the cryptography of `aws-lc-rs`. If a program also depends on `aws-lc-rs` with the feature `fips`,
//! this crate signs with the validated module, because cargo builds `aws-lc-rs` only once. `aws_lc_rs::try_fips_mode()`
//! checks whether that module is in use.

mod algorithm;
mod certificate;
mod client_assertion;
mod client_secret_jwt;
mod der;
mod dpop;
mod error;
pub mod google;
mod id_token;
mod jws;
mod key;
mod key_file;
mod key_source;
mod private_key_jwt;
mod public_jwk;
mod signed_assertion;
mod signer;

pub use self::algorithm::Algorithm;
pub use self::certificate::Certificate;
pub use self::client_assertion::{AssertionOptions, Audience, CLIENT_AUTHENTICATION_JWT};
pub use self::client_secret_jwt::ClientSecretJwt;
pub use self::dpop::Dpop;
pub use self::error::{KeyError, KeyErrorKind};
pub use self::id_token::{IdTokenClaims, IdTokenError, IdTokenProblem, IdTokenVerifier};
pub use self::key::PrivateKey;
pub use self::key_file::KeyFile;
pub use self::private_key_jwt::PrivateKeyJwt;
pub use self::signed_assertion::SignedAssertion;
pub use self::signer::Signer;
