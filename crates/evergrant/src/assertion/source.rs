//! The trait for sources of assertions, and the shared handle to any source.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use crate::Secret;
use crate::error::{BuildError, Error};
use crate::runtime::BoxFuture;
use crate::token_request_context::TokenRequestContext;

use super::identity_in_store_key::jwt_subject;

/// Maximum length of an assertion, in bytes.
pub(super) const MAX_LEN: usize = 64 * 1024;

/// A source of the assertions in token requests (RFC 7521 section 3), or of the subject and actor tokens of a token
/// exchange (RFC 8693 section 2.1).
///
/// Closures without arguments implement this trait: `|| async { Ok(Secret::new(read_assertion().await?)) }`. Implement
/// it for a type if the source needs the client id, the time or random bytes, for example to sign an assertion.
///
/// ```
/// use evergrant::assertion::AssertionSource;
/// use evergrant::runtime::BoxFuture;
/// use evergrant::{Error, JwtBearer, Secret, TokenRequestContext};
///
/// /// Asks a service for a signed assertion.
/// struct SigningService;
///
/// impl AssertionSource for SigningService {
///     fn assertion<'a>(&'a self, context: TokenRequestContext<'a>) -> BoxFuture<'a, Result<Secret, Error>> {
///         Box::pin(async move { Ok(Secret::new(format!("not.a.real.assertion.for.{}", context.client_id()))) })
///     }
/// }
///
/// let grant = JwtBearer::new(SigningService);
/// ```
pub trait AssertionSource: Send + Sync + 'static {
    /// Returns the assertion for one request to the token endpoint. The library calls this method again for each retry.
    /// The time that the method takes counts towards the [time limit of the request](crate::TimeLimits::attempt).
    ///
    /// # Errors
    /// Wrap other error types with [`Error::assertion`]. After an error, no token request is sent.
    fn assertion<'a>(&'a self, context: TokenRequestContext<'a>) -> BoxFuture<'a, Result<Secret, Error>>;

    /// Reports that the authorization server rejected a token request with this assertion (`invalid_grant`,
    /// `invalid_request` or `invalid_token`). Returns `true` if the source has discarded the assertion and provides
    /// another one: the token request is then repeated once, immediately. Default: `false`.
    fn reject(&self, assertion: &Secret) -> bool {
        let _ = assertion;
        false
    }

    /// Returns whether each call of [`assertion`](Self::assertion) returns a different assertion, such as one with a
    /// new `jti`. If `true`, a different assertion is no reason to send another request after the server has rejected
    /// the client's assertion (`invalid_client`). If `false`, the next call sends another request as soon as the
    /// assertion has changed. Default: `true`.
    fn is_always_new(&self) -> bool {
        true
    }

    /// Validates the settings of the source when the manager is built. `issuer` is the issuer identifier of the
    /// authorization server, if it is set. Default: all settings are valid.
    ///
    /// # Errors
    /// [`BuildError`] names the invalid setting.
    fn check(&self, issuer: Option<&str>) -> Result<(), BuildError> {
        let _ = issuer;
        Ok(())
    }

    /// Returns text that identifies the client or user of the assertions, such as the issuer and subject of a JWT.
    /// Returns `None` if this is unknown when the token manager is built. For a [client
    /// assertion](crate::client_auth::ClientAssertion), the text is a component of the [store
    /// key](crate::store::StoreKey). Default: `None`.
    fn subject(&self) -> Option<String> {
        None
    }
}

impl<F, Fut> AssertionSource for F
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Secret, Error>> + Send + 'static,
{
    fn assertion<'a>(&'a self, _: TokenRequestContext<'a>) -> BoxFuture<'a, Result<Secret, Error>> {
        Box::pin(self())
    }
}

/// A shared handle to any [`AssertionSource`], or a fixed assertion. The `Debug` output shows no assertion.
#[derive(Clone)]
pub struct SharedAssertionSource(Inner);

