//! The authorization code grant: sign-in of a user at the authorization server.

use emulations::Multiauth;
use evergrant_sdk::evergrant;
use multiauth::{Error, OAuthAcgCredentials, OAuthScopeOAuthAcg, Scope as _};

use crate::common::{builder, client_with, last_call, nothing_sent, sign_in};
use crate::schemes::{Operation, Scheme, acg, ropcg};

const BOTH: [Scheme; 2] = [Scheme::Acg, Scheme::Ropcg];

#[tokio::test]
async fn the_authorization_url_has_all_parameters() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &[Scheme::Acg]);
    let request = client.oauth_acg_manager().unwrap().sign_in().unwrap().begin().unwrap();
    let url = request.url();
    assert!(
        url.as_str()
            .starts_with(&format!("{}/oauth/authorize?", multiauth.auth_url())),
        "{url}"
    );
    let parameters: Vec<_> = url.query_pairs().collect();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", Multiauth::ACG_CLIENT_ID),
        ("redirect_uri", Multiauth::ACG_REDIRECT_URI),
        ("scope", Multiauth::READ_SCOPE),
        ("code_challenge_method", "S256"),
    ] {
        assert!(parameters.contains(&(name.into(), value.into())), "{name}");
    }
    assert!(!url.as_str().contains(Multiauth::ACG_CLIENT_SECRET));
    assert_eq!(OAuthScopeOAuthAcg::ReadScope.name(), Multiauth::READ_SCOPE);
}

#[tokio::test]
async fn before_the_sign_in_there_is_no_token_and_no_request() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &[Scheme::Acg]);
    let error = client.oauth_acg_manager().unwrap().token().await.unwrap_err();
    assert!(matches!(error, evergrant::Error::SignInRequired(_)), "{error}");
    assert!(nothing_sent(&multiauth));
}

#[tokio::test]
async fn a_token_that_is_not_sent_needs_no_sign_in() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &BOTH);
    assert_eq!(Operation::GetUser.call(&client).await.unwrap(), "passed");
    assert_eq!(
        multiauth.auth_requests().len(),
        1,
        "one request for the token that is listed last"
    );
}

#[tokio::test]
async fn of_two_tokens_the_one_that_is_listed_last_is_sent() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &BOTH);
    let token = sign_in(&multiauth, &client).await;
    let issued = multiauth.auth().introspect(token.access_token().expose()).unwrap();
    assert_eq!(
        (issued.grant_type, issued.username.as_deref()),
        ("authorization_code", Some("jane"))
    );
    assert!(issued.has_scope(Multiauth::READ_SCOPE));

    assert_eq!(Operation::GetUser.call(&client).await.unwrap(), "passed");
    let sent = last_call(&multiauth).header("authorization").unwrap().to_owned();
    let by_password = client.oauth_ropcg_manager().unwrap().token().await.unwrap();
    assert_eq!(sent, format!("Bearer {}", by_password.access_token().expose()));

    // The API accepts the other token as well, here in place of the one that is listed last.
    let swapped = client
        .with_configuration(|builder| builder.oauth_ropcg_token(token.clone()))
        .unwrap();
    assert_eq!(Operation::GetUser.call(&swapped).await.unwrap(), "passed");
    let sent = last_call(&multiauth).header("authorization").unwrap().to_owned();
    assert_eq!(sent, format!("Bearer {}", token.access_token().expose()));
}

#[tokio::test]
async fn the_token_of_a_user_without_the_scope_is_rejected() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &BOTH);
    multiauth.auth().grant_scopes(&[]);
    let unscoped = sign_in(&multiauth, &client).await;
    let swapped = ropcg().manual().token(unscoped);
    let client = client
        .with_configuration(|builder| builder.oauth_ropcg_credentials(swapped))
        .unwrap();
    let failure = Operation::GetUser.call(&client).await.unwrap_err();
    let message = "the access token lacks the scope file_requests.read";
    assert_eq!(failure.text.as_deref(), Some(message));
}

#[tokio::test]
async fn a_redirect_for_another_request_is_rejected() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &BOTH);
    let sign_in = client.oauth_acg_manager().unwrap().sign_in().unwrap();
    let (first, second) = (sign_in.begin().unwrap(), sign_in.begin().unwrap());
    let redirect = multiauth.auth().visit(second.url().as_str());
    let before = multiauth.auth().token_requests();
    let error = sign_in.finish(&first, &redirect).await.unwrap_err();
    assert!(matches!(error, evergrant::Error::SignInFailed(_)), "{error}");
    assert_eq!(multiauth.auth().token_requests(), before);
    client.oauth_acg_manager().unwrap().token().await.unwrap_err();
}

#[tokio::test]
async fn a_wrong_secret_fails_the_exchange_of_the_code() {
    let multiauth = Multiauth::start();
    let wrong = OAuthAcgCredentials::new(
        Multiauth::ACG_CLIENT_ID,
        "not-a-real-wrong-secret",
        Multiauth::ACG_REDIRECT_URI,
    );
    let client = builder(&multiauth).oauth_acg_credentials(wrong).build().unwrap();
    let sign_in = client.oauth_acg_manager().unwrap().sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = multiauth.auth().visit(request.url().as_str());
    let error = sign_in.finish(&request, &redirect).await.unwrap_err();
    let rejection = match Error::<String>::from(error) {
        Error::OAuthProvider(rejection) => rejection,
        other => panic!("{other}"),
    };
    assert_eq!(rejection.code(), Some("invalid_client"));
}

#[tokio::test]
async fn clients_with_the_same_credentials_share_the_sign_in() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &[Scheme::Acg]);
    let shared_client = client
        .with_configuration(|builder| Scheme::Custom.configure(builder))
        .unwrap();
    let token = sign_in(&multiauth, &client).await;
    let shared = shared_client.oauth_acg_manager().unwrap().token().await.unwrap();
    assert_eq!(shared.access_token().expose(), token.access_token().expose());
    let separate = client
        .with_configuration(|builder| builder.oauth_acg_credentials(acg()))
        .unwrap();
    separate.oauth_acg_manager().unwrap().token().await.unwrap_err();
}
