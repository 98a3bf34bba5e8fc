//! Errors of the API with their typed bodies.

use std::time::Duration;

use emulations::VerizonEdge;
use evergrant_testing::{Fault, MockResponse};
use verizon_edge::Error;
use verizon_edge::models::{LogIn, ServiceProfile, UserEquipmentIdentityType};

use crate::common::{client, edge_problem, m2m_code, profile};

#[tokio::test]
async fn an_invalid_request_is_a_400() {
    let api = VerizonEdge::start();
    let client = client(&api);
    let platforms = || client.discovery().list_mec_platforms();
    for call in [
        platforms(),
        platforms().subscriber_density(0),
        platforms().subscriber_density(101),
        platforms().ue_identity("192.0.2.7"),
        platforms().ue_identity_type(UserEquipmentIdentityType::Imei),
    ] {
        let (status, body) = edge_problem(call.send().await);
        assert_eq!((status, body.status.as_str(), body.data), (400, "BAD_REQUEST", None));
    }
    let unknown_type = ServiceProfile::new("Drone");
    let (status, body) = edge_problem(
        client
            .service_profiles()
            .create_service_profile(&unknown_type)
            .send()
            .await,
    );
    assert_eq!(
        (status, body.message.as_str()),
        (400, "clientType is missing or not known")
    );
    let (status, body) = edge_problem(client.service_endpoints().register_service_endpoints(&[]).send().await);
    assert_eq!(
        (status, body.message.as_str()),
        (400, "the body is not a list of service endpoints")
    );
}

#[tokio::test]
async fn a_missing_resource_is_a_404() {
    let api = VerizonEdge::start();
    let client = client(&api);
    let profiles = client.service_profiles();
    let platforms = client.discovery().list_mec_platforms().service_profile_id("sp-9999");
    for (status, body) in [
        edge_problem(profiles.get_service_profile("sp-9999").send().await),
        edge_problem(profiles.update_service_profile("sp-9999", &profile()).send().await),
        edge_problem(profiles.delete_service_profile("sp-9999").send().await),
        // The description has no 404 response here, so the default response applies.
        edge_problem(platforms.send().await),
    ] {
        assert_eq!((status, body.status.as_str()), (404, "NOT_FOUND"));
        assert_eq!(body.message, "no such service profile");
        assert_eq!(body.data.as_deref(), Some("sp-9999"));
    }
    let outcome = client.accounts().get_account("0000000000-00000").send().await;
    assert_eq!(m2m_code(outcome), (404, "REQUEST_FAILED.Account.NotFound".to_owned()));
}

#[tokio::test]
async fn a_wrong_password_is_an_error_of_the_login() {
    let api = VerizonEdge::start();
    let client = client(&api);
    let wrong = LogIn::new(VerizonEdge::USERNAME, "wrong-password");
    let error = client.sessions().start_session(&wrong).send().await.unwrap_err();
    assert!(!format!("{error} {error:?} {wrong:?}").contains("wrong-password"));
    assert_eq!(
        m2m_code::<()>(Err(error)),
        (401, "REQUEST_FAILED.UnknownUser".to_owned())
    );
}

#[tokio::test]
async fn other_statuses_have_the_type_of_the_default_response() {
    let api = VerizonEdge::start();
    let client = client(&api);
    let down = MockResponse::new(503)
        .header("retry-after", "9")
        .json(r#"{"status": "DOWN", "message": "m", "data": "d", "errorCode": "E", "errorMessage": "m"}"#);
    api.edge().next(down.clone());
    let error = client.discovery().list_regions().send().await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(9)));
    let (status, body) = edge_problem::<()>(Err(error));
    assert_eq!(
        (status, body.status.as_str(), body.data.as_deref()),
        (503, "DOWN", Some("d"))
    );
    api.thingspace().next(down);
    let outcome = client.accounts().get_account(VerizonEdge::ACCOUNT).send().await;
    assert_eq!(m2m_code(outcome), (503, "E".to_owned()));

    api.edge().next(MockResponse::new(500).body("<h1>Oh</h1>"));
    let error = client.discovery().list_regions().send().await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("GET /regions at http://127.0.0.1:")
            && text.ends_with(" returned 500 Internal Server Error with 11 bytes"),
        "{text}"
    );
    let api_error = error.api().unwrap();
    assert!(api_error.error().is_none());
    assert_eq!(
        (&api_error.body()[..], api_error.operation()),
        (&b"<h1>Oh</h1>"[..], "listRegions")
    );
}

#[tokio::test]
async fn a_truncated_or_invalid_response_is_an_error() {
    let api = VerizonEdge::start();
    let client = client(&api);
    api.edge().next(Fault::Truncated);
    let error = client.discovery().list_regions().send().await.unwrap_err();
    assert!(matches!(error, Error::Http(_)) && error.is_retryable(), "{error}");
    api.edge()
        .next(MockResponse::new(200).json(r#"{"status": "success", "regions": [{"name": "hidden"}]}"#));
    let error = client.discovery().list_regions().send().await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("regions[0]") && text.contains("regionId") && !text.contains("hidden"),
        "{text}"
    );
}
