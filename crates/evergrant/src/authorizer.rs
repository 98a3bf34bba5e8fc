//! Applies a requirement to a request's head, and decides what a 401 means.

use http::{HeaderMap, request};

use crate::error::Error;
use crate::manager::{Rejection, ReplayOutcome, TokenManager};
use crate::requirement::{Requirement, Used, UsedToken};
use crate::scheme::{OAuth, Scheme};

/// What an authorized HTTP client needs of us: credentials on the way out, a decision on the way back. A cheap clone.
///
/// It knows nothing of origins: ask [`AllowedOrigins`](crate::origin::AllowedOrigins) first whether a request's URL may
/// receive credentials at all.
///
/// ```
/// use evergrant::{Authorizer, Verdict};
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
/// // Send the request; should the API answer 401:
/// if authorizer.refused(&authorization) == Verdict::Repeat {
///     // ... authorize it once more. Unless that gives an equal `Authorization`, send it, and report the outcome to `replayed`.
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Authorizer {
    needs: Needs,
}

/// A plain manager keeps the shortest way.
#[derive(Debug, Clone)]
enum Needs {
    Token(TokenManager),
    Requirement(Requirement),
}

/// The credentials that a request went out with: which tokens of which generations. Means something only to the
/// [`Authorizer`] that gave it. Two are equal when they name the same tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authorization {
    used: Used,
}

/// What can be done about a refusal; [`Authorizer::refused`] gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Another token may be available: authorize the request and send it once more. Where that gives an equal
    /// [`Authorization`], return the refusal instead: processes that share a store have found that fresh tokens are refused
    /// as well, and keep this one for now.
    Repeat,
    /// No token was among the credentials, and nothing else can be renewed.
    NothingToRenew,
    /// The token stays as it is: fresh ones are refused as well, or too many have been of late, or the application renews tokens by
    /// itself (manual style).
    NotRenewed,
}

impl Authorizer {
    /// Writes the credentials into the request's head, waiting for a token if there is none.
    ///
    /// # Errors
    /// As described at [`Error`]; the head is unchanged then, as it is when the future is dropped.
    pub async fn authorize(&self, head: &mut request::Parts) -> Result<Authorization, Error> {
        let used = match &self.needs {
            Needs::Token(tokens) => Used::of_one(tokens.authorize(&mut head.headers).await?),
            Needs::Requirement(requirement) => match requirement.apply_now(head) {
                Some(used) => used,
                None => Box::pin(requirement.apply(head)).await?,
            },
        };
        Ok(Authorization { used })
    }

    /// Writes the credentials if they are at hand, without waiting. `None` leaves the head unchanged, and nothing is
    /// fetched: [`authorize`](Self::authorize) waits, or says what is wrong.
    ///
    /// Neither locks nor allocates for a single OAuth scheme. Starts a renewal in the background if that is due.
    #[inline]
    pub fn authorize_now(&self, head: &mut request::Parts) -> Option<Authorization> {
        let used = match &self.needs {
            Needs::Token(tokens) => Used::of_one(tokens.authorize_now(&mut head.headers)?),
            Needs::Requirement(requirement) => requirement.apply_now(head)?,
        };
        Some(Authorization { used })
    }

    /// As [`authorize_now`](Self::authorize_now), for a client that has its request in another form than the head's: if all it
    /// takes is a header. `None` leaves the headers unchanged, and says nothing but that the head is needed.
    #[inline]
    pub fn authorize_headers_now(&self, headers: &mut HeaderMap) -> Option<Authorization> {
        let Needs::Token(tokens) = &self.needs else {
            return None;
        };
        let used = Used::of_one(tokens.authorize_now(headers)?);
        Some(Authorization { used })
    }

    /// Reports that the API refused these credentials. The answer says whether repeating the request makes sense, and why
    /// not.
    ///
    /// Where the token of a [session](OAuth::in_session_header) is among them, it alone is rejected, as sessions end by themselves;
    /// the other tokens are when fresh sessions have been refused too. None is where one of them has been replaced meanwhile, which
    /// is reason enough for the refusal.
    #[must_use]
    pub fn refused(&self, authorization: &Authorization) -> Verdict {
        let replaced = |(tokens, used, _): (&TokenManager, &UsedToken, _)| tokens.has_newer(used.generation);
        if self.has_session(authorization) && self.managers(authorization).any(replaced) {
            return Verdict::Repeat;
        }
        match self.reject(authorization, Purpose::Session) {
            Verdict::Repeat => Verdict::Repeat,
            sessions => match self.reject(authorization, Purpose::Call) {
                Verdict::NothingToRenew => sessions,
                others => others,
            },
        }
    }

    fn reject(&self, authorization: &Authorization, purpose: Purpose) -> Verdict {
        let mut verdict = Verdict::NothingToRenew;
        let used = self.managers(authorization);
        for (tokens, used, _) in used.filter(|(_, _, of)| *of == purpose) {
            match tokens.reject(used.generation) {
                Rejection::Suppressed if verdict == Verdict::NothingToRenew => verdict = Verdict::NotRenewed,
                Rejection::Suppressed => {}
                Rejection::Accepted | Rejection::Superseded => verdict = Verdict::Repeat,
            }
        }
        verdict
    }

    /// Reports how the repeated request fared: the one that went out with `repeated` after `refused` were refused. A refusal is held
    /// against those tokens alone that were renewed in between.
    pub fn replayed(&self, refused: &Authorization, repeated: &Authorization, outcome: ReplayOutcome) {
        for (tokens, used, _) in self.managers(repeated) {
            if outcome == ReplayOutcome::Accepted || !refused.used.contains(used) {
                tokens.replayed(used.generation, outcome);
            }
        }
    }

    /// Says, once [`replayed`](Self::replayed) has been told of a second refusal, whether repeating the request once more makes sense, for
    /// the last time.
    ///
    /// That is so only beside a [session](OAuth::in_session_header), where what was renewed first may not have been what the API
    /// refused. Anything else is repeated once.
    #[must_use]
    pub fn refused_again(&self, refused: &Authorization, repeated: &Authorization) -> Verdict {
        let mut tokens = repeated.used.tokens().iter();
        if self.has_session(repeated) && tokens.any(|used| refused.used.contains(used)) {
            self.refused(repeated)
        } else {
            Verdict::NotRenewed
        }
    }

    fn has_session(&self, authorization: &Authorization) -> bool {
        self.managers(authorization).any(|(_, _, of)| of == Purpose::Session)
    }

    fn managers<'a>(
        &'a self,
        authorization: &'a Authorization,
    ) -> impl Iterator<Item = (&'a TokenManager, &'a UsedToken, Purpose)> {
        authorization.used.tokens().iter().filter_map(|used| match &self.needs {
            Needs::Token(tokens) => Some((tokens, used, Purpose::Call)),
            Needs::Requirement(requirement) => {
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

/// What a token stands for: a session of the API, or the call itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Session,
    Call,
}

impl From<TokenManager> for Authorizer {
    fn from(tokens: TokenManager) -> Self {
        Self {
            needs: Needs::Token(tokens),
        }
    }
}

impl From<Requirement> for Authorizer {
    fn from(requirement: Requirement) -> Self {
        Self {
            needs: Needs::Requirement(requirement),
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
