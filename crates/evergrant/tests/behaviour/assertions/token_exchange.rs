//! Token exchange (RFC 8693): requests, issued types and chained managers.

use evergrant::error::TokenResponseProblem;
use evergrant::{BuildError, Error, TokenExchange, TokenTypeIdentifier};
use evergrant_reqwest::Transport;
use evergrant_testing::{ExpiresIn, MockResponse};

use super::{ACCESS_TOKEN, ASSERTION, JWT, TOKEN_EXCHANGE, fixture, issued, sent};
use crate::support::{CLIENT, Fixture, SECRET, seconds, value};

fn builder(fixture: &Fixture, grant: TokenExchange) -> evergrant::TokenManagerBuilder<TokenExchange> {
    fixture.configured(grant.builder(CLIENT, SECRET))
}

#[tokio::test]
async fn a_request_has_subject_actor_targets_and_types() {
    let fixture = fixture();
    let grant = TokenExchange::new(ASSERTION, TokenTypeIdentifier::Jwt)
        .actor("not.a.real.assertion.of.john", "urn:ietf:params:oauth:token-type:jwt")
        .requested_token_type(TokenTypeIdentifier::AccessToken);
    let tokens = builder(&fixture, grant)
        .scopes(["orders.read"])
        .audience("orders")
        .audience("billing")
        .resource("https://orders.example.com")
        .build(Transport::default())
        .unwrap();
    let token = tokens.token().await.unwrap();
    for (name, expected) in [
        ("grant_type", TOKEN_EXCHANGE),
        ("subject_token", ASSERTION),
        ("subject_token_type", JWT),
        ("actor_token", "not.a.real.assertion.of.john"),
        ("actor_token_type", JWT),
        ("requested_token_type", ACCESS_TOKEN),
        ("scope", "orders.read"),
    ] {
        assert_eq!(sent(&fixture, name).as_deref(), Some(expected), "{name}");
    }
    let issued = issued(&fixture, &token);
    assert_eq!(
        (issued.subject.as_deref(), issued.actor.as_deref()),
        (Some("jane"), Some("john"))
    );
    assert_eq!(issued.targets, ["orders", "billing", "https://orders.example.com"]);
    assert_eq!(token.member("issued_token_type").unwrap().expose(), ACCESS_TOKEN);
}

#[tokio::test]
async fn a_token_of_another_type_than_requested_is_not_used() {
    let fixture = fixture();
    fixture.auth.respond_with("issued_token_type", &format!("{JWT:?}"));
    let grant = TokenExchange::new(ASSERTION, JWT).requested_token_type(ACCESS_TOKEN);
    let tokens = builder(&fixture, grant).build(Transport::default()).unwrap();
    let error = tokens.token().await.unwrap_err();
    let Error::TokenResponse(response) = &error else {
        panic!("{error}");
    };
    let expected = TokenResponseProblem::IssuedType {
        requested: ACCESS_TOKEN.to_owned(),
        issued: JWT.to_owned(),
    };
    assert_eq!(response.problem(), &expected);
    assert!(
        error.to_string().contains("request the type that the server issues"),
        "{error}"
    );
}

#[tokio::test]
async fn a_token_that_is_no_access_token_is_used_only_if_its_type_is_requested() {
    let fixture = fixture();
    let requested = TokenExchange::new(ASSERTION, JWT).requested_token_type(TokenTypeIdentifier::IdToken);
    let tokens = builder(&fixture, requested).build(Transport::default()).unwrap();
    assert!(tokens.token().await.is_ok());

    fixture.auth.respond_with("token_type", "\"N_A\"");
    let tokens = builder(&fixture, TokenExchange::new(ASSERTION, JWT))
        .build(Transport::default())
        .unwrap();
    let error = tokens.token().await.unwrap_err();
    assert!(matches!(error, Error::TokenResponse(_)), "{error}");
}

#[tokio::test]
async fn a_response_without_issued_type_and_lifetime_is_used() {
    let fixture = Fixture::with(|server| super::enable(server).expires_in(ExpiresIn::Absent));
    fixture.auth.respond_without("issued_token_type");
    let grant = TokenExchange::new(ASSERTION, JWT).requested_token_type(ACCESS_TOKEN);
    let tokens = builder(&fixture, grant)
        .default_lifetime(seconds(100))
        .build(Transport::default())
        .unwrap();
    let first = value(&tokens.token().await.unwrap());
    fixture.clock.advance(seconds(101));
    assert_ne!(value(&tokens.token().await.unwrap()), first);
}

#[tokio::test]
async fn chained_managers_exchange_the_current_token_of_the_first() {
    let fixture = fixture();
    let first = fixture.tokens();
    let exchange = TokenExchange::new(first.clone(), TokenTypeIdentifier::AccessToken);
    let tokens = builder(&fixture, exchange).build(Transport::default()).unwrap();
    let exchanged = tokens.token().await.unwrap();
    let subject = value(&first.token().await.unwrap());
    assert_eq!(sent(&fixture, "subject_token"), Some(subject.clone()));
    assert_eq!(issued(&fixture, &exchanged).subject.as_deref(), Some(CLIENT));
    assert_eq!(fixture.requests(), 2);

    // Both tokens have expired: the subject token is fetched first, and exchanged.
    fixture.clock.advance(seconds(3600));
    assert_ne!(value(&tokens.token().await.unwrap()), value(&exchanged));
    assert_eq!(fixture.requests(), 4);
    let renewed = value(&first.token().await.unwrap());
    assert_ne!(renewed, subject);
    assert_eq!(sent(&fixture, "subject_token"), Some(renewed));
}

