//! Logins: shared by all calls, and their failures.

use std::time::Duration;

use emulations::Thingspace;
use evergrant_testing::{Fault, MockResponse};
use thingspace::models::LogIn;
use thingspace::{Error, VzM2mTokenCredentials};

use crate::common::{account, builder, client, log_in, login_failure, m2m, oauth, rate_plans, requests};

#[tokio::test]
async fn concurrent_calls_share_one_login() {
    let api = Thingspace::start();
    let client = m2m(&api);
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { account(&client).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(requests(&api), (1, 1, 51));
    for request in &api.api_requests()[1..] {
        assert_eq!(request.header("vz-m2m-token"), Some("emulated-session-1"));
    }
}

#[tokio::test]
async fn a_transient_failure_of_the_login_is_retryable() {
    let api = Thingspace::start();
    let client = m2m(&api);
    api.api().next(MockResponse::new(503).header("retry-after", "0"));
    let error = account(&client).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!(login_failure(&error).status().unwrap(), 503);
    assert_eq!(api.sessions_opened(), 0);

    let builder = builder(&api).thingspace_oauth_credentials(oauth());
    let new_credentials = builder.vz_m2m_token_credentials(log_in()).build().unwrap();
    account(&new_credentials).await.unwrap();
    assert_eq!(api.sessions_opened(), 1);
}

#[tokio::test]
async fn a_login_response_without_a_session_is_an_error() {
    let api = Thingspace::start();
    let client = m2m(&api);
    api.api().next(MockResponse::new(200).json(r#"{"sessionToken": ""}"#));
    let error = account(&client).await.unwrap_err();
    assert!(matches!(error, Error::Authorization(_)), "{error}");
    assert!(error.to_string().contains("sessionToken"), "{error}");
}

#[tokio::test]
async fn concurrent_calls_with_a_wrong_password_share_one_login() {
    let api = Thingspace::start();
    let wrong = VzM2mTokenCredentials::log_in(LogIn::new(Thingspace::USERNAME, "wrong-password"));
    let builder = builder(&api).thingspace_oauth_credentials(oauth());
    let client = builder.vz_m2m_token_credentials(wrong).build().unwrap();
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { account(&client).await })
        })
        .collect();
    for call in calls {
        let error = call.await.unwrap().unwrap_err();
        assert_eq!(login_failure(&error).status().unwrap(), 401);
    }
    // The login is sent twice, because the 401 could mean that the OAuth token is not valid.
    assert_eq!(requests(&api), (2, 0, 2));
}

#[tokio::test]
async fn a_rejected_login_is_not_repeated_with_each_call() {
    let api = Thingspace::start();
    let wrong = VzM2mTokenCredentials::log_in(LogIn::new(Thingspace::USERNAME, "wrong-password"));
    let builder = builder(&api).thingspace_oauth_credentials(oauth());
    let client = builder.vz_m2m_token_credentials(wrong).build().unwrap();
    for _ in 0..10 {
        let error = account(&client).await.unwrap_err();
        assert_eq!(error.status().unwrap(), 401);
        assert!(error.to_string().contains(": the login failed: POST "), "{error}");
    }
    assert_eq!(requests(&api), (2, 0, 2));

    let right = client.with_configuration(|settings| settings.vz_m2m_token_credentials(log_in()));
    account(&right.unwrap()).await.unwrap();
}

#[tokio::test]
async fn the_retry_after_of_a_login_is_honoured() {
    let api = Thingspace::start();
    let client = m2m(&api);
    api.api().always(MockResponse::new(503).header("retry-after", "60"));
    for _ in 0..5 {
        let error = account(&client).await.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));
    }
    assert_eq!(api.api_requests().len(), 1);
}

#[tokio::test]
async fn a_login_continues_when_its_call_is_cancelled() {
    let api = Thingspace::start();
    let client = m2m(&api);
    let hold = api.api().hold();
    let cancelled = client.clone();
    let cancelled = tokio::spawn(async move { account(&cancelled).await });
    api.api().wait_for_requests(1).await;
    cancelled.abort();
    assert!(cancelled.await.unwrap_err().is_cancelled());
    hold.release();
    account(&client).await.unwrap();
    assert_eq!(requests(&api), (1, 1, 2));
}

#[tokio::test]
async fn a_login_without_a_response_times_out() {
    let api = Thingspace::start();
    let builder = builder(&api).thingspace_oauth_credentials(oauth());
    let impatient = builder
        .vz_m2m_token_credentials(log_in())
        .timeout(Duration::from_millis(50));
    api.api().next(Fault::Hang);
    let client = impatient.build().unwrap();
    // The call has a limit of its own, so that the login's limit is reached first.
    let account = client.accounts().get_account(Thingspace::ACCOUNT);
    let error = account
        .timeout(Duration::from_secs(60))
        .send()
        .await
        .unwrap_err()
        .untyped();
    assert!(error.is_retryable(), "{error}");
    assert!(
        matches!(login_failure(&error), Error::Http(http) if http.is_timeout()),
        "{error}"
    );
    api.api().release_hanging();
}

#[tokio::test]
async fn the_time_limit_of_a_call_includes_its_login() {
    let api = Thingspace::start();
    let client = m2m(&api);
    let hold = api.api().hold();
    let account_call = client.accounts().get_account(Thingspace::ACCOUNT);
    let error = account_call
        .timeout(Duration::from_millis(50))
        .send()
        .await
        .unwrap_err()
        .untyped();
    assert!(error.is_retryable(), "{error}");
    assert!(matches!(&error, Error::Http(http) if http.is_timeout()), "{error}");
    assert!(error.to_string().contains("within its time limit of 50ms"), "{error}");

    // The login continues, and the next call uses its session.
    hold.release();
    account(&client).await.unwrap();
    assert_eq!(requests(&api), (1, 1, 2));
}

#[tokio::test]
async fn a_session_is_sent_neither_to_the_login_nor_to_the_token_endpoint() {
    let api = Thingspace::start();
    let client = client(&api);
    account(&client).await.unwrap();
    rate_plans(&client).await.unwrap();
    for _ in 0..2 {
        api.oauth().revoke_all();
        api.end_sessions();
        account(&client).await.unwrap();
    }
    api.oauth1().revoke_all();
    rate_plans(&client).await.unwrap();
    let logins = api
        .api_requests()
        .into_iter()
        .filter(|request| request.path.ends_with("/login"));
    let requests = [api.auth_requests(), logins.collect()].concat();
    assert!(requests.len() > 8);
    for request in requests {
        let headers = [request.header("vz-m2m-token"), request.header("sessiontoken")];
        assert_eq!(headers, [None, None], "{}", request.path);
        assert!(!String::from_utf8_lossy(&request.body).contains("emulated-session"));
    }
}
