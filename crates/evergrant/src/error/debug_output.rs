//! The `Debug` output of errors: what Rust prints when `main` returns an error, and the panic message of `unwrap` and
//! `expect`.

use std::fmt;
use std::iter::successors;

use super::innermost_cause::{innermost, line};
use super::{
    ApiError, BuildError, CallbackError, DiscoveryError, EndpointError, Error, IssuerError, LoginError,
    OAuthProviderError, OriginError, RelaxationForbidden, RequirementError, SharedFailureError, SignInError,
    SignInRequired, StoreError, StoreFailedError, TimeoutError, TokenJsonError, TokenResponseError, TransportError,
    UnreachableError,
};
use crate::runtime::SpawnError;

/// Maximum number of causes that are shown.
const MAX_CAUSES: usize = 8;

/// Writes an error for a person: its message, followed by its causes. The causes are omitted if the message already
/// contains the innermost one. Use this function to implement `Debug` for your own errors, so that they are readable
/// when `main` returns them or when `unwrap` panics. All errors of the evergrant crates do so. Each cause is one line
/// of at most 300 characters. URLs in it are shown without query and user information.
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
/// Returns the formatter's errors.
pub fn report(error: &dyn std::error::Error, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut shown = error.to_string();
    f.write_str(&shown)?;
    let Some(source) = error.source() else {
        return Ok(());
    };
    // HTTP clients wrap the informative cause in several others.
    if shown.contains(&innermost(source)) {
        return Ok(());
    }
    for cause in successors(Some(source), |cause| cause.source()).take(MAX_CAUSES) {
        let text = line(cause);
        if !shown.contains(&text) {
            write!(f, "; caused by: {text}")?;
            shown.push_str(&text);
        }
    }
    Ok(())
}

/// Implements `Debug` with [`report`].
macro_rules! debug_is_report {
    ($($error:ty),+ $(,)?) => {
        $(
            impl ::std::fmt::Debug for $error {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    $crate::error::report(self, f)
                }
            }
        )+
    };
}

pub(crate) use debug_is_report;

debug_is_report!(
    ApiError,
    BuildError,
    CallbackError,
    DiscoveryError,
    EndpointError,
    Error,
    IssuerError,
    SharedFailureError,
    LoginError,
    OAuthProviderError,
    OriginError,
    RelaxationForbidden,
    RequirementError,
    SignInError,
    SignInRequired,
    SpawnError,
    StoreError,
    StoreFailedError,
    TimeoutError,
    TokenJsonError,
    TokenResponseError,
    TransportError,
    UnreachableError,
);
