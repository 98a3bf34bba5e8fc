//! Failures that the description has, each with its typed body.

use std::time::Duration;

use emulations::VerizonEdge;
use evergrant_testing::{Answer, Fault};
use verizon_edge::Error;
use verizon_edge::models::{LogIn, ServiceProfile, UserEquipmentIdentityType};

use crate::common::{client, edge, m2m, profile};

#[tokio::test]
async fn what_cannot_be_understood_is_a_400() {
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
        let (status, body) = edge(call.send().await);
        assert_eq!((status, body.status.as_str(), body.data), (400, "BAD_REQUEST", None));
    }
    let drone = ServiceProfile::new("Drone");
    let (status, body) = edge(client.service_profiles().create_service_profile(&drone).send().await);
    assert_eq!(
        (status, body.message.as_str()),
        (400, "clientType is missing or not known")
    );
    let (status, body) = edge(client.service_endpoints().register_service_endpoints(&[]).send().await);
    assert_eq!(
        (status, body.message.as_str()),
        (400, "the body is no list of service endpoints")
    );
}

#[tokio::test]
async fn what_is_not_there_is_a_404() {
    let api = VerizonEdge::start();
    let client = client(&api);
    let profiles = client.service_profiles();
    let platforms = client.discovery().list_mec_platforms().service_profile_id("sp-9999");
    for (status, body) in [
        edge(profiles.get_service_profile("sp-9999").send().await),
        edge(profiles.update_service_profile("sp-9999", &profile()).send().await),
        edge(profiles.delete_service_profile("sp-9999").send().await),
        // Not of the description's statuses, and so by its default.
        edge(platforms.send().await),
    ] {
        assert_eq!((status, body.status.as_str()), (404, "NOT_FOUND"));
        assert_eq!(body.message, "no such service profile");
        assert_eq!(body.data.as_deref(), Some("sp-9999"));
    }
    let outcome = client.accounts().get_account("0000000000-00000").send().await;
    assert_eq!(m2m(outcome), (404, "REQUEST_FAILED.Account.NotFound".to_owned()));
}

#[tokio::test]
async fn a_wrong_password_is_a_401_of_the_login() {
    let api = VerizonEdge::start();
    let client = client(&api);
    let wrong = LogIn::new(VerizonEdge::USERNAME, "wrong-password");
    let error = client.sessions().start_session(&wrong).send().await.unwrap_err();
    assert!(!format!("{error} {error:?} {wrong:?}").contains("wrong-password"));
    assert_eq!(m2m::<()>(Err(error)), (401, "REQUEST_FAILED.UnknownUser".to_owned()));
}

#[tokio::test]
async fn anything_else_is_typed_too_by_the_descriptions_default() {
    let api = VerizonEdge::start();
    let client = client(&api);
    let down = Answer::new(503)
        .header("retry-after", "9")
        .json(r#"{"status": "DOWN", "message": "m", "data": "d", "errorCode": "E", "errorMessage": "m"}"#);
    api.edge().next(down.clone());
    let error = client.discovery().list_regions().send().await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(9)));
    let (status, body) = edge::<()>(Err(error));
    assert_eq!(
        (status, body.status.as_str(), body.data.as_deref()),
        (503, "DOWN", Some("d"))
    );
    api.thingspace().next(down);
    let outcome = client.accounts().get_account(VerizonEdge::ACCOUNT).send().await;
    assert_eq!(m2m(outcome), (503, "E".to_owned()));

    api.edge().next(Answer::new(500).body("<h1>Oh</h1>"));
    let error = client.discovery().list_regions().send().await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("GET /regions at http://127.0.0.1:")
            && text.ends_with(" was answered 500 Internal Server Error with 11 bytes"),
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
async fn an_answer_that_is_cut_off_or_something_else_is_an_error() {
    let api = VerizonEdge::start();
    let client = client(&api);
    api.edge().next(Fault::Truncated);
    let error = client.discovery().list_regions().send().await.unwrap_err();
    assert!(matches!(error, Error::Http(_)) && error.is_retryable(), "{error}");
    api.edge()
        .next(Answer::new(200).json(r#"{"status": "success", "regions": [{"name": "hush"}]}"#));
    let error = client.discovery().list_regions().send().await.unwrap_err();
    assert!(matches!(error, Error::Decode(_)), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("regions[0]") && text.contains("regionId") && !text.contains("hush"),
        "{text}"
    );
}
