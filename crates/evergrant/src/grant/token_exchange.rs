//! Token exchange (RFC 8693): a token of a subject is exchanged for a token for another service.

use std::future::ready;

use super::jwt_bearer::unidentified;
use super::{Grant, GrantRequest, Repeatable, TokenTypeIdentifier};
use crate::assertion::{Identified, SharedAssertionSource};
use crate::error::{BuildError, Error};
use crate::runtime::BoxFuture;
use crate::token_request_context::TokenRequestContext;

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// The token exchange grant (RFC 8693): exchanges a token of a subject, such as the user of an incoming request, for a
/// token for another service. Build a token manager with [`builder`](Self::builder).
///
/// The subject token comes from an [assertion source](crate::assertion), which is called before each token request: a
/// fixed token, a function, a file, or another [`TokenManager`](crate::TokenManager), which renews its token itself. If
/// the server rejects an exchange with a subject or actor token of another manager, that manager replaces the token,
/// and the exchange is repeated once.
///
/// Set the services that the new token is for on the builder: [`audience`](crate::TokenManagerBuilder::audience),
/// [`resource`](crate::TokenManagerBuilder::resource) and [`scopes`](crate::TokenManagerBuilder::scopes).
///
/// ```
/// use evergrant::{TokenExchange, TokenManager, TokenTypeIdentifier};
///
/// # fn run(own_token: TokenManager, transport: evergrant::SharedTransport) -> Result<(), evergrant::BuildError> {
/// let tokens = TokenExchange::new("not-a-real-user-token", TokenTypeIdentifier::AccessToken)
///     .actor(own_token, TokenTypeIdentifier::AccessToken)
///     .requested_token_type(TokenTypeIdentifier::AccessToken)
///     .builder("client-id", "not-a-real-secret")
///     .token_url("https://auth.example.com/oauth2/token")
///     .audience("https://orders.example.com")
///     .build(transport)?;
/// # Ok(())
/// # }
/// ```
///
/// For a service that acts for many subjects, such as its callers, use [`for_each_subject`](Self::for_each_subject).
/// Their tokens may be invalid, so a rejection there does not replace the service's own actor token.
///
/// # Types of the issued token
/// If a type is requested, a response with another `issued_token_type` is an error. A token that is not an access token
/// (`token_type` is `N_A`) is accepted only if its type is requested. To read the type of a token, call
/// [`Token::member("issued_token_type")`](crate::Token::member).
#[derive(Debug, Clone)]
#[must_use = "a grant does nothing until a manager is built with `builder(..)`"]
pub struct TokenExchange {
    /// `None` if each subject has a manager of its own.
    subject: Option<Identified>,
    /// Whether the grant is the template of the managers of all subjects, or that of one of them.
    is_template: bool,
    subject_token_type: TokenTypeIdentifier,
    actor: Option<(Identified, TokenTypeIdentifier)>,
    requested_token_type: Option<TokenTypeIdentifier>,
}

impl TokenExchange {
    /// Creates the token exchange grant with a source of subject tokens, and the type of these tokens.
    pub fn new(
        subject_token: impl Into<SharedAssertionSource>,
        subject_token_type: impl Into<TokenTypeIdentifier>,
    ) -> Self {
        let grant = Self::for_each_subject(subject_token_type);
        grant.with_subject(subject_token.into())
    }

    /// Creates the token exchange grant for many subjects, whose subject tokens all have this type. Each subject gets
    /// its own token manager: finish the builder with
    /// [`build_for_subjects`](crate::TokenManagerBuilder::build_for_subjects).
    pub fn for_each_subject(subject_token_type: impl Into<TokenTypeIdentifier>) -> Self {
        Self {
            subject: None,
            is_template: false,
            subject_token_type: subject_token_type.into(),
            actor: None,
            requested_token_type: None,
        }
    }

    /// Sets the source of actor tokens, and their type. An actor token identifies the party that acts for the subject
    /// (RFC 8693 section 1.1). Default: none.
    pub fn actor(
        mut self,
        actor_token: impl Into<SharedAssertionSource>,
        actor_token_type: impl Into<TokenTypeIdentifier>,
    ) -> Self {
        self.actor = Some((Identified::new(actor_token.into()), actor_token_type.into()));
        self
    }

    /// Sets the type of the token that the server should issue. Default: none, so the server chooses the type.
    pub fn requested_token_type(mut self, token_type: impl Into<TokenTypeIdentifier>) -> Self {
        self.requested_token_type = Some(token_type.into());
        self
    }

    /// Sets text that identifies the subject, such as the issuer and subject of its token. Token managers that share a
    /// [store](crate::TokenManagerBuilder::store) share a token only if this text is equal. Must not be a secret.
    /// Default: a hash of the subject token, if it is fixed. With any other source, a store requires this setting. Has
    /// no effect on a [grant for many subjects](Self::for_each_subject).
    pub fn subject_id(mut self, id: impl AsRef<str>) -> Self {
        if let Some(subject) = &mut self.subject {
            subject.set_id(id.as_ref());
        }
        self
    }

