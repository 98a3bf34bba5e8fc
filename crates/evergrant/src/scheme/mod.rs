//! How credentials get into a request's head: one file per kind of scheme, as in an OpenAPI description.
//!
//! | scheme | writes | needs |
//! |---|---|---|
//! | [`Basic`] | the header `authorization` | a user and a password (RFC 7617) |
//! | [`ApiKey`] | a header, a query key or a cookie | a key |
//! | [`Bearer`] | the header `authorization` | a token that the application manages by itself (RFC 6750) |
//! | [`CustomHeader`] | a header | its whole value |
//! | [`OAuth`] | the header `authorization`, or another one | a [`TokenManager`](crate::TokenManager): an authorization server's tokens, or an API's sessions |
//! | your own [`Scheme`] | what it says | what it likes |
//!
//! A scheme is first defined (its name and the place that it writes), then configured (its credentials). One that is only
//! defined never sends anything: a [`Requirement`](crate::Requirement) passes over it. No value shows a secret in `Debug`;
//! all header values are marked sensitive, and wiped with their last clone.

mod api_key;
mod basic;
mod bearer;
mod cookie;
mod custom_header;
mod oauth;
mod query;
mod shared;
mod value;

use std::fmt;

use http::{HeaderName, request};

pub use self::api_key::ApiKey;
pub use self::basic::Basic;
pub(crate) use self::basic::basic_header;
pub use self::bearer::Bearer;
pub use self::custom_header::CustomHeader;
pub use self::oauth::OAuth;
pub(crate) use self::shared::Kind;
pub use self::shared::SharedScheme;
use crate::error::{Error, UnmetAlternative};

/// A way to write credentials that are at hand into a request. Implement it for what the schemes here do not cover, such
/// as a signature; one that has to wait for a token is a [`TokenProvider`](crate::TokenProvider) and an [`OAuth`] scheme.
///
/// # Contract
/// - On `Err`, the request head is unchanged.
/// - Nothing is written but the [`places`](Scheme::places), so that schemes which would overwrite each other are found
///   when a requirement is built. Header values that hold a secret are marked sensitive.
/// - `Debug` shows no secret.
///
/// ```
/// use evergrant::Error;
/// use evergrant::scheme::{Place, Scheme};
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
///     fn places(&self) -> Vec<Place> {
///         vec![Place::Header(SIGNATURE)]
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
    /// The name in the API's description, by which errors and events call it.
    fn name(&self) -> &str;

    /// What it writes, configured or not. Asked for once, when a requirement is built.
    fn places(&self) -> Vec<Place>;

    /// Whether it has its credentials. Asked for each request; no I/O.
    fn is_configured(&self) -> bool {
        true
    }

    /// Writes the credentials; no I/O. Called again when a request is repeated, and when a token that goes with it had to
    /// be waited for.
    ///
    /// # Errors
    /// [`Error::scheme`] wraps a failure of your own. The head is unchanged then.
    fn apply(&self, head: &mut request::Parts) -> Result<(), Error>;
}

/// What a scheme writes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// A header; one that is there already is replaced.
    Header(HeaderName),
    /// A key of the URL's query, percent-encoded in the URL; one that is there already is replaced.
    Query(String),
    /// A cookie in the `cookie` header, beside others; one of the same name is replaced.
    Cookie(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name) => write!(f, "the header `{name}`"),
            Self::Query(key) => write!(f, "the query key `{}`", key.escape_debug()),
            Self::Cookie(name) => write!(f, "the cookie `{name}`"),
        }
    }
}

/// What a scheme answers that is asked to write credentials it does not have.
fn unconfigured(scheme: &str) -> Error {
    Error::requirement_not_met(vec![UnmetAlternative::new([(scheme, false)])])
}
