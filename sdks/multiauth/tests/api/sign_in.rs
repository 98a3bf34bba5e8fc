//! The authorization code grant: a user goes through the authorization server's pages, and comes back.

use emulations::Multiauth;
use evergrant_sdk::evergrant;
use multiauth::{Error, OAuthAcgCredentials, OAuthScopeOAuthAcg, Scope as _};

use crate::common::{bare, last_call, nothing_sent, sign_in, with};
use crate::schemes::{Operation, Scheme, acg, ropcg};

const BOTH: [Scheme; 2] = [Scheme::Acg, Scheme::Ropcg];

#[tokio::test]
async fn the_user_is_brought_to_the_server_with_all_that_it_asks_for() {
    let multiauth = Multiauth::start();
    let client = with(&multiauth, &[Scheme::Acg]);
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
async fn until_the_user_has_signed_in_there_is_no_token_and_nobody_is_asked_for_one() {
    let multiauth = Multiauth::start();
    let client = with(&multiauth, &[Scheme::Acg]);
    let error = client.oauth_acg_manager().unwrap().token().await.unwrap_err();
    assert!(matches!(error, evergrant::Error::SignInRequired(_)), "{error}");
    assert!(nothing_sent(&multiauth));
}

#[tokio::test]
async fn a_user_whose_token_would_not_be_sent_need_not_sign_in() {
    let multiauth = Multiauth::start();
    let client = with(&multiauth, &BOTH);
    assert_eq!(Operation::GetUser.call(&client).await.unwrap(), "passed");
    assert_eq!(multiauth.auth_requests().len(), 1, "that for the token listed last");
}

#[tokio::test]
async fn a_signed_in_user_is_let_in_with_the_token_that_is_listed_last() {
    let multiauth = Multiauth::start();
    let client = with(&multiauth, &BOTH);
    let token = sign_in(&multiauth, &client).await;
    let issued = multiauth.auth().issued(token.access_token().expose()).unwrap();
    assert_eq!(
        (issued.grant_type, issued.username.as_deref()),
        ("authorization_code", Some("jane"))
    );
    assert!(issued.has_scope(Multiauth::READ_SCOPE));

    assert_eq!(Operation::GetUser.call(&client).await.unwrap(), "passed");
    let sent = last_call(&multiauth).header("authorization").unwrap().to_owned();
    let by_password = client.oauth_ropcg_manager().unwrap().token().await.unwrap();
    assert_eq!(sent, format!("Bearer {}", by_password.access_token().expose()));

    // The API takes the other one as well: here it stands in the place of the one listed last.
    let swapped = client
        .with_configuration(|builder| builder.oauth_ropcg_token(token.clone()))
        .unwrap();
    assert_eq!(Operation::GetUser.call(&swapped).await.unwrap(), "passed");
    let sent = last_call(&multiauth).header("authorization").unwrap().to_owned();
    assert_eq!(sent, format!("Bearer {}", token.access_token().expose()));
}

#[tokio::test]
async fn a_users_token_without_the_scope_is_refused() {
    let multiauth = Multiauth::start();
    let client = with(&multiauth, &BOTH);
    multiauth.auth().grant_scopes(&[]);
    let unscoped = sign_in(&multiauth, &client).await;
    let swapped = ropcg().manual().token(unscoped);
    let client = client
        .with_configuration(|builder| builder.oauth_ropcg_credentials(swapped))
        .unwrap();
    let failure = Operation::GetUser.call(&client).await.unwrap_err();
    let why = "the access token lacks the scope file_requests.read";
    assert_eq!(failure.text.as_deref(), Some(why));
}

#[tokio::test]
async fn a_redirect_that_answers_another_request_is_refused() {
    let multiauth = Multiauth::start();
    let client = with(&multiauth, &BOTH);
    let sign_in = client.oauth_acg_manager().unwrap().sign_in().unwrap();
    let (mine, other) = (sign_in.begin().unwrap(), sign_in.begin().unwrap());
    let redirect = multiauth.auth().visit(other.url().as_str());
    let before = multiauth.auth().token_requests();
    let error = sign_in.finish(&mine, &redirect).await.unwrap_err();
    assert!(matches!(error, evergrant::Error::SignInFailed(_)), "{error}");
    assert_eq!(multiauth.auth().token_requests(), before);
    client.oauth_acg_manager().unwrap().token().await.unwrap_err();
}

#[tokio::test]
async fn a_wrong_secret_is_refused_when_the_code_is_exchanged() {
    let multiauth = Multiauth::start();
    let wrong = OAuthAcgCredentials::new(
        Multiauth::ACG_CLIENT_ID,
        "not-a-real-wrong-secret",
        Multiauth::ACG_REDIRECT_URI,
    );
    let client = bare(&multiauth).oauth_acg_credentials(wrong).build().unwrap();
    let sign_in = client.oauth_acg_manager().unwrap().sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = multiauth.auth().visit(request.url().as_str());
    let error = sign_in.finish(&request, &redirect).await.unwrap_err();
    let refusal = match Error::<String>::from(error) {
        Error::OAuthProvider(refusal) => refusal,
        other => panic!("{other}"),
    };
    assert_eq!(refusal.code(), Some("invalid_client"));
}

#[tokio::test]
async fn clients_that_share_the_credentials_share_the_user() {
    let multiauth = Multiauth::start();
    let client = with(&multiauth, &[Scheme::Acg]);
    let later = client
        .with_configuration(|builder| Scheme::Custom.give(builder))
        .unwrap();
    let token = sign_in(&multiauth, &client).await;
    let shared = later.oauth_acg_manager().unwrap().token().await.unwrap();
    assert_eq!(shared.access_token().expose(), token.access_token().expose());
    let apart = client
        .with_configuration(|builder| builder.oauth_acg_credentials(acg()))
        .unwrap();
    apart.oauth_acg_manager().unwrap().token().await.unwrap_err();
}
