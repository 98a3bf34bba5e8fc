//! ThingSpace: two token endpoints, their combinations, and sessions that end.

use std::time::Duration;

use crate::common::{answer, get, post, put, request, status, token};
use emulations::Thingspace;
use evergrant_testing::ManualClock;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

const OAUTH: (&str, &str) = (Thingspace::OAUTH_CLIENT_ID, Thingspace::OAUTH_CLIENT_SECRET);
const OAUTH1: (&str, &str) = (Thingspace::OAUTH1_CLIENT_ID, Thingspace::OAUTH1_CLIENT_SECRET);

struct Credentials {
    oauth: String,
    oauth1: String,
    session: String,
}

fn user() -> Value {
    json!({"username": Thingspace::USERNAME, "password": Thingspace::PASSWORD})
}

fn login(thingspace: &Thingspace) -> RequestBuilder {
    post(thingspace.api_url() + "/m2m/v1/session/login", &user())
}

async fn credentials(thingspace: &Thingspace) -> Credentials {
    let base = thingspace.oauth_server_url();
    let oauth = token(format!("{base}/oauth2/token"), OAUTH, "").await;
    let oauth1 = token(format!("{base}/"), OAUTH1, "").await;
    let session = answer(login(thingspace).bearer_auth(&oauth)).await.1["sessionToken"]
        .as_str()
        .unwrap()
        .to_owned();
    Credentials { oauth, oauth1, session }
}

/// The operations that need `thingspace_oauth` and `VZ-M2M-Token`.
fn with_both(thingspace: &Thingspace) -> Vec<(u16, RequestBuilder)> {
    let url = |path: &str| thingspace.api_url() + "/m2m" + path;
    let sms = json!({"accountName": Thingspace::ACCOUNT, "smsMessage": "wake up"});
    let trigger = json!({"triggerName": "too much", "triggerCategory": "DataThreshold"});
    vec![
        (200, get(url("/v1/accounts/") + Thingspace::ACCOUNT)),
        (200, post(url("/v1/sms"), &sms)),
        (201, post(url("/v2/triggers"), &trigger)),
        (200, get(url("/v2/triggers"))),
        (200, request(Method::POST, url("/v1/session/logout"))),
    ]
}

fn anomaly() -> Value {
    json!({"name": "ninety percent", "comparator": "gt", "threshold": 90, "ecpdId": Thingspace::ECPD_ID})
}

/// The operations that need `thingspace_oauth1` or `VZ-M2M-Token`.
fn with_either(thingspace: &Thingspace) -> Vec<(u16, RequestBuilder)> {
    let url = |path: &str| thingspace.api_url() + "/v2/triggers" + path;
    let mut kept = anomaly();
    kept["triggerId"] = "at-0001".into();
    vec![
        (201, post(url(""), &anomaly())),
        (200, put(url(""), &kept)),
        (200, get(url("/rateplanlist/") + Thingspace::ECPD_ID)),
    ]
}

fn session(request: RequestBuilder, token: &str) -> RequestBuilder {
    request.header("VZ-M2M-Token", token)
}

async fn refused(request: RequestBuilder) {
    let (status, body) = answer(request).await;
    assert_eq!(status, 401);
    assert!(body["errorCode"].is_string() && body["errorMessage"].is_string());
}

#[tokio::test]
async fn the_login_needs_the_first_token_and_the_right_user() {
    let thingspace = Thingspace::start();
    let given = credentials(&thingspace).await;
    refused(login(&thingspace)).await;
    refused(login(&thingspace).bearer_auth("made-up")).await;
    refused(login(&thingspace).bearer_auth(&given.oauth1)).await;
    refused(session(login(&thingspace), &given.session)).await;
    let url = thingspace.api_url() + "/m2m/v1/session/login";
    let wrong = json!({"username": Thingspace::USERNAME, "password": "wrong"});
    refused(post(url.clone(), &wrong).bearer_auth(&given.oauth)).await;
    let text = request(Method::POST, url).body("no JSON").bearer_auth(&given.oauth);
    assert_eq!(answer(text).await.0, 400);
    assert_eq!(thingspace.sessions_begun(), 1);
}

#[tokio::test]
async fn token_and_session_are_needed_together() {
    let thingspace = Thingspace::start();
    for which in 0..5 {
        let given = credentials(&thingspace).await;
        let request = || with_both(&thingspace).swap_remove(which).1;
        refused(request()).await;
        refused(request().bearer_auth(&given.oauth)).await;
        refused(session(request(), &given.session)).await;
        refused(session(request().bearer_auth("made-up"), &given.session)).await;
        refused(session(request().bearer_auth(&given.oauth1), &given.session)).await;
        refused(session(request().bearer_auth(&given.oauth), "made-up")).await;
        let (expected, request) = with_both(&thingspace).swap_remove(which);
        assert_eq!(
            status(session(request.bearer_auth(&given.oauth), &given.session)).await,
            expected
        );
    }
}

#[tokio::test]
async fn the_second_token_or_the_session_is_enough_for_anomaly_triggers() {
    let thingspace = Thingspace::start();
    let given = credentials(&thingspace).await;
    for which in 0..3 {
        let expected = with_either(&thingspace)[which].0;
        let request = || with_either(&thingspace).swap_remove(which).1;
        assert_eq!(status(request().bearer_auth(&given.oauth1)).await, expected);
        assert_eq!(status(session(request(), &given.session)).await, expected);
        assert_eq!(
            status(session(request().bearer_auth("made-up"), &given.session)).await,
            expected
        );
        refused(request()).await;
        refused(request().bearer_auth(&given.oauth)).await;
        refused(session(request().bearer_auth("made-up"), "made-up")).await;
    }
}

