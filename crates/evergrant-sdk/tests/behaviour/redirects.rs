//! Redirects: credentials are sent only to the API's own servers and to explicitly allowed origins.

use evergrant_sdk::http::{HeaderName, HeaderValue};
use evergrant_sdk::{Expect, Settings, Status, Untyped, decode};
use evergrant_testing::MockResponse;

use crate::support::server::{ReceivedRequest, Server, ServerResponse};
use crate::support::{Fixture, SECRET, ServiceCredentials, api};

/// Returns the request that another server receives after a redirect of the API.
async fn redirected(change: impl FnOnce(&mut Settings, &Server)) -> ReceivedRequest {
    let fixture = Fixture::new();
    let other = Server::start(|_| ServerResponse::new(200, "{}")).await;
    let mut settings = fixture.settings();
    settings.oauth(
        api::CCG,
        ServiceCredentials::new("shop", SECRET).token_url(fixture.auth.token_url()),
    );
    settings.described_header(0, "described-secret");
    settings.header(HeaderName::from_static("x-own"), HeaderValue::from_static("own"));
    change(&mut settings, &other);
    let core = settings.build().unwrap();
    let target = format!("{}/elsewhere", other.url);
    fixture.api.next(MockResponse::new(307).header("location", &target));
    let responses = [Expect::new(Status::Exact(200), decode::empty)];
    let call = core.request(&api::LIST_BOOKS).send::<_, Untyped>(&responses, &[]);
    call.await.unwrap();
    other.last()
}

fn credential_headers(request: &ReceivedRequest) -> [Option<&str>; 3] {
    ["authorization", "x-m2m-token", "x-own"].map(|name| request.header(name))
}

#[tokio::test]
async fn credentials_are_not_sent_to_other_servers() {
    let request = redirected(|_, _| {}).await;
    assert_eq!(credential_headers(&request), [None, None, None]);
    assert_eq!(request.header("accept"), Some("application/json"));
}

#[tokio::test]
async fn credentials_are_not_sent_to_a_server_of_token_endpoints() {
    let request = redirected(|settings, other| settings.server(1, &other.url)).await;
    assert_eq!(credential_headers(&request), [None, None, None]);
}

#[tokio::test]
async fn danger_allow_http_to_does_not_allow_an_origin() {
    let request = redirected(|settings, other| settings.danger_allow_http_to(other.url.parse().unwrap())).await;
    assert_eq!(credential_headers(&request), [None, None, None]);
}

#[tokio::test]
async fn credentials_are_sent_to_other_api_servers_and_allowed_origins() {
    let another = redirected(|settings, other| settings.server(2, &other.url)).await;
    let allowed = redirected(|settings, other| settings.allow_origin(&other.url)).await;
    for request in [another, allowed] {
        let [authorization, described, own] = credential_headers(&request);
        assert!(authorization.unwrap().starts_with("Bearer "));
        assert_eq!((described, own), (Some("described-secret"), Some("own")));
    }
}

#[tokio::test]
async fn calls_are_not_sent_to_a_server_of_token_endpoints() {
    use evergrant_sdk::metadata::Operation;
    static MISDIRECTED: Operation = Operation {
        id: "misdirected",
        method: "GET",
        path: "/token",
        server: 1,
        requirement: 0,
        accept: "",
    };
    let fixture = Fixture::new();
    let responses = [Expect::new(Status::Any, decode::empty)];
    let call = fixture.core().request(&MISDIRECTED).send::<_, Untyped>(&responses, &[]);
    let error = call.await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("the request cannot be sent: GET /token at ")
            && text.ends_with(": the description does not contain its server or requirement"),
        "{text}"
    );
}
