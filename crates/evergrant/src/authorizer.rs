//! The [`Authorizer`] of HTTP clients: writes credentials into requests, and decides whether a rejected request is
//! repeated.

use http::header::AUTHORIZATION;
use http::{HeaderMap, request};

use crate::error::Error;
use crate::manager::TokenManager;
use crate::proof::{self, ProofResponse, ProofTarget, ProofVerdict, SharedProof};
use crate::response_head::ResponseHead;
use crate::scheme::{OAuth, Scheme};
use crate::security_requirement::{Requirement, UsedToken, UsedTokens};
use crate::token_generation::Generation;
use crate::token_rejection::{Interruption, Rejection, ReplayOutcome};
use crate::transport::TransportIdentity;

/// Writes credentials into the API requests of an HTTP client, and decides whether a request is repeated after the API
/// has rejected its credentials. Cheap to clone.
///
/// An HTTP client normally uses [`Replay`](crate::Replay), which calls these methods for the first attempt of a call
/// and for its repetitions. A `Replay` also passes each response to the [proof of possession](crate::proof::Proof), if
/// the tokens need one; an `Authorizer` does not.
///
/// An `Authorizer` does not check where a request goes: first check with
/// [`AllowedOrigins`](crate::origin::AllowedOrigins) whether the URL of the request may receive credentials.
///
/// ```
/// use evergrant::{Authorizer, ReplayDecision};
/// use evergrant::scheme::Basic;
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let authorizer = Authorizer::from(Basic::new("basicAuth").with_credentials("reader", "not-a-real-password")?);
///
/// let (mut head, body) = http::Request::get("https://api.example.com/books").body(())?.into_parts();
/// let authorization = match authorizer.authorize_now(&mut head) {
///     Some(authorization) => authorization,
///     None => authorizer.authorize(&mut head).await?,
/// };
/// // Send the request. If the API responds with 401:
/// if authorizer.reject(&authorization) == ReplayDecision::Repeat {
///     // Authorize the request again. If the `Authorization` differs, send it, and report the outcome.
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Authorizer {
    source: CredentialSource,
}

/// The source of the credentials. A bare manager has the shortest path.
#[derive(Debug, Clone)]
enum CredentialSource {
    Manager(TokenManager),
    Requirement(Requirement),
}

/// The tokens that a request was sent with, as identifiers without the tokens themselves. Pass the value to the
/// [`Authorizer`] that returned it, and to no other. Two values are equal if they identify the same tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authorization {
    used: UsedTokens,
}

impl Authorization {
    /// Returns the [generation](Generation) of the token that the request was sent with, for [`TokenManager::reject`].
    /// Returns `None` if the request was sent without a token, or with several.
    #[must_use]
    pub fn generation(&self) -> Option<Generation> {
        match self.used.tokens() {
            [used] => Some(used.generation),
            _ => None,
        }
    }
}

/// The decision whether to repeat a request that the API rejected. Returned by [`Authorizer::reject`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplayDecision {
    /// Another token may be available. Authorize the request again, and compare the new [`Authorization`] with the
    /// rejected one. If they differ, repeat the request. If they are equal, return the API's rejection to the caller:
    /// another process that shares the token store has found that the API rejects new tokens too, so the current token
    /// stays in use.
    Repeat,
    /// Do not repeat the request: it was sent without a token, so nothing can be renewed.
    NothingToRenew,
    /// Do not repeat the request: the token stays in use. Either the API rejects new tokens too, or it has rejected too
    /// many tokens recently, or the application renews tokens itself ([manual
    /// mode](crate::TokenManagerBuilder::manual)).
    NotRenewed,
}

impl Authorizer {
    /// Writes the credentials into the head of an API request. Waits for a token if none is cached. If the tokens need
    /// a [proof of possession](crate::proof::Proof), creates the proof for the request's method and final URI,
    /// including the query parameters that this method adds.
    ///
    /// # Errors
    /// See [`Error`]. The head is unchanged after an error, and if the future is dropped.
    pub async fn authorize(&self, head: &mut request::Parts) -> Result<Authorization, Error> {
        let used = match &self.source {
            CredentialSource::Manager(tokens) => match tokens.proof() {
                None => UsedTokens::single(tokens.authorize(&mut head.headers).await?),
                Some(_) => Box::pin(authorize_with_proof(tokens, head)).await?,
            },
            CredentialSource::Requirement(requirement) => match requirement.apply_now(head) {
                Some(used) => used,
                None => Box::pin(requirement.apply(head)).await?,
            },
        };
        Ok(Authorization { used })
    }

