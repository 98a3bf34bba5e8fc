//! Renewal of a token: with its refresh token, or from the application's own store.

use super::{TokenEndpoint, retry};
use crate::Token;
use crate::error::Error;
use crate::events;
use crate::grant::GrantRequest;

impl TokenEndpoint {
    /// Fetches a token that replaces `last`. Uses the refresh token of `last` (RFC 6749 section 6), if there is one and
    /// the grant uses refresh tokens. Otherwise works like [`fetch_token`](Self::fetch_token). If the server rejects
    /// the refresh token (`invalid_grant`), a grant that does not need a user also continues with `fetch_token`.
    ///
    /// The new token contains the refresh token for the next renewal, which is a new one or the old one. Store the new
    /// token before you discard `last`, and do not drop the future: many servers accept a refresh token only once. Do
    /// not send a rejected refresh token again.
    ///
    /// # Errors
    /// Same as [`fetch_token`](Self::fetch_token).
    pub async fn renew(&self, last: Option<&Token>) -> Result<Token, Error> {
        self.replace(last).await
    }

    /// Returns the `stored` token while it is valid, and otherwise renews it. A [token provider](crate::TokenProvider)
    /// with its own store needs only this call. `last` is the token that the provider received as its argument.
    ///
    /// - If the stored token is valid and newer than `last`, this method returns it and sends nothing: another process
    ///   has renewed the token.
    /// - Otherwise, this method [renews](Self::renew) the token. It uses the refresh token of the newer of the two
    ///   tokens, or of the older one if the newer has none. Without a refresh token, it works like
    ///   [`fetch_token`](Self::fetch_token).
    ///
    /// This method never returns `last`, because it has expired or an API has rejected it. The stored token counts as
    /// newer than `last`, except in two cases: they are the same token, or `last` expires later, because the store has
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
        let usable = last.filter(|last| {
            // Without the key of the refresh token, only a user's renewal cannot be replaced by a new token.
            settings.grant.uses_refresh_tokens
                && (needs_user || !settings.client_keys().lack_key_of_refresh_token(last))
        });
        let Some((last, refresh_token)) = usable.and_then(|last| Some((last, last.refresh_token()?))) else {
            return self.within_fetch_timeout(Box::pin(self.fetch_new())).await;
        };
        self.within_fetch_timeout(Box::pin(async {
            let bound_key = settings.client_keys().of_refresh_token(last);
            let request = GrantRequest::refresh_token(refresh_token, bound_key);
            match retry::run(settings, &request, &self.retries, || true, retry::token_attempt).await {
                Err(Error::OAuthProvider(rejection)) if rejection.code() == Some("invalid_grant") => {
                    events::refresh_token_rejected(&settings.client);
                    match needs_user {
                        false => self.fetch_new().await,
                        true => Err(settings.sign_in_required(Some(rejection))),
                    }
                }
                outcome => Ok(outcome?.inheriting_from(last)),
            }
        }))
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
