//! Missing and wrong credentials.

use emulations::VerizonEdge;
use evergrant_sdk::evergrant;
use verizon_edge::{ClientCredentialsAuthCredentials, Error, Token};

use crate::common::{
    bare_credentials, builder, client, client_with, credentials, edge_errors, edge_problem, login, m2m_code,
    m2m_errors, requests,
};

#[tokio::test]
async fn without_credentials_nothing_is_sent_and_the_error_names_the_scheme() {
    let api = VerizonEdge::start();
    let client = builder(&api).build().unwrap();
    assert!(client.client_credentials_auth_manager().is_none());
    let edge = edge_errors(&client).await.into_iter().map(|(_, error)| error.untyped());
    let m2m = m2m_errors(&client).await.into_iter().map(Error::untyped);
    let errors: Vec<_> = edge.chain(m2m).collect();
    assert_eq!(errors.len(), 12);
    for error in errors {
        let Error::Authorization(evergrant::Error::RequirementNotMet(unmet)) = &error else {
            panic!("{error}")
        };
        assert_eq!(unmet.alternatives()[0].missing(), ["clientCredentialsAuth"]);
        assert!(error.to_string().contains("nothing was sent"), "{error}");
    }
    assert_eq!(requests(&api), (0, 0));
}

#[tokio::test]
async fn a_wrong_secret_is_an_oauth_error_and_the_api_is_not_called() {
    let api = VerizonEdge::start();
    let wrong = ClientCredentialsAuthCredentials::new(VerizonEdge::CLIENT_ID, "wrong-secret");
    let client = client_with(&api, wrong);
    let edge = edge_errors(&client).await.into_iter().map(|(_, error)| error.untyped());
    let m2m = m2m_errors(&client).await.into_iter().map(Error::untyped);
    for error in edge.chain(m2m) {
        let Error::OAuthProvider(rejection) = &error else {
            panic!("{error}")
        };
        assert_eq!(
            (rejection.code(), rejection.status().as_u16()),
            (Some("invalid_client"), 401)
        );
        assert!(!error.to_string().contains("wrong-secret"), "{error}");
    }
    assert_eq!(
        requests(&api),
        (1, 0),
        "the failure is cached and not repeated with each call"
    );
}

#[tokio::test]
async fn a_made_up_token_is_an_api_error() {
    let api = VerizonEdge::start();
    let made_up = client_with(&api, credentials().token(Token::new("made-up")).manual());
    for (_, error) in edge_errors(&made_up).await {
        let (status, body) = edge_problem::<()>(Err(error));
        assert_eq!((status, body.status.as_str()), (401, "UNAUTHORIZED"));
        assert_eq!(
            (body.message.as_str(), &body.data),
            ("the access token is not valid", &None)
        );
    }
    for error in m2m_errors(&made_up).await {
        assert_eq!(m2m_code::<()>(Err(error)), (401, "UNAUTHORIZED.AccessToken".to_owned()));
    }
    assert_eq!(
        requests(&api),
        (0, 12),
        "one call per operation, because the token cannot be renewed"
    );
}

#[tokio::test]
async fn a_wrong_or_missing_session_is_an_api_error() {
    let api = VerizonEdge::start();
    let wrong = client(&api).with_configuration(|builder| builder.vz_m2m_token("not-a-real-session"));
    let wrong = wrong.unwrap();
    let (status, body) = edge_problem(wrong.discovery().list_regions().send().await);
    assert_eq!((status, body.message.as_str()), (401, "the session is not known"));
    let outcome = wrong.accounts().get_account(VerizonEdge::ACCOUNT).send().await;
    assert_eq!(
        m2m_code(outcome),
        (401, "REQUEST_FAILED.SessionToken.Expired".to_owned())
    );

    let without_session = verizon_edge::Client::builder()
        .base_url(api.edge_url())
        .thingspace_url(api.thingspace_url())
        .client_credentials_auth_credentials(credentials())
        .build()
        .unwrap();
    let (status, _) = edge_problem(without_session.discovery().list_regions().send().await);
    assert_eq!(status, 401);
    let outcome = without_session
        .accounts()
        .get_account(VerizonEdge::ACCOUNT)
        .send()
        .await;
    assert_eq!(
        m2m_code(outcome),
        (401, "REQUEST_FAILED.SessionToken.Missing".to_owned())
    );
    // The login needs no session.
    without_session.sessions().start_session(&login()).send().await.unwrap();
}

#[tokio::test]
async fn m2m_operations_need_no_scope() {
    let api = VerizonEdge::start();
    let client = client_with(&api, bare_credentials());
    client.sessions().start_session(&login()).send().await.unwrap();
    client
        .accounts()
        .get_account(VerizonEdge::ACCOUNT)
        .send()
        .await
        .unwrap();
    let search = verizon_edge::models::DeviceSearch::new();
    client.devices().list_devices(&search).send().await.unwrap();
    assert_eq!(requests(&api), (1, 3));
    assert_eq!(api.auth().last_token_request().form_value("scope"), None);
}
