//! Requirements: the credentials of a call, missing credentials, and the handling of a 401.

use evergrant::scheme::{ApiKey, Basic, Bearer, CustomHeader, Location, OAuth, Scheme};
use evergrant::{
    Authorizer, BuildError, ClientCredentials, Error, ReplayDecision, ReplayOutcome, Requirement, TokenManager,
    TokenState,
};
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::{ApiServer, AuthServer, LogCapture, MockResponse};
use http::header::{AUTHORIZATION, PROXY_AUTHORIZATION};
use http::{HeaderValue, Request, request};

// Selection of an alternative

#[tokio::test]
async fn the_first_configured_alternative_is_used() {
    let requirement = Requirement::of(basic("first"))
        .and(ApiKey::in_header("apiHeader", "X-API-Key").unwrap())
        .or(query_key())
        .and(header_key())
        .or(basic("third"))
        .build()
        .unwrap();
    let mut head = head();
    Authorizer::from(requirement).authorize(&mut head).await.unwrap();
    assert_eq!(head.uri, "https://api.example.com/books?api-key=not-a-real-key");
    assert_eq!(head.headers["x-api-key"], "not-a-real-key");
    assert!(!head.headers.contains_key(AUTHORIZATION));
}

#[tokio::test]
async fn an_unmet_requirement_names_the_schemes() {
    let requirement = Requirement::of(OAuth::new("oauthCCG"))
        .or(query_key())
        .and(ApiKey::in_header("apiHeader", "X-API-Key").unwrap())
        .build()
        .unwrap();
    let authorizer = Authorizer::from(requirement);
    let mut head = head();
    assert!(authorizer.authorize_now(&mut head).is_none());
    let error = authorizer.authorize(&mut head).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "nothing was sent because credentials are not configured: this call needs `oauthCCG`, or `apiKey` and `apiHeader` (missing: `apiHeader`)"
    );
    let Error::RequirementNotMet(error) = error else {
        panic!("{error}")
    };
    assert_eq!(error.alternatives()[1].schemes(), ["apiKey", "apiHeader"]);
    assert_eq!(error.alternatives()[1].missing(), ["apiHeader"]);
    assert_unchanged(&head);
}

#[tokio::test]
async fn a_none_requirement_sends_no_credentials() {
    let authorizer = Authorizer::from(Requirement::none());
    let mut head = head();
    let authorization = authorizer.authorize(&mut head).await.unwrap();
    assert!(authorizer.authorize_now(&mut head).is_some());
    assert_eq!(authorizer.reject(&authorization), ReplayDecision::NothingToRenew);
    assert_unchanged(&head);
}

#[tokio::test]
async fn optional_credentials_are_sent_only_when_configured() {
    let optional = |scheme: Basic| Requirement::of(scheme).or_none().build().unwrap();
    let mut without = head();
    let authorizer = Authorizer::from(optional(Basic::new("basicAuth")));
    authorizer.authorize(&mut without).await.unwrap();
    assert_unchanged(&without);
    let mut with = head();
    Authorizer::from(optional(basic("basicAuth")))
        .authorize(&mut with)
        .await
        .unwrap();
    assert!(with.headers.contains_key(AUTHORIZATION));
}

#[tokio::test]
async fn an_unconfigured_oauth_scheme_sends_nothing() {
    let requirement = Requirement::of(header_key())
        .and(query_key())
        .and(OAuth::new("oauthCCG"))
        .build()
        .unwrap();
    for requirement in [Requirement::from(OAuth::new("oauthCCG")), requirement] {
        let authorizer = Authorizer::from(requirement);
        let mut head = head();
        assert!(authorizer.authorize_now(&mut head).is_none());
        let error = authorizer.authorize(&mut head).await.unwrap_err();
        assert!(matches!(error, Error::RequirementNotMet(_)), "{error}");
        assert_unchanged(&head);
    }
}

// All of several schemes

