//! Calls that need a token for some time.

use evergrant::{ClientCredentials, Error, Token, TokenManager};
use evergrant_testing::ManualClock;

use crate::polling_for_user_approval::Device;
use crate::scripted_transport::{ScriptedTransport, json};
use crate::support::{CLIENT, SECRET, seconds};

const TOKEN_URL: &str = "https://auth.example.com/token";

/// Returns a manager, and the transport that responds to each request with a token of this lifetime.
fn manager(clock: &ManualClock, lifetime: u64) -> (TokenManager, ScriptedTransport) {
    let response = format!(r#"{{"access_token":"fetched","token_type":"Bearer","expires_in":{lifetime}}}"#);
    let transport = ScriptedTransport::new([json(200, &response)]);
    let builder = ClientCredentials::builder(CLIENT, SECRET)
        .token_url(TOKEN_URL)
        .runtime(clock.clone());
    (builder.build(transport.clone()).unwrap(), transport)
}

#[tokio::test]
async fn a_new_token_is_fetched_if_its_whole_lifetime_is_just_sufficient() {
    let clock = ManualClock::new();
    // Of the lifetime of 100 s, 90 s are usable.
    let (tokens, transport) = manager(&clock, 100);
    tokens.token().await.unwrap();
    tokens.token_valid_for(seconds(90)).await.unwrap();
    assert_eq!(transport.sent(), 1);
    clock.advance(seconds(5));
    tokens.token_valid_for(seconds(90)).await.unwrap();
    assert_eq!(transport.sent(), 2);
    clock.advance(seconds(5));
    tokens.token_valid_for(seconds(91)).await.unwrap_err();
    assert_eq!(transport.sent(), 2);
}

#[tokio::test]
async fn the_clock_skew_in_the_error_is_rounded_up() {
    for (lifetime, skew) in [(60, 6), (65, 7), (66, 7), (70, 7)] {
        let (tokens, _) = manager(&ManualClock::new(), lifetime);
        match tokens.token_valid_for(seconds(100)).await.unwrap_err() {
            Error::LifetimeTooShort { skew_seconds, .. } => assert_eq!(skew_seconds, skew, "{lifetime}"),
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_renewed_is_too_short_for_a_longer_call() {
    let clock = ManualClock::new();
    let initial = || Token::new("initial").with_expires_at(clock.wall() + seconds(3600));
    let transport = ScriptedTransport::new([json(500, "")]);
    let manual = ClientCredentials::builder(CLIENT, SECRET)
        .token_url(TOKEN_URL)
        .runtime(clock.clone())
        .token(initial())
        .manual();
    let of_user = TokenManager::builder(Device, CLIENT, SECRET)
        .token_url(TOKEN_URL)
        .runtime(clock.clone())
        .token(initial());
    let managers = [
        manual.build(transport.clone()).unwrap(),
        of_user.build(transport.clone()).unwrap(),
    ];
    clock.advance(seconds(1000));
    for tokens in managers {
        tokens.token_valid_for(seconds(2000)).await.unwrap();
        let error = tokens.token_valid_for(seconds(3000)).await.unwrap_err();
        assert!(matches!(error, Error::LifetimeTooShort { .. }), "{error}");
    }
    assert_eq!(transport.sent(), 0);
}
