//! Each operation with all parameters, and the credentials that it sends.

use emulations::Thingspace;
use thingspace::models::{
    DeviceId, DeviceIdKind, LogIn, LogInResponse, Notification, NotificationNotificationType, SmsRequestDataEncoding,
    TriggerCategory,
};

use crate::common::{anomaly_trigger, client, m2m, requests, sms, trigger, vehicle};

#[tokio::test]
async fn a_session_is_started_and_ended_explicitly() {
    let api = Thingspace::start();
    let client = m2m(&api);
    let login = LogIn::new(Thingspace::USERNAME, Thingspace::PASSWORD);
    let response = client.session_management().start_session(&login).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(*response, LogInResponse::new("emulated-session-1"));
    // The client has its own session.
    let ended = client.session_management().end_session().send().await.unwrap();
    assert_eq!(ended.status(), 200);
    let sent = api.api_requests().pop().unwrap();
    assert_eq!(
        (sent.path.as_str(), sent.header("vz-m2m-token")),
        ("/api/m2m/v1/session/logout", Some("emulated-session-2"))
    );
    assert!(sent.body.is_empty());
    assert_eq!(requests(&api), (1, 2, 3));
}

#[tokio::test]
async fn an_account_is_returned() {
    let api = Thingspace::start();
    let account = m2m(&api)
        .accounts()
        .get_account(Thingspace::ACCOUNT)
        .send()
        .await
        .unwrap();
    assert_eq!(account.account_name, Thingspace::ACCOUNT);
    assert_eq!(account.account_number.as_deref(), Some(Thingspace::ACCOUNT));
    assert_eq!(account.organization_name, "Example Inc.");
    assert_eq!(account.is_provisioning_allowed, Some(true));
    assert_eq!(account.carriers.as_deref(), Some(&["Example Wireless".to_owned()][..]));
}

#[tokio::test]
async fn a_text_message_is_sent_to_devices() {
    let api = Thingspace::start();
    let message = sms()
        .device_ids(vec![DeviceId::new("990000000000001", DeviceIdKind::Imei)])
        .data_encoding(SmsRequestDataEncoding::N7BitAscii);
    let accepted = m2m(&api).sms().send_sms(&message).send().await.unwrap();
    assert_eq!(accepted.request_id, "00000000-0000-0000-0000-000000000001");
    let sent = api.api_requests().pop().unwrap();
    let expected = format!(
        r#"{{"accountName":"{}","smsMessage":"wake up","deviceIds":[{{"id":"990000000000001","kind":"imei"}}],"dataEncoding":"7-bit ASCII"}}"#,
        Thingspace::ACCOUNT
    );
    assert_eq!(sent.body, expected);
}

#[tokio::test]
async fn a_created_device_trigger_is_listed() {
    let api = Thingspace::start();
    let client = m2m(&api);
    let notification = Notification::new()
        .notification_type(NotificationNotificationType::Immediate)
        .callback(false)
        .email_notification(true)
        .email_addresses(vec!["ops@app.example".to_owned()]);
    let new_trigger = trigger()
        .account_name(Thingspace::ACCOUNT)
        .group_name("trucks")
        .active(true)
        .notification(notification.clone());
    let created = client
        .device_triggers()
        .create_device_trigger(&new_trigger)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (created.status().as_u16(), created.trigger_id.as_str()),
        (201, "tr-0001")
    );
    assert_eq!(created.notification, Some(notification));
    assert_eq!(
        (&created.trigger_name, &created.group_name),
        (&new_trigger.trigger_name, &new_trigger.group_name)
    );
    let created_at = created.created_at.as_ref().unwrap();
    assert_eq!(created_at.as_str(), "2024-01-02T03:04:05Z");
    assert!(created_at.to_system_time().is_some());
    let listed = client.device_triggers().list_device_triggers().send().await.unwrap();
    assert_eq!(listed.into_inner().triggers, [created.into_inner()]);
}