#[tokio::test]
async fn all_schemes_of_an_alternative_are_sent() {
    let server = Server::start();
    let requirement = Requirement::of(header_key())
        .and(server.oauth("oauthCCG"))
        .and(query_key())
        .and(cookie_key())
        .and(
            CustomHeader::new("custom", "accessToken")
                .unwrap()
                .with_value("Token not-a-real-token")
                .unwrap(),
        )
        .build()
        .unwrap();
    let authorizer = Authorizer::from(requirement);
    let mut fetched = head();
    assert!(authorizer.authorize_now(&mut fetched).is_none());
    assert_unchanged(&fetched);
    authorizer.authorize(&mut fetched).await.unwrap();
    let mut cached = head();
    authorizer.authorize_now(&mut cached).unwrap();
    for head in [fetched, cached] {
        assert_eq!(head.headers[AUTHORIZATION], server.header().await.as_str());
        assert_eq!(head.headers["x-api-key"], "not-a-real-key");
        assert_eq!(head.headers["accesstoken"], "Token not-a-real-token");
        assert_eq!(head.headers["cookie"], "SID=not-a-real-key");
        assert_eq!(head.uri.query(), Some("api-key=not-a-real-key"));
        assert!(head.headers.values().all(HeaderValue::is_sensitive));
    }
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_failure_leaves_the_request_unchanged() {
    let server = Server::failing(rejection(401, "invalid_client"));
    let failing_token = Requirement::of(header_key())
        .and(server.oauth("oauthCCG"))
        .build()
        .unwrap();
    let failing_scheme = Requirement::of(Server::start().oauth("oauthCCG"))
        .and(query_key())
        .and(header_key())
        .and(FailingScheme)
        .build()
        .unwrap();
    for requirement in [failing_token, failing_scheme, Requirement::from(FailingScheme)] {
        let mut head = head();
        head.headers
            .insert("x-api-key", HeaderValue::from_static("the caller's own"));
        let authorizer = Authorizer::from(requirement);
        assert!(authorizer.authorize(&mut head).await.is_err());
        assert!(authorizer.authorize_now(&mut head).is_none());
        assert_eq!(head.headers.len(), 1);
        assert_eq!(head.headers["x-api-key"], "the caller's own");
        assert_eq!(head.uri, URL);
    }
}

#[test]
fn conflicting_headers_are_rejected_by_name() {
    let server = Server::start();
    let built = Requirement::of(basic("unrelated"))
        .or(server.oauth("oauthACG"))
        .and(header_key())
        .and(server.oauth("oauthROPCG"))
        .build();
    let error = built.unwrap_err();
    assert_eq!(
        error,
        BuildError::HeaderConflict {
            first: "oauthACG".to_owned(),
            second: "oauthROPCG".to_owned(),
            location: "the header `authorization`".to_owned(),
        }
    );
    let custom = CustomHeader::new("custom", "x-api-KEY").unwrap();
    assert!(Requirement::of(header_key()).and(custom).build().is_err());
    assert!(Requirement::of(query_key()).and(query_key()).build().is_err());
    assert!(Requirement::of(cookie_key()).and(cookie_key()).build().is_err());
    assert!(Requirement::of(basic("a")).or(basic("b")).build().is_ok());
}

#[tokio::test]
async fn allow_header_conflict_sends_the_last_scheme() {
    let (overwritten, sent) = (Server::start(), Server::start());
    let requirement = Requirement::of(overwritten.oauth("oauthACG"))
        .and(Bearer::new("bearer").with_token("not-a-real-token").unwrap())
        .and(sent.oauth("oauthROPCG"))
        .allow_header_conflict()
        .build()
        .unwrap();
    let authorizer = Authorizer::from(requirement);
    let mut head = head();
    let authorization = authorizer.authorize(&mut head).await.unwrap();
    let values: Vec<_> = head.headers.get_all(AUTHORIZATION).iter().collect();
    assert_eq!(values, [sent.header().await.as_str()]);
    assert_eq!(authorizer.reject(&authorization), ReplayDecision::Repeat);
    // A token that is not sent is not fetched.
    assert_eq!((overwritten.requests(), sent.requests()), (0, 1));
}

// Fallback

#[tokio::test]
async fn fallback_is_off_by_default() {
    let (failing, other) = (Server::failing(unavailable()), Server::start());
    let requirement = Requirement::of(failing.oauth("first"))
        .or(other.oauth("second"))
        .or(basic("third"))
        .build()
        .unwrap();
    let mut head = head();
    let error = Authorizer::from(requirement).authorize(&mut head).await.unwrap_err();
    assert!(matches!(error, Error::OAuthProvider(_)), "{error}");
    assert_eq!((failing.requests(), other.requests()), (1, 0));
    assert_unchanged(&head);
}

#[tokio::test]
async fn fallback_follows_a_transient_failure_with_an_event() {
    let stopped = Server::start();
    stopped.auth.stop();
    for failing in [
        Server::failing(unavailable()),
        Server::failing(MockResponse::new(429)),
        stopped,
    ] {
        let logs = LogCapture::new();
        let _guard = logs.install();
        let other = Server::start();
        let requirement = Requirement::of(failing.oauth("first"))
            .and(query_key())
            .or(Basic::new("unconfigured"))
            .or(other.oauth("second"))
            .and(header_key())
            .with_fallback()
            .build()
            .unwrap();
        let authorizer = Authorizer::from(requirement);
        let mut head = head();
        let authorization = authorizer.authorize(&mut head).await.unwrap();
        assert_eq!(head.headers[AUTHORIZATION], other.header().await.as_str());
        assert_eq!(head.uri, URL, "the query key of the first alternative is not sent");
        let events = logs.by_name("evergrant.fallback");
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].fields["from"], "first and apiKey");
        assert_eq!(events[0].fields["to"], "second and apiHeader");
        assert_eq!(events[0].fields["client_id"], "client");
        assert_eq!(events[0].fields["endpoint"], failing.auth.token_url());
        assert!(!logs.contains(SECRET) && !logs.contains("not-a-real-key"));
        // The rejection applies to the manager whose token was sent.
        assert_eq!(authorizer.reject(&authorization), ReplayDecision::Repeat);
        assert_eq!(other.state(), TokenState::Missing);
    }
}