#[derive(Clone)]
enum Inner {
    Fixed(Secret),
    Source(Arc<dyn AssertionSource>),
}

impl SharedAssertionSource {
    /// Creates a shared handle to this assertion source.
    pub fn new(source: impl AssertionSource) -> Self {
        Self(Inner::Source(Arc::new(source)))
    }

    /// Returns the assertion if it is always the same one.
    pub(crate) fn fixed(&self) -> Option<&Secret> {
        match &self.0 {
            Inner::Fixed(assertion) => Some(assertion),
            Inner::Source(_) => None,
        }
    }

    /// Returns the assertion for one request to the token endpoint.
    ///
    /// # Errors
    /// Returns the error of the source. Also returns an error if the assertion is empty, is larger than 64 KiB, or
    /// contains characters that no token has (RFC 6749 appendix A.12).
    pub async fn assertion(&self, context: TokenRequestContext<'_>) -> Result<Secret, Error> {
        let source = match &self.0 {
            Inner::Fixed(assertion) => return Ok(assertion.clone()),
            Inner::Source(source) => source,
        };
        let assertion = source.assertion(context).await?;
        match problem(&assertion) {
            Some(problem) => Err(Error::assertion(format!("it returned an assertion that {problem}"))),
            None => Ok(assertion),
        }
    }

    /// Validates a fixed assertion, or the settings of a source. `setting` names the assertion in the error.
    pub(crate) fn check(&self, setting: &'static str, issuer: Option<&str>) -> Result<(), BuildError> {
        match &self.0 {
            Inner::Source(source) => source.check(issuer),
            Inner::Fixed(assertion) => match problem(assertion) {
                Some(problem) => Err(BuildError::InvalidSetting {
                    setting,
                    problem: format!("it {problem}"),
                }),
                None => Ok(()),
            },
        }
    }

    /// Returns whether each call returns another assertion; see [`AssertionSource::is_always_new`].
    pub(crate) fn is_always_new(&self) -> bool {
        match &self.0 {
            Inner::Fixed(_) => false,
            Inner::Source(source) => source.is_always_new(),
        }
    }

    /// Returns whom the assertions identify; see [`AssertionSource::subject`].
    pub(crate) fn subject(&self) -> Option<String> {
        match &self.0 {
            Inner::Fixed(assertion) => jwt_subject(assertion),
            Inner::Source(source) => source.subject(),
        }
    }

    /// Reports that the server rejected this assertion; see [`AssertionSource::reject`].
    pub(crate) fn reject(&self, assertion: &Secret) -> bool {
        match &self.0 {
            Inner::Fixed(_) => false,
            Inner::Source(source) => source.reject(assertion),
        }
    }
}

/// Returns why a text is not an assertion or a token.
fn problem(assertion: &Secret) -> Option<&'static str> {
    match assertion.expose() {
        "" => Some("is empty; pass the token of the client, the subject or the actor"),
        text if text.len() > MAX_LEN => Some("is larger than 64 KiB, which no assertion is"),
        text if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) => {
            Some("contains a line ending or a character outside ASCII; pass the assertion alone")
        }
        _ => None,
    }
}

impl From<Secret> for SharedAssertionSource {
    fn from(assertion: Secret) -> Self {
        Self(Inner::Fixed(assertion))
    }
}

impl From<String> for SharedAssertionSource {
    fn from(assertion: String) -> Self {
        Secret::from(assertion).into()
    }
}

impl From<&str> for SharedAssertionSource {
    fn from(assertion: &str) -> Self {
        Secret::from(assertion).into()
    }
}

impl<S: AssertionSource> From<S> for SharedAssertionSource {
    fn from(source: S) -> Self {
        Self::new(source)
    }
}

impl fmt::Debug for SharedAssertionSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Inner::Fixed(_) => "[redacted]",
            Inner::Source(_) => "source",
        })
    }
}
