//! Where a redirect leads: credentials come along to the API's own servers and to what is allowed by name, and nowhere else.

#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]

mod support;

use evergrant_sdk::http::{HeaderName, HeaderValue};
use evergrant_sdk::{Expect, OAuthCredentials, Settings, Status, Untyped, decode};
use evergrant_testing::Answer;
use support::server::{Reply, Seen, Server};
use support::{SECRET, World, api};

/// What a server sees of a call that the API sends there.
async fn redirected(change: impl FnOnce(&mut Settings, &Server)) -> Seen {
    let world = World::new();
    let other = Server::start(|_| Reply::new(200, "{}")).await;
    let mut settings = world.settings();
    settings.oauth(
        api::CCG,
        OAuthCredentials::client_credentials("shop", SECRET).token_url(world.auth.token_url()),
    );
    settings.described_header(0, "described-secret");
    settings.header(HeaderName::from_static("x-own"), HeaderValue::from_static("own"));
    change(&mut settings, &other);
    let core = settings.build().unwrap();
    let target = format!("{}/elsewhere", other.url);
    world.api.next(Answer::new(307).header("location", &target));
    let answers = [Expect::new(Status::Exact(200), decode::empty)];
    let call = core.request(&api::LIST_BOOKS).send::<_, Untyped>(&answers, &[]);
    call.await.unwrap();
    other.last()
}

fn says(seen: &Seen) -> [Option<&str>; 3] {
    ["authorization", "x-m2m-token", "x-own"].map(|name| seen.header(name))
}

#[tokio::test]
async fn nothing_goes_to_any_other_server() {
    let seen = redirected(|_, _| {}).await;
    assert_eq!(says(&seen), [None, None, None]);
    assert_eq!(seen.header("accept"), Some("application/json"));
}

#[tokio::test]
async fn nothing_goes_to_a_server_of_token_endpoints() {
    let seen = redirected(|settings, other| settings.server(1, &other.url)).await;
    assert_eq!(says(&seen), [None, None, None]);
}

#[tokio::test]
async fn an_origin_that_may_be_reached_unencrypted_is_not_allowed_by_that() {
    let seen = redirected(|settings, other| settings.danger_allow_http_to(other.url.parse().unwrap())).await;
    assert_eq!(says(&seen), [None, None, None]);
}

#[tokio::test]
async fn all_of_it_goes_to_the_apis_other_servers_and_to_what_is_allowed() {
    let another = redirected(|settings, other| settings.server(2, &other.url)).await;
    let allowed = redirected(|settings, other| settings.allow_origin(&other.url)).await;
    for seen in [another, allowed] {
        let [authorization, described, own] = says(&seen);
        assert!(authorization.unwrap().starts_with("Bearer "));
        assert_eq!((described, own), (Some("described-secret"), Some("own")));
    }
}

#[tokio::test]
async fn calls_do_not_go_to_a_server_of_token_endpoints() {
    use evergrant_sdk::describe::Operation;
    use evergrant_sdk::http::Method;
    static ASTRAY: Operation = Operation {
        id: "astray",
        method: Method::GET,
        path: "/token",
        server: 1,
        requirement: 0,
        accept: "",
    };
    let world = World::new();
    let answers = [Expect::new(Status::Any, decode::empty)];
    let call = world.core().request(&ASTRAY).send::<_, Untyped>(&answers, &[]);
    let error = call.await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("the request cannot be sent: GET /token at ")
            && text.ends_with(": its server or requirement is not in the description"),
        "{text}"
    );
}
