//! Scopes: those asked for, those lacking, and a token for each operation's own.

use emulations::VerizonEdge;
use verizon_edge::{OAuthScopeClientCredentialsAuth as Scope, Scope as _};

use crate::common::{bare_credentials, client_with, edge, edge_failures, endpoint, profile, regions, requests};

#[test]
fn scopes_are_named_as_in_the_description() {
    assert_eq!(Scope::ALL.map(|scope| scope.name().to_owned()), VerizonEdge::SCOPES);
}

#[tokio::test]
async fn a_scope_that_was_not_asked_for_is_named() {
    let api = VerizonEdge::start();
    let client = client_with(&api, bare_credentials().scopes([Scope::Read, Scope::TsApplicationRo]));
    let failures = edge_failures(&client).await;
    assert_eq!(failures.len(), 9);
    for (scope, error) in failures {
        let text = error.to_string();
        let hint = format!("; the operation needs the scopes `{scope}`, which the token was not asked for with");
        assert!(
            text.contains(" was answered 403 Forbidden") && text.ends_with(&hint),
            "{text}"
        );
        let (status, body) = edge::<()>(Err(error));
        assert_eq!((status, body.status.as_str()), (403, "FORBIDDEN"));
        assert_eq!(body.data.as_deref(), Some(scope));
    }
    assert_eq!(requests(&api), (1, 9), "a 403 renews nothing");
}

#[tokio::test]
async fn a_wider_scope_will_do_as_well() {
    let api = VerizonEdge::start();
    let limited = client_with(&api, bare_credentials().scopes([Scope::TsMecLimitaccess]));
    assert_eq!(regions(&limited).await.unwrap(), 2);
    let outcome = limited.service_profiles().list_service_profiles().send().await;
    assert_eq!(edge(outcome).0, 403);

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
async fn a_scope_that_the_client_may_not_have_is_refused_before_the_api_is_called() {
    let api = VerizonEdge::start();
    let client = client_with(&api, bare_credentials().scopes(["made:up"]));
    let error = regions(&client).await.unwrap_err();
    let verizon_edge::Error::OAuthProvider(refusal) = &error else {
        panic!("{error}")
    };
    assert_eq!(refusal.code(), Some("invalid_scope"));
    assert_eq!(requests(&api), (1, 0));
}

#[tokio::test]
async fn with_least_privilege_each_operation_has_a_token_for_its_own_scopes() {
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
    let asked: Vec<_> = api
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
    assert_eq!(asked, expected.map(|scope| scope.map(str::to_owned)));
}
