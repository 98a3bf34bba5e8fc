//! One manager for each user, their number, and what they show.

use evergrant::store::MemoryStore;
use evergrant::{BuildError, ClientCredentials, TokenEndpoint};
use evergrant_testing::LogCapture;

use super::*;

#[tokio::test]
async fn two_tabs_of_one_user_share_a_manager() {
    let fixture = fixture();
    let users = replica(&fixture);
    sign_in(&fixture, &users, JANE).await.unwrap();
    fixture.clock.advance(seconds(3600));
    let tabs = [users.for_user(JANE), users.clone().for_user(JANE)];
    let calls = tabs.map(|tab| tokio::spawn(async move { tab.token().await.map(|token| value(&token)) }));
    let mut tokens = Vec::new();
    for call in calls {
        tokens.push(call.await.unwrap().unwrap());
    }
    assert_eq!(tokens[0], tokens[1]);
    assert_refreshes(&fixture, 1);
}

#[tokio::test]
async fn a_token_that_needs_a_proof_is_not_inserted_without_one() {
    let fixture = fixture();
    let users = replica(&fixture);
    let json = r#"{"access_token":"not-a-real-token","token_type":"DPoP","cnf":{"jkt":"key"}}"#;
    let error = users.insert(JANE, Token::from_json(json).unwrap()).await.unwrap_err();
    assert!(matches!(error, Error::Callback(_)), "{error}");
    assert!(error.to_string().contains("set the key with proof(..)"), "{error}");
    let error = users.for_user(JANE).token().await.unwrap_err();
    assert!(matches!(error, Error::SignInRequired(_)), "{error}");
}

#[tokio::test]
async fn a_manager_in_use_stays_the_only_one_of_its_user_after_its_eviction() {
    let fixture = fixture();
    let application = application(&fixture).build(Transport::default()).unwrap();
    let users = UserTokens::builder(application, fixture.store.clone());
    let users = users.capacity(2).build().unwrap();
    sign_in(&fixture, &users, JANE).await.unwrap();
    let held = users.for_user(JANE);
    for number in 0..200 {
        let _ = users.for_user(&number.to_string());
    }
    let token = held.token().await.unwrap();
    let again = users.for_user(JANE);
    assert_eq!(again.status().generation, token.generation(), "no other manager");
    fixture.settle(std::slice::from_ref(&again)).await;
    drop((held, again));
    for number in 0..3 {
        let _ = users.for_user(&number.to_string());
    }
    let other = users.for_user(JANE);
    let status = other.status();
    assert_eq!(status.tokens_fetched + status.tokens_adopted, 0, "another manager");
    assert_eq!(value(&other.token().await.unwrap()), value(&token));
    assert!(format!("{users:?}").contains("cached: 2"), "{users:?}");
}

#[test]
fn each_user_has_a_record_of_its_own() {
    let fixture = fixture();
    let users = replica(&fixture);
    let key = |users: &UserTokens, user: &str| users.for_user(user).store_key().unwrap().clone();
    let ids = ["", "a", "b", "a b", "a\0b", "A", "a ", "namespacea"];
    let keys: std::collections::BTreeSet<_> = ids.map(|id| key(&users, id)).into_iter().collect();
    assert_eq!(keys.len(), ids.len());
    assert_eq!(key(&users, "a"), key(&replica(&fixture), "a"));

    let other = Sharing::new(fixture.store.clone()).namespace("other");
    assert_ne!(key(&users, "a"), key(&replica_on(&fixture, other), "a"));
    let with = |builder: TokenManagerBuilder<AuthorizationCode>| {
        let application = builder.build(Transport::default()).unwrap();
        let users = UserTokens::builder(application, fixture.store.clone()).build();
        key(&users.unwrap(), "a")
    };
    assert_ne!(
        key(&users, "a"),
        with(application(&fixture).issuer("https://auth.example.com"))
    );
    assert_eq!(
        key(&users, "a"),
        with(application(&fixture).scopes(["books.read"])),
        "scopes may change"
    );
}

#[tokio::test]
async fn neither_user_ids_nor_tokens_appear_in_logs_errors_and_debug_output() {
    let fixture = fixture();
    let logs = LogCapture::new();
    let _installed = logs.install();
    let (replicas, [one, two]) = two_replicas(&fixture).await;
    let token = one.token().await.unwrap();
    fixture.clock.advance(seconds(3600));
    one.token().await.unwrap();
    replicas[0].sign_out(JANE).await.unwrap();
    let _ = two.token().await;
    fixture.settle(std::slice::from_ref(&two)).await;
    let error = two.token().await.unwrap_err();
    fixture.store.set_mode(crate::process_fleet::support::Mode::Failing);
    let failed = replicas[0].sign_out(JANE).await.unwrap_err();
    let shown = format!(
        "{replicas:?} {one:?} {error} {error:?} {failed} {failed:?} {:?}",
        logs.records()
    );
    let refresh_token = token.refresh_token().unwrap().expose().to_owned();
    for secret in ["jane", value(&token).as_str(), refresh_token.as_str()] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let names: Vec<_> = logs.records().iter().map(|record| record.name.clone()).collect();
    for name in ["evergrant.signed_in", "evergrant.signed_out"] {
        assert!(names.iter().any(|logged| logged == name), "{names:?}");
    }
}

#[test]
fn settings_are_checked() {
    let fixture = fixture();
    let build = |builder: TokenManagerBuilder<AuthorizationCode>| builder.build(Transport::default()).unwrap();
    let users = |application| UserTokens::builder(application, MemoryStore::new());
    let client = ClientCredentials::builder(CLIENT, SECRET).token_url(fixture.auth.token_url());
    let client = client.build(Transport::default()).unwrap();
    assert!(matches!(users(client).build(), Err(BuildError::WrongGrant { .. })));
    for builder in [
        application(&fixture).manual(),
        application(&fixture)
            .token_provider(async |last: Option<Token>, endpoint: TokenEndpoint| endpoint.renew(last.as_ref()).await),
    ] {
        let outcome = users(build(builder)).build();
        assert!(
            matches!(outcome, Err(BuildError::StoreNotApplicable { .. })),
            "{outcome:?}"
        );
    }
    let application = build(application(&fixture));
    let lease = Sharing::new(MemoryStore::new()).lease(Duration::from_millis(1));
    for builder in [
        users(application.clone()).capacity(0),
        users(application.clone()).retention(Duration::ZERO),
        users(application.clone()).retention(Duration::MAX),
        UserTokens::builder(application.clone(), lease),
    ] {
        let outcome = builder.build();
        assert!(matches!(outcome, Err(BuildError::OutOfRange { .. })), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_derived_manager_with_its_own_token_does_not_use_the_record_of_the_user() {
    let fixture = fixture();
    let users = replica(&fixture);
    sign_in(&fixture, &users, JANE).await.unwrap();
    let derived = users.for_user(JANE).with_token(Token::new("not-a-real-token")).unwrap();
    assert_eq!(derived.store_key(), None);
    assert_eq!(value(&derived.token().await.unwrap()), "not-a-real-token");
}
