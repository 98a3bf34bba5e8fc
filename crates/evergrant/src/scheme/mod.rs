//! Authentication schemes, which write credentials into the head of a request; one file per scheme, as in OpenAPI
//! descriptions.
//!
//! | scheme | writes | needs |
//! |---|---|---|
//! | [`Basic`] | the header `authorization` | a user and a password (RFC 7617) |
//! | [`ApiKey`] | a header, a query key or a cookie | a key |
//! | [`Bearer`] | the header `authorization` | a token that the application manages (RFC 6750) |
//! | [`CustomHeader`] | a header | the complete value of the header |
//! | [`OAuth`] | the header `authorization`, or another one | a [`TokenManager`](crate::TokenManager): tokens of an authorization server, or of an API's sessions |
//! | a custom [`Scheme`] | its locations | any credentials |
//!
//! A scheme is first defined with its name and location, then configured with credentials. A scheme without credentials
//! sends nothing: a [`Requirement`](crate::Requirement) skips it. `Debug` shows no secrets; header values are marked
//! sensitive and wiped when the last clone is dropped.

mod api_key;
mod basic;
mod bearer;
mod cookie;
mod custom_header;
mod header;
mod oauth;
mod query;
mod shared;
mod value;

use std::fmt;

use http::{HeaderName, request};

pub use self::api_key::ApiKey;
pub use self::basic::Basic;
pub use self::bearer::Bearer;
pub use self::custom_header::CustomHeader;
pub use self::oauth::OAuth;
pub(crate) use self::shared::SchemeKind;
pub use self::shared::SharedScheme;
use crate::error::{Error, UnmetAlternative};

/// Writes credentials that are available without waiting into a request. Implement this trait for other schemes, such
/// as a signature. A scheme that has to wait for a token is a [`TokenProvider`](crate::TokenProvider) with an [`OAuth`]
/// scheme.
///
/// # Contract
/// - On `Err`, the request head is unchanged.
/// - Only the [`locations`](Scheme::locations) are written, so that conflicting schemes are detected when a requirement
///   is built. Header values with a secret are marked sensitive.
/// - `Debug` shows no secret.
///
/// ```
/// use evergrant::Error;
/// use evergrant::scheme::{Location, Scheme};
/// use http::{HeaderName, HeaderValue, request};
///
/// /// Signs the path.
/// #[derive(Debug)]
/// struct Signed;
///
/// const SIGNATURE: HeaderName = HeaderName::from_static("x-signature");
///
/// impl Scheme for Signed {
///     fn name(&self) -> &str {
///         "signed"
///     }
///
///     fn locations(&self) -> Vec<Location> {
///         vec![Location::Header(SIGNATURE)]
///     }
///
///     fn apply(&self, head: &mut request::Parts) -> Result<(), Error> {
///         let signature = format!("{:x}", head.uri.path().len());
///         let mut value = HeaderValue::try_from(signature).map_err(Error::scheme)?;
///         value.set_sensitive(true);
///         head.headers.insert(SIGNATURE, value);
///         Ok(())
///     }
/// }
/// # let (mut head, ()) = http::Request::get("/books").body(())?.into_parts();
/// # Signed.apply(&mut head)?;
/// # assert_eq!(head.headers["x-signature"], "6");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Scheme: fmt::Debug + Send + Sync + 'static {
    /// Returns the name of the scheme in the API's description, as shown in errors and events.
    fn name(&self) -> &str;

    /// Returns the locations that the scheme writes, whether it is configured or not. Called once, when a requirement
    /// is built.
    fn locations(&self) -> Vec<Location>;

    /// Returns whether the scheme has its credentials. Called for each request; must not do I/O.
    fn is_configured(&self) -> bool {
        true
    }

    /// Writes the credentials; must not do I/O. Called again when a request is repeated, and after waiting for a token
    /// that is sent with them.
    ///
    /// # Errors
    /// Wrap other error types with [`Error::scheme`]. The head must be unchanged after an error.
    fn apply(&self, head: &mut request::Parts) -> Result<(), Error>;
}

/// A location in a request that a scheme writes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Location {
    /// A header. An existing header of this name is replaced.
    Header(HeaderName),
    /// A key of the URL's query, percent-encoded. Existing values of this key are replaced.
    Query(String),
    /// A cookie in the `cookie` header. Other cookies are kept; a cookie of the same name is replaced.
    Cookie(String),
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name) => write!(f, "the header `{name}`"),
            Self::Query(key) => write!(f, "the query key `{}`", key.escape_debug()),
            Self::Cookie(name) => write!(f, "the cookie `{name}`"),
        }
    }
}

/// The error of a scheme without credentials.
fn not_configured(scheme: &str) -> Error {
    Error::requirement_not_met(vec![UnmetAlternative::new([(scheme, false)])])
}
