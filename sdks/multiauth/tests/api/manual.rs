//! Manual style: the application fetches tokens, keeps them, and hands them to clients.

use std::time::{Duration, SystemTime};

use emulations::Multiauth;
use evergrant_sdk::evergrant;
use multiauth::{Client, Error, OAuthCcgCredentials, OAuthProviderError, Token};

use crate::common::{authorization, bare, nothing_sent};
use crate::schemes::{Operation, acg, ccg, ropcg};

fn client(multiauth: &Multiauth) -> Client {
    bare(multiauth).oauth_ccg_credentials(ccg().manual()).build().unwrap()
}

#[tokio::test]
async fn a_call_before_the_fetch_fails_here_and_says_what_to_do() {
    let multiauth = Multiauth::start();
    let error = Operation::GetStatus.call(&client(&multiauth)).await.unwrap_err().error;
    assert!(error.to_string().contains("fetch_token()"), "{error}");
    let error = authorization(error);
    assert!(matches!(error, evergrant::Error::NotAuthorized(_)), "{error}");
    assert!(nothing_sent(&multiauth));
}

#[tokio::test]
async fn a_fetched_token_is_handed_over_and_the_old_client_stays_as_it_was() {
    let multiauth = Multiauth::start();
    let client = client(&multiauth);
    let token = client.oauth_ccg_manager().unwrap().fetch_token().await.unwrap();
    assert!(multiauth.auth().accepts(token.access_token().expose()));
    Operation::GetStatus.call(&client).await.unwrap_err();
    assert!(multiauth.api_requests().is_empty(), "fetching installs nothing");

    let by_token = client
        .with_configuration(|builder| builder.oauth_ccg_token(token.clone()))
        .unwrap();
    let again = ccg().manual().token(token);
    let by_credentials = client
        .with_configuration(|builder| builder.oauth_ccg_credentials(again))
        .unwrap();
    for authorized in [by_token, by_credentials] {
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
async fn an_expired_token_fails_here() {
    let multiauth = Multiauth::start();
    let expired = Token::new("not-a-real-token").with_expires_at(SystemTime::UNIX_EPOCH + Duration::from_secs(1));
    let client = client(&multiauth)
        .with_configuration(|builder| builder.oauth_ccg_token(expired))
        .unwrap();
    let error = authorization(Operation::GetStatus.call(&client).await.unwrap_err().error);
    assert!(matches!(error, evergrant::Error::TokenExpired(_)), "{error}");
    assert!(nothing_sent(&multiauth));
}

#[tokio::test]
async fn a_revoked_token_is_the_applications_to_replace() {
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
async fn a_fetch_that_is_refused_can_be_matched() {
    let multiauth = Multiauth::start();
    let wrong = OAuthCcgCredentials::new(Multiauth::CCG_CLIENT_ID, "not-a-real-wrong-secret").manual();
    let client = bare(&multiauth).oauth_ccg_credentials(wrong).build().unwrap();
    let fetched = client.oauth_ccg_manager().unwrap().fetch_token().await;
    match fetched.map_err(Error::<String>::from) {
        Err(Error::OAuthProvider(refusal)) => {
            let refusal: &OAuthProviderError = &refusal;
            assert_eq!(
                (refusal.status().as_u16(), refusal.code()),
                (401, Some("invalid_client"))
            );
            assert!(
                refusal
                    .error_description()
                    .is_none_or(|text| !text.contains("not-a-real"))
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn all_three_grants_can_be_managed_by_hand() {
    let multiauth = Multiauth::start();
    let builder = bare(&multiauth)
        .oauth_acg_credentials(acg().manual())
        .oauth_ropcg_credentials(ropcg().manual());
    let client = builder.build().unwrap();
    let by_password = client.oauth_ropcg_manager().unwrap().fetch_token().await.unwrap();
    let sign_in = client.oauth_acg_manager().unwrap().sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = multiauth.auth().visit(request.url().as_str());
    let signed_in = sign_in.finish(&request, &redirect).await.unwrap();
    Operation::GetUser.call(&client).await.unwrap_err();
    assert!(multiauth.api_requests().is_empty(), "nothing was installed");

    let change = |builder: multiauth::ClientBuilder| builder.oauth_ropcg_token(by_password).oauth_acg_token(signed_in);
    let authorized = client.with_configuration(change).unwrap();
    assert_eq!(Operation::GetUser.call(&authorized).await.unwrap(), "passed");

    // The user who has signed in is not asked to do so again. Nobody can fetch a token for one who has not.
    let again = client.oauth_acg_manager().unwrap().fetch_token().await.unwrap();
    assert!(multiauth.auth().accepts(again.access_token().expose()));
    let other = bare(&multiauth).oauth_acg_credentials(acg().manual()).build().unwrap();
    let error = other.oauth_acg_manager().unwrap().fetch_token().await.unwrap_err();
    assert!(matches!(error, evergrant::Error::SignInRequired(_)), "{error}");
}
