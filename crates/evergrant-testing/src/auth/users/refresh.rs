//! Refresh tokens: who gets one, and how long it is good (RFC 6749 section 6, RFC 9700 section 4.14.2).

use std::time::SystemTime;

use serde_json::{Map, Value};

use super::super::registry::{Entitlement, Registry};
use super::{Consent, Users};

/// How the server deals with refresh tokens. They do not expire, and client credentials bring none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RefreshTokens {
    /// Each is good once, and brings the next. One that is shown again is `invalid_grant`, and so is every other token of the
    /// same sign-in from then on (RFC 9700 section 4.14.2).
    #[default]
    Rotating,
    /// One stays good until it is revoked, and brings no other.
    Reusable,
    /// There are none, and the `refresh_token` grant is not offered.
    None,
}

pub(super) struct RefreshToken {
    entitlement: Entitlement,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    /// It has brought the next.
    Used,
    Revoked,
}

impl Registry {
    /// A new refresh token, if the server has any.
    pub(super) fn issue_refresh_token(&mut self, entitlement: &Entitlement) -> Option<String> {
        if self.users.policy == RefreshTokens::None {
            return None;
        }
        let token = self.unique("refresh-token");
        let issued = RefreshToken {
            entitlement: entitlement.clone(),
            state: State::Good,
        };
        self.users.refresh_tokens.insert(token.clone(), issued);
        Some(token)
    }

    /// What a client's refresh token entitles to, or why to nothing.
    pub(in crate::auth) fn refreshable(&mut self, token: &str, client_id: &str) -> Result<Entitlement, &'static str> {
        let known = self.users.refresh_tokens.get(token);
        let RefreshToken { entitlement, state } = known.ok_or("the refresh token is unknown")?;
        if entitlement.client_id != client_id {
            return Err("the refresh token is another client's");
        }
        match state {
            State::Good => Ok(entitlement.clone()),
            State::Revoked => Err("the refresh token is revoked"),
            State::Used => {
                if let Some(consent) = entitlement.consent.clone() {
                    self.revoke_consent(&consent);
                }
                Err("the refresh token was used before: all tokens of its sign-in are revoked")
            }
        }
    }

    /// New tokens for a refresh token that is good, as the members of their response. The next refresh token is for all that
    /// this one is for, though the access token is for less (RFC 6749 section 6).
    pub(in crate::auth) fn refresh(
        &mut self,
        token: &str,
        entitlement: Entitlement,
        scopes: &[String],
        now: SystemTime,
    ) -> Map<String, Value> {
        let next = match self.users.policy {
            RefreshTokens::Rotating => {
                self.users.set(token, State::Used);
                self.issue_refresh_token(&entitlement)
            }
            RefreshTokens::Reusable | RefreshTokens::None => None,
        };
        let narrowed = Entitlement {
            scopes: self.response.granted(scopes),
            ..entitlement
        };
        self.grant(narrowed, next.as_deref(), now)
    }
}

impl Users {
    /// What a refresh token entitles to, whatever its state.
    pub(in crate::auth) fn entitlement(&self, refresh_token: &str) -> Option<&Entitlement> {
        self.refresh_tokens.get(refresh_token).map(|token| &token.entitlement)
    }

    pub(in crate::auth) fn revoke_consent(&mut self, consent: &Consent) {
        self.revoke_refresh_tokens(|entitlement| entitlement.consent.as_ref() == Some(consent));
    }

    pub(super) fn revoke_refresh_tokens(&mut self, which: impl Fn(&Entitlement) -> bool) {
        self.refresh_tokens
            .values_mut()
            .filter(|token| which(&token.entitlement))
            .for_each(|token| token.state = State::Revoked);
    }

    fn set(&mut self, token: &str, state: State) {
        if let Some(token) = self.refresh_tokens.get_mut(token) {
            token.state = state;
        }
    }
}
