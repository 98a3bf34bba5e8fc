//! Renewal of a token: with its refresh token, or from the application's own store.

use super::{TokenEndpoint, retry};
use crate::Token;
use crate::error::Error;
use crate::events;
use crate::grant::GrantRequest;

impl TokenEndpoint {
    /// Fetches a token that replaces `last`: with its refresh token if it has one and the grant uses refresh tokens
    /// (RFC 6749 section 6), otherwise like [`fetch_token`](Self::fetch_token). Grants that do not need a user also
    /// fall back to `fetch_token` when the server rejects the refresh token (`invalid_grant`).
    ///
    /// The new token contains the refresh token to use from now on, a new one or the old one. Store it before
    /// discarding the old token, and do not drop the future: many servers accept each refresh token once. Do not send a
    /// rejected refresh token again.
    ///
    /// # Errors
    /// Same as [`fetch_token`](Self::fetch_token).
    pub async fn renew(&self, last: Option<&Token>) -> Result<Token, Error> {
        self.replace(last).await
    }

    /// Returns the `stored` token while it is valid, and renews it otherwise. A
    /// [token provider](crate::TokenProvider) with its own store needs only this call:
    ///
    /// - If the stored token is valid and is not `last`, it is returned and nothing is sent: another process has
    ///   renewed it.
    /// - Otherwise the newer of the two tokens is [renewed](Self::renew), with its refresh token if it has one. Without
    ///   a refresh token, this is [`fetch_token`](Self::fetch_token).
    ///
    /// `last` is the token that the provider received. It has expired or an API has rejected it, so it is never
    /// returned. The stored token is considered newer unless `last` expires later, which means that the store has
    /// missed an update.
    ///
    /// Use [`on_token_update`](crate::TokenManagerBuilder::on_token_update) to save the returned token, so that a
    /// replaced refresh token is not lost.
    ///
    /// ```
    /// use evergrant::{Password, Token, TokenEndpoint};
    ///
    /// # async fn load_token() -> Option<Token> { None }
    /// # async fn save_token(_: Token) {}
    /// let builder = Password::new("reader", "not-a-real-password")
    ///     .builder("client-id", "not-a-real-secret")
    ///     .token_url("https://auth.example.com/oauth2/token")
    ///     .token_provider(async |last, endpoint: TokenEndpoint| {
    ///         endpoint.use_or_renew(load_token().await, last).await
    ///     });
    /// ```
    ///
    /// # Errors
    /// Same as [`renew`](Self::renew).
    pub async fn use_or_renew(&self, stored: Option<Token>, last: Option<Token>) -> Result<Token, Error> {
        let (newer, older) = match (stored, last) {
            (Some(stored), Some(last)) if is_same(&stored, &last) || expires_later(&last, &stored) => {
                (last, Some(stored))
            }
            (Some(stored), _) if self.is_usable(&stored) => return Ok(stored),
            (Some(stored), last) => (stored, last),
            (None, Some(last)) => (last, None),
            (None, None) => return self.fetch_token().await,
        };
        let renewable = match newer.refresh_token() {
            Some(_) => &newer,
            None => older.as_ref().unwrap_or(&newer),
        };
        self.renew(Some(renewable)).await
    }

    /// Returns whether the token is valid now.
    pub(crate) fn is_usable(&self, token: &Token) -> bool {
        let left = token.remaining(self.settings.runtime.now());
        token.access_token().fits_header() && left.is_none_or(|left| !left.is_zero())
    }

    pub(super) async fn replace(&self, last: Option<&Token>) -> Result<Token, Error> {
        let settings = &*self.settings;
        let needs_user = settings.grant.needs_user;
        let last = last.or(self.last.as_ref().filter(|_| needs_user));
        let usable = last.filter(|_| settings.grant.uses_refresh_tokens);
        let Some((last, refresh_token)) = usable.and_then(|last| Some((last, last.refresh_token()?))) else {
            return self.within_fetch_timeout(self.fetch_new()).await;
        };
        self.within_fetch_timeout(async {
            let request = GrantRequest::refresh_token(refresh_token);
            match retry::run(settings, &request, &self.retries, || true).await {
                Err(Error::OAuthProvider(rejection)) if rejection.code() == Some("invalid_grant") => {
                    events::refresh_token_rejected(&settings.client);
                    match needs_user {
                        false => self.fetch_new().await,
                        true => Err(settings.sign_in_required(Some(rejection))),
                    }
                }
                outcome => Ok(outcome?.inheriting_from(last)),
            }
        })
        .await
    }
}

fn is_same(one: &Token, other: &Token) -> bool {
    one.access_token().expose() == other.access_token().expose()
}

/// `false` if either expiry is unknown.
fn expires_later(one: &Token, other: &Token) -> bool {
    let (Some(one), Some(other)) = (one.expires_at(), other.expires_at()) else {
        return false;
    };
    one > other
}
