//! Sessions of an API: tokens of its own that end when idle, sent beside an authorization server's.

#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use evergrant::error::{TransportError, TransportErrorKind};
use evergrant::scheme::OAuth;
use evergrant::{
    Authorizer, ClientCredentials, Error, Exchange, ReplayOutcome, Requirement, Token, TokenManager,
    TokenManagerBuilder, Transport, Verdict,
};
use evergrant_testing::ManualClock;
use http::header::AUTHORIZATION;
use http::{HeaderName, Request, Response, request};

const SESSION: HeaderName = HeaderName::from_static("x-session");

/// Tokens that are numbered by how many there were: `oauth-1`, `session-1`.
#[derive(Debug)]
struct Tokens {
    manager: TokenManager,
    obtained: Arc<AtomicUsize>,
}

#[tokio::test]
async fn a_sessions_token_is_sent_as_it_is_beside_the_others() {
    let (oauth, sessions) = (oauth(), sessions(|| {}));
    let authorizer = both(&oauth, &sessions);
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
async fn a_session_may_have_the_authorization_header_to_itself() {
    let scheme = OAuth::new("session").in_session_header(AUTHORIZATION);
    let authorizer = Authorizer::from(scheme.with_tokens(sessions(|| {}).manager));
    let mut head = head();
    authorizer.authorize(&mut head).await.unwrap();
    assert_eq!(head.headers[AUTHORIZATION], "session-1");
}

#[tokio::test]
async fn a_401_ends_the_session_alone() {
    let (oauth, sessions) = (oauth(), sessions(|| {}));
    let authorizer = both(&oauth, &sessions);
    let first = authorizer.authorize(&mut head()).await.unwrap();
    assert_eq!(authorizer.refused(&first), Verdict::Repeat);
    let mut again = head();
    let second = authorizer.authorize(&mut again).await.unwrap();
    assert_eq!(again.headers[&SESSION], "session-2");
    assert_eq!(again.headers[AUTHORIZATION], "Bearer oauth-1");
    authorizer.replayed(&first, &second, ReplayOutcome::Accepted);
    assert_eq!((oauth.count(), sessions.count()), (1, 2));
    // One that comes late changes nothing.
    assert_eq!(authorizer.refused(&first), Verdict::Repeat);
    authorizer.authorize(&mut again).await.unwrap();
    assert_eq!((oauth.count(), sessions.count()), (1, 2));
}

#[tokio::test]
async fn when_a_fresh_session_is_refused_too_the_other_tokens_are_rejected() {
    let (oauth, sessions) = (oauth(), sessions(|| {}));
    let authorizer = both(&oauth, &sessions);
    let first = authorizer.authorize(&mut head()).await.unwrap();
    assert_eq!(authorizer.refused(&first), Verdict::Repeat);
    let second = authorizer.authorize(&mut head()).await.unwrap();
    authorizer.replayed(&first, &second, ReplayOutcome::Refused);
    assert_eq!(authorizer.refused_again(&first, &second), Verdict::Repeat);
    let mut again = head();
    let third = authorizer.authorize(&mut again).await.unwrap();
    assert_eq!(again.headers[&SESSION], "session-2");
    assert_eq!(again.headers[AUTHORIZATION], "Bearer oauth-2");

    // Another call that went out with the same learns of it later, and costs nothing.
    authorizer.replayed(&second, &third, ReplayOutcome::Accepted);
    authorizer.replayed(&first, &second, ReplayOutcome::Refused);
    assert_eq!(authorizer.refused_again(&first, &second), Verdict::Repeat);
    authorizer.authorize(&mut head()).await.unwrap();
    assert_eq!((oauth.count(), sessions.count()), (2, 2));
}

#[tokio::test]
async fn without_a_session_nothing_is_repeated_twice() {
    let oauth = oauth();
    let two = Requirement::of(OAuth::new("one").with_tokens(oauth.manager.clone())).and(
        OAuth::new("two")
            .in_header(SESSION)
            .with_tokens(numbered("two", || {}).manager),
    );
    for authorizer in [Authorizer::from(oauth.manager.clone()), two.build().unwrap().into()] {
        let first = authorizer.authorize(&mut head()).await.unwrap();
        assert_eq!(authorizer.refused(&first), Verdict::Repeat);
        let second = authorizer.authorize(&mut head()).await.unwrap();
        authorizer.replayed(&first, &second, ReplayOutcome::Refused);
        assert_eq!(authorizer.refused_again(&first, &second), Verdict::NotRenewed);
        assert_eq!(authorizer.refused_again(&first, &first), Verdict::NotRenewed);
        authorizer.replayed(&first, &second, ReplayOutcome::Accepted);
    }
}

#[tokio::test]
async fn an_endpoint_that_refuses_everything_churns_neither_sessions_nor_tokens() {
    let clock = ManualClock::new();
    let (oauth, sessions) = (timed("oauth", &clock), timed("session", &clock));
    let authorizer = both(&oauth, &sessions);
    for _ in 0..1000 {
        always_refused(&authorizer).await;
        clock.advance(Duration::from_millis(10));
    }
    assert!(oauth.count() <= 3 && sessions.count() <= 3, "{oauth:?} {sessions:?}");
}

#[tokio::test]
async fn a_slow_caller_of_such_an_endpoint_renews_less_and_less() {
    let clock = ManualClock::new();
    let (oauth, sessions) = (timed("oauth", &clock), timed("session", &clock));
    let authorizer = both(&oauth, &sessions);
    let mut counts = Vec::new();
    for _ in 0..20 {
        always_refused(&authorizer).await;
        counts.push(oauth.count());
        clock.advance(Duration::from_millis(5300));
    }
    // After 5, 10, 20 and 40 s.
    assert_eq!(counts, [2, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6]);
    assert_eq!(sessions.count(), oauth.count());
}

#[tokio::test]
async fn a_login_that_renews_another_token_goes_before_it() {
    let oauth = oauth();
    let generation = oauth.manager.authorize(&mut http::HeaderMap::new()).await.unwrap();
    let renewed = oauth.manager.clone();
    // The login finds the token refused, as its own client would report.
    let sessions = sessions(move || {
        let _ = renewed.reject(generation);
    });
    let mut head = head();
    both(&oauth, &sessions).authorize(&mut head).await.unwrap();
    assert_eq!(head.headers[AUTHORIZATION], "Bearer oauth-2");
    assert_eq!(head.headers[&SESSION], "session-1");
}

/// A call as clients make it, of something that answers 401 to whatever it is sent.
async fn always_refused(authorizer: &Authorizer) {
    let mut refused = authorizer.authorize(&mut head()).await.unwrap();
    let mut verdict = authorizer.refused(&refused);
    for _ in 0..2 {
        if verdict != Verdict::Repeat {
            return;
        }
        let repeated = authorizer.authorize(&mut head()).await.unwrap();
        authorizer.replayed(&refused, &repeated, ReplayOutcome::Refused);
        verdict = authorizer.refused_again(&refused, &repeated);
        refused = repeated;
    }
}

fn both(oauth: &Tokens, sessions: &Tokens) -> Authorizer {
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
    numbered("oauth", || {})
}

fn sessions(log_in: impl Fn() + Send + Sync + 'static) -> Tokens {
    numbered("session", log_in)
}

fn numbered(name: &'static str, then: impl Fn() + Send + Sync + 'static) -> Tokens {
    built(name, then, |builder| builder)
}

fn timed(name: &'static str, clock: &ManualClock) -> Tokens {
    built(name, || {}, |builder| builder.runtime(clock.clone()))
}

fn built(
    name: &'static str,
    then: impl Fn() + Send + Sync + 'static,
    configure: impl FnOnce(TokenManagerBuilder) -> TokenManagerBuilder,
) -> Tokens {
    let obtained = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&obtained);
    let provide = move |_: Option<Token>, _: Exchange| {
        let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
        then();
        async move { Ok::<_, Error>(Token::new(format!("{name}-{number}"))) }
    };
    let builder = ClientCredentials::public("client-id").token_url("https://auth.example.com/token");
    Tokens {
        manager: configure(builder).token_provider(provide).build(NoTransport).unwrap(),
        obtained,
    }
}

impl Tokens {
    fn count(&self) -> usize {
        self.obtained.load(Ordering::SeqCst)
    }
}

/// Providers need none.
#[derive(Debug)]
struct NoTransport;

impl Transport for NoTransport {
    async fn send(&self, _: Request<bytes::Bytes>) -> Result<Response<bytes::Bytes>, TransportError> {
        Err(TransportError::new(TransportErrorKind::Other, "nothing is sent here"))
    }
}
