//! Sign-out, and a second sign-in of the same user.

use super::*;

#[tokio::test]
async fn a_sign_out_at_one_replica_ends_the_use_of_the_token_at_all() {
    let fixture = fixture();
    let (replicas, [one, two]) = two_replicas(&fixture).await;
    replicas[0].sign_out(JANE).await.unwrap();
    assert!(has_no_records(&fixture.store).await);
    assert_signed_out(one.token().await);
    // Each manager reads the record at the first call after the notification.
    let _ = two.token().await;
    fixture.settle(std::slice::from_ref(&two)).await;
    assert_signed_out(two.token().await);
    fixture.clock.advance(seconds(7200));
    for manager in [&one, &two] {
        assert_signed_out(manager.token().await);
    }
    assert_refreshes(&fixture, 0);
    assert!(has_no_records(&fixture.store).await);
}

#[tokio::test]
async fn a_renewal_in_progress_does_not_restore_a_signed_out_user() {
    let fixture = fixture();
    let (replicas, [_, two]) = two_replicas(&fixture).await;
    fixture.clock.advance(seconds(3600));
    let hold = fixture.auth.hold();
    let call = tokio::spawn({
        let two = two.clone();
        async move { two.token().await }
    });
    fixture.auth.wait_for_token_requests(2).await;
    replicas[0].sign_out(JANE).await.unwrap();
    hold.release();
    assert_signed_out(complete(&fixture, async move { call.await.unwrap() }).await);
    assert_signed_out(two.token().await);
    assert!(has_no_records(&fixture.store).await);
}

#[tokio::test]
async fn a_sign_out_ends_a_renewal_of_its_own_process() {
    let fixture = fixture();
    let (replicas, [one, _]) = two_replicas(&fixture).await;
    fixture.clock.advance(seconds(3600));
    let hold = fixture.auth.hold();
    let call = tokio::spawn({
        let one = one.clone();
        async move { one.token().await }
    });
    fixture.auth.wait_for_token_requests(2).await;
    replicas[0].sign_out(JANE).await.unwrap();
    hold.release();
    assert_signed_out(complete(&fixture, async move { call.await.unwrap() }).await);
    assert!(has_no_records(&fixture.store).await);
}

#[tokio::test]
async fn a_second_sign_in_replaces_the_token_at_all_replicas() {
    let fixture = fixture();
    let (replicas, [one, two]) = two_replicas(&fixture).await;
    let second = value(&sign_in(&fixture, &replicas[1], JANE).await.unwrap());
    one.token().await.unwrap();
    fixture.settle(std::slice::from_ref(&one)).await;
    assert_eq!(value(&one.token().await.unwrap()), second);
    assert_eq!(value(&two.token().await.unwrap()), second);
    fixture.clock.advance(seconds(3600));
    let token = value(&one.token().await.unwrap());
    let adopted = complete(&fixture, async move { two.token().await }).await;
    assert_eq!(value(&adopted.unwrap()), token);
    assert_refreshes(&fixture, 1);
}

#[tokio::test]
async fn a_renewal_of_the_first_sign_in_does_not_replace_the_second() {
    let fixture = fixture();
    let (replicas, [one, _]) = two_replicas(&fixture).await;
    fixture.clock.advance(seconds(3600));
    let hold = fixture.auth.hold();
    let call = tokio::spawn({
        let one = one.clone();
        async move { one.token().await }
    });
    fixture.auth.wait_for_token_requests(2).await;
    let sign_in = replicas[1].for_user(JANE).sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = fixture.auth.visit(request.url().as_str());
    let second = tokio::spawn(async move { sign_in.finish(&request, &redirect).await });
    fixture.auth.wait_for_token_requests(3).await;
    hold.release();
    let second = value(&second.await.unwrap().unwrap());
    complete(&fixture, async move { call.await.unwrap() }).await.unwrap();
    let _ = one.token().await.unwrap();
    fixture.settle(std::slice::from_ref(&one)).await;
    assert_eq!(value(&one.token().await.unwrap()), second);
    let stored = replica(&fixture).for_user(JANE).token().await.unwrap();
    assert_eq!(value(&stored), second);
}

#[tokio::test]
async fn a_user_who_signs_in_is_found_by_managers_from_before() {
    let fixture = fixture();
    let replicas = [replica(&fixture), replica(&fixture)];
    let waiting = replicas[0].for_user(JANE);
    assert_signed_out(waiting.token().await);
    let token = sign_in(&fixture, &replicas[1], JANE).await.unwrap();
    // Without advancing the clock: the notification ends the cached failure.
    assert_eq!(value(&waiting.token().await.unwrap()), value(&token));
}

#[tokio::test]
async fn without_notifications_a_sign_in_is_found_within_a_second() {
    let fixture = fixture();
    fixture.store.disable_notifications();
    let replicas = [replica(&fixture), replica(&fixture)];
    let waiting = replicas[0].for_user(JANE);
    assert_signed_out(waiting.token().await);
    let token = sign_in(&fixture, &replicas[1], JANE).await.unwrap();
    fixture.clock.advance(seconds(1));
    assert_eq!(value(&waiting.token().await.unwrap()), value(&token));
}

#[tokio::test]
async fn an_inserted_token_is_renewed_by_all_replicas() {
    let fixture = fixture();
    let replicas = [replica(&fixture), replica(&fixture)];
    let application = application(&fixture).build(Transport::default()).unwrap();
    let sign_in = application.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = fixture.auth.visit(request.url().as_str());
    let new = sign_in.finish_for_user(&request, &redirect, |_| {}).await.unwrap();
    let token = new.token().await.unwrap();
    replicas[0].insert(JANE, token.clone()).await.unwrap();
    assert_eq!(value(&replicas[1].for_user(JANE).token().await.unwrap()), value(&token));
    fixture.clock.advance(seconds(3600));
    replicas[1].for_user(JANE).token().await.unwrap();
    assert_refreshes(&fixture, 1);

    let invalid = replicas[0].insert(JANE, Token::new("not\na header")).await;
    assert!(matches!(invalid, Err(Error::Callback(_))), "{invalid:?}");
}

#[tokio::test]
async fn a_record_expires_after_its_retention() {
    let fixture = fixture();
    let application = application(&fixture).build(Transport::default()).unwrap();
    let users = UserTokens::builder(application, fixture.store.clone());
    let users = users.retention(seconds(86_400)).build().unwrap();
    sign_in(&fixture, &users, JANE).await.unwrap();
    fixture.clock.advance(seconds(86_000));
    users.for_user(JANE).token().await.unwrap();
    fixture.clock.advance(seconds(86_000));
    users.for_user(JANE).token().await.unwrap();
    fixture.clock.advance(seconds(86_400 + 3600));
    assert!(has_no_records(&fixture.store).await);
    assert_signed_out(users.for_user(JANE).token().await);
}
