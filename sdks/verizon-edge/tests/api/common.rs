//! Clients of the emulation, sample values, and helpers that inspect errors and requests.

use std::fmt::Debug;
use std::time::Duration;

use emulations::VerizonEdge;
use verizon_edge::models::{Address, EdgeError, LogIn, M2mError, ServiceEndpoint, ServiceProfile};
use verizon_edge::{Client, ClientBuilder, ClientCredentialsAuthCredentials, Error, OAuthScopeClientCredentialsAuth};

/// Credentials for all scopes, without retries.
pub(crate) fn credentials() -> ClientCredentialsAuthCredentials {
    bare_credentials().scopes(OAuthScopeClientCredentialsAuth::ALL)
}

/// Credentials without scopes, without retries.
pub(crate) fn bare_credentials() -> ClientCredentialsAuthCredentials {
    ClientCredentialsAuthCredentials::new(VerizonEdge::CLIENT_ID, VerizonEdge::CLIENT_SECRET)
        .configure(|tokens| tokens.retries(0))
}

/// A client builder for the emulation, with the session header and without credentials.
pub(crate) fn builder(api: &VerizonEdge) -> ClientBuilder {
    Client::builder()
        .base_url(api.edge_url())
        .thingspace_url(api.thingspace_url())
        .vz_m2m_token(VerizonEdge::VZ_M2M_TOKEN)
        .timeout(Duration::from_secs(20))
}

pub(crate) fn client_with(api: &VerizonEdge, credentials: ClientCredentialsAuthCredentials) -> Client {
    builder(api)
        .client_credentials_auth_credentials(credentials)
        .build()
        .unwrap()
}

/// A client with all credentials.
pub(crate) fn client(api: &VerizonEdge) -> Client {
    client_with(api, credentials())
}

pub(crate) async fn regions(client: &Client) -> Result<usize, Error> {
    let regions = client.discovery().list_regions().send().await;
    regions.map(|regions| regions.regions.len()).map_err(Error::untyped)
}

pub(crate) fn profile() -> ServiceProfile {
    ServiceProfile::new("V2X").max_latency_ms(20)
}

pub(crate) fn endpoint() -> ServiceEndpoint {
    let address = Address::new().fqdn("app.example").port(443);
    ServiceEndpoint::new("ern:example:zone-1", address, "example-provider", "example-app")
}

pub(crate) fn login() -> LogIn {
    LogIn::new(VerizonEdge::USERNAME, VerizonEdge::PASSWORD)
}

/// Returns the number of token requests and the number of API calls.
pub(crate) fn requests(api: &VerizonEdge) -> (usize, usize) {
    (api.auth_requests().len(), api.api_requests().len())
}

/// Returns the status and the typed body of an error of Edge Discovery.
pub(crate) fn edge_problem<T: Debug>(outcome: Result<T, Error<EdgeError>>) -> (u16, EdgeError) {
    typed_body(outcome)
}

/// Returns the status and the code of an error of the M2M API.
pub(crate) fn m2m_code<T: Debug>(outcome: Result<T, Error<M2mError>>) -> (u16, String) {
    let (status, body) = typed_body(outcome);
    assert!(!body.error_message.is_empty());
    (status, body.error_code)
}

fn typed_body<T: Debug, E: Clone>(outcome: Result<T, Error<E>>) -> (u16, E) {
    let error = outcome.unwrap_err();
    let api = error.api().unwrap_or_else(|| panic!("{error}"));
    let body = api.error().unwrap_or_else(|| panic!("no typed body: {error}"));
    (api.status().as_u16(), body.clone())
}

/// Calls every operation of Edge Discovery and returns the errors, each with the scope that the operation needs.
pub(crate) async fn edge_errors(client: &Client) -> Vec<(&'static str, Error<EdgeError>)> {
    let (discovery, profiles) = (client.discovery(), client.service_profiles());
    let endpoints = client.service_endpoints();
    vec![
        ("discovery:read", discovery.list_regions().send().await.unwrap_err()),
        (
            "discovery:read",
            discovery.list_mec_platforms().region("x").send().await.unwrap_err(),
        ),
        (
            "serviceprofile:read",
            profiles.list_service_profiles().send().await.unwrap_err(),
        ),
        (
            "serviceprofile:read",
            profiles.get_service_profile("sp-9999").send().await.unwrap_err(),
        ),
        (
            "serviceprofile:write",
            profiles.create_service_profile(&profile()).send().await.unwrap_err(),
        ),
        (
            "serviceprofile:write",
            profiles
                .update_service_profile("sp-9999", &profile())
                .send()
                .await
                .unwrap_err(),
        ),
        (
            "serviceprofile:write",
            profiles.delete_service_profile("sp-9999").send().await.unwrap_err(),
        ),
        (
            "serviceregistry:read",
            endpoints.list_service_endpoints().send().await.unwrap_err(),
        ),
        (
            "serviceregistry:write",
            endpoints
                .register_service_endpoints(&[endpoint()])
                .send()
                .await
                .unwrap_err(),
        ),
    ]
}

/// Calls every operation of the M2M API and returns the errors.
pub(crate) async fn m2m_errors(client: &Client) -> Vec<Error<M2mError>> {
    let search = verizon_edge::models::DeviceSearch::new();
    vec![
        client.sessions().start_session(&login()).send().await.unwrap_err(),
        client
            .accounts()
            .get_account(VerizonEdge::ACCOUNT)
            .send()
            .await
            .unwrap_err(),
        client.devices().list_devices(&search).send().await.unwrap_err(),
    ]
}
