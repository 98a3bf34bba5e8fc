//! Assertion sources. An assertion is a token that identifies a client or a user (RFC 7521) and that is often signed by
//! a third party.
//!
//! | Source | Assertion |
//! |---|---|
//! | a string or a [`Secret`](crate::Secret) | always the same one |
//! | a closure | what the application returns |
//! | [`AssertionFile`] | the content of a file, such as a projected service account token of Kubernetes |
//! | [`AssertionUrl`] | a member of a JSON response, such as the ID token of a GitHub Actions job |
//! | a [`TokenManager`](crate::TokenManager) | its current access token |
//! | a custom [`AssertionSource`] | for example one that it signs with a key |
//!
//! A source is called before each request to the token endpoint, so that a new assertion is used as soon as there is
//! one.
//! ```
//! use evergrant::JwtBearer;
//! use evergrant::assertion::AssertionFile;
//!
//! let grant = JwtBearer::new(AssertionFile::new("/var/run/secrets/tokens/auth"));
//! ```

mod file;
mod identity_in_store_key;
mod source;
mod url;

pub use self::file::AssertionFile;
pub(crate) use self::identity_in_store_key::{Identified, fingerprint};
pub use self::source::{AssertionSource, SharedAssertionSource};
pub use self::url::AssertionUrl;
