//! The cases, the same for every server. They use the public API, as an application does.

mod api_calls;
mod assertions;
mod cli;
mod discovery;
mod error_messages;
mod fetching_tokens;
mod generated_sdks;
mod invalid_tokens;
mod login_in_browser;
mod other_endpoints;
mod proxies;
mod rejected_token_requests;
mod server_under_test;
mod token_renewal_and_recovery;
mod token_request_formats;
mod token_responses;
mod transports;

use std::time::Duration;

use anyhow::Result;
use tokio::time::{Instant, timeout};

pub(crate) use self::cli::{Program, build_program};
pub(crate) use self::server_under_test::Target;

/// A test case that runs against a server.
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
    ServerMessage,
    RequestFormats,
    UserAgent,
    BoundToken,
    Lifetimes,
    AuthorizedCall,
    Introspection,
    Renewal,
    RevokedToken,
    StoredToken,
    Challenge,
    Discovery,
    ClientAssertions,
    RejectedAssertions,
    JwtBearer,
    Resource,
    GeneratedSdks,
    OtherEndpoints,
    PushedRequest,
    Device,
    ProgramToken,
    ProgramCall,
    ProgramRenewOn,
    ProgramKey,
    ProgramLogin,
    ProxyGzip,
    ProxyChallenge,
    ProxyGatewayKey,
    ProxyTls,
    ProxyPassword,
}

/// The result of a case.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Passed, with an optional note about the server.
    Passed(Option<String>),
    /// The server does not support the tested feature.
    NotSupported(&'static str),
    Failed(String),
}

/// A case with its verdict.
#[derive(Debug)]
pub(crate) struct CaseResult {
    pub(crate) case: Case,
    pub(crate) verdict: Verdict,
    pub(crate) milliseconds: u64,
}

const CASE_TIMEOUT: Duration = Duration::from_secs(60);

