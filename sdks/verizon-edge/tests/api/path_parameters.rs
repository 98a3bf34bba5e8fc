//! Ids and names in paths are single segments.

use emulations::VerizonEdge;
use verizon_edge::Error;

use crate::common::{client, edge_problem, m2m_code, profile, requests};

#[tokio::test]
async fn an_id_with_slashes_and_spaces_is_one_segment() {
    let api = VerizonEdge::start();
    let client = client(&api);
    let profiles = client.service_profiles();
    for (id, path) in [
        ("sp/1", "sp%2F1"),
        ("a b", "a%20b"),
        ("..a/b..", "..a%2Fb.."),
        ("a?b#c", "a%3Fb%23c"),
    ] {
        for (status, body) in [
            edge_problem(profiles.get_service_profile(id).send().await),
            edge_problem(profiles.update_service_profile(id, &profile()).send().await),
            edge_problem(profiles.delete_service_profile(id).send().await),
        ] {
            assert_eq!(
                (status, body.data.as_deref()),
                (404, Some(id)),
                "the API decodes the id"
            );
        }
        let sent = api.edge().requests().pop().unwrap();
        assert_eq!(
            (sent.path, sent.query),
            (format!("/api/mec/eds/serviceprofiles/{path}"), None)
        );
        assert_eq!(m2m_code(client.accounts().get_account(id).send().await).0, 404);
        let sent = api.thingspace().requests().pop().unwrap();
        assert_eq!(sent.path, format!("/api/m2m/v1/accounts/{path}"));
    }
}

#[tokio::test]
async fn an_id_that_changes_the_path_is_rejected_before_sending() {
    let api = VerizonEdge::start();
    let client = client(&api);
    let profiles = client.service_profiles();
    for id in ["..", ".", "", "../regions", "a/..", "%2E%2e"] {
        for error in [
            profiles.get_service_profile(id).send().await.unwrap_err().untyped(),
            profiles
                .update_service_profile(id, &profile())
                .send()
                .await
                .unwrap_err()
                .untyped(),
            profiles.delete_service_profile(id).send().await.unwrap_err().untyped(),
            client.accounts().get_account(id).send().await.unwrap_err().untyped(),
        ] {
            assert!(matches!(error, Error::Request(_)), "{id:?}: {error}");
        }
    }
    assert_eq!(requests(&api), (0, 0));
}
