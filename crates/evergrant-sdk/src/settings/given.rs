//! The credentials of a scheme, as given.

use std::sync::Arc;

use evergrant::Token;

use crate::{BasicCredentials, BearerCredentials, KeyCredentials, OAuthCredentials, SessionCredentials};

/// What one scheme has been given. What counts as the same is the very same, not something equal.
#[derive(Clone, Default)]
pub(crate) struct Scheme {
    pub(crate) given: Option<Given>,
    /// To start from.
    pub(crate) token: Option<Arc<Token>>,
}

#[derive(Clone)]
pub(crate) enum Given {
    Basic(Arc<BasicCredentials>),
    Bearer(Arc<BearerCredentials>),
    Keys(Arc<KeyCredentials>),
    OAuth(Arc<OAuthCredentials>),
    Session(Arc<SessionCredentials>),
}

impl Scheme {
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.has_same_credentials(other) && self.has_same_token(other)
    }

    pub(crate) fn has_same_credentials(&self, other: &Self) -> bool {
        match (&self.given, &other.given) {
            (None, None) => true,
            (Some(Given::Basic(one)), Some(Given::Basic(other))) => Arc::ptr_eq(one, other),
            (Some(Given::Bearer(one)), Some(Given::Bearer(other))) => Arc::ptr_eq(one, other),
            (Some(Given::Keys(one)), Some(Given::Keys(other))) => Arc::ptr_eq(one, other),
            (Some(Given::OAuth(one)), Some(Given::OAuth(other))) => one.is_same(other),
            (Some(Given::Session(one)), Some(Given::Session(other))) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    /// The token to start from: the scheme's own, or that of its credentials.
    pub(crate) fn start(&self) -> Option<&Arc<Token>> {
        let of_credentials = match &self.given {
            Some(Given::OAuth(credentials)) => credentials.token.as_ref(),
            _ => None,
        };
        self.token.as_ref().or(of_credentials)
    }

    pub(crate) fn has_same_token(&self, other: &Self) -> bool {
        match (&self.token, &other.token) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}
