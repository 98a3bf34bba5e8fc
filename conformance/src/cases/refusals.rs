//! What a refusal leads to, and what it does not.

use bytes::Bytes;

use crate::subject::{Body, Call, Setup, Subject};
use crate::world::{World, at_once, status};

pub async fn a_cached_token_costs_no_request<S: Subject>() {
    let world = World::new();
    let subject: S = world.subject(world.tokens());
    for _ in 0..3 {
        assert_eq!(status(subject.call(Call::get(world.api.url("/books"))).await), 200);
    }
    assert_eq!(world.auth.token_requests(), 1);
    assert_eq!(world.api.requests().len(), 3);
}

pub async fn callers_at_a_cold_start_share_one_token_request<S: Subject>() {
    let world = World::new();
    let subject: S = world.subject(world.tokens());
    let statuses = at_once(30, &subject, &Call::get(world.api.url("/books"))).await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(world.auth.token_requests(), 1);
}

pub async fn a_401_leads_to_one_renewal_and_one_replay<S: Subject>() {
    let world = World::new();
    let subject: S = world.subject(world.tokens());
    let call = Call::get(world.api.url("/books?page=2"));
    assert_eq!(status(subject.call(call.clone()).await), 200);
    world.auth.revoke_all();
    assert_eq!(status(subject.call(call).await), 200);
    assert_eq!(world.auth.token_requests(), 2);
    let seen = world.api.requests();
    assert_eq!(seen.len(), 3);
    assert_ne!(seen[1].header("authorization"), seen[2].header("authorization"));
    assert!(seen.iter().all(|request| request.query.as_deref() == Some("page=2")));
}

pub async fn a_second_401_is_returned_as_it_is<S: Subject>() {
    let world = World::new();
    let subject: S = world.subject(world.tokens());
    assert_eq!(status(subject.call(Call::get(world.api.url("/always-401"))).await), 401);
    assert_eq!((world.api.requests().len(), world.auth.token_requests()), (2, 2));
}

pub async fn a_403_never_renews<S: Subject>() {
    let world = World::new();
    let subject: S = world.subject(world.tokens());
    assert_eq!(status(subject.call(Call::get(world.api.url("/forbidden"))).await), 403);
    assert_eq!((world.api.requests().len(), world.auth.token_requests()), (1, 1));
}

pub async fn renew_when_says_what_else_means_a_refused_token<S: Subject>() {
    let world = World::new();
    let setup = Setup {
        refusal: Some(403),
        ..world.setup()
    };
    let subject = S::build(world.tokens().into(), &setup);
    assert_eq!(status(subject.call(Call::get(world.api.url("/forbidden"))).await), 403);
    assert_eq!((world.api.requests().len(), world.auth.token_requests()), (2, 2));
}

pub async fn many_401s_for_one_token_lead_to_one_renewal<S: Subject>() {
    let world = World::new();
    let subject: S = world.subject(world.tokens());
    let call = Call::get(world.api.url("/books"));
    assert_eq!(status(subject.call(call.clone()).await), 200);
    world.auth.revoke_all();
    let statuses = at_once(30, &subject, &call).await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(world.auth.token_requests(), 2);
}

pub async fn an_endpoint_that_refuses_every_token_churns_none<S: Subject>() {
    let world = World::new();
    let subject: S = world.subject(world.tokens());
    for _ in 0..60 {
        assert_eq!(status(subject.call(Call::get(world.api.url("/always-401"))).await), 401);
    }
    assert!(world.auth.token_requests() <= 3, "{}", world.auth.token_requests());
}

pub async fn a_body_in_one_piece_is_replayed_whole<S: Subject>() {
    let world = World::new();
    let subject: S = world.subject(world.tokens());
    let body = Bytes::from("x".repeat(20_000));
    world.api.refuse_next(1);
    let call = Call::post(world.api.url("/echo"), Body::Whole(body.clone()));
    let answer = subject.call(call).await.expect("an answer");
    assert_eq!((answer.status, answer.body), (200, body.clone()));
    let seen = world.api.requests();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|request| request.body == body));
}

pub async fn a_body_that_streams_on_and_on_is_not_replayed<S: Subject>() {
    let world = World::new();
    let subject: S = world.subject(world.tokens());
    world.api.refuse_next(1);
    let body = Body::Stream(Bytes::from("x".repeat(200_000)));
    assert_eq!(
        status(subject.call(Call::post(world.api.url("/echo"), body)).await),
        401
    );
    assert_eq!(world.api.requests().len(), 1);
    // The next call has a token of its own all the same.
    assert_eq!(status(subject.call(Call::get(world.api.url("/books"))).await), 200);
    assert_eq!(world.auth.token_requests(), 2);
}

pub async fn in_manual_style_nothing_is_renewed<S: Subject>() {
    let world = World::new();
    let manual = world.builder().manual().build(evergrant_reqwest::Transport::default());
    let manual = manual.expect("a manager");
    let none: S = world.subject(manual.clone());
    let failure = none
        .call(Call::get(world.api.url("/books")))
        .await
        .expect_err("no token");
    assert!(
        matches!(failure.error, Some(evergrant::Error::NotAuthorized(_))),
        "{}",
        failure.text
    );
    assert!(world.api.requests().is_empty());

    let token = manual.fetch_token().await.expect("a token");
    let subject: S = world.subject(manual.with_token(token).expect("a manager"));
    assert_eq!(status(subject.call(Call::get(world.api.url("/books"))).await), 200);
    world.auth.revoke_all();
    assert_eq!(status(subject.call(Call::get(world.api.url("/books"))).await), 401);
    assert_eq!((world.api.requests().len(), world.auth.token_requests()), (2, 1));
}