#[tokio::test]
async fn a_rejected_subject_token_of_a_chained_manager_is_replaced_once() {
    let fixture = fixture();
    let first = fixture.tokens();
    let subject = first.token().await.unwrap();
    let exchange = TokenExchange::new(first.clone(), TokenTypeIdentifier::AccessToken);
    let tokens = builder(&fixture, exchange).build(Transport::default()).unwrap();
    // The server has revoked the token before its expiry.
    fixture.auth.revoke_all();
    let exchanged = tokens.token().await.unwrap();
    assert!(fixture.auth.accepts(exchanged.access_token().expose()));
    assert_ne!(value(&first.token().await.unwrap()), value(&subject));
    assert_eq!(
        fixture.requests(),
        4,
        "subject, rejected exchange, new subject, exchange"
    );

    // Rejections for another reason end after one repetition.
    let other = builder(&fixture, TokenExchange::new(first.clone(), JWT))
        .build(Transport::default())
        .unwrap();
    fixture
        .auth
        .always(MockResponse::new(400).json(r#"{"error":"invalid_target"}"#));
    assert!(other.token().await.is_err());
    assert_eq!(fixture.requests(), 5, "the subject token is not the cause");
}

#[tokio::test]
async fn a_rejected_actor_token_of_a_manager_is_replaced_beside_a_fixed_subject_token() {
    let fixture = fixture();
    let actor = fixture.tokens();
    let revoked = actor.token().await.unwrap();
    let exchange = TokenExchange::new(ASSERTION, JWT).actor(actor.clone(), TokenTypeIdentifier::AccessToken);
    let tokens = builder(&fixture, exchange).build(Transport::default()).unwrap();
    fixture.auth.revoke_all();
    let exchanged = tokens.token().await.unwrap();
    let replaced = value(&actor.token().await.unwrap());
    assert_ne!(replaced, value(&revoked));
    assert_eq!(sent(&fixture, "actor_token"), Some(replaced));
    assert_eq!(issued(&fixture, &exchanged).actor.as_deref(), Some(CLIENT));
    assert_eq!(
        fixture.requests(),
        4,
        "actor, rejected exchange, new actor token, exchange"
    );
}

#[tokio::test]
async fn a_rejected_subject_token_that_cannot_be_replaced_is_an_error_of_the_server() {
    let fixture = fixture();
    let first = fixture
        .tokens()
        .with_token(evergrant::Token::new("not-a-real-token"))
        .unwrap();
    let exchange = TokenExchange::new(first, TokenTypeIdentifier::AccessToken);
    let tokens = builder(&fixture, exchange).build(Transport::default()).unwrap();
    fixture
        .auth
        .next(MockResponse::new(400).json(r#"{"error":"invalid_grant"}"#));
    fixture.auth.next(MockResponse::new(503));
    let error = tokens.token().await.unwrap_err();
    assert!(
        matches!(&error, Error::OAuthProvider(error) if error.code() == Some("invalid_grant")),
        "{error}"
    );
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_failure_of_the_first_manager_is_shown_with_its_cause() {
    let fixture = fixture();
    let rejected = fixture.configured(evergrant::ClientCredentials::builder(CLIENT, "not-the-real-secret"));
    let first = rejected.build(Transport::default()).unwrap();
    let exchange = TokenExchange::new(first, TokenTypeIdentifier::AccessToken);
    let tokens = builder(&fixture, exchange).build(Transport::default()).unwrap();
    let error = tokens.token().await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("source of assertions failed") && text.contains("invalid_client"),
        "{text}"
    );
    assert!(!error.is_retryable());
    assert_eq!(fixture.requests(), 1, "nothing is exchanged");
}

#[tokio::test]
async fn a_rejected_target_is_an_error_with_the_code_of_the_server() {
    let fixture = Fixture::with(|server| super::enable(server).targets(&["orders"]));
    let tokens = builder(&fixture, TokenExchange::new(ASSERTION, JWT)).audience("billing");
    let error = tokens.build(Transport::default()).unwrap().token().await.unwrap_err();
    assert!(
        matches!(&error, Error::OAuthProvider(error) if error.code() == Some("invalid_target")),
        "{error}"
    );
}

#[test]
fn invalid_types_and_repeated_parameters_are_found_by_build() {
    let builder = |grant: TokenExchange| {
        let builder = grant.builder(CLIENT, SECRET);
        builder.token_url("https://auth.example.com/token")
    };
    let error = builder(TokenExchange::new(ASSERTION, "not a uri"))
        .build(Transport::default())
        .unwrap_err();
    assert!(
        matches!(
            error,
            BuildError::OutOfRange {
                setting: "subject_token_type",
                ..
            }
        ),
        "{error}"
    );
    let repeated = builder(TokenExchange::new(ASSERTION, JWT)).param("actor_token", "not-a-real-token");
    let error = repeated.build(Transport::default()).unwrap_err();
    assert!(matches!(error, BuildError::ReservedParameter { .. }), "{error}");
}
