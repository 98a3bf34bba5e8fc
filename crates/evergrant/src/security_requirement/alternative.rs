//! An alternative of a requirement: authentication schemes whose credentials are written together or not at all.

use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, Uri, request};

use super::{UsedToken, UsedTokens};
use crate::error::{BuildError, ClientContext, Error, UnmetAlternative};
use crate::manager::{Entry, TokenManager};
use crate::proof;
use crate::scheme::{Location, OAuth, SchemeKind, SharedScheme};
use crate::token_generation::Generation;

pub(super) struct Alternative {
    /// In the order of definition.
    schemes: Vec<ListedScheme>,
    written: usize,
}

struct ListedScheme {
    scheme: SharedScheme,
    /// Whether schemes listed later overwrite all its locations. It must be configured nevertheless.
    overwritten: bool,
}

/// The handling of schemes that write to the same location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conflicts {
    Reject,
    LastListedWins,
}

/// A failure to write an alternative's credentials.
pub(super) struct Failure<'a> {
    pub(super) error: Error,
    /// The client, if fetching its token failed.
    pub(super) client: Option<&'a ClientContext>,
}

impl Alternative {
    pub(super) fn single(scheme: SharedScheme) -> Self {
        let overwritten = false;
        Self {
            schemes: vec![ListedScheme { scheme, overwritten }],
            written: 1,
        }
    }

    pub(super) fn new(schemes: Vec<SharedScheme>, conflicts: Conflicts) -> Result<Self, BuildError> {
        let mut later: Vec<(String, Location)> = Vec::new();
        let mut listed = Vec::with_capacity(schemes.len());
        // In reverse order, so that each scheme finds those that overwrite it.
        for scheme in schemes.into_iter().rev() {
            let locations = scheme.locations();
            let overwriter = |location: &Location| later.iter().find(|(_, other)| other == location);
            if conflicts == Conflicts::Reject
                && let Some((second, location)) = locations.iter().find_map(overwriter)
            {
                return Err(BuildError::HeaderConflict {
                    first: scheme.name().to_owned(),
                    second: second.clone(),
                    location: location.to_string(),
                });
            }
            let overwritten = !locations.is_empty() && locations.iter().all(|location| overwriter(location).is_some());
            let name = scheme.name().to_owned();
            later.extend(locations.into_iter().map(|location| (name.clone(), location)));
            listed.push(ListedScheme { scheme, overwritten });
        }
        listed.reverse();
        let written = listed.iter().filter(|listed| !listed.overwritten).count();
        Ok(Self {
            schemes: listed,
            written,
        })
    }

    pub(super) fn is_configured(&self) -> bool {
        self.schemes.iter().all(|listed| listed.scheme.is_configured())
    }

    pub(super) fn unmet(&self) -> UnmetAlternative {
        let schemes = self.schemes.iter().map(|listed| &listed.scheme);
        UnmetAlternative::new(schemes.map(|scheme| (scheme.name(), scheme.is_configured())))
    }

    pub(super) fn oauth(&self, scheme: usize) -> Option<&OAuth> {
        match self.schemes.get(scheme)?.scheme.kind() {
            SchemeKind::OAuth(oauth) => Some(oauth),
            SchemeKind::Static(_) => None,
        }
    }

    /// Writes the credentials if all tokens are available without waiting; `None` leaves the head unchanged.
    pub(super) fn apply_now(&self, index: usize, head: &mut request::Parts) -> Option<Result<UsedTokens, Error>> {
        self.write(index, head, OAuth::write_now)
    }

