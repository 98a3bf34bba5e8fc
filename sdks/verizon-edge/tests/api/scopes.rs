//! Scopes: requested, missing, and separate tokens with least privilege.

use emulations::VerizonEdge;
use verizon_edge::{OAuthScopeClientCredentialsAuth as Scope, Scope as _};

use crate::common::{bare_credentials, client_with, edge_errors, edge_problem, endpoint, profile, regions, requests};

#[test]
fn scopes_have_the_names_of_the_description() {
    assert_eq!(Scope::ALL.map(|scope| scope.name().to_owned()), VerizonEdge::SCOPES);
}

#[tokio::test]
async fn the_error_names_a_scope_that_was_not_requested() {
    let api = VerizonEdge::start();
    let client = client_with(&api, bare_credentials().scopes([Scope::Read, Scope::TsApplicationRo]));
    let errors = edge_errors(&client).await;
    assert_eq!(errors.len(), 9);
    for (scope, error) in errors {
        let text = error.to_string();
        let hint = format!("; the operation requires the scopes `{scope}`, which were not requested for the token");
        assert!(
            text.contains(" returned 403 Forbidden") && text.ends_with(&hint),
            "{text}"
        );
        let (status, body) = edge_problem::<()>(Err(error));
        assert_eq!((status, body.status.as_str()), (403, "FORBIDDEN"));
        assert_eq!(body.data.as_deref(), Some(scope));
    }
    assert_eq!(requests(&api), (1, 9), "a 403 causes no renewal");
}

#[tokio::test]
async fn a_wider_scope_is_accepted() {
    let api = VerizonEdge::start();
    let limited = client_with(&api, bare_credentials().scopes([Scope::TsMecLimitaccess]));
    assert_eq!(regions(&limited).await.unwrap(), 2);
    let outcome = limited.service_profiles().list_service_profiles().send().await;
    assert_eq!(edge_problem(outcome).0, 403);

    let full = client_with(&api, bare_credentials().scopes([Scope::TsMecFullaccess]));
    regions(&full).await.unwrap();
    full.service_profiles()
        .create_service_profile(&profile())
        .send()
        .await
        .unwrap();
    full.service_endpoints()
        .register_service_endpoints(&[endpoint()])
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_scope_that_the_server_rejects_is_an_oauth_error() {
    let api = VerizonEdge::start();
    let client = client_with(&api, bare_credentials().scopes(["made:up"]));
    let error = regions(&client).await.unwrap_err();
    let verizon_edge::Error::OAuthProvider(rejection) = &error else {
        panic!("{error}")
    };
    assert_eq!(rejection.code(), Some("invalid_scope"));
    assert_eq!(requests(&api), (1, 0));
}

#[tokio::test]
async fn with_least_privilege_each_operation_uses_a_token_with_its_own_scopes() {
    let api = VerizonEdge::start();
    let client = client_with(&api, bare_credentials().least_privilege());
    for _ in 0..2 {
        regions(&client).await.unwrap();
        client
            .service_profiles()
            .create_service_profile(&profile())
            .send()
            .await
            .unwrap();
        client.service_profiles().list_service_profiles().send().await.unwrap();
        client
            .accounts()
            .get_account(VerizonEdge::ACCOUNT)
            .send()
            .await
            .unwrap();
    }
    let requested: Vec<_> = api
        .auth_requests()
        .iter()
        .map(|request| request.form_value("scope"))
        .collect();
    let expected = [
        Some("discovery:read"),
        Some("serviceprofile:write"),
        Some("serviceprofile:read"),
        None,
    ];
    assert_eq!(requested, expected.map(|scope| scope.map(str::to_owned)));
}