impl Case {
    pub(crate) const ALL: [Self; 41] = [
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
        Self::ServerMessage,
        Self::RequestFormats,
        Self::UserAgent,
        Self::BoundToken,
        Self::Lifetimes,
        Self::AuthorizedCall,
        Self::Introspection,
        Self::Renewal,
        Self::RevokedToken,
        Self::StoredToken,
        Self::Challenge,
        Self::Discovery,
        Self::ClientAssertions,
        Self::RejectedAssertions,
        Self::JwtBearer,
        Self::Resource,
        Self::GeneratedSdks,
        Self::OtherEndpoints,
        Self::PushedRequest,
        Self::Device,
        Self::ProgramToken,
        Self::ProgramCall,
        Self::ProgramRenewOn,
        Self::ProgramKey,
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
            Self::Scopes => "requested scopes are granted",
            Self::Stampede => "100 callers, one token request",
            Self::WrongSecret => "wrong secret",
            Self::UnknownClient => "unknown client",
            Self::UnknownScope => "unknown scope",
            Self::MalformedRequest => "malformed request",
            Self::WrongUrl => "wrong token URL",
            Self::WrongBasicForm => "special credentials in the wrong Basic encoding",
            Self::NoScope => "missing required scope",
            Self::ServerMessage => "the server's reason in the message",
            Self::RequestFormats => "client_id with Basic, JSON, custom grant type",
            Self::UserAgent => "the application's User-Agent",
            Self::BoundToken => "token bound to a key (DPoP): rejected without the key, used with it",
            Self::Lifetimes => "expires_in, expires_at, created_at",
            Self::AuthorizedCall => "authorized call",
            Self::Introspection => "introspection agrees",
            Self::Renewal => "renewal over short lifetimes",
            Self::RevokedToken => "revoked token recovered",
            Self::StoredToken => "rejected stored token recovered",
            Self::Challenge => "invalid token detected by the challenge",
            Self::Discovery => "discovery from the issuer alone",
            Self::ClientAssertions => "client assertions: each algorithm",
            Self::RejectedAssertions => "client assertions: wrong key, wrong audience",
            Self::JwtBearer => "JWT bearer grant",
            Self::Resource => "token for a resource (RFC 8707)",
            Self::GeneratedSdks => "stored tokens of generated SDKs, both directions",
            Self::OtherEndpoints => "introspection and revocation by the library",
            Self::PushedRequest => "pushed authorization request",
            Self::Device => "device authorization in a browser, sign-out",
            Self::ProgramToken => "`evergrant token`",
            Self::ProgramCall => "`evergrant call`",
            Self::ProgramRenewOn => "`evergrant call` with a revoked token",
            Self::ProgramKey => "`evergrant token` with a key and an issuer",
            Self::ProgramLogin => "`evergrant login` in a browser",
            Self::ProxyGzip => "HAProxy: unrequested gzip",
            Self::ProxyChallenge => "HAProxy: challenge with 403",
            Self::ProxyGatewayKey => "nginx: gateway key",
            Self::ProxyTls => "nginx: private CA, wrong scheme, client certificate",
            Self::ProxyPassword => "tinyproxy: password",
        }
    }

    /// Whether the case needs the proxies in front of a server.
    fn needs_proxies(self) -> bool {
        matches!(
            self,
            Self::ProxyGzip | Self::ProxyChallenge | Self::ProxyGatewayKey | Self::ProxyTls | Self::ProxyPassword
        )
    }

    async fn run(self, target: &Target) -> CaseResult {
        let started = Instant::now();
        let verdict = match timeout(CASE_TIMEOUT, self.verdict(target)).await {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(error)) => Verdict::Failed(format!("{error:#}")),
            Err(_) => Verdict::Failed(format!("timed out after {} s", CASE_TIMEOUT.as_secs())),
        };
        CaseResult {
            case: self,
            verdict,
            milliseconds: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }

    async fn verdict(self, target: &Target) -> Result<Verdict> {
        match self {
            Self::PlainCredentials => fetching_tokens::plain(target).await,
            Self::SpecialCredentials => fetching_tokens::special(target).await,
            Self::Scopes => fetching_tokens::scopes(target).await,
            Self::Stampede => fetching_tokens::stampede(target).await,
            Self::WrongSecret => rejected_token_requests::wrong_secret(target).await,
            Self::UnknownClient => rejected_token_requests::unknown_client(target).await,
            Self::UnknownScope => rejected_token_requests::unknown_scope(target).await,
            Self::MalformedRequest => rejected_token_requests::malformed_request(target).await,
            Self::WrongUrl => rejected_token_requests::wrong_url(target).await,
            Self::WrongBasicForm => error_messages::wrong_basic_form(target).await,
            Self::NoScope => error_messages::no_scope(target).await,
            Self::ServerMessage => error_messages::server_message(target).await,
            Self::RequestFormats => token_request_formats::formats(target).await,
            Self::UserAgent => token_request_formats::user_agent(target).await,
            Self::BoundToken => token_request_formats::bound_token(target).await,
            Self::Lifetimes => token_responses::lifetimes(target).await,
            Self::AuthorizedCall => api_calls::authorized(target).await,
            Self::Introspection => api_calls::introspection(target).await,
            Self::Renewal => token_renewal_and_recovery::renewal(target).await,
            Self::RevokedToken => token_renewal_and_recovery::revoked(target).await,
            Self::StoredToken => token_renewal_and_recovery::stored(target).await,
            Self::Challenge => invalid_tokens::challenge(target).await,
            Self::Discovery => discovery::issuer(target).await,
            Self::ClientAssertions => assertions::algorithms(target).await,
            Self::RejectedAssertions => assertions::rejected(target).await,
            Self::JwtBearer => assertions::jwt_bearer(target).await,
            Self::Resource => assertions::resource(target).await,
            Self::GeneratedSdks => generated_sdks::stored_tokens(target).await,
            Self::OtherEndpoints => other_endpoints::introspection_and_revocation(target).await,
            Self::PushedRequest => other_endpoints::pushed_request(target).await,
            Self::Device => other_endpoints::device(target).await,
            Self::ProgramToken => cli::token(target).await,
            Self::ProgramCall => cli::call(target).await,
            Self::ProgramRenewOn => invalid_tokens::renew_on(target).await,
            Self::ProgramKey => cli::key(target).await,
            Self::ProgramLogin => login_in_browser::login(target).await,
            Self::ProxyGzip => proxies::gzip(target).await,
            Self::ProxyChallenge => proxies::challenge(target).await,
            Self::ProxyGatewayKey => proxies::gateway_key(target).await,
            Self::ProxyTls => proxies::tls(target).await,
            Self::ProxyPassword => proxies::forward(target).await,
        }
    }
}

impl Verdict {
    const PASSED: Self = Self::Passed(None);

    /// The symbol in the table.
    pub(crate) fn symbol(&self) -> &'static str {
        match self {
            Self::Passed(_) => "✓",
            Self::NotSupported(_) => "–",
            Self::Failed(_) => "✗",
        }
    }
}

impl CaseResult {
    pub(crate) fn failed(&self) -> bool {
        matches!(self.verdict, Verdict::Failed(_))
    }
}

/// Runs all cases one after another, and the slow renewal in parallel to the others.
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

/// The results of a server that did not start.
pub(crate) fn all_failed(reason: &str) -> Vec<CaseResult> {
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
