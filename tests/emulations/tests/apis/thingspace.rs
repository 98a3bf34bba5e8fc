//! The ThingSpace emulation: two token endpoints, their combinations, and expiring sessions.

use std::time::Duration;

use crate::http_requests::{get, json_response, post, put, request, status, token};
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

async fn fetch_credentials(thingspace: &Thingspace) -> Credentials {
    let base = thingspace.oauth_server_url();
    let oauth = token(format!("{base}/oauth2/token"), OAUTH, "").await;
    let oauth1 = token(format!("{base}/"), OAUTH1, "").await;
    let session = json_response(login(thingspace).bearer_auth(&oauth)).await.1["sessionToken"]
        .as_str()
        .unwrap()
        .to_owned();
    Credentials { oauth, oauth1, session }
}

/// Returns the operations that require `thingspace_oauth` and `VZ-M2M-Token`.
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

/// Returns the operations that require `thingspace_oauth1` or `VZ-M2M-Token`.
fn with_either(thingspace: &Thingspace) -> Vec<(u16, RequestBuilder)> {
    let url = |path: &str| thingspace.api_url() + "/v2/triggers" + path;
    let mut stored = anomaly();
    stored["triggerId"] = "at-0001".into();
    vec![
        (201, post(url(""), &anomaly())),
        (200, put(url(""), &stored)),
        (200, get(url("/rateplanlist/") + Thingspace::ECPD_ID)),
    ]
}

fn session(request: RequestBuilder, token: &str) -> RequestBuilder {
    request.header("VZ-M2M-Token", token)
}

async fn assert_rejected(request: RequestBuilder) {
    let (status, body) = json_response(request).await;
    assert_eq!(status, 401);
    assert!(body["errorCode"].is_string() && body["errorMessage"].is_string());
}

#[tokio::test]
async fn the_login_requires_a_token_and_the_user() {
    let thingspace = Thingspace::start();
    let credentials = fetch_credentials(&thingspace).await;
    assert_rejected(login(&thingspace)).await;
    assert_rejected(login(&thingspace).bearer_auth("made-up")).await;
    assert_rejected(login(&thingspace).bearer_auth(&credentials.oauth1)).await;
    assert_rejected(session(login(&thingspace), &credentials.session)).await;
    let url = thingspace.api_url() + "/m2m/v1/session/login";
    let wrong = json!({"username": Thingspace::USERNAME, "password": "wrong"});
    assert_rejected(post(url.clone(), &wrong).bearer_auth(&credentials.oauth)).await;
    let text = request(Method::POST, url)
        .body("no JSON")
        .bearer_auth(&credentials.oauth);
    assert_eq!(json_response(text).await.0, 400);
    assert_eq!(thingspace.sessions_opened(), 1);
}

#[tokio::test]
async fn token_and_session_are_required_together() {
    let thingspace = Thingspace::start();
    for index in 0..5 {
        let credentials = fetch_credentials(&thingspace).await;
        let request = || with_both(&thingspace).swap_remove(index).1;
        assert_rejected(request()).await;
        assert_rejected(request().bearer_auth(&credentials.oauth)).await;
        assert_rejected(session(request(), &credentials.session)).await;
        assert_rejected(session(request().bearer_auth("made-up"), &credentials.session)).await;
        assert_rejected(session(
            request().bearer_auth(&credentials.oauth1),
            &credentials.session,
        ))
        .await;
        assert_rejected(session(request().bearer_auth(&credentials.oauth), "made-up")).await;
        let (expected, request) = with_both(&thingspace).swap_remove(index);
        assert_eq!(
            status(session(request.bearer_auth(&credentials.oauth), &credentials.session)).await,
            expected
        );
    }
}

#[tokio::test]
async fn anomaly_triggers_require_a_token_or_a_session() {
    let thingspace = Thingspace::start();
    let credentials = fetch_credentials(&thingspace).await;
    for index in 0..3 {
        let expected = with_either(&thingspace)[index].0;
        let request = || with_either(&thingspace).swap_remove(index).1;
        assert_eq!(status(request().bearer_auth(&credentials.oauth1)).await, expected);
        assert_eq!(status(session(request(), &credentials.session)).await, expected);
        assert_eq!(
            status(session(request().bearer_auth("made-up"), &credentials.session)).await,
            expected
        );
        assert_rejected(request()).await;
        assert_rejected(request().bearer_auth(&credentials.oauth)).await;
        assert_rejected(session(request().bearer_auth("made-up"), "made-up")).await;
    }
}

