//! A token manager as the assertion source of another one, such as for the subject tokens of a token exchange.

use super::TokenManager;
use crate::Secret;
use crate::assertion::AssertionSource;
use crate::error::Error;
use crate::runtime::BoxFuture;
use crate::token_rejection::Rejection;
use crate::token_request_context::TokenRequestContext;

/// Chains managers: the current access token of this manager is the subject token, the actor token or the assertion of
/// another one.
impl AssertionSource for TokenManager {
    fn assertion<'a>(&'a self, _: TokenRequestContext<'a>) -> BoxFuture<'a, Result<Secret, Error>> {
        Box::pin(async {
            match self.token().await {
                Ok(token) => Ok(token.access_token().clone()),
                Err(error) => {
                    let is_retryable = error.is_retryable();
                    Err(Error::failed_assertion(error, is_retryable))
                }
            }
        })
    }

    fn reject(&self, assertion: &Secret) -> bool {
        let rejected = self.lifecycle.current().and_then(|guard| {
            let token = guard.as_ref()?.token();
            token.access_token().same_as(assertion).then(|| token.generation())
        });
        match rejected {
            Some(generation) => self.reject(generation) == Rejection::Accepted,
            // Another token has replaced it already.
            None => true,
        }
    }

    fn is_always_new(&self) -> bool {
        false
    }
}
