//! Missing and wrong credentials.

use emulations::Thingspace;
use thingspace::models::LogIn;
use thingspace::{
    Error, SessionTokenCredentials, ThingspaceOAuth1Credentials, ThingspaceOAuthCredentials, VzM2mTokenCredentials,
};

use crate::common::{
    account, all_errors, builder, client, code, log_in, login_failure, missing, oauth, rate_plans, requests, vehicle,
};

#[tokio::test]
async fn without_credentials_nothing_is_sent_and_the_error_names_each_scheme() {
    let api = Thingspace::start();
    let client = builder(&api).build().unwrap();
    for (operation, error) in all_errors(&client).await {
        let expected = match operation {
            "anomaly" | "change" | "rate plans" => vec![vec!["thingspace_oauth1"], vec!["VZ-M2M-Token"]],
            "registration" => vec![vec!["thingspace_oauth", "SessionToken"]],
            _ => vec![vec!["thingspace_oauth", "VZ-M2M-Token"]],
        };
        assert_eq!(missing(&error), expected, "{operation}");
        assert!(error.to_string().contains("nothing was sent"), "{error}");
    }
    let login = LogIn::new(Thingspace::USERNAME, Thingspace::PASSWORD);
    let login = client.session_management().start_session(&login).send().await;
    assert_eq!(missing(&login.unwrap_err()), [["thingspace_oauth"]]);
    assert_eq!(requests(&api), (0, 0, 0));
}

#[tokio::test]
async fn a_part_of_the_required_credentials_sends_nothing() {
    let api = Thingspace::start();
    let only_token = builder(&api).thingspace_oauth_credentials(oauth()).build().unwrap();
    for (operation, error) in all_errors(&only_token).await {
        let expected = match operation {
            "anomaly" | "change" | "rate plans" => vec![vec!["thingspace_oauth1"], vec!["VZ-M2M-Token"]],
            "registration" => vec![vec!["SessionToken"]],
            _ => vec![vec!["VZ-M2M-Token"]],
        };
        assert_eq!(missing(&error), expected, "{operation}");
    }
    let only_sessions = builder(&api)
        .vz_m2m_token_credentials(VzM2mTokenCredentials::new("not-a-real-session"))
        .session_token_credentials(SessionTokenCredentials::new(Thingspace::SESSION_TOKEN));
    let only_sessions = only_sessions.build().unwrap();
    assert_eq!(
        missing(&account(&only_sessions).await.unwrap_err()),
        [["thingspace_oauth"]]
    );
    let registered = only_sessions
        .client_registration()
        .register_client(&vehicle())
        .send()
        .await;
    assert_eq!(missing(&registered.unwrap_err()), [["thingspace_oauth"]]);
    assert_eq!(requests(&api), (0, 0, 0));
}

#[tokio::test]
async fn a_login_without_oauth_credentials_names_their_scheme() {
    let api = Thingspace::start();
    let client = builder(&api).vz_m2m_token_credentials(log_in()).build().unwrap();
    let error = rate_plans(&client).await.unwrap_err();
    assert_eq!(missing(&error), [["thingspace_oauth"]]);
    assert_eq!(requests(&api), (0, 0, 0));
}

#[tokio::test]
async fn a_wrong_secret_is_an_oauth_error() {
    let api = Thingspace::start();
    let client = builder(&api)
        .thingspace_oauth_credentials(ThingspaceOAuthCredentials::new(
            Thingspace::OAUTH_CLIENT_ID,
            "wrong-secret",
        ))
        .thingspace_oauth1_credentials(ThingspaceOAuth1Credentials::new("nobody", "wrong-secret"))
        .vz_m2m_token_credentials(log_in())
        .session_token_credentials(SessionTokenCredentials::new(Thingspace::SESSION_TOKEN))
        .build()
        .unwrap();
    for (operation, error) in all_errors(&client).await {
        let Error::OAuthProvider(rejection) = &error else {
            panic!("{operation}: {error}")
        };
        assert_eq!(rejection.code(), Some("invalid_client"), "{operation}");
        assert!(!error.to_string().contains("wrong-secret"), "{error}");
    }
    assert_eq!(
        requests(&api),
        (2, 0, 0),
        "the failures are cached and not repeated with each call"
    );
}

#[tokio::test]
async fn a_wrong_password_is_an_error_of_the_login() {
    let api = Thingspace::start();
    let wrong = VzM2mTokenCredentials::log_in(LogIn::new(Thingspace::USERNAME, "wrong-password"));
    let client = builder(&api)
        .thingspace_oauth_credentials(oauth())
        .vz_m2m_token_credentials(wrong)
        .build()
        .unwrap();
    let error = account(&client).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("POST /m2m/v1/session/login at http://127.0.0.1:") && text.contains(" returned 401"),
        "{text}"
    );
    let login = login_failure(&error).api().unwrap();
    assert!(
        login
            .body()
            .starts_with(br#"{"errorCode":"REQUEST_FAILED.UnknownUser""#)
    );
    assert_eq!(api.sessions_opened(), 0);
    let calls = api.api_requests();
    assert!(
        calls.iter().all(|request| request.path.ends_with("/session/login")),
        "only the login is called"
    );

    // The error of an explicit login has a type.
    let login = LogIn::new("nobody", Thingspace::PASSWORD);
    let outcome = client.session_management().start_session(&login).send().await;
    assert_eq!(code(outcome), (401, "REQUEST_FAILED.UnknownUser".to_owned()));
}

#[tokio::test]
async fn a_wrong_session_is_an_api_error() {
    let api = Thingspace::start();
    let wrong = client(&api).with_configuration(|settings| {
        settings
            .vz_m2m_token_credentials(VzM2mTokenCredentials::new("not-a-real-session"))
            .session_token_credentials(SessionTokenCredentials::new("not-a-real-vehicle"))
    });
    let wrong = wrong.unwrap();
    let outcome = wrong.sms().send_sms(&crate::common::sms()).send().await;
    assert_eq!(code(outcome), (401, "REQUEST_FAILED.SessionToken.Expired".to_owned()));
    let outcome = wrong.client_registration().register_client(&vehicle()).send().await;
    assert_eq!(code(outcome), (401, "UNAUTHORIZED.SessionToken".to_owned()));
    assert_eq!(api.sessions_opened(), 0);
}