    /// Writes the credentials into the head of an API request if they are available without waiting. Otherwise, returns
    /// `None`, leaves the head unchanged and fetches no token. Then call [`authorize`](Self::authorize), which waits
    /// for a token. Always returns `None` if a token needs a [proof of possession](crate::proof::Proof) for each
    /// request.
    ///
    /// Takes no lock and does not allocate if the only credential is an OAuth token. If the token is due for renewal,
    /// the renewal starts in the background.
    #[inline]
    pub fn authorize_now(&self, head: &mut request::Parts) -> Option<Authorization> {
        let used = match &self.source {
            CredentialSource::Manager(tokens) => UsedTokens::single(tokens.authorize_now(&mut head.headers)?),
            CredentialSource::Requirement(requirement) => requirement.apply_now(head)?,
        };
        Some(Authorization { used })
    }

    /// Writes the credentials like [`authorize_now`](Self::authorize_now), for an HTTP client that has headers but no
    /// [`request::Parts`]. Returns `None` and leaves the headers unchanged if no token is cached, if the token needs a
    /// [proof of possession](crate::proof::Proof), or if this authorizer was not created from a [`TokenManager`]. Then
    /// call [`authorize`](Self::authorize) with the complete head of the request.
    #[inline]
    pub fn authorize_headers_now(&self, headers: &mut HeaderMap) -> Option<Authorization> {
        let CredentialSource::Manager(tokens) = &self.source else {
            return None;
        };
        let used = UsedTokens::single(tokens.authorize_now(headers)?);
        Some(Authorization { used })
    }

    /// Reports that the API rejected the credentials of a request, and returns whether to repeat the request with new
    /// ones.
    ///
    /// If the credentials include the token of an [API session](OAuth::in_session_header), only the session's token is
    /// discarded, because a session can end at any time. The other tokens are discarded once the API has rejected new
    /// session tokens too. If one of the tokens has already been replaced since the request was sent, no token is
    /// discarded, because the old token explains the rejection.
    #[must_use]
    pub fn reject(&self, authorization: &Authorization) -> ReplayDecision {
        let replaced = |(tokens, used, _): (&TokenManager, &UsedToken, _)| tokens.has_newer(used.generation);
        if self.has_session(authorization) && self.managers(authorization).any(replaced) {
            return ReplayDecision::Repeat;
        }
        match self.reject_for(authorization, Purpose::Session) {
            ReplayDecision::Repeat => ReplayDecision::Repeat,
            sessions => match self.reject_for(authorization, Purpose::Call) {
                ReplayDecision::NothingToRenew => sessions,
                others => others,
            },
        }
    }

    fn reject_for(&self, authorization: &Authorization, purpose: Purpose) -> ReplayDecision {
        let mut decision = ReplayDecision::NothingToRenew;
        let used = self.managers(authorization);
        for (tokens, used, _) in used.filter(|(_, _, of)| *of == purpose) {
            match tokens.reject(used.generation) {
                Rejection::Suppressed if decision == ReplayDecision::NothingToRenew => {
                    decision = ReplayDecision::NotRenewed
                }
                Rejection::Suppressed => {}
                Rejection::Accepted | Rejection::Superseded => decision = ReplayDecision::Repeat,
            }
        }
        decision
    }

    /// Reports how the API responded to a repeated request. `rejected` identifies the tokens of the first request,
    /// which the API rejected, and `repeated` those of the second. A second rejection counts only against tokens that
    /// were renewed between the two requests.
    pub fn report_replay(&self, rejected: &Authorization, repeated: &Authorization, outcome: ReplayOutcome) {
        for (tokens, used, _) in self.managers(repeated) {
            if outcome == ReplayOutcome::Accepted || !rejected.used.contains(used) {
                tokens.report_replay(used.generation, outcome);
            }
        }
    }

    /// Returns whether to repeat a request for the second and last time. Call this after the API has rejected the
    /// repeated request too, and after [`report_replay`](Self::report_replay). `rejected` identifies the tokens of the
    /// first request, and `repeated` those of the second.
    ///
    /// Only a request with the token of an [API session](OAuth::in_session_header) and another token is repeated twice:
    /// the session's token is renewed first, but the API may have rejected the other one. Any other request is repeated
    /// at most once.
    #[must_use]
    pub fn reject_again(&self, rejected: &Authorization, repeated: &Authorization) -> ReplayDecision {
        let mut tokens = repeated.used.tokens().iter();
        if self.has_session(repeated) && tokens.any(|used| rejected.used.contains(used)) {
            self.reject(repeated)
        } else {
            ReplayDecision::NotRenewed
        }
    }

