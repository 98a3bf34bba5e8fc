//! The life of a session: kept, shared, and had anew when the API has forgotten it.

use std::time::Duration;

use emulations::Thingspace;
use evergrant_testing::ManualClock;
use thingspace::VzM2mTokenCredentials;

use crate::common::{account, builder, client, code, log_in, m2m, oauth, rate_plans, requests, sms};

#[tokio::test]
async fn a_session_that_has_ended_costs_one_login_and_no_token() {
    let api = Thingspace::start();
    let client = m2m(&api);
    account(&client).await.unwrap();
    api.end_sessions();
    account(&client).await.unwrap();
    account(&client).await.unwrap();
    // The first call, its login, the refused one, the second login, the replay, the last call.
    assert_eq!(requests(&api), (1, 2, 6));
}

#[tokio::test]
async fn many_calls_on_an_ended_session_log_in_once_more() {
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
    assert_eq!((api.sessions_begun(), api.auth_requests().len()), (2, 1));
}

#[tokio::test]
async fn a_body_is_sent_once_more_as_it_was() {
    let api = Thingspace::start();
    let client = m2m(&api);
    account(&client).await.unwrap();
    api.end_sessions();
    client.sms().send_sms(&sms()).send().await.unwrap();
    let sent = api.api_requests();
    let messages: Vec<_> = sent.iter().filter(|request| request.path.ends_with("/sms")).collect();
    let [refused, taken] = messages[..] else {
        panic!("{}", messages.len())
    };
    assert_eq!(
        (refused.status.unwrap().as_u16(), taken.status.unwrap().as_u16()),
        (401, 200)
    );
    assert_eq!(refused.body, taken.body);
    assert!(!taken.body.is_empty());
}

#[tokio::test]
async fn a_session_that_has_idled_out_is_had_anew() {
    let clock = ManualClock::new();
    let api = Thingspace::start_idling(&clock, Duration::from_secs(1200));
    let client = m2m(&api);
    for (minutes, sessions) in [(0, 1), (19, 1), (19, 1), (20, 2), (1, 2), (25, 3)] {
        clock.advance(Duration::from_secs(minutes * 60));
        account(&client).await.unwrap();
        assert_eq!(api.sessions_begun(), sessions, "after {minutes} minutes");
    }
}

#[tokio::test]
async fn a_revoked_token_is_had_anew_with_the_next_login() {
    let api = Thingspace::start();
    let client = m2m(&api);
    account(&client).await.unwrap();
    api.oauth().revoke_all();
    account(&client).await.unwrap();
    assert_eq!((api.auth_requests().len(), api.sessions_begun()), (2, 2));
    account(&client).await.unwrap();
    assert_eq!((api.auth_requests().len(), api.sessions_begun()), (2, 2));
}

#[tokio::test]
async fn a_revoked_token_and_a_dead_session_at_once_are_recovered() {
    let api = Thingspace::start();
    let client = m2m(&api);
    for round in 1..4 {
        account(&client).await.unwrap();
        assert_eq!((api.auth_requests().len(), api.sessions_begun()), (round, round));
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
    assert_eq!(*ended, thingspace::models::LogOutAnswer::new("emulated-session-1"));
    account(&client).await.unwrap();
    assert_eq!((api.auth_requests().len(), api.sessions_begun()), (1, 2));
}

#[tokio::test]
async fn a_session_from_elsewhere_is_used_and_never_had_anew() {
    let api = Thingspace::start();
    let token = m2m(&api).vz_m2m_token_manager().unwrap().token().await.unwrap();
    let session = token.access_token().expose().to_owned();
    let builder = builder(&api).thingspace_oauth_credentials(oauth());
    let fixed = builder.vz_m2m_token_credentials(VzM2mTokenCredentials::new(session));
    let fixed = fixed.build().unwrap();
    assert!(fixed.vz_m2m_token_manager().is_none());
    account(&fixed).await.unwrap();
    assert_eq!(api.sessions_begun(), 1);
    api.end_sessions();
    let outcome = fixed.sms().send_sms(&sms()).send().await;
    assert_eq!(code(outcome), (401, "REQUEST_FAILED.SessionToken.Expired".to_owned()));
    assert_eq!(api.sessions_begun(), 1);
}

#[tokio::test]
async fn a_session_that_is_had_by_hand_is_the_one_that_calls_use() {
    let api = Thingspace::start();
    let client = m2m(&api);
    let session = client.vz_m2m_token_manager().unwrap().token().await.unwrap();
    account(&client).await.unwrap();
    let request = api.api_requests().pop().unwrap();
    assert_eq!(request.header("vz-m2m-token"), Some(session.access_token().expose()));
    assert_eq!(requests(&api), (1, 1, 2));
}

#[tokio::test]
async fn where_a_session_is_one_of_two_ways_in_it_is_had_anew_as_well() {
    let api = Thingspace::start();
    let sessions = m2m(&api);
    rate_plans(&sessions).await.unwrap();
    api.end_sessions();
    rate_plans(&sessions).await.unwrap();
    assert_eq!((api.auth_requests().len(), api.sessions_begun()), (1, 2));

    // Where the other way was taken, nobody logs in.
    let both = client(&api);
    rate_plans(&both).await.unwrap();
    api.oauth1().revoke_all();
    rate_plans(&both).await.unwrap();
    assert_eq!((api.oauth1().requests().len(), api.sessions_begun()), (2, 2));
}

#[tokio::test]
async fn another_configuration_shares_the_session() {
    let api = Thingspace::start();
    let first = m2m(&api);
    account(&first).await.unwrap();
    let second = first.with_configuration(|settings| settings.timeout(Duration::from_secs(9)));
    account(&second.unwrap()).await.unwrap();
    assert_eq!(requests(&api), (1, 1, 3));
    let third = first.with_configuration(|settings| settings.vz_m2m_token_credentials(log_in()));
    account(&third.unwrap()).await.unwrap();
    assert_eq!((api.auth_requests().len(), api.sessions_begun()), (1, 2));
}

#[tokio::test]
async fn many_calls_on_a_revoked_token_and_a_dead_session_all_succeed() {
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
    assert_eq!((api.auth_requests().len(), api.sessions_begun()), (2, 2));
}

#[tokio::test]
async fn nothing_of_one_place_goes_to_another() {
    let (here, there) = (Thingspace::start(), Thingspace::start());
    let client = client(&here);
    account(&client).await.unwrap();
    rate_plans(&client).await.unwrap();
    let moved = client.with_configuration(|settings| {
        settings
            .base_url(there.api_url())
            .oauth_server_url(there.oauth_server_url())
            .registration_url(there.registration_url())
    });
    let moved = moved.unwrap();
    account(&moved).await.unwrap();
    rate_plans(&moved).await.unwrap();
    assert_eq!((requests(&here), requests(&there)), ((2, 1, 3), (2, 1, 3)));
    let refused = there
        .api_requests()
        .into_iter()
        .filter(|request| request.status.unwrap() == 401);
    assert_eq!(refused.count(), 0, "none was tried there that was had here");
    account(&client).await.unwrap();
    assert_eq!(requests(&here), (2, 1, 4), "the client that it came from is untouched");
}