#[tokio::test]
async fn an_anomaly_trigger_is_created_replaced_and_listed() {
    let api = Thingspace::start();
    let client = client(&api);
    let triggers = client.anomaly_triggers();
    let new_trigger = anomaly_trigger()
        .organization_name("Example Inc.")
        .trigger_category(TriggerCategory::UsageAnomaly)
        .ecpd_id(Thingspace::ECPD_ID)
        .rate_plan("EXAMPLE-PLAN");
    let created = triggers.create_anomaly_trigger(&new_trigger).send().await.unwrap();
    assert_eq!(
        (created.status().as_u16(), created.trigger_id.as_str()),
        (201, "at-0001")
    );
    assert_eq!(
        (created.threshold, &created.comparator),
        (90.0, &new_trigger.comparator)
    );

    let mut changed = created.into_inner();
    changed.threshold = 75.5;
    let replaced = triggers.update_anomaly_trigger(&changed).send().await.unwrap();
    assert_eq!((replaced.status().as_u16(), &*replaced), (200, &changed));
    let listed = triggers
        .list_rate_plan_triggers(Thingspace::ECPD_ID)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (listed.ecpd_id.as_str(), &listed.triggers[..]),
        (Thingspace::ECPD_ID, &[changed][..])
    );
}

#[tokio::test]
async fn a_vehicle_is_registered_at_its_own_server() {
    let api = Thingspace::start();
    let registered = client(&api)
        .client_registration()
        .register_client(&vehicle())
        .send()
        .await;
    let registered = registered.unwrap();
    assert_eq!(registered.device_id, "00000000-0000-0000-0000-000000000002");
    let certificate = registered.certificate.as_ref().unwrap();
    assert!(certificate.cert_pem.is_some() && certificate.key_pem.is_some() && certificate.ca_pem.is_some());
    let sent = api.api_requests().pop().unwrap();
    assert_eq!(sent.path, "/api/v2/clients/registration");
    assert_eq!(
        sent.body,
        r#"{"ClientType":"Vehicle","ClientSubtype":"PassengerCar","VendorID":"example-vendor"}"#
    );
}

#[tokio::test]
async fn each_operation_sends_only_its_own_credentials() {
    let api = Thingspace::start();
    let client = client(&api);
    let triggers = client.device_triggers();
    triggers.list_device_triggers().send().await.unwrap();
    crate::common::rate_plans(&client).await.unwrap();
    client
        .client_registration()
        .register_client(&vehicle())
        .send()
        .await
        .unwrap();

    let (oauth, oauth1) = (client.thingspace_oauth_manager(), client.thingspace_oauth1_manager());
    let oauth = oauth.unwrap().token().await.unwrap();
    let oauth1 = oauth1.unwrap().token().await.unwrap();
    let [oauth, oauth1] = [oauth, oauth1].map(|token| format!("Bearer {}", token.access_token().expose()));
    let expected = [
        ("/api/m2m/v1/session/login", &oauth, None, None),
        ("/api/m2m/v2/triggers", &oauth, Some("emulated-session-1"), None),
        ("/api/v2/triggers/rateplanlist/0000001", &oauth1, None, None),
        (
            "/api/v2/clients/registration",
            &oauth,
            None,
            Some(Thingspace::SESSION_TOKEN),
        ),
    ];
    let sent = api.api_requests();
    assert_eq!(sent.len(), expected.len());
    for (request, (path, token, session, vehicle)) in sent.iter().zip(expected) {
        assert_eq!(request.path, path);
        assert_eq!(request.header("authorization"), Some(token.as_str()), "{path}");
        assert_eq!(
            (request.header("vz-m2m-token"), request.header("sessiontoken")),
            (session, vehicle),
            "{path}"
        );
    }
    assert_eq!(requests(&api), (2, 1, 4));
}

#[tokio::test]
async fn an_unknown_category_is_preserved() {
    let api = Thingspace::start();
    let body = r#"{"triggers": [{"triggerId": "t", "triggerName": "n", "triggerCategory": "Tides", "moon": "full"}]}"#;
    let client = m2m(&api);
    crate::common::account(&client).await.unwrap();
    api.api().next(evergrant_testing::MockResponse::new(200).json(body));
    let listed = client.device_triggers().list_device_triggers().send().await.unwrap();
    assert_eq!(
        listed.triggers[0].trigger_category,
        TriggerCategory::Unknown("Tides".to_owned())
    );
}
