//! The sign-in of a user at the issuer's authorization endpoint.

use evergrant::client_auth::PublicClient;
use evergrant::error::SignInProblem;
use evergrant::{AuthorizationCode, BuildError, Error, TokenManager};
use evergrant_reqwest::Transport;

use super::realm;
use crate::support::Fixture;

const CALLBACK: &str = "http://127.0.0.1:8765/callback";

fn fixture() -> Fixture {
    Fixture::with(|server| {
        let server = realm(server)
            .public_client("app")
            .redirect_uri("app", "http://127.0.0.1/callback");
        server.user("jane", "not-a-real-password")
    })
}

fn tokens(fixture: &Fixture) -> TokenManager {
    AuthorizationCode::builder("app", PublicClient)
        .issuer(fixture.auth.issuer())
        .redirect_uri(CALLBACK)
        .runtime(fixture.clock.clone())
        .build(Transport::default())
        .unwrap()
}

fn problem(error: Error) -> SignInProblem {
    match error {
        Error::SignInFailed(error) => error.problem().clone(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_user_signs_in_with_nothing_but_the_issuer() {
    let fixture = fixture();
    let tokens = tokens(&fixture);
    let sign_in = tokens.sign_in().unwrap();
    assert_eq!(problem(sign_in.begin().unwrap_err()), SignInProblem::MetadataNotFetched);
    tokens.server_metadata().await.unwrap();
    let request = sign_in.begin().unwrap();
    assert!(request.url().as_str().starts_with(&fixture.auth.authorization_url()));
    let redirect = fixture.auth.visit(request.url().as_str());
    sign_in.finish(&request, &redirect).await.unwrap();
    assert_eq!(fixture.auth.metadata_requests(), 1);
}

#[tokio::test]
async fn a_redirect_from_another_issuer_is_rejected() {
    for (required, iss, accepted) in [
        (false, None, true),
        (true, None, false),
        (false, Some("https://elsewhere.example.net"), false),
        (false, Some(""), true),
    ] {
        let fixture = fixture();
        if required {
            fixture
                .auth
                .metadata_with("authorization_response_iss_parameter_supported", "true");
        }
        let tokens = tokens(&fixture);
        tokens.server_metadata().await.unwrap();
        let sign_in = tokens.sign_in().unwrap();
        let request = sign_in.begin().unwrap();
        let mut redirect = fixture.auth.visit(request.url().as_str());
        if let Some(iss) = iss {
            redirect = format!("{redirect}&iss={iss}");
        }
        let outcome = sign_in.finish(&request, &redirect).await;
        match accepted {
            true => drop(outcome.unwrap()),
            false => assert_eq!(
                problem(outcome.unwrap_err()),
                SignInProblem::IssuerMismatch,
                "{required} {iss:?}"
            ),
        }
    }
}

#[tokio::test]
async fn the_issuer_in_a_redirect_is_that_of_the_metadata() {
    let fixture = fixture();
    fixture
        .auth
        .metadata_with("authorization_response_iss_parameter_supported", "true");
    let tokens = tokens(&fixture);
    tokens.server_metadata().await.unwrap();
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = fixture.auth.visit(request.url().as_str());
    let redirect = format!("{redirect}&iss={}", fixture.auth.issuer());
    sign_in.finish(&request, &redirect).await.unwrap();
}

#[tokio::test]
async fn a_server_without_an_authorization_endpoint_is_an_error() {
    let fixture = fixture();
    fixture.auth.metadata_without("authorization_endpoint");
    let tokens = tokens(&fixture);
    tokens.server_metadata().await.unwrap();
    let error = tokens.sign_in().unwrap().begin().unwrap_err();
    assert!(
        error
            .to_string()
            .contains("no usable `authorization_endpoint`: it is missing"),
        "{error}"
    );
}

#[tokio::test]
async fn an_authorization_endpoint_that_repeats_a_parameter_is_an_error() {
    let fixture = fixture();
    fixture.auth.metadata_with(
        "authorization_endpoint",
        "\"https://idp.example.com/authorize?state=a\"",
    );
    let tokens = tokens(&fixture);
    tokens.server_metadata().await.unwrap();
    let error = tokens.sign_in().unwrap().begin().unwrap_err();
    assert!(error.to_string().contains("its query contains `state`"), "{error}");
}

#[tokio::test]
async fn a_sign_in_needs_a_redirect_uri() {
    let fixture = fixture();
    let builder = AuthorizationCode::builder("app", PublicClient).issuer(fixture.auth.issuer());
    let error = builder.build(Transport::default()).unwrap().sign_in().unwrap_err();
    assert_eq!(
        error,
        BuildError::MissingForSignIn {
            setting: "redirect_uri"
        }
    );
}
