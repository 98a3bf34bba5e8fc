//! Sessions: shared by all calls, and replaced when they end.

use std::time::Duration;

use emulations::Thingspace;
use evergrant_testing::ManualClock;
use thingspace::VzM2mTokenCredentials;

use crate::common::{account, builder, client, code, log_in, m2m, oauth, rate_plans, requests, sms};

#[tokio::test]
async fn an_ended_session_causes_one_login_and_no_token_request() {
    let api = Thingspace::start();
    let client = m2m(&api);
    account(&client).await.unwrap();
    api.end_sessions();
    account(&client).await.unwrap();
    account(&client).await.unwrap();
    // The first login and call, the rejected call, the second login, the replay, and the last call.
    assert_eq!(requests(&api), (1, 2, 6));
}

#[tokio::test]
async fn concurrent_calls_with_an_ended_session_share_one_login() {
    let api = Thingspace::start();
    let client = m2m(&api);
    account(&client).await.unwrap();
    api.end_sessions();
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { account(&client).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!((api.sessions_opened(), api.auth_requests().len()), (2, 1));
}

#[tokio::test]
async fn a_replay_sends_the_same_body() {
    let api = Thingspace::start();
    let client = m2m(&api);
    account(&client).await.unwrap();
    api.end_sessions();
    client.sms().send_sms(&sms()).send().await.unwrap();
    let sent = api.api_requests();
    let messages: Vec<_> = sent.iter().filter(|request| request.path.ends_with("/sms")).collect();
    let [rejected, accepted] = messages[..] else {
        panic!("{}", messages.len())
    };
    assert_eq!(
        (rejected.status.unwrap().as_u16(), accepted.status.unwrap().as_u16()),
        (401, 200)
    );
    assert_eq!(rejected.body, accepted.body);
    assert!(!accepted.body.is_empty());
}

#[tokio::test]
async fn an_idle_session_is_replaced() {
    let clock = ManualClock::new();
    let api = Thingspace::start_with_idle_limit(&clock, Duration::from_secs(1200));
    let client = m2m(&api);
    for (minutes, sessions) in [(0, 1), (19, 1), (19, 1), (20, 2), (1, 2), (25, 3)] {
        clock.advance(Duration::from_secs(minutes * 60));
        account(&client).await.unwrap();
        assert_eq!(api.sessions_opened(), sessions, "after {minutes} minutes");
    }
}

#[tokio::test]
async fn a_revoked_token_is_replaced_with_the_session() {
    let api = Thingspace::start();
    let client = m2m(&api);
    account(&client).await.unwrap();
    api.oauth().revoke_all();
    account(&client).await.unwrap();
    assert_eq!((api.auth_requests().len(), api.sessions_opened()), (2, 2));
    account(&client).await.unwrap();
    assert_eq!((api.auth_requests().len(), api.sessions_opened()), (2, 2));
}

#[tokio::test]
async fn a_revoked_token_and_an_ended_session_are_replaced_together() {
    let api = Thingspace::start();
    let client = m2m(&api);
    for round in 1..4 {
        account(&client).await.unwrap();
        assert_eq!((api.auth_requests().len(), api.sessions_opened()), (round, round));
        api.oauth().revoke_all();
        api.end_sessions();
    }
}

#[tokio::test]
async fn after_a_logout_the_next_call_logs_in_again() {
    let api = Thingspace::start();
    let client = m2m(&api);
    account(&client).await.unwrap();
    let ended = client.session_management().end_session().send().await.unwrap();
    assert_eq!(*ended, thingspace::models::LogOutResponse::new("emulated-session-1"));
    account(&client).await.unwrap();
    assert_eq!((api.auth_requests().len(), api.sessions_opened()), (1, 2));
}

#[tokio::test]
async fn an_external_session_is_used_and_never_replaced() {
    let api = Thingspace::start();
    let token = m2m(&api).vz_m2m_token_manager().unwrap().token().await.unwrap();
    let session = token.access_token().expose().to_owned();
    let builder = builder(&api).thingspace_oauth_credentials(oauth());
    let client = builder.vz_m2m_token_credentials(VzM2mTokenCredentials::new(session));
    let client = client.build().unwrap();
    assert!(client.vz_m2m_token_manager().is_none());
    account(&client).await.unwrap();
    assert_eq!(api.sessions_opened(), 1);
    api.end_sessions();
    let outcome = client.sms().send_sms(&sms()).send().await;
    assert_eq!(code(outcome), (401, "REQUEST_FAILED.SessionToken.Expired".to_owned()));
    assert_eq!(api.sessions_opened(), 1);
}

#[tokio::test]
async fn a_session_from_the_manager_is_used_by_calls() {
    let api = Thingspace::start();
    let client = m2m(&api);
    let session = client.vz_m2m_token_manager().unwrap().token().await.unwrap();
    account(&client).await.unwrap();
    let request = api.api_requests().pop().unwrap();
    assert_eq!(request.header("vz-m2m-token"), Some(session.access_token().expose()));
    assert_eq!(requests(&api), (1, 1, 2));
}

#[tokio::test]
async fn a_session_that_is_one_of_two_alternatives_is_replaced_too() {
    let api = Thingspace::start();
    let sessions = m2m(&api);
    rate_plans(&sessions).await.unwrap();
    api.end_sessions();
    rate_plans(&sessions).await.unwrap();
    assert_eq!((api.auth_requests().len(), api.sessions_opened()), (1, 2));

    // When the other alternative is used, the client does not log in.
    let both = client(&api);
    rate_plans(&both).await.unwrap();
    api.oauth1().revoke_all();
    rate_plans(&both).await.unwrap();
    assert_eq!((api.oauth1().requests().len(), api.sessions_opened()), (2, 2));
}

#[tokio::test]
async fn a_client_with_other_settings_shares_the_session() {
    let api = Thingspace::start();
    let first = m2m(&api);
    account(&first).await.unwrap();
    let second = first.with_configuration(|settings| settings.timeout(Duration::from_secs(9)));
    account(&second.unwrap()).await.unwrap();
    assert_eq!(requests(&api), (1, 1, 3));
    let third = first.with_configuration(|settings| settings.vz_m2m_token_credentials(log_in()));
    account(&third.unwrap()).await.unwrap();
    assert_eq!((api.auth_requests().len(), api.sessions_opened()), (1, 2));
}

#[tokio::test]
async fn concurrent_calls_replace_a_revoked_token_and_an_ended_session_once() {
    let api = Thingspace::start();
    let client = m2m(&api);
    account(&client).await.unwrap();
    api.oauth().revoke_all();
    api.end_sessions();
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { account(&client).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!((api.auth_requests().len(), api.sessions_opened()), (2, 2));
}

#[tokio::test]
async fn credentials_of_one_server_are_never_sent_to_another() {
    let (first, second) = (Thingspace::start(), Thingspace::start());
    let client = client(&first);
    account(&client).await.unwrap();
    rate_plans(&client).await.unwrap();
    let moved = client.with_configuration(|settings| {
        settings
            .base_url(second.api_url())
            .oauth_server_url(second.oauth_server_url())
            .registration_url(second.registration_url())
    });
    let moved = moved.unwrap();
    account(&moved).await.unwrap();
    rate_plans(&moved).await.unwrap();
    assert_eq!((requests(&first), requests(&second)), ((2, 1, 3), (2, 1, 3)));
    let rejected = second
        .api_requests()
        .into_iter()
        .filter(|request| request.status.unwrap() == 401);
    assert_eq!(
        rejected.count(),
        0,
        "no credentials of the first server are sent to the second"
    );
    account(&client).await.unwrap();
    assert_eq!(requests(&first), (2, 1, 4), "the original client does not change");
}
