//! Which answers mean that the token is dead.

#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]

mod support;

use evergrant_sdk::{Core, Expect, Status, Untyped, decode};
use evergrant_testing::Answer;
use support::{World, api};

async fn status(core: &Core) -> u16 {
    let answers = [Expect::new(Status::Any, decode::empty)];
    match core.request(&api::LIST_BOOKS).send::<_, Untyped>(&answers, &[]).await {
        Ok(answer) => answer.status().as_u16(),
        Err(error) => error.status().unwrap().as_u16(),
    }
}

#[tokio::test]
async fn a_challenge_of_bearer_says_whether_the_token_is_dead_whatever_the_status() {
    for (code, challenge, is_dead) in [
        (403, r#"Bearer error="invalid_token""#, true),
        (
            400,
            r#"Basic realm="a, b", Bearer realm="x", error=invalid_token"#,
            true,
        ),
        (
            498,
            r#"bearer error="invalid_token", error_description="gone, \"for good\"""#,
            true,
        ),
        (401, r#"Bearer realm="x""#, true),
        (401, r#"Bearer error="insufficient_scope""#, false),
        (403, r#"Bearer error="insufficient_scope""#, false),
        (403, r#"Bearer error="invalid_token"#, false),
        (419, r#"Basic error="invalid_token""#, false),
    ] {
        let world = World::new();
        let core = world.core();
        world.api.next(Answer::new(code).header("www-authenticate", challenge));
        let expected = if is_dead { (200, 2) } else { (code, 1) };
        assert_eq!(
            (status(&core).await, world.auth.token_requests()),
            expected,
            "{code} {challenge}"
        );
    }
}

#[tokio::test]
async fn renew_when_says_what_else_means_a_dead_token() {
    let world = World::new();
    let core = world.core_with(|settings| settings.renew_when(|head| head.status == 419));
    for (code, expected) in [(419, (200, 2)), (403, (403, 2))] {
        world.api.next(Answer::new(code));
        assert_eq!((status(&core).await, world.auth.token_requests()), expected, "{code}");
    }
}
