//! Clients of the emulation, sample values, and helpers that inspect errors and requests.

use std::time::Duration;

use emulations::Thingspace;
use evergrant_sdk::Untyped;
use thingspace::models::{LogIn, M2mError, NewAnomalyTrigger, NewAnomalyTriggerComparator, NewClient};
use thingspace::models::{NewClientClientType, NewTrigger, SmsRequest, TriggerCategory};
use thingspace::{
    Client, ClientBuilder, Error, SessionTokenCredentials, ThingspaceOAuth1Credentials, ThingspaceOAuthCredentials,
    VzM2mTokenCredentials,
};

pub(crate) fn oauth() -> ThingspaceOAuthCredentials {
    ThingspaceOAuthCredentials::new(Thingspace::OAUTH_CLIENT_ID, Thingspace::OAUTH_CLIENT_SECRET)
        .configure(|tokens| tokens.retries(0))
}

pub(crate) fn oauth1() -> ThingspaceOAuth1Credentials {
    ThingspaceOAuth1Credentials::new(Thingspace::OAUTH1_CLIENT_ID, Thingspace::OAUTH1_CLIENT_SECRET)
        .configure(|tokens| tokens.retries(0))
}

/// Credentials that log in when a call needs a session.
pub(crate) fn log_in() -> VzM2mTokenCredentials {
    VzM2mTokenCredentials::log_in(LogIn::new(Thingspace::USERNAME, Thingspace::PASSWORD))
}

/// A client builder for the emulation, without credentials.
pub(crate) fn builder(api: &Thingspace) -> ClientBuilder {
    Client::builder()
        .base_url(api.api_url())
        .oauth_server_url(api.oauth_server_url())
        .registration_url(api.registration_url())
        .timeout(Duration::from_secs(20))
}

/// A client with `thingspace_oauth` and sessions, which most operations need.
pub(crate) fn m2m(api: &Thingspace) -> Client {
    let builder = builder(api)
        .thingspace_oauth_credentials(oauth())
        .vz_m2m_token_credentials(log_in());
    builder.build().unwrap()
}

/// A client with all credentials.
pub(crate) fn client(api: &Thingspace) -> Client {
    let builder = builder(api)
        .thingspace_oauth_credentials(oauth())
        .thingspace_oauth1_credentials(oauth1())
        .vz_m2m_token_credentials(log_in())
        .session_token_credentials(SessionTokenCredentials::new(Thingspace::SESSION_TOKEN));
    builder.build().unwrap()
}

/// Makes a call that needs `thingspace_oauth` and a session.
pub(crate) async fn account(client: &Client) -> Result<(), Error> {
    let account = client.accounts().get_account(Thingspace::ACCOUNT).send().await;
    account.map(drop).map_err(Error::untyped)
}

/// Makes a call that needs `thingspace_oauth1` or a session.
pub(crate) async fn rate_plans(client: &Client) -> Result<(), Error> {
    let triggers = client.anomaly_triggers();
    let listed = triggers.list_rate_plan_triggers(Thingspace::ECPD_ID).send().await;
    listed.map(drop).map_err(Error::untyped)
}

pub(crate) fn trigger() -> NewTrigger {
    NewTrigger::new("too much data", TriggerCategory::DataThreshold)
}

pub(crate) fn anomaly_trigger() -> NewAnomalyTrigger {
    NewAnomalyTrigger::new("ninety percent", NewAnomalyTriggerComparator::Ge, 90.0)
}

pub(crate) fn sms() -> SmsRequest {
    SmsRequest::new(Thingspace::ACCOUNT, "wake up")
}

pub(crate) fn vehicle() -> NewClient {
    NewClient::new(NewClientClientType::Vehicle, "PassengerCar", "example-vendor")
}

/// Returns the status and the code of an API error.
pub(crate) fn code<T: std::fmt::Debug>(outcome: Result<T, Error<M2mError>>) -> (u16, String) {
    let error = outcome.unwrap_err();
    let api = error.api().unwrap_or_else(|| panic!("{error}"));
    let body = api.error().unwrap_or_else(|| panic!("no typed body: {error}"));
    assert!(!body.error_message.is_empty());
    (api.status().as_u16(), body.error_code.clone())
}

/// Returns the number of token requests of both kinds, of sessions that were opened, and of API calls including logins.
pub(crate) fn requests(api: &Thingspace) -> (usize, usize, usize) {
    (
        api.auth_requests().len(),
        api.sessions_opened(),
        api.api_requests().len(),
    )
}

/// Calls every operation except the login and returns the errors.
pub(crate) async fn all_errors(client: &Client) -> [(&'static str, Error<M2mError>); 9] {
    let (devices, anomalies) = (client.device_triggers(), client.anomaly_triggers());
    let changed = thingspace::models::AnomalyTrigger::new("x", "gt", 1.0, "at-0001");
    [
        ("account", client.accounts().get_account("x").send().await.unwrap_err()),
        (
            "logout",
            client.session_management().end_session().send().await.unwrap_err(),
        ),
        ("sms", client.sms().send_sms(&sms()).send().await.unwrap_err()),
        ("devices", devices.list_device_triggers().send().await.unwrap_err()),
        (
            "device",
            devices.create_device_trigger(&trigger()).send().await.unwrap_err(),
        ),
        (
            "anomaly",
            anomalies
                .create_anomaly_trigger(&anomaly_trigger())
                .send()
                .await
                .unwrap_err(),
        ),
        (
            "change",
            anomalies.update_anomaly_trigger(&changed).send().await.unwrap_err(),
        ),
        (
            "rate plans",
            anomalies.list_rate_plan_triggers("x").send().await.unwrap_err(),
        ),
        (
            "registration",
            client
                .client_registration()
                .register_client(&vehicle())
                .send()
                .await
                .unwrap_err(),
        ),
    ]
}

/// Returns the missing schemes of each alternative.
pub(crate) fn missing<E>(error: &Error<E>) -> Vec<Vec<String>> {
    let Error::Authorization(evergrant_sdk::evergrant::Error::RequirementNotMet(unmet)) = error else {
        panic!("{error}")
    };
    let alternatives = unmet.alternatives().iter();
    alternatives.map(|alternative| alternative.missing().to_vec()).collect()
}

/// Returns the error of the login that a failed call needed.
pub(crate) fn login_failure<E>(error: &Error<E>) -> &Error<Untyped> {
    error.login().unwrap_or_else(|| panic!("{error}"))
}