#[tokio::test]
async fn fallback_never_drops_authentication() {
    let failing = Server::failing(unavailable());
    let requirement = Requirement::of(failing.oauth("first"))
        .or(Basic::new("unconfigured"))
        .or_none()
        .with_fallback()
        .build()
        .unwrap();
    let mut head = head();
    let error = Authorizer::from(requirement).authorize(&mut head).await.unwrap_err();
    assert!(matches!(error, Error::OAuthProvider(_)), "{error}");
    assert_unchanged(&head);
}

#[tokio::test]
async fn fallback_does_not_follow_a_rejection() {
    let rejections = [
        rejection(401, "invalid_client"),
        rejection(400, "invalid_scope"),
        MockResponse::new(401),
        // The code takes precedence over the transient status.
        rejection(503, "invalid_client"),
    ];
    for rejection in rejections {
        let (failing, other) = (Server::failing(rejection), Server::start());
        let requirement = Requirement::of(failing.oauth("first"))
            .or(other.oauth("second"))
            .with_fallback()
            .build()
            .unwrap();
        let mut head = head();
        let error = Authorizer::from(requirement).authorize(&mut head).await.unwrap_err();
        assert!(matches!(error, Error::OAuthProvider(_)), "{error}");
        assert_eq!(other.requests(), 0);
        assert_unchanged(&head);
    }
}

#[tokio::test]
async fn when_all_alternatives_fail_the_first_failure_is_returned() {
    let first = Server::failing(unavailable());
    let second = Server::failing(rejection(401, "invalid_client"));
    let requirement = Requirement::of(first.oauth("first"))
        .or(second.oauth("second"))
        .or(basic("third"))
        .with_fallback()
        .build()
        .unwrap();
    let mut head = head();
    let error = Authorizer::from(requirement).authorize(&mut head).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!(second.requests(), 1);
    assert_unchanged(&head);
}

