//! Failures that the description has, each with its typed body.

use std::time::Duration;

use emulations::Thingspace;
use evergrant_testing::Answer;
use thingspace::models::{AnomalyTrigger, NewClient, NewTrigger, SmsRequest};

use crate::common::{anomaly_trigger, client, code, m2m, sms};

const INVALID: (u16, &str) = (400, "INPUT_INVALID");

fn same(told: (u16, String), expected: (u16, &str)) {
    assert_eq!((told.0, told.1.as_str()), expected);
}

#[tokio::test]
async fn what_cannot_be_understood_is_a_400() {
    let api = Thingspace::start();
    let client = client(&api);
    let tides = NewTrigger::new("a", "Tides");
    same(
        code(client.device_triggers().create_device_trigger(&tides).send().await),
        INVALID,
    );
    for wrong in [
        SmsRequest::new("x", "y"),
        SmsRequest::new(Thingspace::ACCOUNT, "z".repeat(161)),
    ] {
        same(code(client.sms().send_sms(&wrong).send().await), INVALID);
    }
    let mut odd = anomaly_trigger();
    odd.comparator = "roughly".into();
    same(
        code(client.anomaly_triggers().create_anomaly_trigger(&odd).send().await),
        INVALID,
    );
    let nameless = AnomalyTrigger::new("", "gt", 1.0, "at-0001");
    same(
        code(client.anomaly_triggers().update_anomaly_trigger(&nameless).send().await),
        INVALID,
    );
    let boat = NewClient::new("Boat", "Ferry", "example-vendor");
    same(
        code(client.client_registration().register_client(&boat).send().await),
        INVALID,
    );
}

#[tokio::test]
async fn what_is_not_there_is_a_404() {
    let api = Thingspace::start();
    let client = client(&api);
    let outcome = client.accounts().get_account("0000000000-00000").send().await;
    same(code(outcome), (404, "REQUEST_FAILED.Account.NotFound"));
    let missing = AnomalyTrigger::new("a", "gt", 1.0, "at-9999");
    let outcome = client.anomaly_triggers().update_anomaly_trigger(&missing).send().await;
    same(code(outcome), (404, "REQUEST_FAILED.Trigger.NotFound"));
    let outcome = client
        .anomaly_triggers()
        .list_rate_plan_triggers("0000009")
        .send()
        .await;
    same(code(outcome), (404, "REQUEST_FAILED.Customer.NotFound"));
}

#[tokio::test]
async fn anything_else_is_typed_too_by_the_descriptions_default() {
    let api = Thingspace::start();
    let client = m2m(&api);
    crate::common::account(&client).await.unwrap();
    let body = r#"{"errorCode": "DOWN", "errorMessage": "for an hour", "more": 1}"#;
    for status in [403, 409, 500, 503] {
        api.api()
            .next(Answer::new(status).header("retry-after", "3600").json(body));
        let error = client.sms().send_sms(&sms()).send().await.unwrap_err();
        assert_eq!(error.is_retryable(), status == 503, "{error}");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
        assert!(!error.to_string().contains("for an hour"), "{error}");
        same(code::<()>(Err(error)), (status, "DOWN"));
    }
    api.api().next(Answer::new(502).body("<h1>Bad gateway</h1>"));
    let error = client.sms().send_sms(&sms()).send().await.unwrap_err();
    assert!(error.api().unwrap().error().is_none());
    assert!(error.api().unwrap().body().starts_with(b"<h1>"));
}
