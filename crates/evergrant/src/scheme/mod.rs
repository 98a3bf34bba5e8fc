//! Authentication schemes (security schemes in OpenAPI), which write credentials into the head of a request. One file
//! per scheme.
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
//! A scheme is created with its name and location, and then gets its credentials. A scheme without credentials sends
//! nothing: a [`Requirement`](crate::Requirement) uses another alternative. The `Debug` output shows no secrets. Header
//! values are marked sensitive, and zeroized when the last clone is dropped.

mod api_key;
mod basic;
mod bearer;
mod cookie;
mod custom_header;
mod fixed_header;
mod oauth;
mod query;
mod secret_header_value;
mod shared_scheme;

use std::fmt;

use http::{HeaderName, request};

pub use self::api_key::ApiKey;
pub use self::basic::Basic;
pub use self::bearer::Bearer;
pub use self::custom_header::CustomHeader;
pub use self::oauth::OAuth;
pub(crate) use self::shared_scheme::SchemeKind;
pub use self::shared_scheme::SharedScheme;
use crate::error::{Error, UnmetAlternative};

/// An authentication scheme that writes its credentials into a request without waiting. Implement this trait for a
/// scheme that this crate does not include, such as a signature. For a scheme that has to wait for a token, implement
/// [`TokenProvider`](crate::TokenProvider) and use it with the scheme [`OAuth`].
///
/// # Contract
/// - If [`apply`](Scheme::apply) returns an error, the request head is unchanged.
/// - The scheme writes only to its [`locations`](Scheme::locations), so that conflicting schemes are detected when a
///   [`Requirement`](crate::Requirement) is built. Header values with a secret are marked sensitive.
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
    /// Returns the name of the scheme in the API's OpenAPI document, which appears in errors and events.
    fn name(&self) -> &str;

    /// Returns the locations in a request to which the scheme writes, even if it has no credentials yet. Called once,
    /// when a [`Requirement`](crate::Requirement) is built.
    fn locations(&self) -> Vec<Location>;

    /// Returns whether the scheme has its credentials. Called for each request. Must not do I/O.
    fn is_configured(&self) -> bool {
        true
    }

    /// Writes the credentials into the head of a request. Must not do I/O. Called again when the request is repeated,
    /// and after a wait for a token that is sent with the credentials.
    ///
    /// # Errors
    /// Wrap other error types with [`Error::scheme`]. The head must be unchanged after an error.
    fn apply(&self, head: &mut request::Parts) -> Result<(), Error>;
}

/// A location in a request to which an authentication scheme writes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Location {
    /// The header of this name. An existing header of this name is replaced.
    Header(HeaderName),
    /// The query parameter of this name, percent-encoded. Existing values of this parameter are replaced.
    Query(String),
    /// The cookie of this name in the `cookie` header. An existing cookie of this name is replaced, and other cookies
    /// are kept.
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
