//! Clients of an emulation, and what is asked of their failures.

use std::fmt::Debug;
use std::time::Duration;

use emulations::VerizonEdge;
use verizon_edge::models::{Address, EdgeError, LogIn, M2mError, ServiceEndpoint, ServiceProfile};
use verizon_edge::{Client, ClientBuilder, ClientCredentialsAuthCredentials, Error, OAuthScopeClientCredentialsAuth};

/// For all scopes, and impatient.
pub(crate) fn credentials() -> ClientCredentialsAuthCredentials {
    bare_credentials().scopes(OAuthScopeClientCredentialsAuth::ALL)
}

/// The same without scopes.
pub(crate) fn bare_credentials() -> ClientCredentialsAuthCredentials {
    ClientCredentialsAuthCredentials::new(VerizonEdge::CLIENT_ID, VerizonEdge::CLIENT_SECRET)
        .configure(|tokens| tokens.retries(0))
}

/// Leads to the emulation, with the session's header and without credentials.
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

/// With everything there is.
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

/// How often tokens were asked for, and how often operations were called.
pub(crate) fn requests(api: &VerizonEdge) -> (usize, usize) {
    (api.auth_requests().len(), api.api_requests().len())
}

/// The status and the typed body of a failure of Edge Discovery.
pub(crate) fn edge<T: Debug>(outcome: Result<T, Error<EdgeError>>) -> (u16, EdgeError) {
    typed(outcome)
}

/// The status and the code in the typed body of a failure of the M2M API.
pub(crate) fn m2m<T: Debug>(outcome: Result<T, Error<M2mError>>) -> (u16, String) {
    let (status, body) = typed(outcome);
    assert!(!body.error_message.is_empty());
    (status, body.error_code)
}

fn typed<T: Debug, E: Clone>(outcome: Result<T, Error<E>>) -> (u16, E) {
    let error = outcome.unwrap_err();
    let api = error.api().unwrap_or_else(|| panic!("{error}"));
    let body = api.error().unwrap_or_else(|| panic!("no typed body: {error}"));
    (api.status().as_u16(), body.clone())
}

/// Calls every operation of Edge Discovery, each of which fails; with the scope that it needs.
pub(crate) async fn edge_failures(client: &Client) -> Vec<(&'static str, Error<EdgeError>)> {
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

/// Calls every operation of the M2M API, each of which fails.
pub(crate) async fn m2m_failures(client: &Client) -> Vec<Error<M2mError>> {
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
