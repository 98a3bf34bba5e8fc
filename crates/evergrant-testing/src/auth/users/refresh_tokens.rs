//! Refresh tokens: issuance, rotation and revocation (RFC 6749 section 6, RFC 9700 section 4.14.2).

use std::time::SystemTime;

use serde_json::{Map, Value};

use super::super::registered_clients_and_tokens::{Authorization, Registry};
use super::{Consent, Users};

/// How the server issues refresh tokens. Refresh tokens do not expire, and the client credentials grant never issues
/// them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RefreshTokens {
    /// Each refresh token is single-use, and each refresh returns the next one. Reuse fails with `invalid_grant` and
    /// revokes all tokens of the same sign-in (RFC 9700 section 4.14.2).
    #[default]
    Rotating,
    /// A refresh token stays valid until it is revoked. A refresh does not return a new refresh token.
    Reusable,
    /// No refresh tokens are issued, and the `refresh_token` grant is disabled.
    None,
}

pub(super) struct RefreshToken {
    authorization: Authorization,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Valid,
    /// The refresh token was exchanged for the next one.
    Used,
    Revoked,
}

impl Registry {
    /// Issues a refresh token unless the server issues none.
    pub(super) fn issue_refresh_token(&mut self, authorization: &Authorization) -> Option<String> {
        if self.users.policy == RefreshTokens::None {
            return None;
        }
        let token = self.unique("refresh-token");
        let issued = RefreshToken {
            authorization: authorization.clone(),
            state: State::Valid,
        };
        self.users.refresh_tokens.insert(token.clone(), issued);
        Some(token)
    }

    /// Returns the authorization of a client's refresh token, or the reason for a rejection.
    pub(in crate::auth) fn refreshable(&mut self, token: &str, client_id: &str) -> Result<Authorization, &'static str> {
        let token = self.users.refresh_tokens.get(token);
        let RefreshToken { authorization, state } = token.ok_or("the refresh token is unknown")?;
        if authorization.client_id != client_id {
            return Err("the refresh token was issued to another client");
        }
        match state {
            State::Valid => Ok(authorization.clone()),
            State::Revoked => Err("the refresh token is revoked"),
            State::Used => {
                if let Some(consent) = authorization.consent.clone() {
                    self.revoke_consent(&consent);
                }
                Err("the refresh token was used before; all tokens of its sign-in are revoked")
            }
        }
    }

    /// Issues tokens for a valid refresh token, and returns the members of the token response. The next refresh token
    /// keeps all scopes even if the access token has fewer (RFC 6749 section 6).
    pub(in crate::auth) fn refresh(
        &mut self,
        token: &str,
        authorization: Authorization,
        scopes: &[String],
        now: SystemTime,
    ) -> Map<String, Value> {
        let next = match self.users.policy {
            RefreshTokens::Rotating => {
                self.users.set(token, State::Used);
                self.issue_refresh_token(&authorization)
            }
            RefreshTokens::Reusable | RefreshTokens::None => None,
        };
        let narrowed = Authorization {
            scopes: self.response.granted(scopes),
            ..authorization
        };
        self.grant(narrowed, next.as_deref(), now)
    }
}

impl Users {
    /// Returns the authorization of a refresh token in any state.
    pub(in crate::auth) fn authorization(&self, refresh_token: &str) -> Option<&Authorization> {
        self.refresh_tokens.get(refresh_token).map(|token| &token.authorization)
    }

    pub(in crate::auth) fn revoke_consent(&mut self, consent: &Consent) {
        self.revoke_refresh_tokens(|authorization| authorization.consent.as_ref() == Some(consent));
    }

    pub(super) fn revoke_refresh_tokens(&mut self, filter: impl Fn(&Authorization) -> bool) {
        self.refresh_tokens
            .values_mut()
            .filter(|token| filter(&token.authorization))
            .for_each(|token| token.state = State::Revoked);
    }

    fn set(&mut self, token: &str, state: State) {
        if let Some(token) = self.refresh_tokens.get_mut(token) {
            token.state = state;
        }
    }
}
