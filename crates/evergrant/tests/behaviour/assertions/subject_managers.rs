//! A manager for each subject of a token exchange.

use evergrant::{BuildError, SubjectTokens, Token, TokenEndpoint, TokenExchange, TokenTypeIdentifier};
use evergrant_reqwest::Transport;
use evergrant_testing::MockResponse;

use super::{ASSERTION, JWT, fixture, issued};
use crate::support::{CLIENT, Fixture, SECRET, call_concurrently, seconds, value};

fn subjects(fixture: &Fixture) -> SubjectTokens {
    let grant = TokenExchange::for_each_subject(TokenTypeIdentifier::Jwt);
    let builder = fixture.configured(grant.builder(CLIENT, SECRET));
    builder
        .audience("orders")
        .build_for_subjects(Transport::default())
        .unwrap()
}

/// mcp-context-forge#5224 and kagent#2460: a cache with the wrong key gave one user the token of another.
#[tokio::test]
async fn subjects_never_share_a_token() {
    let fixture = fixture();
    let subjects = subjects(&fixture);
    let names: Vec<String> = (0..20).map(|number| format!("user-{number}")).collect();
    for name in &names {
        // Long tokens that differ in one place.
        fixture
            .auth
            .add_assertion(&format!("{}.{name}.{}", "a".repeat(500), "b".repeat(500)), name);
    }
    for _ in 0..2 {
        for name in &names {
            let tokens = subjects
                .for_subject(format!("{}.{name}.{}", "a".repeat(500), "b".repeat(500)))
                .unwrap();
            let token = tokens.token().await.unwrap();
            assert_eq!(issued(&fixture, &token).subject.as_ref(), Some(name));
        }
    }
    assert_eq!(fixture.requests(), 20, "one exchange for each subject");
}

#[tokio::test]
async fn concurrent_calls_of_one_subject_share_one_exchange() {
    let fixture = fixture();
    let subjects = subjects(&fixture);
    let outcomes = call_concurrently(30, || {
        let tokens = subjects.for_subject(ASSERTION).unwrap();
        async move { value(&tokens.token().await.unwrap()) }
    });
    let outcomes = outcomes.await;
    assert!(outcomes.iter().all(|token| *token == outcomes[0]));
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn the_least_recently_used_subject_is_evicted() {
    let fixture = fixture();
    for name in ["a", "b", "c"] {
        fixture.auth.add_assertion(name, name);
    }
    let subjects = subjects(&fixture).capacity(2);
    let use_subject = async |name: &str| {
        let before = fixture.requests();
        subjects.for_subject(name).unwrap().token().await.unwrap();
        fixture.requests() - before
    };
    assert_eq!(use_subject("a").await, 1);
    assert_eq!(use_subject("b").await, 1);
    assert_eq!(use_subject("a").await, 0);
    assert_eq!(use_subject("c").await, 1, "evicts b");
    assert_eq!(use_subject("a").await, 0);
    assert_eq!(use_subject("b").await, 1);
    subjects.forget("b");
    assert_eq!(use_subject("b").await, 1);
}

#[tokio::test]
async fn an_expired_subject_token_fails_for_its_subject_only() {
    let fixture = fixture();
    let subjects = subjects(&fixture);
    let (jane, john) = ("not.a.real.assertion", "not.a.real.assertion.of.john");
    for subject in [jane, john] {
        subjects.for_subject(subject).unwrap().token().await.unwrap();
    }
    fixture.auth.remove_assertion(jane);
    fixture.clock.advance(seconds(3600));
    assert!(subjects.for_subject(jane).unwrap().token().await.is_err());
    assert!(subjects.for_subject(john).unwrap().token().await.is_ok());
    // The user has a new token, which leads to a new exchange.
    fixture.auth.add_assertion("a.new.assertion", "jane");
    let token = subjects.for_subject("a.new.assertion").unwrap().token().await.unwrap();
    assert_eq!(issued(&fixture, &token).subject.as_deref(), Some("jane"));
}

#[tokio::test]
async fn a_retry_after_applies_to_all_subjects() {
    let fixture = fixture();
    let subjects = subjects(&fixture);
    fixture.auth.next(MockResponse::new(503).header("retry-after", "60"));
    assert!(subjects.for_subject(ASSERTION).unwrap().token().await.is_err());
    let other = subjects.for_subject("not.a.real.assertion.of.john").unwrap();
    assert!(other.token().await.is_err());
    assert_eq!(fixture.requests(), 1);
}

/// A provider that loads one stored token would give it to every subject.
#[test]
fn settings_that_give_all_subjects_one_token_are_rejected() {
    let builder = || {
        let builder = TokenExchange::for_each_subject(JWT).builder(CLIENT, SECRET);
        builder.token_url("https://auth.example.com/token")
    };
    let stored = || Token::new("not-a-real-token");
    let provider = async |_: Option<Token>, _: TokenEndpoint| Ok(Token::new("not-a-real-token"));
    for (builder, setting) in [
        (builder().token(stored()), "token(..)"),
        (builder().token_provider(provider), "token_provider(..)"),
    ] {
        let error = builder.build_for_subjects(Transport::default()).unwrap_err();
        assert!(error.to_string().contains(setting), "{error}");
    }
}

#[test]
fn an_empty_subject_and_a_grant_with_a_subject_are_rejected() {
    let builder = |grant: TokenExchange| {
        let builder = grant.builder(CLIENT, SECRET);
        builder.token_url("https://auth.example.com/token")
    };
    let subjects = builder(TokenExchange::for_each_subject(JWT))
        .build_for_subjects(Transport::default())
        .unwrap();
    assert!(matches!(
        subjects.for_subject(""),
        Err(BuildError::InvalidSetting { .. })
    ));
    let error = builder(TokenExchange::for_each_subject(JWT))
        .build(Transport::default())
        .unwrap_err();
    assert!(error.to_string().contains("build_for_subjects"), "{error}");
    let error = builder(TokenExchange::new(ASSERTION, JWT))
        .build_for_subjects(Transport::default())
        .unwrap_err();
    assert!(error.to_string().contains("for_each_subject"), "{error}");
}

/// Anybody can send a service a token that the authorization server rejects. The token of the service itself stays.
#[tokio::test]
async fn a_bad_subject_token_does_not_replace_the_token_of_the_actor() {
    let fixture = fixture();
    let own = fixture.configured(evergrant::ClientCredentials::builder(CLIENT, SECRET));
    let own = own.build(Transport::default()).unwrap();
    let generation = own.token().await.unwrap().generation();
    let grant =
        TokenExchange::for_each_subject(TokenTypeIdentifier::Jwt).actor(own.clone(), TokenTypeIdentifier::AccessToken);
    let builder = fixture.configured(grant.builder(CLIENT, SECRET));
    let subjects = builder.build_for_subjects(Transport::default()).unwrap();
    for number in 0..5 {
        let tokens = subjects.for_subject(format!("bad.token.{number}")).unwrap();
        tokens.token().await.unwrap_err();
    }
    assert_eq!(own.token().await.unwrap().generation(), generation);
    assert_eq!(
        fixture.requests(),
        6,
        "one token of the actor, and one exchange for each bad token"
    );
    subjects.for_subject(ASSERTION).unwrap().token().await.unwrap();
}
