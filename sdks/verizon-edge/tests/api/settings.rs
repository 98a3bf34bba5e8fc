//! URLs and time limits.

use std::time::Duration;

use emulations::VerizonEdge;
use evergrant_testing::Fault;
use verizon_edge::{BuildError, Client, Environment, Error};

use crate::common::{client, credentials, regions};

#[test]
fn production_is_the_default_and_has_two_servers() {
    for builder in [
        Client::builder(),
        Client::builder().environment(Environment::Production),
    ] {
        let client = builder
            .client_credentials_auth_credentials(credentials())
            .build()
            .unwrap();
        let shown = format!("{client:?}");
        for url in [
            "https://5gedge.verizon.com/api/mec/eds",
            "https://thingspace.verizon.com/api",
        ] {
            assert!(shown.contains(&format!("\"{url}\"")), "{shown}");
        }
        let manager = client.client_credentials_auth_manager().unwrap();
        assert_eq!(
            manager.client().endpoint(),
            "https://thingspace.verizon.com/api/ts/v1/oauth2/token"
        );
    }
}

#[tokio::test]
async fn the_token_endpoint_can_be_replaced() {
    let api = VerizonEdge::start();
    let credentials = credentials().token_url(api.auth().token_url());
    regions(&crate::common::client_with(&api, credentials)).await.unwrap();
    assert_ne!(api.auth().token_url(), api.token_url());
    assert_eq!(api.auth().last_token_request().path, "/token");
}

#[test]
fn a_server_url_must_be_encrypted_or_local() {
    for builder in [
        Client::builder().base_url("http://edge.internal/api"),
        Client::builder().thingspace_url("http://ts.internal/api"),
    ] {
        let error = builder.build().unwrap_err();
        assert!(matches!(error, BuildError::NotEncrypted { .. }), "{error}");
    }
}

#[tokio::test]
async fn time_limits_of_client_and_call_apply_and_zero_means_none() {
    let api = VerizonEdge::start();
    let client = client(&api);
    regions(&client).await.unwrap();
    let limit = Duration::from_millis(50);
    let impatient = client.with_configuration(|builder| builder.timeout(limit)).unwrap();
    for call in [
        impatient.discovery().list_regions(),
        client.discovery().list_regions().timeout(limit),
    ] {
        api.edge().next(Fault::Hang);
        let Error::Http(error) = call.send().await.unwrap_err() else {
            panic!("expected a timeout")
        };
        assert!(error.is_timeout(), "{error}");
        api.edge().release_hanging();
    }
    for call in [
        impatient.discovery().list_regions().timeout(Duration::ZERO),
        impatient
            .with_configuration(|builder| builder.timeout(Duration::ZERO))
            .unwrap()
            .discovery()
            .list_regions(),
    ] {
        api.edge().next(Fault::Latency(limit * 4));
        assert_eq!(call.send().await.unwrap().regions.len(), 2);
    }
}