#[tokio::test]
async fn a_client_is_registered_with_the_token_and_the_other_session() {
    let thingspace = Thingspace::start();
    let given = credentials(&thingspace).await;
    let url = thingspace.registration_url() + "/api/v2/clients/registration";
    let client = json!({"ClientType": "Vehicle", "ClientSubtype": "PassengerCar", "VendorID": "example"});
    let request = || post(url.clone(), &client);
    let right = request()
        .bearer_auth(&given.oauth)
        .header("SessionToken", Thingspace::SESSION_TOKEN);
    assert!(answer(right).await.1["DeviceID"].is_string());
    refused(request().bearer_auth(&given.oauth)).await;
    refused(request().header("SessionToken", Thingspace::SESSION_TOKEN)).await;
    refused(
        request()
            .bearer_auth(&given.oauth)
            .header("SessionToken", &given.session),
    )
    .await;
    refused(
        request()
            .bearer_auth(&given.oauth1)
            .header("SessionToken", Thingspace::SESSION_TOKEN),
    )
    .await;
    let wrong = post(url.clone(), &json!({"ClientType": "Toaster"})).bearer_auth(&given.oauth);
    assert_eq!(
        status(wrong.header("SessionToken", Thingspace::SESSION_TOKEN)).await,
        400
    );
}

#[tokio::test]
async fn triggers_are_kept() {
    let thingspace = Thingspace::start();
    let given = credentials(&thingspace).await;
    let both = |request: RequestBuilder| answer(session(request.bearer_auth(&given.oauth), &given.session));
    let url = thingspace.api_url() + "/m2m/v2/triggers";
    let trigger = json!({"triggerName": "too much", "triggerCategory": "UsageAnomaly"});
    assert_eq!(both(post(url.clone(), &trigger)).await.1["triggerId"], "tr-0001");
    assert_eq!(both(get(url.clone())).await.1["triggers"][0]["triggerName"], "too much");
    assert_eq!(
        both(post(url, &json!({"triggerName": "x", "triggerCategory": "Weather"})))
            .await
            .0,
        400
    );

    let either = |request: RequestBuilder| answer(request.bearer_auth(&given.oauth1));
    let url = thingspace.api_url() + "/v2/triggers";
    let mut kept = either(post(url.clone(), &anomaly())).await.1;
    kept["threshold"] = 75.into();
    assert_eq!(either(put(url.clone(), &kept)).await.1["threshold"], 75);
    let list = either(get(format!("{url}/rateplanlist/{}", Thingspace::ECPD_ID)))
        .await
        .1;
    assert_eq!(list["triggers"], json!([kept]));
    kept["triggerId"] = "at-9999".into();
    assert_eq!(either(put(url.clone(), &kept)).await.0, 404);
    assert_eq!(either(put(url, &anomaly())).await.0, 400);
}

#[tokio::test]
async fn a_session_ends_with_its_logout_or_with_all_others() {
    let thingspace = Thingspace::start();
    let (first, second) = (credentials(&thingspace).await, credentials(&thingspace).await);
    assert_ne!(first.session, second.session);
    let account = |token: &str| {
        let request = get(thingspace.api_url() + "/m2m/v1/accounts/" + Thingspace::ACCOUNT);
        session(request.bearer_auth(&first.oauth), token)
    };
    let logout = request(Method::POST, thingspace.api_url() + "/m2m/v1/session/logout").bearer_auth(&first.oauth);
    assert_eq!(
        answer(session(logout, &first.session)).await.1["sessionToken"],
        first.session
    );
    let (status, body) = answer(account(&first.session)).await;
    assert_eq!(
        (status, &body["errorCode"]),
        (401, &"REQUEST_FAILED.SessionToken.Expired".into())
    );
    assert_eq!(crate::common::status(account(&second.session)).await, 200);
    thingspace.end_sessions();
    refused(account(&second.session)).await;
    assert_eq!(
        crate::common::status(account(&credentials(&thingspace).await.session)).await,
        200
    );
}

#[tokio::test]
async fn a_session_that_nobody_uses_idles_out_and_a_token_expires_on_the_same_clock() {
    let clock = ManualClock::new();
    let thingspace = Thingspace::start_idling(&clock, Duration::from_secs(1200));
    let given = credentials(&thingspace).await;
    let plans = || {
        session(
            get(thingspace.api_url() + "/v2/triggers/rateplanlist/" + Thingspace::ECPD_ID),
            &given.session,
        )
    };
    for _ in 0..3 {
        clock.advance(Duration::from_secs(1199));
        assert_eq!(status(plans()).await, 200, "each use keeps it");
    }
    clock.advance(Duration::from_secs(1200));
    refused(plans()).await;
    refused(login(&thingspace).bearer_auth(&given.oauth)).await;
    assert_eq!(
        status(login(&thingspace).bearer_auth(credentials(&thingspace).await.oauth)).await,
        200
    );
}

#[tokio::test]
async fn each_token_endpoint_knows_its_own_clients_alone() {
    let thingspace = Thingspace::start();
    let base = thingspace.oauth_server_url();
    for (path, right, wrong) in [("/oauth2/token", OAUTH, OAUTH1), ("/", OAUTH1, OAUTH)] {
        let ask = |client: (&str, &str)| {
            let request = reqwest::Client::new()
                .post(format!("{base}{path}"))
                .basic_auth(client.0, Some(client.1));
            status(request.form(&[("grant_type", "client_credentials")]))
        };
        assert_eq!((ask(right).await, ask(wrong).await), (200, 401), "{path}");
    }
    assert_eq!(thingspace.auth_requests().len(), 4);
    assert!(thingspace.api_requests().is_empty());
}
