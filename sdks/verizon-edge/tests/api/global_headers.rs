//! The header `VZ-M2M-Token`: sent with every call and never to the token endpoint, although both are on one server.

use emulations::VerizonEdge;
use evergrant_sdk::http::{HeaderName, HeaderValue};
use evergrant_testing::{ApiServer, MockResponse};

use crate::common::{builder, client, credentials, login, regions};

#[tokio::test]
async fn every_call_has_the_header_and_no_token_request() {
    let api = VerizonEdge::start();
    let client = client(&api);
    regions(&client).await.unwrap();
    client
        .accounts()
        .get_account(VerizonEdge::ACCOUNT)
        .send()
        .await
        .unwrap();
    client.sessions().start_session(&login()).send().await.unwrap();
    api.auth().revoke_all();
    regions(&client).await.unwrap();
    client
        .client_credentials_auth_manager()
        .unwrap()
        .fetch_token()
        .await
        .unwrap();

    assert_eq!(api.api_requests().len(), 5);
    for request in api.api_requests() {
        assert_eq!(
            request.header("vz-m2m-token"),
            Some(VerizonEdge::VZ_M2M_TOKEN),
            "{}",
            request.path
        );
        assert_eq!(request.header("user-agent"), Some("verizon-edge/1.0.0"));
    }
    let token_requests = api.auth_requests();
    assert_eq!(token_requests.len(), 3);
    for request in token_requests {
        assert_eq!(request.path, "/api/ts/v1/oauth2/token");
        assert_eq!(request.header("user-agent"), Some("verizon-edge/1.0.0"));
        let text = format!("{:?} {:?}", request.headers, request.body).to_lowercase();
        assert!(!text.contains("vz-m2m-token"), "{text}");
    }
}

#[tokio::test]
async fn a_client_with_another_header_value_shares_the_token() {
    let api = VerizonEdge::start();
    let first = client(&api);
    regions(&first).await.unwrap();
    first.sessions().start_session(&login()).send().await.unwrap();
    let session = "emulated-session-1";
    let second = first
        .with_configuration(|builder| builder.vz_m2m_token(session))
        .unwrap();
    regions(&second).await.unwrap();
    regions(&first).await.unwrap();
    let sent = api.edge().requests();
    let values: Vec<_> = sent
        .iter()
        .map(|request| request.header("vz-m2m-token").unwrap())
        .collect();
    assert_eq!(values, [VerizonEdge::VZ_M2M_TOKEN, session, VerizonEdge::VZ_M2M_TOKEN]);
    assert_eq!(api.auth_requests().len(), 1);
}

#[tokio::test]
async fn a_redirect_to_another_origin_carries_neither_header_nor_token() {
    let api = VerizonEdge::start();
    let other_origin = ApiServer::unprotected();
    other_origin.always(MockResponse::new(200).json(r#"{"status": "success", "regions": []}"#));
    let client = client(&api);
    api.edge()
        .next(MockResponse::new(302).header("location", &other_origin.url("/regions")));
    assert_eq!(regions(&client).await.unwrap(), 0);
    let [request] = &other_origin.requests()[..] else {
        panic!("expected one request")
    };
    let headers = [request.header("vz-m2m-token"), request.header("authorization")];
    assert_eq!(headers, [None, None]);

    let allowed = client.with_configuration(|builder| builder.allow_origin(other_origin.url("")));
    api.edge()
        .next(MockResponse::new(302).header("location", &other_origin.url("/regions")));
    assert_eq!(regions(&allowed.unwrap()).await.unwrap(), 0);
    let request = other_origin.requests().pop().unwrap();
    assert!(request.header("authorization").unwrap().starts_with("Bearer "));
    assert_eq!(request.header("vz-m2m-token"), Some(VerizonEdge::VZ_M2M_TOKEN));
}

#[tokio::test]
async fn a_call_can_override_the_header() {
    let api = VerizonEdge::start();
    let session = HeaderValue::from_static("not-a-real-session");
    let call = client(&api)
        .discovery()
        .list_regions()
        .header(HeaderName::from_static("vz-m2m-token"), session);
    assert_eq!(call.send().await.unwrap_err().status().unwrap(), 401);
    let request = api.edge().requests().pop().unwrap();
    let values: Vec<_> = request.headers.get_all("vz-m2m-token").iter().collect();
    assert_eq!(
        values,
        ["not-a-real-session"],
        "the header of the call replaces that of the client"
    );
}

#[test]
fn an_invalid_header_value_is_a_build_error() {
    let api = VerizonEdge::start();
    let builder = builder(&api).client_credentials_auth_credentials(credentials());
    let error = builder
        .vz_m2m_token("not-a-real\r\nsession")
        .build()
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("VZ-M2M-Token") && !error.contains("not-a-real"),
        "{error}"
    );
}