#[tokio::test]
async fn a_failing_custom_scheme_causes_no_fallback() {
    let requirement = Requirement::of(FailingScheme)
        .or(basic("second"))
        .with_fallback()
        .build()
        .unwrap();
    let error = Authorizer::from(requirement).authorize(&mut head()).await.unwrap_err();
    assert!(error.to_string().contains("the key store is closed"), "{error}");
}

// Handling of a 401

#[tokio::test]
async fn a_401_for_static_credentials_is_nothing_to_renew() {
    let authorizer = Authorizer::from(basic("basicAuth"));
    let authorization = authorizer.authorize_now(&mut head()).unwrap();
    assert_eq!(authorizer.reject(&authorization), ReplayDecision::NothingToRenew);
    authorizer.report_replay(&authorization, &authorization, ReplayOutcome::Rejected);
}

#[tokio::test]
async fn a_401_rejects_the_token_that_was_used() {
    let (manager, scheme) = (Server::start(), Server::start());
    let authorizers = [
        (Authorizer::from(manager.tokens.clone()), &manager),
        (Authorizer::from(scheme.oauth("oauthCCG")), &scheme),
    ];
    for (authorizer, server) in authorizers {
        let old = authorizer.authorize(&mut head()).await.unwrap();
        assert_eq!(authorizer.reject(&old), ReplayDecision::Repeat);
        let mut head = head();
        let new = authorizer.authorize(&mut head).await.unwrap();
        assert_eq!(head.headers[AUTHORIZATION], server.header().await.as_str());
        authorizer.report_replay(&old, &new, ReplayOutcome::Accepted);
        // A late rejection of the old token causes no renewal.
        assert_eq!(authorizer.reject(&old), ReplayDecision::Repeat);
        authorizer.authorize(&mut head).await.unwrap();
        assert_eq!(server.requests(), 2);
    }
}

#[tokio::test]
async fn a_401_rejects_all_tokens_of_an_alternative() {
    let (user, proxy) = (Server::start(), Server::start());
    let requirement = Requirement::of(user.oauth("user"))
        .and(proxy.oauth("proxy").in_header(PROXY_AUTHORIZATION))
        .build()
        .unwrap();
    let authorizer = Authorizer::from(requirement);
    authorizer.authorize(&mut head()).await.unwrap();
    let mut head = head();
    let authorization = authorizer.authorize_now(&mut head).unwrap();
    assert_eq!(head.headers[AUTHORIZATION], user.header().await.as_str());
    assert_eq!(head.headers[PROXY_AUTHORIZATION], proxy.header().await.as_str());
    assert_eq!(authorizer.reject(&authorization), ReplayDecision::Repeat);
    assert_eq!(
        (user.state(), proxy.state()),
        (TokenState::Missing, TokenState::Missing)
    );
    authorizer.authorize(&mut head).await.unwrap();
    assert_eq!((user.requests(), proxy.requests()), (2, 2));
}

// Through a client

#[tokio::test]
async fn all_credentials_reach_the_api_also_after_a_401() {
    let server = Server::start();
    let api = server.auth.api();
    let requirement = Requirement::of(server.oauth("oauthCCG"))
        .and(header_key())
        .and(query_key())
        .build()
        .unwrap();
    let client = Client::builder(requirement).base_url(api.url("/")).build().unwrap();
    client.get("books?page=2").send_ok().await.unwrap();
    server.auth.revoke_all();
    client.get("books?page=2").send_ok().await.unwrap();
    assert_eq!((server.requests(), api.requests().len()), (2, 3));
    for request in api.requests() {
        assert_eq!(request.query.as_deref(), Some("page=2&api-key=not-a-real-key"));
        assert_eq!(request.headers["x-api-key"], "not-a-real-key");
        assert!(request.headers.contains_key(AUTHORIZATION));
    }
}

