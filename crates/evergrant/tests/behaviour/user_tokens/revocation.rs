//! Revocation of a user's token, which all replicas share.

use super::*;

fn application_with_revocation(fixture: &Fixture) -> TokenManager {
    let builder = application(fixture).revocation_url(fixture.auth.url("/revoke"));
    builder.build(Transport::default()).unwrap()
}

fn replica_with_revocation(fixture: &Fixture) -> UserTokens {
    let application = application_with_revocation(fixture);
    UserTokens::builder(application, fixture.store.clone()).build().unwrap()
}

fn revocations(fixture: &Fixture) -> Vec<String> {
    let mut requests = fixture.auth.requests();
    requests.retain(|request| request.path == "/revoke");
    let sent = requests.iter().filter_map(|request| request.form_value("token"));
    sent.map(|token| token.to_string()).collect()
}

#[tokio::test]
async fn a_revoked_token_is_not_revived_by_another_replica() {
    let fixture = fixture();
    let replicas = [replica_with_revocation(&fixture), replica_with_revocation(&fixture)];
    let token = sign_in(&fixture, &replicas[0], JANE).await.unwrap();
    let [one, two] = replicas.each_ref().map(|replica| replica.for_user(JANE));
    two.token().await.unwrap();
    replicas[0].revoke(JANE).await.unwrap();
    assert!(!fixture.auth.accepts(&value(&token)));
    assert!(has_no_records(&fixture.store).await);
    assert_signed_out(one.token().await);
    let _ = two.token().await;
    fixture.settle(std::slice::from_ref(&two)).await;
    assert_signed_out(two.token().await);
    fixture.clock.advance(seconds(7200));
    assert_signed_out(two.token().await);
    assert_refreshes(&fixture, 0);
    assert!(has_no_records(&fixture.store).await);
}

#[tokio::test]
async fn a_replica_without_the_token_revokes_it_too() {
    let fixture = fixture();
    let replicas = [replica_with_revocation(&fixture), replica_with_revocation(&fixture)];
    let token = sign_in(&fixture, &replicas[0], JANE).await.unwrap();
    replicas[1].revoke(JANE).await.unwrap();
    assert!(!fixture.auth.accepts(&value(&token)));
    assert!(has_no_records(&fixture.store).await);
    // Nobody is signed in any more.
    replicas[1].revoke(JANE).await.unwrap();
    assert_eq!(revocations(&fixture).len(), 2);
    assert!(has_no_records(&fixture.store).await);
}

#[tokio::test]
async fn the_token_of_a_renewal_at_another_replica_is_revoked() {
    let fixture = fixture();
    let replicas = [replica_with_revocation(&fixture), replica_with_revocation(&fixture)];
    sign_in(&fixture, &replicas[0], JANE).await.unwrap();
    let two = replicas[1].for_user(JANE);
    two.token().await.unwrap();
    fixture.clock.advance(seconds(3600));
    let hold = fixture.auth.hold();
    let call = tokio::spawn({
        let two = two.clone();
        async move { two.token().await }
    });
    fixture.auth.wait_for_token_requests(2).await;
    let revoke = tokio::spawn({
        let replica = replicas[0].clone();
        async move { replica.revoke(JANE).await }
    });
    fixture.clock.settle().await;
    assert!(revocations(&fixture).is_empty(), "the renewal is awaited");
    hold.release();
    let renewed = complete(&fixture, async move { call.await.unwrap() }).await.unwrap();
    complete(&fixture, async move { revoke.await.unwrap() }).await.unwrap();
    assert_eq!(revocations(&fixture)[0], renewed.refresh_token().unwrap().expose());
    assert!(!fixture.auth.accepts(&value(&renewed)));
    assert!(has_no_records(&fixture.store).await);
}

#[tokio::test]
async fn a_user_stays_signed_in_if_the_server_cannot_revoke() {
    let fixture = fixture();
    let replica = replica(&fixture);
    let token = sign_in(&fixture, &replica, JANE).await.unwrap();
    let error = replica.revoke(JANE).await.unwrap_err();
    assert!(matches!(error, Error::Endpoint(_)), "{error}");
    assert_eq!(value(&replica.for_user(JANE).token().await.unwrap()), value(&token));
    // The lease is released: the next renewal does not wait for it.
    fixture.clock.advance(seconds(3600));
    replica.for_user(JANE).token().await.unwrap();
    assert_refreshes(&fixture, 1);
}

#[tokio::test]
async fn without_the_store_nothing_is_revoked() {
    let fixture = fixture();
    let replica = replica_with_revocation(&fixture);
    sign_in(&fixture, &replica, JANE).await.unwrap();
    fixture.store.set_mode(crate::process_fleet::support::Mode::Failing);
    let error = replica.revoke(JANE).await.unwrap_err();
    assert!(matches!(error, Error::StoreFailed(_)), "{error}");
    assert!(revocations(&fixture).is_empty());
}

#[tokio::test]
async fn a_token_whose_record_is_gone_is_revoked() {
    let fixture = fixture();
    fixture.store.disable_notifications();
    let replicas = [replica_with_revocation(&fixture), replica_with_revocation(&fixture)];
    let token = sign_in(&fixture, &replicas[0], JANE).await.unwrap();
    let two = replicas[1].for_user(JANE);
    two.token().await.unwrap();
    replicas[0].sign_out(JANE).await.unwrap();
    assert!(fixture.auth.accepts(&value(&token)));
    two.revoke().await.unwrap();
    assert!(!fixture.auth.accepts(&value(&token)));
}
