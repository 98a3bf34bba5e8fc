//! API sessions: separate tokens that expire when idle, sent together with an OAuth token.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use evergrant::client_auth::PublicClient;
use evergrant::error::{TransportError, TransportErrorKind};
use evergrant::scheme::OAuth;
use evergrant::{
    Authorizer, ClientCredentials, Error, ReplayDecision, ReplayOutcome, Requirement, Token, TokenEndpoint,
    TokenManager, TokenManagerBuilder, Transport,
};
use evergrant_testing::ManualClock;
use http::header::AUTHORIZATION;
use http::{HeaderName, Request, Response, request};

const SESSION: HeaderName = HeaderName::from_static("x-session");

/// A manager with numbered tokens, such as `oauth-1` and `session-1`.
#[derive(Debug)]
struct Tokens {
    manager: TokenManager,
    count: Arc<AtomicUsize>,
}

#[tokio::test]
async fn a_session_token_is_sent_without_a_prefix() {
    let (oauth, sessions) = (oauth(), sessions(|| {}));
    let authorizer = oauth_and_session(&oauth, &sessions);
    let mut head = head();
    assert!(authorizer.authorize_now(&mut head).is_none());
    authorizer.authorize(&mut head).await.unwrap();
    assert_eq!(head.headers[AUTHORIZATION], "Bearer oauth-1");
    assert_eq!(head.headers[&SESSION], "session-1");
    assert!(head.headers[&SESSION].is_sensitive());
    authorizer.authorize_now(&mut head).unwrap();
    assert_eq!(head.headers[&SESSION], "session-1");
    assert_eq!((oauth.count(), sessions.count()), (1, 1));
}

#[tokio::test]
async fn a_session_may_use_the_authorization_header() {
    let scheme = OAuth::new("session").in_session_header(AUTHORIZATION);
    let authorizer = Authorizer::from(scheme.with_tokens(sessions(|| {}).manager));
    let mut head = head();
    authorizer.authorize(&mut head).await.unwrap();
    assert_eq!(head.headers[AUTHORIZATION], "session-1");
}

#[tokio::test]
async fn a_401_rejects_only_the_session() {
    let (oauth, sessions) = (oauth(), sessions(|| {}));
    let authorizer = oauth_and_session(&oauth, &sessions);
    let first = authorizer.authorize(&mut head()).await.unwrap();
    assert_eq!(authorizer.reject(&first), ReplayDecision::Repeat);
    let mut again = head();
    let second = authorizer.authorize(&mut again).await.unwrap();
    assert_eq!(again.headers[&SESSION], "session-2");
    assert_eq!(again.headers[AUTHORIZATION], "Bearer oauth-1");
    authorizer.report_replay(&first, &second, ReplayOutcome::Accepted);
    assert_eq!((oauth.count(), sessions.count()), (1, 2));
    // A late 401 changes nothing.
    assert_eq!(authorizer.reject(&first), ReplayDecision::Repeat);
    authorizer.authorize(&mut again).await.unwrap();
    assert_eq!((oauth.count(), sessions.count()), (1, 2));
}

#[tokio::test]
async fn a_second_401_rejects_the_other_tokens() {
    let (oauth, sessions) = (oauth(), sessions(|| {}));
    let authorizer = oauth_and_session(&oauth, &sessions);
    let first = authorizer.authorize(&mut head()).await.unwrap();
    assert_eq!(authorizer.reject(&first), ReplayDecision::Repeat);
    let second = authorizer.authorize(&mut head()).await.unwrap();
    authorizer.report_replay(&first, &second, ReplayOutcome::Rejected);
    assert_eq!(authorizer.reject_again(&first, &second), ReplayDecision::Repeat);
    let mut again = head();
    let third = authorizer.authorize(&mut again).await.unwrap();
    assert_eq!(again.headers[&SESSION], "session-2");
    assert_eq!(again.headers[AUTHORIZATION], "Bearer oauth-2");

    // A late 401 of another call with the same credentials causes no renewal.
    authorizer.report_replay(&second, &third, ReplayOutcome::Accepted);
    authorizer.report_replay(&first, &second, ReplayOutcome::Rejected);
    assert_eq!(authorizer.reject_again(&first, &second), ReplayDecision::Repeat);
    authorizer.authorize(&mut head()).await.unwrap();
    assert_eq!((oauth.count(), sessions.count()), (2, 2));
}

#[tokio::test]
async fn without_a_session_a_call_is_repeated_once() {
    let oauth = oauth();
    let two = Requirement::of(OAuth::new("one").with_tokens(oauth.manager.clone())).and(
        OAuth::new("two")
            .in_header(SESSION)
            .with_tokens(numbered_tokens("two", || {}).manager),
    );
    for authorizer in [Authorizer::from(oauth.manager.clone()), two.build().unwrap().into()] {
        let first = authorizer.authorize(&mut head()).await.unwrap();
        assert_eq!(authorizer.reject(&first), ReplayDecision::Repeat);
        let second = authorizer.authorize(&mut head()).await.unwrap();
        authorizer.report_replay(&first, &second, ReplayOutcome::Rejected);
        assert_eq!(authorizer.reject_again(&first, &second), ReplayDecision::NotRenewed);
        assert_eq!(authorizer.reject_again(&first, &first), ReplayDecision::NotRenewed);
        authorizer.report_replay(&first, &second, ReplayOutcome::Accepted);
    }
}