    /// Sets text that identifies the [actor](Self::actor), like [`subject_id`](Self::subject_id) for the subject. Call
    /// it after `actor`.
    pub fn actor_id(mut self, id: impl AsRef<str>) -> Self {
        if let Some((actor, _)) = &mut self.actor {
            actor.set_id(id.as_ref());
        }
        self
    }

    /// Returns the same grant for another subject.
    pub(crate) fn with_subject(&self, subject_token: SharedAssertionSource) -> Self {
        Self {
            subject: Some(Identified::new(subject_token)),
            ..self.clone()
        }
    }

    /// Returns the template of the managers of all subjects.
    pub(crate) fn as_template(&self) -> Self {
        Self {
            is_template: true,
            ..self.clone()
        }
    }

    pub(crate) fn has_subject(&self) -> bool {
        self.subject.is_some()
    }

    fn token_types(&self) -> impl Iterator<Item = (&'static str, &TokenTypeIdentifier)> {
        let actor = self
            .actor
            .as_ref()
            .map(|(_, token_type)| ("actor_token_type", token_type));
        let requested = self.requested_token_type.as_ref();
        let requested = requested.map(|token_type| ("requested_token_type", token_type));
        let subject = Some(("subject_token_type", &self.subject_token_type));
        [subject, actor, requested].into_iter().flatten()
    }
}

impl Grant for TokenExchange {
    fn name(&self) -> &str {
        "token exchange"
    }

    fn request<'a>(&'a self, _: TokenRequestContext<'a>) -> BoxFuture<'a, Result<GrantRequest, Error>> {
        let Some(subject) = &self.subject else {
            let error = Error::grant("no subject token is set; use the manager of a subject");
            return Box::pin(ready(Err(error)));
        };
        let mut request = GrantRequest::new(GRANT_TYPE).assertion("subject_token", subject.source.clone());
        for (name, token_type) in self.token_types() {
            request = request.param(name, token_type.as_str());
        }
        if let Some((actor, _)) = &self.actor {
            request = request.assertion("actor_token", actor.source.clone());
        }
        if self.is_template {
            request = request.with_foreign_assertion();
        }
        if let Some(token_type) = &self.requested_token_type {
            request = request.expect_issued_type(token_type.clone());
        }
        Box::pin(ready(Ok(request)))
    }

    /// A subject token that can be read again replaces a refresh token: the subject may have changed meanwhile.
    fn uses_refresh_tokens(&self) -> bool {
        self.subject
            .as_ref()
            .is_some_and(|subject| subject.source.fixed().is_some())
    }

    fn parameters(&self) -> &[&str] {
        &[
            "subject_token",
            "subject_token_type",
            "actor_token",
            "actor_token_type",
            "requested_token_type",
        ]
    }

    fn check(&self, issuer: Option<&str>) -> Result<(), BuildError> {
        if self.subject.is_none() && !self.is_template {
            let problem =
                "it has no subject token; use build_for_subjects(..), or create it with TokenExchange::new(..)";
            return Err(BuildError::InvalidSetting {
                setting: "the token exchange",
                problem: problem.to_owned(),
            });
        }
        if let Some(subject) = &self.subject {
            subject.check("the subject token", issuer)?;
        }
        if let Some((actor, _)) = &self.actor {
            actor.check("the actor token", issuer)?;
        }
        match self.token_types().find(|(_, token_type)| !token_type.is_valid()) {
            Some((setting, _)) => Err(BuildError::OutOfRange {
                setting,
                expected: "a URI in ASCII without spaces (RFC 8693 section 3)",
            }),
            None => Ok(()),
        }
    }
}

impl Repeatable for TokenExchange {
    fn subject(&self) -> Option<&str> {
        self.subject.as_ref()?.identity()
    }

    fn bindings(&self) -> Vec<(String, String)> {
        let types = self
            .token_types()
            .map(|(name, token_type)| (name.to_owned(), token_type.to_string()));
        let actor = self.actor.as_ref().and_then(|(actor, _)| actor.identity());
        let actor = actor.map(|identity| ("actor".to_owned(), identity.to_owned()));
        types.chain(actor).collect()
    }

    fn check_sharing(&self) -> Result<(), BuildError> {
        if self
            .subject
            .as_ref()
            .is_some_and(|subject| subject.identity().is_none())
        {
            return Err(unidentified(
                "a subject token whose subject is unknown",
                "name it with subject_id(..)",
            ));
        }
        if self.actor.as_ref().is_some_and(|(actor, _)| actor.identity().is_none()) {
            return Err(unidentified(
                "an actor token whose actor is unknown",
                "name it with actor_id(..)",
            ));
        }
        Ok(())
    }
}
