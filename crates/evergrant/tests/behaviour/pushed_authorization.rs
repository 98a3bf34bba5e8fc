//! Pushed authorization requests (RFC 9126), and the issuer in redirects (RFC 9207).

use evergrant::client_auth::PublicClient;
use evergrant::error::{EndpointProblem, SignInProblem};
use evergrant::{AuthorizationCode, AuthorizationRequest, Error, TokenManager, TokenManagerBuilder};
use evergrant_reqwest::Transport;
use evergrant_testing::{AuthServerBuilder, RecordedRequest};

use crate::scripted_transport::{ScriptedTransport, json};
use crate::support::{CLIENT, Fixture, SECRET, seconds, value};

const REDIRECT: &str = "http://127.0.0.1:8765/callback";

fn server(server: AuthServerBuilder) -> AuthServerBuilder {
    let server = server
        .user("jane", "not-a-real-password")
        .redirect_uri(CLIENT, REDIRECT);
    server.require_pushed_authorization().issuer_in_redirects()
}

fn builder(fixture: &Fixture) -> TokenManagerBuilder<AuthorizationCode> {
    AuthorizationCode::builder(CLIENT, SECRET)
        .issuer(fixture.auth.issuer())
        .redirect_uri(REDIRECT)
        .scopes(["openid", "books.read"])
        .resource("https://books.example.com")
        .authorization_param("prompt", "login")
        .runtime(fixture.clock.clone())
}

fn tokens(fixture: &Fixture) -> TokenManager {
    builder(fixture).build(Transport::default()).unwrap()
}

fn pushed(fixture: &Fixture) -> Vec<RecordedRequest> {
    let mut requests = fixture.auth.requests();
    requests.retain(|request| request.path == "/par");
    requests
}

/// Returns the names of the parameters in the authorization URL.
fn names(request: &AuthorizationRequest) -> Vec<String> {
    let pairs = request.url().query_pairs();
    pairs.map(|(name, _)| name.into_owned()).collect()
}

#[track_caller]
fn problem(error: &Error) -> &SignInProblem {
    match error {
        Error::SignInFailed(error) => error.problem(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn the_parameters_are_pushed_and_the_url_has_a_reference() {
    let fixture = Fixture::with(server);
    let tokens = tokens(&fixture);
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin_pushed().await.unwrap();
    assert_eq!(names(&request), ["client_id", "request_uri"]);
    let sent = &pushed(&fixture)[0];
    for (name, expected) in [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", REDIRECT),
        ("scope", "openid books.read"),
        ("state", request.state().expose()),
        ("nonce", request.nonce().unwrap().expose()),
        ("code_challenge_method", "S256"),
        ("resource", "https://books.example.com"),
        ("prompt", "login"),
    ] {
        assert_eq!(sent.form_value(name).as_deref(), Some(expected), "{name}");
    }
    assert!(sent.header("authorization").is_some(), "the client authenticates");

    let request = AuthorizationRequest::from_json(&request.expose_json()).unwrap();
    let redirect = fixture.auth.visit(request.url().as_str());
    let token = sign_in.finish(&request, &redirect).await.unwrap();
    assert!(fixture.auth.accepts(&value(&token)));
}

#[tokio::test]
async fn a_public_client_pushes_its_id_once() {
    let fixture = Fixture::with(|builder| {
        let builder = server(builder).public_client("app");
        builder.redirect_uri("app", REDIRECT)
    });
    let tokens = AuthorizationCode::builder("app", PublicClient)
        .authorization_url(fixture.auth.authorization_url())
        .token_url(fixture.auth.token_url())
        .pushed_authorization_url(fixture.auth.url("/par"))
        .redirect_uri(REDIRECT)
        .build(Transport::default())
        .unwrap();
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin_pushed().await.unwrap();
    let redirect = fixture.auth.visit(request.url().as_str());
    sign_in.finish(&request, &redirect).await.unwrap();
}

#[tokio::test]
async fn a_server_that_requires_pushed_requests_gets_no_others() {
    let fixture = Fixture::with(server);
    let tokens = tokens(&fixture);
    tokens.server_metadata().await.unwrap();
    let error = tokens.sign_in().unwrap().begin().unwrap_err();
    assert_eq!(*problem(&error), SignInProblem::PushRequired);
    assert!(error.to_string().contains("begin_pushed()"), "{error}");
}

#[tokio::test]
async fn a_reference_is_valid_once_and_for_a_minute() {
    let fixture = Fixture::with(server);
    let tokens = tokens(&fixture);
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin_pushed().await.unwrap();
    fixture.clock.advance(seconds(59));
    let redirect = fixture.auth.visit(request.url().as_str());
    sign_in.finish(&request, &redirect).await.unwrap();
    let another = sign_in.begin_pushed().await.unwrap();
    assert_ne!(another.url(), request.url());
}

#[tokio::test]
async fn errors_of_the_endpoint_name_it_and_no_secret() {
    let rejected = json(
        400,
        r#"{"error":"invalid_request","error_description":"bad redirect_uri"}"#,
    );
    let no_reference = json(201, r#"{"expires_in":60}"#);
    let unusable = json(201, r#"{"request_uri":"urn:not a uri","expires_in":60}"#);
    for (reply, is_invalid) in [(rejected, false), (no_reference, true), (unusable, true)] {
        let tokens = AuthorizationCode::builder(CLIENT, SECRET)
            .authorization_url("https://auth.example.com/authorize")
            .token_url("https://auth.example.com/token")
            .pushed_authorization_url("https://auth.example.com/par")
            .redirect_uri(REDIRECT)
            .retries(0)
            .build(ScriptedTransport::new([reply]))
            .unwrap();
        match tokens.sign_in().unwrap().begin_pushed().await {
            Err(Error::Endpoint(error)) => {
                assert_eq!(
                    matches!(error.problem(), EndpointProblem::InvalidResponse(_)),
                    is_invalid
                );
                assert_eq!(error.endpoint(), "pushed_authorization_request_endpoint");
                assert!(error.to_string().contains("https://auth.example.com/par"), "{error}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_without_the_endpoint_is_an_error_that_names_the_setting() {
    let fixture = Fixture::with(|server| server.redirect_uri(CLIENT, REDIRECT));
    let error = tokens(&fixture).sign_in().unwrap().begin_pushed().await.unwrap_err();
    assert!(error.to_string().contains("pushed_authorization_url(..)"), "{error}");
}

#[tokio::test]
async fn a_redirect_must_come_from_the_issuer_that_announces_it() {
    let fixture = Fixture::with(server);
    let tokens = tokens(&fixture);
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin_pushed().await.unwrap();
    let redirect = fixture.auth.visit(request.url().as_str());
    assert!(redirect.contains("&iss=http"), "{redirect}");
    let (without, _) = redirect.split_once("&iss=").unwrap();
    let other = format!("{without}&iss=https%3A%2F%2Fevil.example.com");
    for forged in [without, &other] {
        let error = sign_in.finish(&request, forged).await.unwrap_err();
        assert_eq!(*problem(&error), SignInProblem::IssuerMismatch);
    }
    sign_in.finish(&request, &redirect).await.unwrap();
}
