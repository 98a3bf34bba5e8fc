//! Renewals: every replica serves every user, and no refresh token is sent twice.

use evergrant_testing::RefreshTokens;

use super::*;

#[tokio::test]
async fn every_replica_serves_a_user_who_signed_in_at_one() {
    let fixture = fixture();
    let replicas = [replica(&fixture), replica(&fixture), replica(&fixture)];
    let signed_in = sign_in(&fixture, &replicas[0], JANE).await.unwrap();
    for replica in &replicas {
        assert_eq!(value(&replica.for_user(JANE).token().await.unwrap()), value(&signed_in));
    }
    assert_eq!(fixture.requests(), 1);
    assert_signed_out(replicas[1].for_user("john@example.com").token().await);
    assert_eq!(fixture.requests(), 1);
}

#[tokio::test]
async fn a_restart_signs_no_user_out() {
    let fixture = fixture();
    sign_in(&fixture, &replica(&fixture), JANE).await.unwrap();
    fixture.clock.advance(seconds(3600));
    replica(&fixture).for_user(JANE).token().await.unwrap();
    assert_refreshes(&fixture, 1);
}

#[tokio::test]
async fn concurrent_calls_at_all_replicas_send_each_refresh_token_once() {
    let fixture = fixture();
    let (_replicas, [one, two]) = two_replicas(&fixture).await;
    for renewal in 1..=5 {
        fixture.clock.advance(seconds(3600));
        let calls = (0..40).map(|call| if call % 2 == 0 { one.clone() } else { two.clone() });
        let calls: Vec<_> = calls
            .map(|manager| tokio::spawn(async move { manager.token().await }))
            .collect();
        fixture
            .advance_until(Duration::from_millis(50), || {
                calls.iter().all(|call| call.is_finished())
            })
            .await;
        let mut tokens = Vec::new();
        for call in calls {
            tokens.push(value(&call.await.unwrap().unwrap()));
        }
        tokens.dedup();
        assert_eq!(tokens.len(), 1, "all calls get one token");
        assert_refreshes(&fixture, renewal);
    }
}

#[tokio::test]
async fn a_renewal_in_the_background_is_adopted() {
    let fixture = fixture();
    let (_replicas, [one, two]) = two_replicas(&fixture).await;
    let first = value(&one.token().await.unwrap());
    fixture.clock.advance(seconds(3200));
    assert_eq!(value(&one.token().await.unwrap()), first, "no call waits");
    fixture.settle(&[one.clone(), two.clone()]).await;
    two.token().await.unwrap();
    fixture.settle(&[one.clone(), two.clone()]).await;
    let renewed = value(&one.token().await.unwrap());
    assert_ne!(renewed, first);
    assert_eq!(value(&two.token().await.unwrap()), renewed);
    assert_refreshes(&fixture, 1);
}

#[tokio::test]
async fn a_token_that_the_api_rejects_is_renewed_once_for_all_replicas() {
    let fixture = fixture();
    let (_replicas, [one, two]) = two_replicas(&fixture).await;
    fixture.clock.advance(seconds(10));
    for manager in [&one, &two] {
        let _ = manager.reject(manager.token().await.unwrap().generation());
    }
    let renewed = value(&one.token().await.unwrap());
    let adopting = two.clone();
    let adopted = complete(&fixture, async move { adopting.token().await }).await;
    assert_eq!(value(&adopted.unwrap()), renewed);
    assert_refreshes(&fixture, 1);
}

#[tokio::test]
async fn a_rejected_refresh_token_requires_a_sign_in_at_all_replicas() {
    let fixture = fixture();
    let (replicas, [one, two]) = two_replicas(&fixture).await;
    fixture.auth.revoke_refresh_tokens();
    fixture.clock.advance(seconds(3600));
    match one.token().await {
        Err(Error::SignInRequired(error)) => assert_eq!(error.rejection().unwrap().code(), Some("invalid_grant")),
        outcome => panic!("{outcome:?}"),
    }
    assert_signed_out(two.token().await);
    assert_signed_out(one.token().await);
    assert_refreshes(&fixture, 1);
    assert!(has_no_records(&fixture.store).await);

    let token = sign_in(&fixture, &replicas[1], JANE).await.unwrap();
    let call = complete(&fixture, async move { one.token().await }).await;
    assert_eq!(value(&call.unwrap()), value(&token));
}

#[tokio::test]
async fn a_token_without_a_refresh_token_is_used_until_it_expires() {
    let fixture = Fixture::with(|server| users(server).refresh_tokens(RefreshTokens::None));
    let (replicas, [one, two]) = two_replicas(&fixture).await;
    fixture.clock.advance(seconds(3500));
    one.token().await.unwrap();
    fixture.clock.advance(seconds(100));
    assert_signed_out(one.token().await);
    assert_signed_out(two.token().await);
    sign_in(&fixture, &replicas[0], JANE).await.unwrap();
    complete(&fixture, async move { two.token().await }).await.unwrap();
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn a_renewal_completes_after_all_managers_of_its_user_are_dropped() {
    let fixture = fixture();
    sign_in(&fixture, &replica(&fixture), JANE).await.unwrap();
    fixture.clock.advance(seconds(3600));
    let hold = fixture.auth.hold();
    let dropped = replica(&fixture).for_user(JANE);
    let call = tokio::spawn(async move { dropped.token().await });
    fixture.auth.wait_for_token_requests(2).await;
    call.abort();
    let _ = call.await;
    hold.release();
    let next = replica(&fixture).for_user(JANE);
    complete(&fixture, async move { next.token().await }).await.unwrap();
    assert_refreshes(&fixture, 1);
}
