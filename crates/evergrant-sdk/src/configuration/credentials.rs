//! The configured credentials and initial token of a scheme.

use std::sync::Arc;

use evergrant::Token;

use crate::credentials::{BasicCredentials, BearerCredentials, KeyCredentials, OAuthSettings, SessionCredentials};

/// The settings of one scheme. Credentials and tokens are compared by identity, not by value.
#[derive(Clone, Default)]
pub(crate) struct SchemeSettings {
    pub(crate) credentials: Option<SchemeCredentials>,
    /// The initial token.
    pub(crate) token: Option<Arc<Token>>,
}

#[derive(Clone)]
pub(crate) enum SchemeCredentials {
    Basic(Arc<BasicCredentials>),
    Bearer(Arc<BearerCredentials>),
    Keys(Arc<KeyCredentials>),
    OAuth(Arc<OAuthSettings>),
    Session(Arc<SessionCredentials>),
}

impl SchemeSettings {
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.has_same_credentials(other) && self.has_same_token(other)
    }

    pub(crate) fn has_same_credentials(&self, other: &Self) -> bool {
        match (&self.credentials, &other.credentials) {
            (None, None) => true,
            (Some(SchemeCredentials::Basic(one)), Some(SchemeCredentials::Basic(other))) => Arc::ptr_eq(one, other),
            (Some(SchemeCredentials::Bearer(one)), Some(SchemeCredentials::Bearer(other))) => Arc::ptr_eq(one, other),
            (Some(SchemeCredentials::Keys(one)), Some(SchemeCredentials::Keys(other))) => Arc::ptr_eq(one, other),
            (Some(SchemeCredentials::OAuth(one)), Some(SchemeCredentials::OAuth(other))) => one.is_same(other),
            (Some(SchemeCredentials::Session(one)), Some(SchemeCredentials::Session(other))) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    /// Returns the initial token of the scheme, or else of its credentials.
    pub(crate) fn initial_token(&self) -> Option<&Arc<Token>> {
        let of_credentials = match &self.credentials {
            Some(SchemeCredentials::OAuth(credentials)) => credentials.token.as_ref(),
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