#[tokio::test]
async fn registration_requires_a_token_and_the_vehicle_session() {
    let thingspace = Thingspace::start();
    let credentials = fetch_credentials(&thingspace).await;
    let url = thingspace.registration_url() + "/api/v2/clients/registration";
    let client = json!({"ClientType": "Vehicle", "ClientSubtype": "PassengerCar", "VendorID": "example"});
    let request = || post(url.clone(), &client);
    let right = request()
        .bearer_auth(&credentials.oauth)
        .header("SessionToken", Thingspace::SESSION_TOKEN);
    assert!(json_response(right).await.1["DeviceID"].is_string());
    assert_rejected(request().bearer_auth(&credentials.oauth)).await;
    assert_rejected(request().header("SessionToken", Thingspace::SESSION_TOKEN)).await;
    assert_rejected(
        request()
            .bearer_auth(&credentials.oauth)
            .header("SessionToken", &credentials.session),
    )
    .await;
    assert_rejected(
        request()
            .bearer_auth(&credentials.oauth1)
            .header("SessionToken", Thingspace::SESSION_TOKEN),
    )
    .await;
    let wrong = post(url.clone(), &json!({"ClientType": "Toaster"})).bearer_auth(&credentials.oauth);
    assert_eq!(
        status(wrong.header("SessionToken", Thingspace::SESSION_TOKEN)).await,
        400
    );
}

#[tokio::test]
async fn triggers_are_stored() {
    let thingspace = Thingspace::start();
    let credentials = fetch_credentials(&thingspace).await;
    let both =
        |request: RequestBuilder| json_response(session(request.bearer_auth(&credentials.oauth), &credentials.session));
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

    let either = |request: RequestBuilder| json_response(request.bearer_auth(&credentials.oauth1));
    let url = thingspace.api_url() + "/v2/triggers";
    let mut stored = either(post(url.clone(), &anomaly())).await.1;
    stored["threshold"] = 75.into();
    assert_eq!(either(put(url.clone(), &stored)).await.1["threshold"], 75);
    let list = either(get(format!("{url}/rateplanlist/{}", Thingspace::ECPD_ID)))
        .await
        .1;
    assert_eq!(list["triggers"], json!([stored]));
    stored["triggerId"] = "at-9999".into();
    assert_eq!(either(put(url.clone(), &stored)).await.0, 404);
    assert_eq!(either(put(url, &anomaly())).await.0, 400);
}

#[tokio::test]
async fn a_session_is_closed_by_its_logout_or_by_end_sessions() {
    let thingspace = Thingspace::start();
    let (first, second) = (
        fetch_credentials(&thingspace).await,
        fetch_credentials(&thingspace).await,
    );
    assert_ne!(first.session, second.session);
    let account = |token: &str| {
        let request = get(thingspace.api_url() + "/m2m/v1/accounts/" + Thingspace::ACCOUNT);
        session(request.bearer_auth(&first.oauth), token)
    };
    let logout = request(Method::POST, thingspace.api_url() + "/m2m/v1/session/logout").bearer_auth(&first.oauth);
    assert_eq!(
        json_response(session(logout, &first.session)).await.1["sessionToken"],
        first.session
    );
    let (status, body) = json_response(account(&first.session)).await;
    assert_eq!(
        (status, &body["errorCode"]),
        (401, &"REQUEST_FAILED.SessionToken.Expired".into())
    );
    assert_eq!(crate::http_requests::status(account(&second.session)).await, 200);
    thingspace.end_sessions();
    assert_rejected(account(&second.session)).await;
    assert_eq!(
        crate::http_requests::status(account(&fetch_credentials(&thingspace).await.session)).await,
        200
    );
}

#[tokio::test]
async fn idle_sessions_and_tokens_expire_on_the_manual_clock() {
    let clock = ManualClock::new();
    let thingspace = Thingspace::start_with_idle_limit(&clock, Duration::from_secs(1200));
    let credentials = fetch_credentials(&thingspace).await;
    let plans = || {
        session(
            get(thingspace.api_url() + "/v2/triggers/rateplanlist/" + Thingspace::ECPD_ID),
            &credentials.session,
        )
    };
    for _ in 0..3 {
        clock.advance(Duration::from_secs(1199));
        assert_eq!(status(plans()).await, 200, "each use extends the session");
    }
    clock.advance(Duration::from_secs(1200));
    assert_rejected(plans()).await;
    assert_rejected(login(&thingspace).bearer_auth(&credentials.oauth)).await;
    assert_eq!(
        status(login(&thingspace).bearer_auth(fetch_credentials(&thingspace).await.oauth)).await,
        200
    );
}

#[tokio::test]
async fn each_token_endpoint_has_separate_clients() {
    let thingspace = Thingspace::start();
    let base = thingspace.oauth_server_url();
    for (path, right, wrong) in [("/oauth2/token", OAUTH, OAUTH1), ("/", OAUTH1, OAUTH)] {
        let request_token = |client: (&str, &str)| {
            let request = reqwest::Client::new()
                .post(format!("{base}{path}"))
                .basic_auth(client.0, Some(client.1));
            status(request.form(&[("grant_type", "client_credentials")]))
        };
        assert_eq!(
            (request_token(right).await, request_token(wrong).await),
            (200, 401),
            "{path}"
        );
    }
    assert_eq!(thingspace.auth_requests().len(), 4);
    assert!(thingspace.api_requests().is_empty());
}
