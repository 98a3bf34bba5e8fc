//! All of several schemes: written together or not at all.

use std::fmt;

use http::{HeaderMap, request};

use super::{Used, UsedToken};
use crate::error::{BuildError, ClientContext, Error, UnmetAlternative};
use crate::manager::TokenManager;
use crate::scheme::{Kind, OAuth, Place, SharedScheme};
use crate::token::Generation;

pub(super) struct Alternative {
    /// In the order in which they were listed.
    members: Vec<Member>,
    written: usize,
}

struct Member {
    scheme: SharedScheme,
    /// Every place that it writes is written again by one listed later. It has to be configured nevertheless.
    overwritten: bool,
}

/// What two schemes that write the same place lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conflicts {
    Refuse,
    LastListedWins,
}

/// Why an alternative's credentials could not be written.
pub(super) struct Failure<'a> {
    pub(super) error: Error,
    /// Whose token it was, if it was one.
    pub(super) client: Option<&'a ClientContext>,
}

impl Alternative {
    pub(super) fn of_one(scheme: SharedScheme) -> Self {
        let overwritten = false;
        Self {
            members: vec![Member { scheme, overwritten }],
            written: 1,
        }
    }

    pub(super) fn new(schemes: Vec<SharedScheme>, conflicts: Conflicts) -> Result<Self, BuildError> {
        let mut later: Vec<(String, Place)> = Vec::new();
        let mut members = Vec::with_capacity(schemes.len());
        // From the last to the first, so that each finds what overwrites it.
        for scheme in schemes.into_iter().rev() {
            let places = scheme.places();
            let overwriter = |place: &Place| later.iter().find(|(_, other)| other == place);
            if conflicts == Conflicts::Refuse
                && let Some((second, place)) = places.iter().find_map(overwriter)
            {
                return Err(BuildError::HeaderConflict {
                    first: scheme.name().to_owned(),
                    second: second.clone(),
                    place: place.to_string(),
                });
            }
            let overwritten = !places.is_empty() && places.iter().all(|place| overwriter(place).is_some());
            let name = scheme.name().to_owned();
            later.extend(places.into_iter().map(|place| (name.clone(), place)));
            members.push(Member { scheme, overwritten });
        }
        members.reverse();
        let written = members.iter().filter(|member| !member.overwritten).count();
        Ok(Self { members, written })
    }

    pub(super) fn is_configured(&self) -> bool {
        self.members.iter().all(|member| member.scheme.is_configured())
    }

    pub(super) fn unmet(&self) -> UnmetAlternative {
        let schemes = self.members.iter().map(|member| &member.scheme);
        UnmetAlternative::new(schemes.map(|scheme| (scheme.name(), scheme.is_configured())))
    }

    pub(super) fn oauth(&self, scheme: usize) -> Option<&OAuth> {
        match self.members.get(scheme)?.scheme.kind() {
            Kind::OAuth(oauth) => Some(oauth),
            Kind::AtHand(_) => None,
        }
    }

    /// Writes the credentials if all tokens are at hand; `None` leaves the head unchanged.
    pub(super) fn apply_now(&self, index: usize, head: &mut request::Parts) -> Option<Result<Used, Error>> {
        self.write(index, head, OAuth::write_now)
    }

    /// Writes the credentials once all tokens have been had. On `Err`, and until then, the head is unchanged.
    pub(super) async fn apply(&self, index: usize, head: &mut request::Parts) -> Result<Used, Failure<'_>> {
        let mut outcome = self.apply_now(index, head);
        if outcome.is_none() {
            // Kept apart until all are there: one that is valid for this call alone could not be had again.
            let mut tokens: Vec<_> = self.oauths().map(|_| None).collect();
            // Sessions first: the call that opens one goes out with the other tokens, and may find one refused and renew it.
            for sessions in [true, false] {
                for (token, oauth) in tokens.iter_mut().zip(self.oauths()) {
                    if oauth.is_session() == sessions {
                        let client = oauth.tokens().map(TokenManager::client);
                        *token = Some(oauth.obtain().await.map_err(|error| Failure { error, client })?);
                    }
                }
            }
            let mut tokens = tokens.into_iter().flatten();
            outcome = self.write(index, head, |oauth, headers| {
                let (obtained, generation) = tokens.next()?;
                oauth.write(obtained, headers);
                Some(generation)
            });
        }
        // There is a token for each OAuth scheme, so that nothing is left to be `None`.
        outcome
            .unwrap_or_else(|| Err(Error::requirement_not_met(vec![self.unmet()])))
            .map_err(|error| Failure { error, client: None })
    }

    fn write(
        &self,
        index: usize,
        head: &mut request::Parts,
        mut write_token: impl FnMut(&OAuth, &mut HeaderMap) -> Option<Generation>,
    ) -> Option<Result<Used, Error>> {
        // A single scheme leaves the head unchanged by itself when it fails.
        let before = (self.written > 1).then(|| (head.headers.clone(), head.uri.clone()));
        let mut used = Used::default();
        let mut write_all = || {
            for (position, scheme) in self.written() {
                match scheme.kind() {
                    Kind::OAuth(oauth) => used.push(UsedToken {
                        alternative: index,
                        scheme: position,
                        generation: write_token(oauth, &mut head.headers)?,
                    }),
                    Kind::AtHand(scheme) => {
                        if let Err(error) = scheme.apply(head) {
                            return Some(Err(error));
                        }
                    }
                }
            }
            Some(Ok(()))
        };
        let outcome = write_all();
        if !matches!(outcome, Some(Ok(())))
            && let Some((headers, uri)) = before
        {
            head.headers = headers;
            head.uri = uri;
        }
        outcome.map(|outcome| outcome.map(|()| used))
    }

    fn oauths(&self) -> impl Iterator<Item = &OAuth> {
        self.written().filter_map(|(_, scheme)| match scheme.kind() {
            Kind::OAuth(oauth) => Some(oauth),
            Kind::AtHand(_) => None,
        })
    }

    fn written(&self) -> impl Iterator<Item = (usize, &SharedScheme)> {
        let members = self.members.iter().enumerate();
        members.filter_map(|(position, member)| (!member.overwritten).then_some((position, &member.scheme)))
    }
}

impl Failure<'_> {
    /// A token that could not be had, for a reason that may pass by itself.
    pub(super) fn is_transient(&self) -> bool {
        self.client.is_some() && self.error.is_retryable()
    }
}

/// Its schemes' names.
impl fmt::Display for Alternative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, member) in self.members.iter().enumerate() {
            let separator = if index > 0 { " and " } else { "" };
            write!(f, "{separator}{}", member.scheme.name())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Alternative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.members.iter().map(|member| &member.scheme))
            .finish()
    }
}
