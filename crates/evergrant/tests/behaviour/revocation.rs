//! Revocation of tokens at the authorization server (RFC 7009).

use evergrant::client_auth::{ClientSecretPost, PublicClient};
use evergrant::error::{EndpointProblem, TransportErrorKind};
use evergrant::{AuthorizationCode, ClientCredentials, Error, Password, Token, TokenManager};
use evergrant_reqwest::Transport;
use evergrant_testing::{ApiServer, AuthServer, RecordedRequest, RefreshTokens};

use crate::scripted_transport::{Reply, ScriptedTransport, failure, json, token, with_header};
use crate::support::{CLIENT, Fixture, SECRET, seconds, value};

const REDIRECT: &str = "http://127.0.0.1:8765/callback";

fn with_users() -> Fixture {
    Fixture::with(|server| {
        let server = server.user("jane", "not-a-real-password");
        server
            .redirect_uri(CLIENT, REDIRECT)
            .refresh_tokens(RefreshTokens::Rotating)
    })
}

/// Signs a user in.
async fn signed_in(fixture: &Fixture) -> TokenManager {
    signed_in_with(fixture, fixture.auth.url("/revoke")).await
}

async fn signed_in_with(fixture: &Fixture, revocation_url: String) -> TokenManager {
    let tokens = fixture
        .configured(AuthorizationCode::builder(CLIENT, SECRET))
        .authorization_url(fixture.auth.authorization_url())
        .redirect_uri(REDIRECT)
        .revocation_url(revocation_url)
        .build(Transport::default())
        .unwrap();
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = fixture.auth.visit(request.url().as_str());
    sign_in.finish(&request, &redirect).await.unwrap();
    tokens
}

fn revocations(auth: &AuthServer) -> Vec<RecordedRequest> {
    let mut requests = auth.requests();
    requests.retain(|request| request.path == "/revoke");
    requests
}

/// Returns the hints of the tokens that were revoked.
fn hints(auth: &AuthServer) -> Vec<String> {
    let requests = revocations(auth);
    let hints = requests
        .iter()
        .filter_map(|request| request.form_value("token_type_hint"));
    hints.map(|hint| hint.to_string()).collect()
}

#[track_caller]
fn problem(error: &Error) -> &EndpointProblem {
    match error {
        Error::Endpoint(error) => error.problem(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_revoked_token_of_the_client_is_replaced_at_the_next_call() {
    let fixture = Fixture::new();
    let builder = fixture.builder().scopes(["books.read"]).audience("books");
    let tokens = builder
        .revocation_url(fixture.auth.url("/revoke"))
        .build(Transport::default())
        .unwrap();
    let first = value(&tokens.token().await.unwrap());
    tokens.revoke().await.unwrap();
    assert!(!fixture.auth.accepts(&first));
    let second = value(&tokens.token().await.unwrap());
    assert_ne!(second, first);
    assert!(fixture.auth.accepts(&second));
    let request = &revocations(&fixture.auth)[0];
    assert_eq!(request.form_value("token").as_deref(), Some(&*first));
    assert_eq!(request.form_value("token_type_hint").as_deref(), Some("access_token"));
    assert!(
        request
            .header("authorization")
            .is_some_and(|value| value.starts_with("Basic "))
    );
    for name in ["scope", "audience", "grant_type"] {
        assert_eq!(request.form_value(name), None, "{name}");
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let fixture = Fixture::new();
    let builder = fixture.builder().revocation_url(fixture.auth.url("/revoke"));
    builder.build(Transport::default()).unwrap().revoke().await.unwrap();
    assert!(fixture.auth.requests().is_empty());
}

#[tokio::test]
async fn a_user_is_signed_out_and_the_refresh_token_is_revoked_first() {
    let fixture = with_users();
    let tokens = signed_in(&fixture).await;
    let token = tokens.token().await.unwrap();
    tokens.revoke().await.unwrap();
    assert_eq!(hints(&fixture.auth), ["refresh_token", "access_token"]);
    assert!(!fixture.auth.accepts(&value(&token)));
    let error = tokens.token().await.unwrap_err();
    assert!(matches!(error, Error::SignInRequired(_)), "{error}");
    fixture.clock.advance(seconds(7200));
    assert!(tokens.token().await.is_err());
    // The token of the sign-in is the only request: nothing renews a revoked token.
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn a_renewal_in_progress_is_awaited_and_its_token_is_revoked() {
    let fixture = with_users();
    let tokens = signed_in(&fixture).await;
    fixture.clock.advance(seconds(3600));
    let hold = fixture.auth.hold();
    let call = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.token().await }
    });
    fixture.auth.wait_for_token_requests(2).await;
    let revoke = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.revoke().await }
    });
    fixture.clock.settle().await;
    hold.release();
    revoke.await.unwrap().unwrap();
    let renewed = call.await.unwrap().unwrap();
    assert!(!fixture.auth.accepts(&value(&renewed)));
    let revoked = revocations(&fixture.auth);
    let refresh_token = renewed.refresh_token().unwrap().expose();
    assert_eq!(revoked[0].form_value("token").as_deref(), Some(refresh_token));
    assert!(matches!(tokens.token().await, Err(Error::SignInRequired(_))));
}

