//! A token in place of another: by its refresh token, or from the application's own store.

use super::{Exchange, attempts};
use crate::Token;
use crate::error::Error;
use crate::grant::Entitlement;
use crate::manager::events;

impl Exchange {
    /// Asks for a token in place of `last`: with its refresh token, if it has one and the grant is one for users (RFC 6749
    /// section 6), as [`fetch_token`](Self::fetch_token) otherwise. That is also the way out when the server no longer takes
    /// the refresh token (`invalid_grant`), where there is one without a user.
    ///
    /// The new token carries the refresh token that is good from now on, be it a new one or still the old one. Store it before
    /// the old token is forgotten: many servers take each refresh token once. For the same reason, do not drop the future, and
    /// do not show the server again a refresh token that it has refused.
    ///
    /// # Errors
    /// As [`fetch_token`](Self::fetch_token).
    pub async fn renew(&self, last: Option<&Token>) -> Result<Token, Error> {
        self.replace(last).await
    }

    /// Uses the `stored` token, or renews. This is the whole body of a [token provider](crate::TokenProvider) that keeps
    /// tokens in a store of its own:
    ///
    /// - A stored token that is valid and is not `last` is returned, and nothing is sent: another process has renewed it.
    /// - Otherwise the newer of the two is [renewed](Self::renew), with its refresh token if it has one. So an expired stored
    ///   token is renewed too. Without a refresh token, this is [`fetch_token`](Self::fetch_token).
    ///
    /// `last` is the token that the provider was given. It has expired, or an API has refused it, so it is never returned. The
    /// stored token counts as the newer one, unless `last` is known to expire later: then the store has missed an update.
    ///
    /// Save what the provider returns with [`on_token_update`](crate::TokenManagerBuilder::on_token_update), so that a refresh
    /// token that the server has replaced is not lost.
    ///
    /// ```
    /// use evergrant::{Exchange, Password, Token};
    ///
    /// # async fn load_token() -> Option<Token> { None }
    /// # async fn save_token(_: Token) {}
    /// let builder = Password::new("reader", "not-a-real-password")
    ///     .client("client-id", "not-a-real-secret")
    ///     .token_url("https://auth.example.com/oauth2/token")
    ///     .token_provider(async |last, exchange: Exchange| exchange.use_or_renew(load_token().await, last).await);
    /// ```
    ///
    /// # Errors
    /// As [`renew`](Self::renew).
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

    /// Whether the token can be sent now.
    pub(crate) fn is_usable(&self, token: &Token) -> bool {
        let left = token.left(self.settings.runtime.now());
        token.access_token().fits_header() && left.is_none_or(|left| !left.is_zero())
    }

    pub(super) async fn replace(&self, last: Option<&Token>) -> Result<Token, Error> {
        let settings = &*self.settings;
        let needs_user = settings.grant.entitlement().is_none();
        let last = last.or(self.last.as_ref().filter(|_| needs_user));
        let usable = last.filter(|_| settings.grant.refreshes());
        let Some((last, refresh_token)) = usable.and_then(|last| Some((last, last.refresh_token()?))) else {
            return self.in_time(self.ask_anew()).await;
        };
        self.in_time(async {
            let entitlement = Entitlement::RefreshToken(refresh_token.clone());
            match attempts::run(settings, &entitlement, &self.retries).await {
                Err(Error::OAuthProvider(refusal)) if refusal.code() == Some("invalid_grant") => {
                    events::refresh_token_refused(&settings.client);
                    match settings.grant.entitlement() {
                        Some(_) => self.ask_anew().await,
                        None => Err(settings.sign_in_required(Some(refusal))),
                    }
                }
                outcome => Ok(outcome?.in_place_of(last)),
            }
        })
        .await
    }
}

fn is_same(one: &Token, other: &Token) -> bool {
    one.access_token().expose() == other.access_token().expose()
}

/// As far as it is known of both.
fn expires_later(one: &Token, other: &Token) -> bool {
    let (Some(one), Some(other)) = (one.expires_at(), other.expires_at()) else {
        return false;
    };
    one > other
}
