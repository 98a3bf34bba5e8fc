//! Stored tokens: written as JSON, read again, and used while they are valid.

use emulations::Multiauth;
use multiauth::Token;

use crate::common::{builder, client_with, sign_in};
use crate::schemes::{Operation, Scheme, acg, ccg, ropcg};

#[tokio::test]
async fn a_stored_token_is_used_by_the_next_program() {
    let multiauth = Multiauth::start();
    let stored = client_with(&multiauth, &[Scheme::Ccg])
        .oauth_ccg_manager()
        .unwrap()
        .token()
        .await
        .unwrap()
        .expose_json();

    let token = || Token::from_json(&stored).unwrap();
    let in_credentials = builder(&multiauth).oauth_ccg_credentials(ccg().token(token())).build();
    let set_after_credentials = builder(&multiauth)
        .oauth_ccg_credentials(ccg())
        .oauth_ccg_token(token())
        .build();
    let set_before_credentials = builder(&multiauth)
        .oauth_ccg_token(token())
        .oauth_ccg_credentials(ccg())
        .build();
    let manual = builder(&multiauth)
        .oauth_ccg_credentials(ccg().manual().token(token()))
        .build();
    for client in [in_credentials, set_after_credentials, set_before_credentials, manual] {
        assert_eq!(Operation::GetStatus.call(&client.unwrap()).await.unwrap(), "passed");
    }
    assert_eq!(multiauth.auth().token_requests(), 1);
}

#[tokio::test]
async fn a_token_round_trips_through_json() {
    let multiauth = Multiauth::start();
    let client = client_with(&multiauth, &[Scheme::Acg]);
    let token = sign_in(&multiauth, &client).await;
    let read = Token::from_json(&token.expose_json()).unwrap();
    assert_eq!(read.access_token().expose(), token.access_token().expose());
    assert_eq!(
        read.refresh_token().unwrap().expose(),
        token.refresh_token().unwrap().expose()
    );
    assert_eq!(read.scopes(), token.scopes());
    assert_eq!(read.expires_in(), token.expires_in());
    assert_eq!(read.expose_json(), token.expose_json());
}

#[tokio::test]
async fn an_expired_or_revoked_stored_token_is_replaced() {
    let multiauth = Multiauth::start();
    let expired = r#"{"access_token":"not-a-real-token","token_type":"Bearer","expires_in":3600,"expiry":1700000000}"#;
    let revoked =
        r#"{"access_token":"not-a-real-token","token_type":"Bearer","expires_in":"3600","expiry":"4102444800"}"#;
    for (stored, calls) in [(expired, 1), (revoked, 2)] {
        multiauth.api().reset_records();
        multiauth.auth().reset_records();
        let credentials = ccg().token(Token::from_json(stored).unwrap());
        let client = builder(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
        assert_eq!(Operation::GetStatus.call(&client).await.unwrap(), "passed");
        assert_eq!(
            (multiauth.auth().token_requests(), multiauth.api_requests().len()),
            (1, calls)
        );
    }
}

#[tokio::test]
async fn a_stored_sign_in_is_renewed_without_the_user() {
    let multiauth = Multiauth::start();
    let stored = sign_in(&multiauth, &client_with(&multiauth, &[Scheme::Acg]))
        .await
        .expose_json();
    multiauth.auth().revoke_all();
    multiauth.auth().reset_records();

    let credentials = acg().token(Token::from_json(&stored).unwrap());
    let builder = builder(&multiauth)
        .oauth_acg_credentials(credentials)
        .oauth_ropcg_credentials(ropcg());
    let client = builder.build().unwrap();
    let tokens = client.oauth_acg_manager().unwrap();
    let revoked = tokens.token().await.unwrap();
    tokens.reject(revoked.generation());
    let renewed = tokens.token().await.unwrap();
    assert!(multiauth.auth().accepts(renewed.access_token().expose()));
    let request = multiauth.auth().last_token_request();
    assert_eq!(request.form_value("grant_type").as_deref(), Some("refresh_token"));
    assert_eq!(Operation::GetUser.call(&client).await.unwrap(), "passed");
}