#[tokio::test]
async fn the_token_of_a_renewal_that_began_during_the_revocation_is_revoked() {
    let fixture = with_users();
    let revocation = ApiServer::unprotected();
    let tokens = signed_in_with(&fixture, revocation.url("/revoke")).await;
    let first = tokens.token().await.unwrap();
    let revocation_hold = revocation.hold();
    let revoke = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.revoke().await }
    });
    fixture.wait_until(|| revocation.requests().len() == 1).await;
    let hold = fixture.auth.hold();
    let call = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.replace(first.generation()).await }
    });
    fixture.auth.wait_for_token_requests(2).await;
    revocation_hold.release();
    fixture.wait_until(|| revocation.requests().len() == 2).await;
    fixture.clock.settle().await;
    hold.release();
    revoke.await.unwrap().unwrap();
    let renewed = call.await.unwrap().unwrap();
    let requests = revocation.requests();
    let revoked: Vec<_> = requests
        .iter()
        .filter_map(|request| request.form_value("token"))
        .collect();
    let refresh_token = renewed.refresh_token().unwrap().expose();
    assert!(revoked.iter().any(|token| *token == refresh_token), "{revoked:?}");
}

#[tokio::test]
async fn a_password_grant_does_not_send_the_revoked_refresh_token() {
    let fixture = with_users();
    let grant = Password::new("jane", "not-a-real-password").builder(CLIENT, SECRET);
    let tokens = fixture
        .configured(grant)
        .revocation_url(fixture.auth.url("/revoke"))
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    tokens.revoke().await.unwrap();
    tokens.token().await.unwrap();
    let request = fixture.auth.last_token_request();
    assert_eq!(request.form_value("grant_type").as_deref(), Some("password"));
}

#[tokio::test]
async fn the_endpoint_is_found_in_the_metadata_of_the_issuer() {
    let fixture = Fixture::new();
    let tokens = ClientCredentials::builder(CLIENT, ClientSecretPost::new(SECRET))
        .issuer(fixture.auth.issuer())
        .runtime(fixture.clock.clone())
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    tokens.revoke().await.unwrap();
    let request = &revocations(&fixture.auth)[0];
    assert_eq!(request.form_value("client_secret").as_deref(), Some(SECRET));
}

#[tokio::test]
async fn a_server_without_the_endpoint_is_an_error_that_names_the_setting() {
    let fixture = Fixture::new();
    let tokens = fixture.tokens();
    let token = value(&tokens.token().await.unwrap());
    let error = tokens.revoke().await.unwrap_err();
    assert!(matches!(
        problem(&error),
        EndpointProblem::Missing { in_metadata: false, .. }
    ));
    assert!(error.to_string().contains("revocation_url(..)"), "{error}");
    assert_eq!(value(&tokens.token().await.unwrap()), token, "the token stays in use");

    let fixture = Fixture::new();
    fixture.auth.metadata_without("revocation_endpoint");
    let tokens = ClientCredentials::builder(CLIENT, SECRET)
        .issuer(fixture.auth.issuer())
        .runtime(fixture.clock.clone())
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    let error = tokens.revoke().await.unwrap_err();
    assert!(matches!(
        problem(&error),
        EndpointProblem::Missing { in_metadata: true, .. }
    ));
    assert!(error.to_string().contains("has no `revocation_endpoint`"), "{error}");
    assert!(!error.is_retryable());
}

/// A manager whose server sends these replies to revocations.
async fn scripted(replies: impl IntoIterator<Item = Reply>, initial: Token) -> (TokenManager, ScriptedTransport) {
    let transport = ScriptedTransport::new(replies);
    let tokens = AuthorizationCode::builder("app", PublicClient)
        .token_url("https://auth.example.com/token")
        .revocation_url("https://auth.example.com/revoke")
        .runtime(evergrant_testing::ManualClock::new())
        .retries(evergrant::RetryPolicy::new(1).pause(std::time::Duration::ZERO))
        .token(initial)
        .build(transport.clone())
        .unwrap();
    (tokens, transport)
}

