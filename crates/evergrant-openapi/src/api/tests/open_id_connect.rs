//! OpenID Connect schemes.

use evergrant::GrantKind;
use evergrant::client_auth::ClientAuthMethod;

use super::{api, rejection};
use crate::api::SchemeKind;

fn description(url: &str, more: &str) -> String {
    format!(
        "
paths:
  /books: {{get: {{operationId: getBooks, security: [{{}}, {{oidc: [books.read]}}], responses: {{'204': {{description: OK}}}}}}}}
components:
  securitySchemes:
    oidc: {{type: openIdConnect, openIdConnectUrl: {url:?}{more}}}"
    )
}

#[test]
fn the_issuer_is_the_url_without_the_path_of_the_metadata() {
    for issuer in [
        "https://idp.example.com",
        "https://idp.example.com/realms/a",
        "http://127.0.0.1:8080",
    ] {
        let url = format!("{issuer}/.well-known/openid-configuration");
        let api = api(&description(
            &url,
            ", x-evergrant-client-auth: post, x-evergrant-audience: books",
        ));
        let SchemeKind::OAuth(oauth) = &api.schemes[0].kind else {
            panic!("{issuer} is supported")
        };
        assert_eq!(oauth.issuer.as_deref(), Some(issuer));
        let grants: Vec<GrantKind> = oauth.flows.iter().map(|flow| flow.grant).collect();
        assert_eq!(grants, [GrantKind::ClientCredentials, GrantKind::AuthorizationCode]);
        assert!(
            oauth
                .flows
                .iter()
                .all(|flow| flow.token_url.is_none() && flow.authorization_url.is_none())
        );
        assert_eq!(oauth.client_auth, ClientAuthMethod::Post);
        assert_eq!(oauth.params, [("audience".to_owned(), "books".to_owned())]);
        assert_eq!(api.schemes[0].title(), "OpenID Connect");
    }
}

#[test]
fn another_url_is_not_supported() {
    for url in [
        "/.well-known/openid-configuration",
        "https://idp.example.com",
        "https://user:not-a-real-password@idp.example.com/.well-known/openid-configuration",
        "https://idp.example.com/?a=b/.well-known/openid-configuration",
        "https://idp.example.com/#/.well-known/openid-configuration",
        "file:///.well-known/openid-configuration",
        "https:///.well-known/openid-configuration",
        "{server}/.well-known/openid-configuration",
    ] {
        let problem = rejection(&description(url, ""));
        assert!(problem.contains("openIdConnectUrl"), "{problem}");
    }
}

#[test]
fn a_missing_url_is_an_error() {
    let text = description("x", "").replace("openIdConnectUrl", "x-url");
    assert!(rejection(&text).contains("openIdConnectUrl"));
}
