//! The JWT bearer grant (RFC 7523 section 2.1): a signed assertion identifies the subject of the tokens.

use std::future::ready;

use super::{Grant, GrantRequest, Repeatable};
use crate::assertion::{Identified, SharedAssertionSource};
use crate::error::{BuildError, Error};
use crate::runtime::BoxFuture;
use crate::token_request_context::TokenRequestContext;

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The JWT bearer grant (RFC 7523 section 2.1): tokens of the subject of an assertion. Build a token manager with
/// [`builder`](Self::builder).
///
/// The assertion comes from an [assertion source](crate::assertion), which is called before each token request, because
/// the server may accept an assertion only once. The token manager replaces a token with the help of a new assertion,
/// not of a refresh token.
///
/// The responses of servers such as Salesforce contain no `expires_in`. Set the lifetime of their tokens with
/// [`default_lifetime`](crate::TokenManagerBuilder::default_lifetime), to the session lifetime that is configured at
/// the server.
///
/// ```
/// use std::time::Duration;
/// use evergrant::{JwtBearer, Secret};
/// use evergrant::client_auth::NoClientAuth;
///
/// # async fn sign_assertion() -> Result<String, std::io::Error> { Ok("not.a.real.assertion".to_owned()) }
/// let assertion = || async { sign_assertion().await.map(Secret::new).map_err(evergrant::Error::assertion) };
/// let builder = JwtBearer::new(assertion)
///     .builder("client-id", NoClientAuth)
///     .token_url("https://auth.example.com/oauth2/token")
///     .default_lifetime(Duration::from_secs(3600));
/// ```
#[derive(Debug, Clone)]
#[must_use = "a grant does nothing until a manager is built with `builder(..)`"]
pub struct JwtBearer {
    assertion: Identified,
}

impl JwtBearer {
    /// Creates the JWT bearer grant with this source of assertions.
    pub fn new(assertion: impl Into<SharedAssertionSource>) -> Self {
        Self {
            assertion: Identified::new(assertion.into()),
        }
    }

    /// Sets text that identifies the subject of the assertions, such as the issuer and subject of a JWT. Token managers
    /// that share a [store](crate::TokenManagerBuilder::store) share a token only if this text is equal. Must not be a
    /// secret. Default: a hash of the assertion, if it is fixed. With any other assertion source, a store requires this
    /// setting.
    pub fn subject_id(mut self, id: impl AsRef<str>) -> Self {
        self.assertion.set_id(id.as_ref());
        self
    }
}

impl Grant for JwtBearer {
    fn name(&self) -> &str {
        "JWT bearer"
    }

    fn request<'a>(&'a self, _: TokenRequestContext<'a>) -> BoxFuture<'a, Result<GrantRequest, Error>> {
        let request = GrantRequest::new(GRANT_TYPE).assertion("assertion", self.assertion.source.clone());
        Box::pin(ready(Ok(request)))
    }

    /// The assertion replaces a refresh token (RFC 7521 section 4.1).
    fn uses_refresh_tokens(&self) -> bool {
        false
    }

    fn parameters(&self) -> &[&str] {
        &["assertion"]
    }

    fn check(&self, issuer: Option<&str>) -> Result<(), BuildError> {
        self.assertion.check("the assertion", issuer)
    }
}

impl Repeatable for JwtBearer {
    fn subject(&self) -> Option<&str> {
        self.assertion.identity()
    }

    fn check_sharing(&self) -> Result<(), BuildError> {
        match self.assertion.identity() {
            Some(_) => Ok(()),
            None => Err(unidentified(
                "an assertion whose subject is unknown",
                "name it with subject_id(..)",
            )),
        }
    }
}

pub(super) fn unidentified(with: &'static str, instead: &'static str) -> BuildError {
    BuildError::StoreNotApplicable { with, instead }
}
