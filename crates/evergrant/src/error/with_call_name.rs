//! The name of the API call in an [`Error`].

use std::fmt;
use std::sync::Arc;

use super::{ClientContext, Error, OriginError};

impl Error {
    /// Returns the name of the API call that failed, such as `GET https://api.example.com/v1/books`. Returns `None` if
    /// the application requested the token itself, not for an API call.
    #[must_use]
    pub fn call(&self) -> Option<&str> {
        match self {
            Self::Callback(error) => error.call.as_deref(),
            Self::Login(error) => error.call.as_deref(),
            Self::RequirementNotMet(error) => error.call.as_deref(),
            Self::Origin(error) => match &**error {
                OriginError::NotAllowed { call, .. }
                | OriginError::NotEncrypted { call, .. }
                | OriginError::InvalidUrl { call, .. } => call.as_deref(),
            },
            _ => self.client()?.call(),
        }
    }

    /// Sets the name of the API call that failed: its method and its URL without query, user information and fragment.
    /// The error's message then starts with this name. HTTP clients call this method. A name that is already set stays.
    ///
    /// ```
    /// let error = evergrant::Error::provider("the vault is sealed").for_call("GET https://api.example.com/v1/books");
    /// assert_eq!(error.call(), Some("GET https://api.example.com/v1/books"));
    /// let message = "GET https://api.example.com/v1/books: the application's token provider failed";
    /// assert!(error.to_string().starts_with(message));
    /// ```
    #[must_use]
    pub fn for_call(mut self, call: impl Into<Arc<str>>) -> Self {
        if self.call().is_none() {
            *self.call_mut() = Some(call.into());
        }
        self
    }

    /// Returns the client and its endpoint, if the error is about a token.
    fn client(&self) -> Option<&ClientContext> {
        Some(match self {
            Self::OAuthProvider(error) => &error.client,
            Self::TokenResponse(error) => &error.client,
            Self::Unreachable(error) => &error.client,
            Self::Issuer(error) => &error.client,
            Self::Endpoint(error) => &error.client,
            Self::Timeout(error) => &error.client,
            Self::SharedFailure(error) => &error.client,
            Self::SignInRequired(error) => &error.client,
            Self::SignInFailed(error) => &error.client,
            Self::StoreFailed(error) => &error.client,
            Self::LifetimeTooShort { client, .. }
            | Self::ProviderCycle(client)
            | Self::Aborted(client)
            | Self::Panicked(client)
            | Self::NoRuntime(client)
            | Self::NotAuthorized(client)
            | Self::TokenExpired(client)
            | Self::ProofRequired(client) => client,
            Self::Callback(_) | Self::Login(_) | Self::Origin(_) | Self::RequirementNotMet(_) => return None,
        })
    }

    /// Clones a shared error, so that the name is not set for other calls that waited for the same token.
    fn call_mut(&mut self) -> &mut Option<Arc<str>> {
        let client = match self {
            Self::Callback(error) => return &mut Arc::make_mut(error).call,
            Self::Login(error) => return &mut Arc::make_mut(error).call,
            Self::RequirementNotMet(error) => return &mut Arc::make_mut(error).call,
            Self::Origin(error) => match Arc::make_mut(error) {
                OriginError::NotAllowed { call, .. }
                | OriginError::NotEncrypted { call, .. }
                | OriginError::InvalidUrl { call, .. } => return call,
            },
            Self::OAuthProvider(error) => &mut Arc::make_mut(error).client,
            Self::TokenResponse(error) => &mut Arc::make_mut(error).client,
            Self::Unreachable(error) => &mut Arc::make_mut(error).client,
            Self::Issuer(error) => &mut Arc::make_mut(error).client,
            Self::Endpoint(error) => &mut Arc::make_mut(error).client,
            Self::Timeout(error) => &mut Arc::make_mut(error).client,
            Self::SharedFailure(error) => &mut Arc::make_mut(error).client,
            Self::SignInRequired(error) => &mut Arc::make_mut(error).client,
            Self::SignInFailed(error) => &mut Arc::make_mut(error).client,
            Self::StoreFailed(error) => &mut Arc::make_mut(error).client,
            Self::LifetimeTooShort { client, .. }
            | Self::ProviderCycle(client)
            | Self::Aborted(client)
            | Self::Panicked(client)
            | Self::NoRuntime(client)
            | Self::NotAuthorized(client)
            | Self::TokenExpired(client)
            | Self::ProofRequired(client) => client,
        };
        &mut Arc::make_mut(client).call
    }

    /// Writes the call at the start of the message.
    pub(super) fn fmt_call(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.call() {
            Some(call) => write!(f, "{call}: "),
            None => Ok(()),
        }
    }
}
