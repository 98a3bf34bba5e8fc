//! Manual mode: the application fetches and stores tokens, and sets them on its clients.

use std::time::{Duration, SystemTime};

use emulations::Multiauth;
use evergrant_sdk::evergrant;
use multiauth::{Client, Error, OAuthCcgCredentials, OAuthProviderError, Token};

use crate::common::{authorization_error, builder, nothing_sent};
use crate::schemes::{Operation, acg, ccg, ropcg};

fn client(multiauth: &Multiauth) -> Client {
    builder(multiauth)
        .oauth_ccg_credentials(ccg().manual())
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_call_without_a_token_sends_nothing_and_names_fetch_token() {
    let multiauth = Multiauth::start();
    let error = Operation::GetStatus.call(&client(&multiauth)).await.unwrap_err().error;
    assert!(error.to_string().contains("fetch_token()"), "{error}");
    let error = authorization_error(error);
    assert!(matches!(error, evergrant::Error::NotAuthorized(_)), "{error}");
    assert!(nothing_sent(&multiauth));
}

#[tokio::test]
async fn a_fetched_token_is_used_only_by_the_client_it_is_set_on() {
    let multiauth = Multiauth::start();
    let client = client(&multiauth);
    let token = client.oauth_ccg_manager().unwrap().fetch_token().await.unwrap();
    assert!(multiauth.auth().accepts(token.access_token().expose()));
    Operation::GetStatus.call(&client).await.unwrap_err();
    assert!(multiauth.api_requests().is_empty(), "fetching does not set the token");

    let with_token = client
        .with_configuration(|builder| builder.oauth_ccg_token(token.clone()))
        .unwrap();
    let credentials = ccg().manual().token(token);
    let with_credentials = client
        .with_configuration(|builder| builder.oauth_ccg_credentials(credentials))
        .unwrap();
    for authorized in [with_token, with_credentials] {
        assert_eq!(Operation::GetStatus.call(&authorized).await.unwrap(), "passed");
        assert_eq!(Operation::OAuthOrCombination.call(&authorized).await.unwrap(), "passed");
    }
    Operation::GetStatus.call(&client).await.unwrap_err();
    assert_eq!(
        (multiauth.auth().token_requests(), multiauth.api_requests().len()),
        (1, 4)
    );
}

#[tokio::test]
async fn an_expired_token_is_not_sent() {
    let multiauth = Multiauth::start();
    let expired = Token::new("not-a-real-token").with_expires_at(SystemTime::UNIX_EPOCH + Duration::from_secs(1));
    let client = client(&multiauth)
        .with_configuration(|builder| builder.oauth_ccg_token(expired))
        .unwrap();
    let error = authorization_error(Operation::GetStatus.call(&client).await.unwrap_err().error);
    assert!(matches!(error, evergrant::Error::TokenExpired(_)), "{error}");
    assert!(nothing_sent(&multiauth));
}

#[tokio::test]
async fn a_revoked_token_is_not_replaced() {
    let multiauth = Multiauth::start();
    let client = client(&multiauth);
    let authorized = async || {
        let token = client.oauth_ccg_manager().unwrap().fetch_token().await.unwrap();
        client
            .with_configuration(|builder| builder.oauth_ccg_token(token))
            .unwrap()
    };
    let first = authorized().await;
    multiauth.auth().revoke_all();
    let failure = Operation::GetStatus.call(&first).await.unwrap_err();
    assert_eq!(failure.text.as_deref(), Some("there is no valid access token"));
    assert_eq!(multiauth.auth().token_requests(), 1);
    let second = authorized().await;
    assert_eq!(Operation::GetStatus.call(&second).await.unwrap(), "passed");
}

#[tokio::test]
async fn a_rejected_fetch_is_an_oauth_error() {
    let multiauth = Multiauth::start();
    let wrong = OAuthCcgCredentials::new(Multiauth::CCG_CLIENT_ID, "not-a-real-wrong-secret").manual();
    let client = builder(&multiauth).oauth_ccg_credentials(wrong).build().unwrap();
    let fetched = client.oauth_ccg_manager().unwrap().fetch_token().await;
    match fetched.map_err(Error::<String>::from) {
        Err(Error::OAuthProvider(rejection)) => {
            let rejection: &OAuthProviderError = &rejection;
            assert_eq!(
                (rejection.status().as_u16(), rejection.code()),
                (401, Some("invalid_client"))
            );
            assert!(
                rejection
                    .error_description()
                    .is_none_or(|text| !text.contains("not-a-real"))
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn all_three_grants_support_manual_mode() {
    let multiauth = Multiauth::start();
    let client = builder(&multiauth)
        .oauth_acg_credentials(acg().manual())
        .oauth_ropcg_credentials(ropcg().manual())
        .build()
        .unwrap();
    let by_password = client.oauth_ropcg_manager().unwrap().fetch_token().await.unwrap();
    let sign_in = client.oauth_acg_manager().unwrap().sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = multiauth.auth().visit(request.url().as_str());
    let signed_in = sign_in.finish(&request, &redirect).await.unwrap();
    Operation::GetUser.call(&client).await.unwrap_err();
    assert!(multiauth.api_requests().is_empty(), "no token is set");

    let change = |builder: multiauth::ClientBuilder| builder.oauth_ropcg_token(by_password).oauth_acg_token(signed_in);
    let authorized = client.with_configuration(change).unwrap();
    assert_eq!(Operation::GetUser.call(&authorized).await.unwrap(), "passed");

    // A fetch renews the sign-in without the user. It fails if no user has signed in.
    let again = client.oauth_acg_manager().unwrap().fetch_token().await.unwrap();
    assert!(multiauth.auth().accepts(again.access_token().expose()));
    let other = builder(&multiauth)
        .oauth_acg_credentials(acg().manual())
        .build()
        .unwrap();
    let error = other.oauth_acg_manager().unwrap().fetch_token().await.unwrap_err();
    assert!(matches!(error, evergrant::Error::SignInRequired(_)), "{error}");
}
