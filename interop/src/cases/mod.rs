//! The cases, the same for every server; each goes through the public API, as an application would.

mod calls;
mod generated_sdks;
mod lifecycle;
mod login;
mod probe;
mod program;
mod refusals;
mod target;
mod tokens;

use std::time::Duration;

use anyhow::Result;
use tokio::time::{Instant, timeout};

pub(crate) use self::program::Program;
pub(crate) use self::target::Target;

/// What is tried against a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    PlainCredentials,
    SpecialCredentials,
    Scopes,
    Stampede,
    WrongSecret,
    UnknownClient,
    UnknownScope,
    MalformedRequest,
    WrongUrl,
    AuthorizedCall,
    Introspection,
    Renewal,
    RevokedToken,
    StoredToken,
    GeneratedSdks,
    ProgramToken,
    ProgramCall,
    ProgramLogin,
}

/// What came of a case.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It held; the note says what is worth knowing of this server.
    Held(Option<String>),
    /// The server lacks what the case is about.
    NotOffered(&'static str),
    Failed(String),
}

/// A case with its verdict.
#[derive(Debug)]
pub(crate) struct CaseResult {
    pub(crate) case: Case,
    pub(crate) verdict: Verdict,
    pub(crate) milliseconds: u64,
}

const LIMIT: Duration = Duration::from_secs(60);

impl Case {
    pub(crate) const ALL: [Self; 18] = [
        Self::PlainCredentials,
        Self::SpecialCredentials,
        Self::Scopes,
        Self::Stampede,
        Self::WrongSecret,
        Self::UnknownClient,
        Self::UnknownScope,
        Self::MalformedRequest,
        Self::WrongUrl,
        Self::AuthorizedCall,
        Self::Introspection,
        Self::Renewal,
        Self::RevokedToken,
        Self::StoredToken,
        Self::GeneratedSdks,
        Self::ProgramToken,
        Self::ProgramCall,
        Self::ProgramLogin,
    ];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::PlainCredentials => "plain credentials: basic, raw, post",
            Self::SpecialCredentials => "special credentials: basic or raw, post",
            Self::Scopes => "scopes asked for and granted",
            Self::Stampede => "100 callers, one token request",
            Self::WrongSecret => "wrong secret",
            Self::UnknownClient => "unknown client",
            Self::UnknownScope => "unknown scope",
            Self::MalformedRequest => "malformed request",
            Self::WrongUrl => "wrong token URL",
            Self::AuthorizedCall => "authorized call",
            Self::Introspection => "introspection agrees",
            Self::Renewal => "renewal over short lifetimes",
            Self::RevokedToken => "revoked token recovered",
            Self::StoredToken => "refused stored token recovered",
            Self::GeneratedSdks => "tokens of generated SDKs, both ways",
            Self::ProgramToken => "`evergrant token`",
            Self::ProgramCall => "`evergrant call`",
            Self::ProgramLogin => "`evergrant login` in a browser",
        }
    }

    async fn run(self, target: &Target) -> CaseResult {
        let started = Instant::now();
        let verdict = match timeout(LIMIT, self.verdict(target)).await {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(error)) => Verdict::Failed(format!("{error:#}")),
            Err(_) => Verdict::Failed(format!("not done within {} s", LIMIT.as_secs())),
        };
        CaseResult {
            case: self,
            verdict,
            milliseconds: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }

    async fn verdict(self, target: &Target) -> Result<Verdict> {
        match self {
            Self::PlainCredentials => tokens::plain(target).await,
            Self::SpecialCredentials => tokens::special(target).await,
            Self::Scopes => tokens::scopes(target).await,
            Self::Stampede => tokens::stampede(target).await,
            Self::WrongSecret => refusals::wrong_secret(target).await,
            Self::UnknownClient => refusals::unknown_client(target).await,
            Self::UnknownScope => refusals::unknown_scope(target).await,
            Self::MalformedRequest => refusals::malformed_request(target).await,
            Self::WrongUrl => refusals::wrong_url(target).await,
            Self::AuthorizedCall => calls::authorized(target).await,
            Self::Introspection => calls::introspection(target).await,
            Self::Renewal => lifecycle::renewal(target).await,
            Self::RevokedToken => lifecycle::revoked(target).await,
            Self::StoredToken => lifecycle::stored(target).await,
            Self::GeneratedSdks => generated_sdks::both_ways(target).await,
            Self::ProgramToken => program::token(target).await,
            Self::ProgramCall => program::call(target).await,
            Self::ProgramLogin => login::login(target).await,
        }
    }
}

impl Verdict {
    const HELD: Self = Self::Held(None);

    /// As it is shown in the table.
    pub(crate) fn sign(&self) -> &'static str {
        match self {
            Self::Held(_) => "✓",
            Self::NotOffered(_) => "–",
            Self::Failed(_) => "✗",
        }
    }
}

impl CaseResult {
    pub(crate) fn failed(&self) -> bool {
        matches!(self.verdict, Verdict::Failed(_))
    }
}

/// Runs all cases, one after another but for the renewal, which takes its time beside the others.
pub(crate) async fn run_all(target: &Target) -> Vec<CaseResult> {
    let others = async {
        let mut results = Vec::new();
        for case in Case::ALL.into_iter().filter(|case| *case != Case::Renewal) {
            results.push(case.run(target).await);
        }
        results
    };
    let (mut results, renewal) = tokio::join!(others, Case::Renewal.run(target));
    results.push(renewal);
    results.sort_by_key(|result| Case::ALL.iter().position(|case| *case == result.case));
    results
}

/// What there is to report of a server that did not start.
pub(crate) fn none_possible(reason: &str) -> Vec<CaseResult> {
    let result = |case| CaseResult {
        case,
        verdict: Verdict::Failed("the server did not start".to_owned()),
        milliseconds: 0,
    };
    let mut results: Vec<CaseResult> = Case::ALL.map(result).into();
    if let Some(first) = results.first_mut() {
        first.verdict = Verdict::Failed(reason.to_owned());
    }
    results
}
