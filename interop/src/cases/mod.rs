//! The cases, the same for every server; each goes through the public API, as an application would.

mod calls;
mod dead_tokens;
mod generated_sdks;
mod hints;
mod lifecycle;
mod login;
mod probe;
mod program;
mod proxies;
mod refusals;
mod requests;
mod responses;
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
    WrongBasicForm,
    NoScope,
    OwnWords,
    Shapes,
    UserAgent,
    BoundToken,
    Lifetimes,
    AuthorizedCall,
    Introspection,
    Renewal,
    RevokedToken,
    StoredToken,
    Challenge,
    GeneratedSdks,
    ProgramToken,
    ProgramCall,
    ProgramRenewOn,
    ProgramLogin,
    ProxyGzip,
    ProxyChallenge,
    ProxyGatewayKey,
    ProxyTls,
    ProxyPassword,
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
    pub(crate) const ALL: [Self; 32] = [
        Self::PlainCredentials,
        Self::SpecialCredentials,
        Self::Scopes,
        Self::Stampede,
        Self::WrongSecret,
        Self::UnknownClient,
        Self::UnknownScope,
        Self::MalformedRequest,
        Self::WrongUrl,
        Self::WrongBasicForm,
        Self::NoScope,
        Self::OwnWords,
        Self::Shapes,
        Self::UserAgent,
        Self::BoundToken,
        Self::Lifetimes,
        Self::AuthorizedCall,
        Self::Introspection,
        Self::Renewal,
        Self::RevokedToken,
        Self::StoredToken,
        Self::Challenge,
        Self::GeneratedSdks,
        Self::ProgramToken,
        Self::ProgramCall,
        Self::ProgramRenewOn,
        Self::ProgramLogin,
        Self::ProxyGzip,
        Self::ProxyChallenge,
        Self::ProxyGatewayKey,
        Self::ProxyTls,
        Self::ProxyPassword,
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
            Self::WrongBasicForm => "special credentials in the other form of Basic",
            Self::NoScope => "no scope where one is required",
            Self::OwnWords => "the server's reason in the message",
            Self::Shapes => "client_id beside Basic, JSON, a grant of its own",
            Self::UserAgent => "the application's User-Agent",
            Self::BoundToken => "a token bound to a key (DPoP) refused",
            Self::Lifetimes => "expires_in, expires_at, created_at",
            Self::AuthorizedCall => "authorized call",
            Self::Introspection => "introspection agrees",
            Self::Renewal => "renewal over short lifetimes",
            Self::RevokedToken => "revoked token recovered",
            Self::StoredToken => "refused stored token recovered",
            Self::Challenge => "dead token told by the challenge",
            Self::GeneratedSdks => "tokens of generated SDKs, both ways",
            Self::ProgramToken => "`evergrant token`",
            Self::ProgramCall => "`evergrant call`",
            Self::ProgramRenewOn => "`evergrant call` with a revoked token",
            Self::ProgramLogin => "`evergrant login` in a browser",
            Self::ProxyGzip => "HAProxy: gzip though not asked for",
            Self::ProxyChallenge => "HAProxy: a challenge with 403",
            Self::ProxyGatewayKey => "nginx: a gateway key",
            Self::ProxyTls => "nginx: private CA, wrong scheme, client certificate",
            Self::ProxyPassword => "tinyproxy: a password",
        }
    }

    /// Whether it is about the proxies that stand in front of one of the servers.
    fn needs_proxies(self) -> bool {
        matches!(
            self,
            Self::ProxyGzip | Self::ProxyChallenge | Self::ProxyGatewayKey | Self::ProxyTls | Self::ProxyPassword
        )
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
            Self::WrongBasicForm => hints::wrong_basic_form(target).await,
            Self::NoScope => hints::no_scope(target).await,
            Self::OwnWords => hints::own_words(target).await,
            Self::Shapes => requests::shapes(target).await,
            Self::UserAgent => requests::user_agent(target).await,
            Self::BoundToken => requests::bound_token(target).await,
            Self::Lifetimes => responses::lifetimes(target).await,
            Self::AuthorizedCall => calls::authorized(target).await,
            Self::Introspection => calls::introspection(target).await,
            Self::Renewal => lifecycle::renewal(target).await,
            Self::RevokedToken => lifecycle::revoked(target).await,
            Self::StoredToken => lifecycle::stored(target).await,
            Self::Challenge => dead_tokens::told_by_challenge(target).await,
            Self::GeneratedSdks => generated_sdks::both_ways(target).await,
            Self::ProgramToken => program::token(target).await,
            Self::ProgramCall => program::call(target).await,
            Self::ProgramRenewOn => dead_tokens::renew_on(target).await,
            Self::ProgramLogin => login::login(target).await,
            Self::ProxyGzip => proxies::gzip(target).await,
            Self::ProxyChallenge => proxies::challenge(target).await,
            Self::ProxyGatewayKey => proxies::gateway_key(target).await,
            Self::ProxyTls => proxies::tls(target).await,
            Self::ProxyPassword => proxies::forward(target).await,
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
        let applies = |case: &Case| *case != Case::Renewal && (target.proxies.is_some() || !case.needs_proxies());
        for case in Case::ALL.into_iter().filter(applies) {
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
