//! Names in paths are single segments.

use emulations::Thingspace;
use thingspace::Error;

use crate::common::{client, code, requests};

#[tokio::test]
async fn a_name_with_slashes_and_spaces_is_one_segment() {
    let api = Thingspace::start();
    let client = client(&api);
    for (name, path) in [
        ("a/b", "a%2Fb"),
        ("a b", "a%20b"),
        ("..a/b..", "..a%2Fb.."),
        ("a?b#c", "a%3Fb%23c"),
    ] {
        let outcome = client.accounts().get_account(name).send().await;
        assert_eq!(
            code(outcome),
            (404, "REQUEST_FAILED.Account.NotFound".to_owned()),
            "{name}"
        );
        let sent = api.api_requests().pop().unwrap();
        assert_eq!((sent.path, sent.query), (format!("/api/m2m/v1/accounts/{path}"), None));
        let outcome = client.anomaly_triggers().list_rate_plan_triggers(name).send().await;
        assert_eq!(
            code(outcome),
            (404, "REQUEST_FAILED.Customer.NotFound".to_owned()),
            "{name}"
        );
        let sent = api.api_requests().pop().unwrap();
        assert_eq!(sent.path, format!("/api/v2/triggers/rateplanlist/{path}"));
    }
}

#[tokio::test]
async fn a_name_that_changes_the_path_is_rejected_before_sending() {
    let api = Thingspace::start();
    let client = client(&api);
    for name in ["..", ".", "", "../../v2/triggers", "a/..", "%2E%2e"] {
        for error in [
            client.accounts().get_account(name).send().await.unwrap_err(),
            client
                .anomaly_triggers()
                .list_rate_plan_triggers(name)
                .send()
                .await
                .unwrap_err(),
        ] {
            assert!(matches!(error, Error::Request(_)), "{name:?}: {error}");
        }
    }
    assert_eq!(requests(&api), (0, 0, 0));
}
