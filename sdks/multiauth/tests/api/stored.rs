//! Tokens that outlive the program: written as JSON, read again, and used before another is asked for.

use emulations::Multiauth;
use multiauth::Token;

use crate::common::{bare, sign_in, with};
use crate::schemes::{Operation, Scheme, acg, ccg, ropcg};

#[tokio::test]
async fn a_stored_token_is_used_by_the_next_program() {
    let multiauth = Multiauth::start();
    let stored = with(&multiauth, &[Scheme::Ccg])
        .oauth_ccg_manager()
        .unwrap()
        .token()
        .await
        .unwrap()
        .expose_json();

    let read = || Token::from_json(&stored).unwrap();
    let by_credentials = bare(&multiauth).oauth_ccg_credentials(ccg().token(read())).build();
    let by_token = bare(&multiauth)
        .oauth_ccg_credentials(ccg())
        .oauth_ccg_token(read())
        .build();
    let before = bare(&multiauth)
        .oauth_ccg_token(read())
        .oauth_ccg_credentials(ccg())
        .build();
    let manual = bare(&multiauth)
        .oauth_ccg_credentials(ccg().manual().token(read()))
        .build();
    for client in [by_credentials, by_token, before, manual] {
        assert_eq!(Operation::GetStatus.call(&client.unwrap()).await.unwrap(), "passed");
    }
    assert_eq!(multiauth.auth().token_requests(), 1);
}

#[tokio::test]
async fn what_is_written_is_what_is_read() {
    let multiauth = Multiauth::start();
    let client = with(&multiauth, &[Scheme::Acg]);
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
async fn an_expired_or_revoked_token_costs_one_request_and_no_failure() {
    let multiauth = Multiauth::start();
    let expired = r#"{"access_token":"not-a-real-token","token_type":"Bearer","expires_in":3600,"expiry":1700000000}"#;
    let revoked =
        r#"{"access_token":"not-a-real-token","token_type":"Bearer","expires_in":"3600","expiry":"4102444800"}"#;
    for (stored, calls) in [(expired, 1), (revoked, 2)] {
        multiauth.api().reset_records();
        multiauth.auth().reset_records();
        let credentials = ccg().token(Token::from_json(stored).unwrap());
        let client = bare(&multiauth).oauth_ccg_credentials(credentials).build().unwrap();
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
    let stored = sign_in(&multiauth, &with(&multiauth, &[Scheme::Acg]))
        .await
        .expose_json();
    multiauth.auth().revoke_all();
    multiauth.auth().reset_records();

    let credentials = acg().token(Token::from_json(&stored).unwrap());
    let builder = bare(&multiauth)
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
