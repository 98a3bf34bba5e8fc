//! `Debug` of errors: what `main` prints when it returns one, and what `unwrap` and `expect` panic with.

use std::fmt;
use std::iter::successors;

use super::cause::{innermost, line};
use super::{
    ApiError, BuildError, CallbackError, Error, FleetError, LoginError, OAuthProviderError, OriginError,
    RelaxationForbidden, RequirementError, SignInError, SignInRequired, TimeoutError, TokenResponseError,
    TransportError, UnreachableError,
};
use crate::TokenJsonError;
use crate::origin::OriginParseError;
use crate::runtime::SpawnError;
#[cfg(feature = "sign-in")]
use crate::sign_in::AuthorizationRequestJsonError;
use crate::store::{InvalidStoreKey, SealError, StoreError};

/// Most causes that are shown.
const MOST: usize = 8;

/// Writes an error for a person: its message, and those of its causes where the message does not name the innermost one. The
/// `Debug` of every error of these crates writes this, so that an error reads well where `main` returns it or `unwrap` panics
/// with it. Each cause is one line of at most 300 characters; URLs in it are without query and user information.
///
/// ```
/// use std::fmt;
///
/// struct NoBooks(std::io::Error);
///
/// impl fmt::Display for NoBooks {
///     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
///         f.write_str("the books cannot be read; check the path")
///     }
/// }
///
/// impl std::error::Error for NoBooks {
///     fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
///         Some(&self.0)
///     }
/// }
///
/// impl fmt::Debug for NoBooks {
///     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
///         evergrant::error::report(self, f)
///     }
/// }
///
/// let error = NoBooks(std::io::Error::other("no such shelf"));
/// assert_eq!(format!("{error:?}"), "the books cannot be read; check the path; caused by: no such shelf");
/// ```
///
/// # Errors
/// Those of the formatter.
pub fn report(error: &dyn std::error::Error, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut shown = error.to_string();
    f.write_str(&shown)?;
    let Some(source) = error.source() else {
        return Ok(());
    };
    // HTTP clients wrap the cause that says something in several that do not.
    if shown.contains(&innermost(source)) {
        return Ok(());
    }
    for cause in successors(Some(source), |cause| cause.source()).take(MOST) {
        let text = line(cause);
        if !shown.contains(&text) {
            write!(f, "; caused by: {text}")?;
            shown.push_str(&text);
        }
    }
    Ok(())
}

macro_rules! debug_is_report {
    ($($(#[$attribute:meta])* $error:ty),+ $(,)?) => {
        $(
            $(#[$attribute])*
            impl fmt::Debug for $error {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    report(self, f)
                }
            }
        )+
    };
}

debug_is_report!(
    ApiError,
    BuildError,
    CallbackError,
    Error,
    FleetError,
    InvalidStoreKey,
    LoginError,
    OAuthProviderError,
    OriginError,
    OriginParseError,
    RelaxationForbidden,
    RequirementError,
    SealError,
    SignInError,
    SignInRequired,
    SpawnError,
    StoreError,
    TimeoutError,
    TokenJsonError,
    TokenResponseError,
    TransportError,
    UnreachableError,
    #[cfg(feature = "sign-in")]
    AuthorizationRequestJsonError,
);
