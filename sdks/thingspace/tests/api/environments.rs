//! Environments and their servers.

use emulations::Thingspace;
use evergrant_sdk::reqwest;
use evergrant_testing::ApiServer;
use thingspace::{BuildError, Client, ClientBuilder, Environment, Error, SessionTokenCredentials};

use crate::common::{account, log_in, oauth, oauth1, rate_plans, requests, vehicle};

fn with_all_credentials(builder: ClientBuilder) -> ClientBuilder {
    builder
        .thingspace_oauth_credentials(oauth())
        .thingspace_oauth1_credentials(oauth1())
        .vz_m2m_token_credentials(log_in())
        .session_token_credentials(SessionTokenCredentials::new(Thingspace::SESSION_TOKEN))
}

#[test]
fn each_environment_has_its_servers_and_token_endpoints() {
    assert_eq!(Environment::default(), Environment::Production);
    for (environment, origin) in [
        (None, "https://thingspace.verizon.com"),
        (Some(Environment::Production), "https://thingspace.verizon.com"),
        (Some(Environment::Staging), "https://staging.thingspace.example"),
        (Some(Environment::Dev), "https://dev.thingspace.example"),
        (Some(Environment::Qa), "https://qa.thingspace.example"),
        (Some(Environment::Mock), "http://127.0.0.1:4020"),
    ] {
        let mut builder = with_all_credentials(Client::builder());
        if let Some(environment) = environment {
            builder = builder.environment(environment);
        }
        let client = builder.build().unwrap();
        let endpoint = |manager: Option<&thingspace::TokenManager>| manager.unwrap().client().endpoint().to_owned();
        assert_eq!(
            endpoint(client.thingspace_oauth_manager()),
            format!("{origin}/api/ts/v1/oauth2/token")
        );
        assert_eq!(
            endpoint(client.thingspace_oauth1_manager()),
            format!("{origin}/api/ts/v1/")
        );
        let shown = format!("{client:?}");
        assert!(shown.contains(&format!("{origin}/api\"")), "{shown}");
    }
}

#[tokio::test]
async fn the_mock_environment_is_the_local_emulation() {
    let api = Thingspace::start();
    // A proxy leads requests for the environment's port to the emulation.
    let http_client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .proxy(reqwest::Proxy::all(api.registration_url()).unwrap())
        .build()
        .unwrap();
    let builder = Client::builder()
        .environment(Environment::Mock)
        .danger_http_client(http_client);
    let client = with_all_credentials(builder).build().unwrap();
    account(&client).await.unwrap();
    rate_plans(&client).await.unwrap();
    client
        .client_registration()
        .register_client(&vehicle())
        .send()
        .await
        .unwrap();
    assert_eq!(requests(&api), (2, 1, 4));
    for request in [api.auth_requests(), api.api_requests()].concat() {
        assert_eq!(request.header("host"), Some("127.0.0.1:4020"), "{}", request.path);
    }
}

#[tokio::test]
async fn the_default_is_production_and_always_encrypted() {
    // A proxy that rejects each tunnel and records its destination.
    let proxy_server = ApiServer::unprotected();
    proxy_server.always(evergrant_testing::MockResponse::new(403));
    let proxy = reqwest::Proxy::all(proxy_server.url("")).unwrap();
    let client = with_all_credentials(Client::builder().http(move |http| http.proxy(proxy.clone())));
    let error = rate_plans(&client.build().unwrap()).await.unwrap_err();
    assert!(matches!(error, Error::Authorization(_)), "{error}");
    let requests = proxy_server.requests();
    assert!(!requests.is_empty());
    for request in requests {
        assert_eq!(
            (request.method.as_str(), request.header("host")),
            ("CONNECT", Some("thingspace.verizon.com:443"))
        );
        assert_eq!(request.header("authorization"), None);
    }
}

#[test]
fn a_server_url_must_be_encrypted_or_local() {
    for builder in [
        Client::builder().base_url("http://ts.internal/api"),
        Client::builder().oauth_server_url("http://ts.internal/api"),
        Client::builder().registration_url("http://ts.internal"),
    ] {
        let error = builder.build().unwrap_err();
        assert!(matches!(error, BuildError::NotEncrypted { .. }), "{error}");
    }
}
