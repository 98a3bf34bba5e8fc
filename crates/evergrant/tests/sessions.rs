//! Sessions of an API: tokens of its own that end when idle, sent beside an authorization server's.

#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use evergrant::error::{TransportError, TransportErrorKind};
use evergrant::scheme::OAuth;
use evergrant::{
    Authorizer, ClientCredentials, Error, Exchange, ReplayOutcome, Requirement, Token, TokenManager, Transport, Verdict,
};
use http::header::AUTHORIZATION;
use http::{HeaderName, Request, Response, request};

const SESSION: HeaderName = HeaderName::from_static("x-session");

/// Tokens that are numbered by how many there were: `oauth-1`, `session-1`.
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
    authorizer.replayed(&second, ReplayOutcome::Accepted);
    assert_eq!((oauth.count(), sessions.count()), (1, 2));
    // One that comes late changes nothing.
    assert_eq!(authorizer.refused(&first), Verdict::Repeat);
    authorizer.authorize(&mut again).await.unwrap();
    assert_eq!((oauth.count(), sessions.count()), (1, 2));
}

#[tokio::test]
async fn when_fresh_sessions_are_refused_too_the_other_tokens_are_rejected() {
    let (oauth, sessions) = (oauth(), sessions(|| {}));
    let authorizer = both(&oauth, &sessions);
    let first = authorizer.authorize(&mut head()).await.unwrap();
    assert_eq!(authorizer.refused(&first), Verdict::Repeat);
    let second = authorizer.authorize(&mut head()).await.unwrap();
    authorizer.replayed(&second, ReplayOutcome::Refused);

    assert_eq!(authorizer.refused(&second), Verdict::Repeat);
    let mut again = head();
    authorizer.authorize(&mut again).await.unwrap();
    assert_eq!(again.headers[&SESSION], "session-2");
    assert_eq!(again.headers[AUTHORIZATION], "Bearer oauth-2");
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
    let obtained = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&obtained);
    let provide = move |_: Option<Token>, _: Exchange| {
        let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
        then();
        async move { Ok::<_, Error>(Token::new(format!("{name}-{number}"))) }
    };
    let builder = ClientCredentials::public("client-id").token_url("https://auth.example.com/token");
    Tokens {
        manager: builder.token_provider(provide).build(NoTransport).unwrap(),
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