    /// Records that the connection of a request with a body broke before a response.
    pub(crate) fn interrupt(&self, authorization: &Authorization) -> Interruption {
        let outcomes = self.managers(authorization);
        let outcomes = outcomes.map(|(tokens, used, _)| tokens.interrupt(used.generation));
        // Each manager records it.
        outcomes.fold(Interruption::Transient, |outcome, next| match next {
            Interruption::Transient => outcome,
            Interruption::Persistent => next,
        })
    }

    /// Records that the API has responded to a request, and has not rejected its tokens.
    #[inline]
    pub(crate) fn note_acceptance(&self, authorization: &Authorization, has_body: bool) {
        for (tokens, used, _) in self.managers(authorization) {
            tokens.note_acceptance(used.generation, has_body);
        }
    }

    /// Returns the certificate that the connections of requests with these credentials present.
    pub(crate) fn transport_identity(&self) -> Option<TransportIdentity> {
        match &self.source {
            CredentialSource::Manager(tokens) => tokens.transport_identity(),
            CredentialSource::Requirement(requirement) => {
                requirement.managers().find_map(TokenManager::transport_identity)
            }
        }
    }

    /// Returns the proof of possession that a request with these credentials is sent with. If several credentials have
    /// one, returns that of the first.
    pub(crate) fn proof<'a>(&'a self, authorization: &'a Authorization) -> Option<&'a SharedProof> {
        self.proofs(authorization).next()
    }

    /// Passes a response to the proofs of its request.
    pub(crate) fn read_response(
        &self,
        authorization: &Authorization,
        target: ProofTarget<'_>,
        response: &ResponseHead<'_>,
    ) -> ProofVerdict {
        let decisions = self
            .proofs(authorization)
            .map(|proof| proof.read_response(target, &ProofResponse::new(response)));
        // Every proof receives the response.
        decisions.fold(ProofVerdict::Done, |decision, next| match next {
            ProofVerdict::Done => decision,
            ProofVerdict::Repeat => next,
        })
    }

    fn proofs<'a>(&'a self, authorization: &'a Authorization) -> impl Iterator<Item = &'a SharedProof> {
        self.managers(authorization).filter_map(|(tokens, _, _)| tokens.proof())
    }

    fn has_session(&self, authorization: &Authorization) -> bool {
        self.managers(authorization).any(|(_, _, of)| of == Purpose::Session)
    }

    fn managers<'a>(
        &'a self,
        authorization: &'a Authorization,
    ) -> impl Iterator<Item = (&'a TokenManager, &'a UsedToken, Purpose)> {
        authorization
            .used
            .tokens()
            .iter()
            .filter_map(|used| match &self.source {
                CredentialSource::Manager(tokens) => Some((tokens, used, Purpose::Call)),
                CredentialSource::Requirement(requirement) => {
                    let oauth = requirement.oauth(used)?;
                    let purpose = if oauth.is_session() {
                        Purpose::Session
                    } else {
                        Purpose::Call
                    };
                    Some((oauth.tokens()?, used, purpose))
                }
            })
    }
}

/// Writes a token and its proof.
async fn authorize_with_proof(tokens: &TokenManager, head: &mut request::Parts) -> Result<UsedTokens, Error> {
    let entry = tokens.entry().await?;
    let headers = tokens.prove(&entry, head).await?;
    head.headers.insert(AUTHORIZATION, entry.header());
    proof::write(headers, &mut head.headers);
    Ok(UsedTokens::single(entry.generation()))
}

/// The purpose of a token: a session of the API, or the call itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Session,
    Call,
}

impl From<TokenManager> for Authorizer {
    fn from(tokens: TokenManager) -> Self {
        Self {
            source: CredentialSource::Manager(tokens),
        }
    }
}

impl From<Requirement> for Authorizer {
    fn from(requirement: Requirement) -> Self {
        Self {
            source: CredentialSource::Requirement(requirement),
        }
    }
}

impl From<OAuth> for Authorizer {
    fn from(scheme: OAuth) -> Self {
        Requirement::from(scheme).into()
    }
}

impl<S: Scheme> From<S> for Authorizer {
    fn from(scheme: S) -> Self {
        Requirement::from(scheme).into()
    }
}