fn user_token() -> Token {
    Token::new("not-a-real-token").with_refresh_token("not-a-real-refresh-token")
}

#[tokio::test]
async fn a_server_that_revokes_refresh_tokens_only_is_no_error() {
    let unsupported = || json(400, r#"{"error":"unsupported_token_type"}"#);
    let (tokens, _) = scripted([json(200, ""), unsupported()], user_token()).await;
    tokens.revoke().await.unwrap();
    let (tokens, _) = scripted([unsupported()], Token::new("not-a-real-token")).await;
    let error = tokens.revoke().await.unwrap_err();
    assert!(error.to_string().contains("unsupported_token_type"), "{error}");
}

#[tokio::test]
async fn a_transient_failure_is_retried() {
    let interrupted = || failure(TransportErrorKind::Interrupted);
    let (tokens, transport) = scripted([interrupted(), json(200, "")], Token::new("not-a-real-token")).await;
    tokens.revoke().await.unwrap();
    assert_eq!(transport.sent(), 2);
}

#[tokio::test]
async fn after_an_error_the_token_stays_in_use() {
    let rejected = json(
        401,
        r#"{"error":"invalid_client","error_description":"not-a-real-token is unknown"}"#,
    );
    let (tokens, _) = scripted([rejected], user_token()).await;
    let error = tokens.revoke().await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(
        text.contains("invalid_client") && text.contains("https://auth.example.com/revoke"),
        "{text}"
    );
    assert!(
        !text.contains("not-a-real-token") && !text.contains("token URL"),
        "{text}"
    );
    assert_eq!(value(&tokens.token().await.unwrap()), "not-a-real-token");
}

#[tokio::test]
async fn a_busy_revocation_endpoint_does_not_stop_token_requests() {
    let busy = with_header(json(503, ""), "retry-after", "30");
    let transport = ScriptedTransport::new([token("first"), busy, token("second")]);
    let tokens = ClientCredentials::builder(CLIENT, SECRET)
        .token_url("https://auth.example.com/token")
        .revocation_url("https://auth.example.com/revoke")
        .runtime(evergrant_testing::ManualClock::new())
        .build(transport.clone())
        .unwrap();
    let first = tokens.token().await.unwrap();
    let error = tokens.revoke().await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!(error.retry_after(), Some(seconds(30)));
    assert_eq!(value(&tokens.replace(first.generation()).await.unwrap()), "second");
}

#[tokio::test]
async fn headers_of_the_token_endpoint_go_to_no_other_origin() {
    for (revocation_url, expected) in [
        ("https://auth.example.com/revoke", 2),
        ("https://other.example.com/revoke", 1),
    ] {
        let transport = ScriptedTransport::new([token("first"), json(200, "")]);
        let options = evergrant::TokenEndpointOptions::new().header("X-Api-Key", "not-a-real-key");
        let tokens = ClientCredentials::builder(CLIENT, SECRET)
            .token_url("https://auth.example.com/token")
            .revocation_url(revocation_url)
            .token_endpoint_options(options)
            .runtime(evergrant_testing::ManualClock::new())
            .build(transport.clone())
            .unwrap();
        tokens.token().await.unwrap();
        tokens.revoke().await.unwrap();
        assert_eq!(transport.header("x-api-key").len(), expected, "{revocation_url}");
        assert_eq!(transport.header("user-agent").len(), 2);
    }
}

#[tokio::test]
async fn headers_go_to_no_other_origin_after_the_endpoint_has_moved() {
    let fixture = Fixture::new();
    let other = AuthServer::builder().client(CLIENT, SECRET).start();
    let missing = format!("\"{}\"", fixture.auth.url("/missing"));
    fixture.auth.metadata_with("revocation_endpoint", &missing);
    let options = evergrant::TokenEndpointOptions::new().header("X-Api-Key", "not-a-real-key");
    let tokens = ClientCredentials::builder(CLIENT, SECRET)
        .issuer(fixture.auth.issuer())
        .token_endpoint_options(options.user_agent("shop/1"))
        .runtime(fixture.clock.clone())
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    let moved = format!("\"{}\"", other.url("/revoke"));
    fixture.auth.metadata_with("revocation_endpoint", &moved);
    tokens.revoke().await.unwrap();
    let request = &revocations(&other)[0];
    assert_eq!(request.header("x-api-key"), None);
    assert_eq!(request.header("user-agent"), Some("shop/1"));
}
