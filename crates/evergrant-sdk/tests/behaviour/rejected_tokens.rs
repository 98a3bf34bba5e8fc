//! Responses that mean that the token is no longer valid.

use evergrant_sdk::{Core, Expect, Status, Untyped, decode};
use evergrant_testing::MockResponse;

use crate::support::{Fixture, api};

async fn status(core: &Core) -> u16 {
    let responses = [Expect::new(Status::Any, decode::empty)];
    match core.request(&api::LIST_BOOKS).send::<_, Untyped>(&responses, &[]).await {
        Ok(response) => response.status().as_u16(),
        Err(error) => error.status().unwrap().as_u16(),
    }
}

#[tokio::test]
async fn a_bearer_challenge_decides_whether_the_token_is_invalid() {
    for (code, challenge, is_invalid) in [
        (403, r#"Bearer error="invalid_token""#, true),
        (
            400,
            r#"Basic realm="a, b", Bearer realm="x", error=invalid_token"#,
            true,
        ),
        (
            498,
            r#"bearer error="invalid_token", error_description="gone, \"permanently\"""#,
            true,
        ),
        (401, r#"Bearer realm="x""#, true),
        (401, r#"Bearer error="insufficient_scope""#, false),
        (403, r#"Bearer error="insufficient_scope""#, false),
        (403, r#"Bearer error="invalid_token"#, false),
        (419, r#"Basic error="invalid_token""#, false),
    ] {
        let fixture = Fixture::new();
        let core = fixture.core();
        fixture
            .api
            .next(MockResponse::new(code).header("www-authenticate", challenge));
        let expected = if is_invalid { (200, 2) } else { (code, 1) };
        assert_eq!(
            (status(&core).await, fixture.auth.token_requests()),
            expected,
            "{code} {challenge}"
        );
    }
}

#[tokio::test]
async fn renew_when_adds_responses_that_renew_the_token() {
    let fixture = Fixture::new();
    let core = fixture.core_with(|settings| settings.renew_when(|head| head.status() == 419));
    for (code, expected) in [(419, (200, 2)), (403, (403, 2))] {
        fixture.api.next(MockResponse::new(code));
        assert_eq!((status(&core).await, fixture.auth.token_requests()), expected, "{code}");
    }
}
