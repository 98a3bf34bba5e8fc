//! Fetching a token: why, from which source, and with which outcome.

use std::sync::Arc;
use std::time::Duration;

use super::token_deadlines::Deadlines;
use super::token_provider::SharedTokenProvider;
use crate::error::{CallbackError, CallbackKind, Error, TimeoutScope};
use crate::grant::Grant;
use crate::metrics::Reason;
use crate::runtime::Timestamp;
use crate::scope::Scopes;
use crate::store::Lease;
use crate::token::Token;
use crate::token_endpoint::TokenEndpoint;

/// A request to fetch a token.
#[derive(Clone)]
pub(super) struct FetchRequest {
    pub(super) mode: FetchMode,
    pub(super) reason: Reason,
    pub(super) priority: Priority,
    /// The token to replace.
    pub(super) last: Option<Token>,
    pub(super) started: Timestamp,
}

/// How far a fetch may go.
#[derive(Clone)]
pub(super) enum FetchMode {
    /// Send a token request, unless another process has a token already.
    Fetch,
    /// The server has just rejected the credentials: fetch only if the application has other credentials. Carries the
    /// cached error.
    FetchIfCredentialsChanged(Error),
    /// The store may have changed: read it, and send no token request. Carries the cached error, if there is one.
    ReadStore(Option<Error>),
}

/// Who depends on a fetch.
#[derive(Clone, Copy)]
pub(super) enum Priority {
    /// Callers wait: they have no token that is valid for long enough.
    Callers,
    /// No caller waits: a token with these deadlines is served.
    Background(Deadlines),
}

/// The outcome of a fetch.
pub(super) enum FetchOutcome {
    /// A token to install.
    Token(Token, FetchedBy),
    /// The token of a user, which could not be saved with this lease.
    Unsaved(Token, Lease),
    /// The user has signed out, or has never signed in.
    SignedOut,
    /// Another process reports that an API rejected the current token.
    Rejected,
    /// Another process fetches the token, or it is too early: try again after this time.
    Deferred(Duration),
    /// Nothing was sent, and the cached error still applies.
    Unchanged(Error),
    Failed(Error),
    /// The task was dropped together with its runtime.
    Aborted,
}

/// Which process fetched a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FetchedBy {
    ThisProcess,
    AnotherProcess,
}

impl FetchRequest {
    /// Returns whether an API rejected the last token.
    pub(super) fn follows_rejection(&self) -> bool {
        self.reason == Reason::Rejected
    }

    pub(super) fn has_waiting_callers(&self) -> bool {
        matches!(self.priority, Priority::Callers)
    }
}

/// The outcome of a fetch by this process.
impl From<Result<Token, Error>> for FetchOutcome {
    fn from(result: Result<Token, Error>) -> Self {
        match result {
            Ok(token) => Self::Token(token, FetchedBy::ThisProcess),
            Err(error) => Self::Failed(error),
        }
    }
}

/// Where this process fetches a token: the application's token provider if there is one, otherwise the token endpoint.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) endpoint: TokenEndpoint,
    pub(super) provider: Option<SharedTokenProvider>,
}

impl Source {
    /// Fetches a token that replaces `last`, for a fetch that began at `started`.
    pub(super) async fn fetch(&self, last: Option<Token>, started: Timestamp) -> Result<Token, Error> {
        let Some(provider) = &self.provider else {
            return self.endpoint.renew(last.as_ref()).await;
        };
        let settings = self.endpoint.settings();
        let limit = settings.fetch_timeout;
        let endpoint = self.endpoint.replacing(last.as_ref());
        let began = settings.runtime.now();
        let token = settings.runtime.timeout(limit, provider.provide(last, endpoint)).await;
        let timeout = || self.timeout(TimeoutScope::Fetch, limit, settings.runtime.has_stalled(began, limit));
        self.check(token.unwrap_or_else(|| Err(timeout()))?, started)
    }

    /// Returns the error for a token that did not arrive in time. It names the provider, if there is one.
    pub(super) fn timeout(&self, scope: TimeoutScope, limit: Duration, is_stalled: bool) -> Error {
        let settings = self.endpoint.settings();
        match self.provider {
            Some(_) => settings.timeout_of(Some(CallbackKind::TokenProvider), scope, limit, is_stalled),
            None => settings.timeout(scope, limit, is_stalled),
        }
    }

    pub(super) fn with_scopes(&self, scopes: Scopes) -> Self {
        Self {
            endpoint: self.endpoint.with_scopes(scopes),
            provider: self.provider.clone(),
        }
    }

    /// Returns the source for another grant.
    pub(super) fn with_grant(&self, grant: impl Grant) -> Self {
        Self {
            endpoint: self.endpoint.with_grant(grant),
            provider: self.provider.clone(),
        }
    }

    /// Returns the same source without retries.
    pub(super) fn without_retries(&self) -> Self {
        Self {
            endpoint: self.endpoint.without_retries(),
            provider: self.provider.clone(),
        }
    }

    /// Returns whether a token that replaces `last` can be fetched without a user.
    pub(super) fn can_fetch(&self, last: Option<&Token>) -> bool {
        self.provider.is_some() || self.endpoint.can_fetch(last)
    }

    /// Rejects an unusable token of a provider; each call would otherwise request it again.
    fn check(&self, token: Token, started: Timestamp) -> Result<Token, Error> {
        let now = self.endpoint.settings().runtime.now();
        let fresh = token
            .requested_at()
            .is_some_and(|at| at.since_boot() >= started.since_boot());
        let expired = token.expires_at().is_some_and(|expiry| expiry <= now.wall())
            || token.expires_at().is_none() && token.expires_in() == Some(Duration::ZERO);
        if !token.access_token().fits_header() {
            Err(unusable("it returned a token that is empty or not valid in a header"))
        } else if self.endpoint.settings().client_keys().lack_proof_for(&token) {
            Err(unusable(
                "it returned a token that is bound to a DPoP key, but the token manager has no proof(..) with this key",
            ))
        } else if expired && !fresh {
            Err(unusable("it returned a token that has already expired"))
        } else {
            Ok(token)
        }
    }
}

fn unusable(problem: &'static str) -> Error {
    Error::Callback(Arc::new(CallbackError::new(
        CallbackKind::TokenProvider,
        problem.into(),
    )))
}