#[tokio::test]
async fn an_endpoint_that_rejects_everything_causes_few_renewals() {
    let clock = ManualClock::new();
    let (oauth, sessions) = (tokens_with_clock("oauth", &clock), tokens_with_clock("session", &clock));
    let authorizer = oauth_and_session(&oauth, &sessions);
    for _ in 0..1000 {
        call_rejecting_endpoint(&authorizer).await;
        clock.advance(Duration::from_millis(10));
    }
    assert!(oauth.count() <= 3 && sessions.count() <= 3, "{oauth:?} {sessions:?}");
}

#[tokio::test]
async fn renewals_for_a_rejecting_endpoint_back_off() {
    let clock = ManualClock::new();
    let (oauth, sessions) = (tokens_with_clock("oauth", &clock), tokens_with_clock("session", &clock));
    let authorizer = oauth_and_session(&oauth, &sessions);
    let mut counts = Vec::new();
    for _ in 0..20 {
        call_rejecting_endpoint(&authorizer).await;
        counts.push(oauth.count());
        clock.advance(Duration::from_millis(5300));
    }
    // Renewals after 5, 10, 20 and 40 s.
    assert_eq!(counts, [2, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6]);
    assert_eq!(sessions.count(), oauth.count());
}

#[tokio::test]
async fn a_login_that_rejects_another_token_runs_first() {
    let oauth = oauth();
    let generation = oauth.manager.authorize(&mut http::HeaderMap::new()).await.unwrap();
    let oauth_manager = oauth.manager.clone();
    // The login finds that the OAuth token is rejected, and reports it.
    let sessions = sessions(move || {
        let _ = oauth_manager.reject(generation);
    });
    let mut head = head();
    oauth_and_session(&oauth, &sessions).authorize(&mut head).await.unwrap();
    assert_eq!(head.headers[AUTHORIZATION], "Bearer oauth-2");
    assert_eq!(head.headers[&SESSION], "session-1");
}

/// Makes a call to an endpoint that always responds with 401.
async fn call_rejecting_endpoint(authorizer: &Authorizer) {
    let mut rejected = authorizer.authorize(&mut head()).await.unwrap();
    let mut decision = authorizer.reject(&rejected);
    for _ in 0..2 {
        if decision != ReplayDecision::Repeat {
            return;
        }
        let repeated = authorizer.authorize(&mut head()).await.unwrap();
        authorizer.report_replay(&rejected, &repeated, ReplayOutcome::Rejected);
        decision = authorizer.reject_again(&rejected, &repeated);
        rejected = repeated;
    }
}

fn oauth_and_session(oauth: &Tokens, sessions: &Tokens) -> Authorizer {
    let session = OAuth::new("session").in_session_header(SESSION);
    let requirement = Requirement::of(OAuth::new("oauth").with_tokens(oauth.manager.clone()))
        .and(session.with_tokens(sessions.manager.clone()))
        .build();
    requirement.unwrap().into()
}

fn head() -> request::Parts {
    Request::get("/books").body(()).unwrap().into_parts().0
}

fn oauth() -> Tokens {
    numbered_tokens("oauth", || {})
}

fn sessions(log_in: impl Fn() + Send + Sync + 'static) -> Tokens {
    numbered_tokens("session", log_in)
}

fn numbered_tokens(name: &'static str, on_fetch: impl Fn() + Send + Sync + 'static) -> Tokens {
    build_tokens(name, on_fetch, |builder| builder)
}

fn tokens_with_clock(name: &'static str, clock: &ManualClock) -> Tokens {
    build_tokens(name, || {}, |builder| builder.runtime(clock.clone()))
}

fn build_tokens(
    name: &'static str,
    on_fetch: impl Fn() + Send + Sync + 'static,
    configure: impl FnOnce(TokenManagerBuilder) -> TokenManagerBuilder,
) -> Tokens {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let provide = move |_: Option<Token>, _: TokenEndpoint| {
        let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
        on_fetch();
        async move { Ok::<_, Error>(Token::new(format!("{name}-{number}"))) }
    };
    let builder = ClientCredentials::builder("client-id", PublicClient).token_url("https://auth.example.com/token");
    Tokens {
        manager: configure(builder).token_provider(provide).build(NoTransport).unwrap(),
        count,
    }
}

impl Tokens {
    fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

/// A transport for token providers, which send nothing.
#[derive(Debug)]
struct NoTransport;

impl Transport for NoTransport {
    async fn send(&self, _: Request<bytes::Bytes>) -> Result<Response<bytes::Bytes>, TransportError> {
        Err(TransportError::new(TransportErrorKind::Other, "no transport"))
    }
}
