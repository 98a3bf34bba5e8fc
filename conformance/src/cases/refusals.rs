//! What a refusal leads to, and what it does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use evergrant::scheme::OAuth;
use evergrant::{ClientCredentials, Exchange, Requirement, Token};
use evergrant_reqwest::Transport;
use http::HeaderName;

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

pub async fn a_challenge_of_bearer_says_whether_the_token_is_dead_whatever_the_status<S: Subject>() {
    let dead: [(u16, &[&str]); 9] = [
        (403, &[r#"Bearer error="invalid_token""#]),
        (
            400,
            &[r#"Bearer realm="a, b", error="invalid_token", error_description="it \"ended\"""#],
        ),
        (419, &["bearer error=invalid_token"]),
        (498, &[r#"Basic realm="x", Bearer error="invalid_token""#]),
        (404, &[r#"Basic realm="x""#, r#"Bearer error="invalid_token""#]),
        (500, &["Negotiate dG9rZW42OA==, Bearer error = invalid_token"]),
        (401, &[r#"Bearer error="invalid_token""#]),
        (401, &[r#"Bearer realm="open"#]),
        (401, &[]),
    ];
    let alive: [(u16, &[&str]); 11] = [
        (403, &[]),
        (403, &[r#"Bearer error="insufficient_scope", scope="admin""#]),
        (401, &[r#"Bearer error="insufficient_scope""#]),
        (403, &[r#"Bearer error="invalid_request""#]),
        (403, &[r#"Bearer realm="error=invalid_token""#]),
        (403, &[r#"Basic error="invalid_token""#]),
        (403, &[r#"Bearer error="invalid_token", realm="open"#]),
        (403, &[r#"Bearer error="invalid_token" realm="x""#]),
        (400, &["invalid_token"]),
        (200, &[r#"Bearer error="invalid_token""#]),
        (498, &[]),
    ];
    let world = World::new();
    let rows = dead
        .map(|row| (true, row))
        .into_iter()
        .chain(alive.map(|row| (false, row)));
    for (is_dead, (code, challenges)) in rows {
        let subject: S = world.subject(world.tokens());
        let (tokens, calls) = (world.auth.token_requests(), world.api.requests().len());
        let mut answer = evergrant_testing::Answer::new(code);
        for challenge in challenges {
            answer = answer.header("www-authenticate", challenge);
        }
        world.api.next(answer);
        let seen = status(subject.call(Call::get(world.api.url("/books"))).await);
        let expected = if is_dead { (200, 2, 2) } else { (code, 1, 1) };
        let spent = (world.auth.token_requests() - tokens, world.api.requests().len() - calls);
        assert_eq!((seen, spent.0, spent.1), expected, "{code} {challenges:?}");
    }
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

/// Tokens beside sessions, and how many sessions have been opened.
fn beside_a_session(world: &World) -> (Requirement, Arc<AtomicUsize>) {
    let opened = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&opened);
    let log_in = move |_: Option<Token>, _: Exchange| {
        let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
        async move { Ok(Token::new(format!("session-{number}"))) }
    };
    let sessions = ClientCredentials::public("session").token_url(world.api.url("/login"));
    let sessions = sessions.token_provider(log_in).build(Transport::default());
    let session = OAuth::new("session").in_session_header(HeaderName::from_static("x-session"));
    let requirement = Requirement::of(OAuth::new("oauth").with_tokens(world.tokens()))
        .and(session.with_tokens(sessions.expect("a manager")))
        .build();
    (requirement.expect("a requirement"), opened)
}

pub async fn beside_a_session_whichever_token_was_refused_is_renewed<S: Subject>() {
    let world = World::new();
    let (requirement, opened) = beside_a_session(&world);
    let subject: S = world.subject(requirement);
    let body = Bytes::from("x".repeat(20_000));
    let call = Call::post(world.api.url("/echo"), Body::Whole(body.clone()));
    assert_eq!(status(subject.call(call.clone()).await), 200);
    for round in 2..4 {
        world.auth.revoke_all();
        // The session first, which was not the reason; then the token.
        let answer = subject.call(call.clone()).await.expect("an answer");
        assert_eq!((answer.status, answer.body), (200, body.clone()));
        assert_eq!(
            (world.auth.token_requests(), opened.load(Ordering::SeqCst)),
            (round, round)
        );
    }
    let seen = world.api.requests();
    assert_eq!(seen.len(), 7);
    assert!(seen.iter().all(|request| request.body == body));
    let header = |index: usize, name: &str| seen[index].header(name).map(str::to_owned);
    assert_ne!(header(1, "x-session"), header(2, "x-session"));
    assert_eq!(header(2, "x-session"), header(3, "x-session"));
    assert_eq!(header(1, "authorization"), header(2, "authorization"));
    assert_ne!(header(2, "authorization"), header(3, "authorization"));
    // The session was not the reason, and is not held for it.
    world.api.refuse_next(1);
    assert_eq!(status(subject.call(call).await), 200);
    assert_eq!((world.auth.token_requests(), opened.load(Ordering::SeqCst)), (3, 4));
}

pub async fn beside_a_session_too_an_endpoint_that_refuses_every_token_churns_none<S: Subject>() {
    let world = World::new();
    let (requirement, opened) = beside_a_session(&world);
    let subject: S = world.subject(requirement);
    let call = Call::get(world.api.url("/always-401"));
    assert_eq!(status(subject.call(call.clone()).await), 401);
    assert_eq!(world.api.requests().len(), 3, "the session renewed, then the token");
    for _ in 0..60 {
        assert_eq!(status(subject.call(call.clone()).await), 401);
    }
    let renewed = (world.auth.token_requests(), opened.load(Ordering::SeqCst));
    assert!(renewed.0 <= 3 && renewed.1 <= 3, "{renewed:?}");
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
    let manual = world.builder().manual().build(Transport::default());
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