#[tokio::test]
async fn a_401_without_a_token_is_returned_without_a_replay() {
    let api = ApiServer::unprotected();
    api.always(MockResponse::new(401));
    let client = Client::builder(basic("basicAuth"))
        .base_url(api.url("/"))
        .build()
        .unwrap();
    assert_eq!(client.get("books").send().await.unwrap().status(), 401);
    assert_eq!(api.requests().len(), 1);
}

#[test]
fn debug_output_has_no_secret() {
    let requirement = Requirement::of(basic("basicAuth"))
        .and(header_key())
        .and(query_key())
        .and(cookie_key())
        .or(Bearer::new("bearer").with_token("not-a-real-token").unwrap())
        .or(Server::start().oauth("oauthCCG"))
        .build()
        .unwrap();
    let output = format!(
        "{:?} {:?} {:?} {:?} {:?}",
        Authorizer::from(requirement),
        basic("basicAuth"),
        header_key(),
        query_key(),
        cookie_key()
    );
    assert!(
        output.contains("basicAuth") && !output.contains("not-a-real"),
        "{output}"
    );
}

// Requests and schemes

const SECRET: &str = "not-a-real-secret";
const URL: &str = "https://api.example.com/books";

fn head() -> request::Parts {
    Request::get(URL).body(()).unwrap().into_parts().0
}

fn assert_unchanged(head: &request::Parts) {
    assert_eq!(head.uri, URL);
    assert!(head.headers.is_empty(), "{:?}", head.headers);
}

fn basic(name: &str) -> Basic {
    Basic::new(name)
        .with_credentials("reader", "not-a-real-password")
        .unwrap()
}

fn header_key() -> ApiKey {
    let scheme = ApiKey::in_header("apiHeader", "X-API-Key").unwrap();
    scheme.with_key("not-a-real-key").unwrap()
}

fn query_key() -> ApiKey {
    ApiKey::in_query("apiKey", "api-key")
        .unwrap()
        .with_key("not-a-real-key")
        .unwrap()
}

fn cookie_key() -> ApiKey {
    ApiKey::in_cookie("session", "SID")
        .unwrap()
        .with_key("not-a-real-key")
        .unwrap()
}

#[derive(Debug)]
struct FailingScheme;

impl Scheme for FailingScheme {
    fn name(&self) -> &str {
        "broken"
    }

    fn locations(&self) -> Vec<Location> {
        Vec::new()
    }

    fn apply(&self, _: &mut request::Parts) -> Result<(), Error> {
        Err(Error::scheme("the key store is closed"))
    }
}

// An authorization server with one client

#[derive(Debug)]
struct Server {
    auth: AuthServer,
    tokens: TokenManager,
}

impl Server {
    fn start() -> Self {
        let auth = AuthServer::builder().client("client", SECRET).start();
        let tokens = ClientCredentials::builder("client", SECRET)
            .token_url(auth.token_url())
            .retries(0)
            .build(Transport::default())
            .unwrap();
        Self { auth, tokens }
    }

    /// Starts a server with this response to the next request.
    fn failing(response: MockResponse) -> Self {
        let server = Self::start();
        server.auth.next(response);
        server
    }

    fn oauth(&self, name: &str) -> OAuth {
        OAuth::new(name).with_tokens(self.tokens.clone())
    }

    /// Returns the authorization header of the current token.
    async fn header(&self) -> String {
        format!("Bearer {}", self.tokens.token().await.unwrap().access_token().expose())
    }

    fn requests(&self) -> usize {
        self.auth.token_requests()
    }

    fn state(&self) -> TokenState {
        self.tokens.status().state
    }
}

fn rejection(status: u16, code: &str) -> MockResponse {
    MockResponse::new(status).json(&format!(r#"{{"error":"{code}"}}"#))
}

fn unavailable() -> MockResponse {
    MockResponse::new(503)
}