    /// Waits for all tokens, and writes the credentials and the tokens' proofs. On `Err`, and until it completes, the
    /// head is unchanged.
    pub(super) async fn apply(&self, index: usize, head: &mut request::Parts) -> Result<UsedTokens, Failure<'_>> {
        // Written only when all tokens are available: a token that is valid for this call alone could not be fetched
        // again.
        let mut entries: Vec<_> = self.oauths().map(|_| None).collect();
        // Sessions first: the call that opens one is sent with the other tokens, and may cause one of them to be
        // renewed.
        for sessions in [true, false] {
            for (entry, oauth) in entries.iter_mut().zip(self.oauths()) {
                if oauth.is_session() == sessions {
                    let client = oauth.tokens().map(TokenManager::client);
                    *entry = Some(
                        oauth
                            .wait_for_token()
                            .await
                            .map_err(|error| Failure { error, client })?,
                    );
                }
            }
        }
        let entries: Vec<_> = entries.into_iter().flatten().collect();
        let failed = |error| Failure { error, client: None };
        let mut proven = Vec::new();
        for (entry, oauth) in entries.iter().zip(self.oauths()) {
            if let Some(tokens) = oauth.tokens().filter(|tokens| tokens.proof().is_some()) {
                proven.push((tokens, entry));
            }
        }
        if proven.is_empty() {
            return self.write_entries(index, head, &entries).map_err(failed);
        }
        // A proof is bound to the final URI, and creating it may take time.
        let rollback = HeadRollback::of(head);
        let used = self.write_entries(index, rollback.head, &entries).map_err(failed)?;
        for (tokens, entry) in proven {
            let headers = tokens.prove(entry, rollback.head).await.map_err(failed)?;
            proof::write(headers, &mut rollback.head.headers);
        }
        rollback.commit();
        Ok(used)
    }

    fn write_entries(
        &self,
        index: usize,
        head: &mut request::Parts,
        entries: &[Arc<Entry>],
    ) -> Result<UsedTokens, Error> {
        let mut entries = entries.iter();
        let outcome = self.write(index, head, |oauth, headers| {
            Some(oauth.write(entries.next()?, headers))
        });
        // Each OAuth scheme has a token, so the result cannot be `None`.
        outcome.unwrap_or_else(|| Err(Error::requirement_not_met(vec![self.unmet()])))
    }

    fn write(
        &self,
        index: usize,
        head: &mut request::Parts,
        mut write_token: impl FnMut(&OAuth, &mut HeaderMap) -> Option<Generation>,
    ) -> Option<Result<UsedTokens, Error>> {
        // A single scheme leaves the head unchanged when it fails.
        let before = (self.written > 1).then(|| (head.headers.clone(), head.uri.clone()));
        let mut used = UsedTokens::default();
        let mut write_all = || {
            for (position, scheme) in self.written() {
                match scheme.kind() {
                    SchemeKind::OAuth(oauth) => used.push(UsedToken {
                        alternative: index,
                        scheme: position,
                        generation: write_token(oauth, &mut head.headers)?,
                    }),
                    SchemeKind::Static(scheme) => {
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

    pub(super) fn oauths(&self) -> impl Iterator<Item = &OAuth> {
        self.written().filter_map(|(_, scheme)| match scheme.kind() {
            SchemeKind::OAuth(oauth) => Some(oauth),
            SchemeKind::Static(_) => None,
        })
    }

    fn written(&self) -> impl Iterator<Item = (usize, &SharedScheme)> {
        let schemes = self.schemes.iter().enumerate();
        schemes.filter_map(|(position, listed)| (!listed.overwritten).then_some((position, &listed.scheme)))
    }
}

/// Restores the head when dropped, unless the changes are [committed](Self::commit).
struct HeadRollback<'a> {
    head: &'a mut request::Parts,
    before: Option<(HeaderMap, Uri)>,
}

impl<'a> HeadRollback<'a> {
    fn of(head: &'a mut request::Parts) -> Self {
        let before = Some((head.headers.clone(), head.uri.clone()));
        Self { head, before }
    }

    fn commit(mut self) {
        self.before = None;
    }
}

impl Drop for HeadRollback<'_> {
    fn drop(&mut self) {
        if let Some((headers, uri)) = self.before.take() {
            (self.head.headers, self.head.uri) = (headers, uri);
        }
    }
}

impl Failure<'_> {
    /// Returns whether fetching a token failed for a transient reason.
    pub(super) fn is_transient(&self) -> bool {
        self.client.is_some() && self.error.is_retryable()
    }
}

/// Shows the names of the schemes.
impl fmt::Display for Alternative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, listed) in self.schemes.iter().enumerate() {
            let separator = if index > 0 { " and " } else { "" };
            write!(f, "{separator}{}", listed.scheme.name())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Alternative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.schemes.iter().map(|listed| &listed.scheme))
            .finish()
    }
}
