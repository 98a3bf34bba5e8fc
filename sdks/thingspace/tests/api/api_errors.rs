//! Errors of the API with their typed bodies.

use std::time::Duration;

use emulations::Thingspace;
use evergrant_testing::MockResponse;
use thingspace::models::{AnomalyTrigger, NewClient, NewTrigger, SmsRequest};

use crate::common::{anomaly_trigger, client, code, m2m, sms};

const INVALID: (u16, &str) = (400, "INPUT_INVALID");

fn assert_code(actual: (u16, String), expected: (u16, &str)) {
    assert_eq!((actual.0, actual.1.as_str()), expected);
}

#[tokio::test]
async fn an_invalid_request_is_a_400() {
    let api = Thingspace::start();
    let client = client(&api);
    let unknown_category = NewTrigger::new("a", "Tides");
    assert_code(
        code(
            client
                .device_triggers()
                .create_device_trigger(&unknown_category)
                .send()
                .await,
        ),
        INVALID,
    );
    for invalid in [
        SmsRequest::new("x", "y"),
        SmsRequest::new(Thingspace::ACCOUNT, "z".repeat(161)),
    ] {
        assert_code(code(client.sms().send_sms(&invalid).send().await), INVALID);
    }
    let mut unknown_comparator = anomaly_trigger();
    unknown_comparator.comparator = "roughly".into();
    assert_code(
        code(
            client
                .anomaly_triggers()
                .create_anomaly_trigger(&unknown_comparator)
                .send()
                .await,
        ),
        INVALID,
    );
    let unnamed = AnomalyTrigger::new("", "gt", 1.0, "at-0001");
    assert_code(
        code(client.anomaly_triggers().update_anomaly_trigger(&unnamed).send().await),
        INVALID,
    );
    let unknown_type = NewClient::new("Boat", "Ferry", "example-vendor");
    assert_code(
        code(client.client_registration().register_client(&unknown_type).send().await),
        INVALID,
    );
}

#[tokio::test]
async fn a_missing_resource_is_a_404() {
    let api = Thingspace::start();
    let client = client(&api);
    let outcome = client.accounts().get_account("0000000000-00000").send().await;
    assert_code(code(outcome), (404, "REQUEST_FAILED.Account.NotFound"));
    let missing = AnomalyTrigger::new("a", "gt", 1.0, "at-9999");
    let outcome = client.anomaly_triggers().update_anomaly_trigger(&missing).send().await;
    assert_code(code(outcome), (404, "REQUEST_FAILED.Trigger.NotFound"));
    let outcome = client
        .anomaly_triggers()
        .list_rate_plan_triggers("0000009")
        .send()
        .await;
    assert_code(code(outcome), (404, "REQUEST_FAILED.Customer.NotFound"));
}

#[tokio::test]
async fn other_statuses_have_the_type_of_the_default_response() {
    let api = Thingspace::start();
    let client = m2m(&api);
    crate::common::account(&client).await.unwrap();
    let body = r#"{"errorCode": "DOWN", "errorMessage": "for an hour", "more": 1}"#;
    for status in [403, 409, 500, 503] {
        api.api()
            .next(MockResponse::new(status).header("retry-after", "3600").json(body));
        let error = client.sms().send_sms(&sms()).send().await.unwrap_err();
        assert_eq!(error.is_retryable(), status == 503, "{error}");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
        assert!(!error.to_string().contains("for an hour"), "{error}");
        assert_code(code::<()>(Err(error)), (status, "DOWN"));
    }
    api.api().next(MockResponse::new(502).body("<h1>Bad gateway</h1>"));
    let error = client.sms().send_sms(&sms()).send().await.unwrap_err();
    assert!(error.api().unwrap().error().is_none());
    assert!(error.api().unwrap().body().starts_with(b"<h1>"));
}
