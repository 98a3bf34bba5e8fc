//! Compatibility with the behaviour of the generated TypeScript and Python SDKs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use evergrant::scheme::{ApiKey, Basic, Bearer, CustomHeader, OAuth};
use evergrant::{
    AuthorizationCode, Authorizer, ClientCredentials, Error, Password, Requirement, Token, TokenEndpoint, TokenManager,
    TokenManagerBuilder,
};
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::{AuthServer, ManualClock};
use http::header::AUTHORIZATION;
use http::{Request, request};

use crate::support::seconds;

// Credentials of a request

#[tokio::test]
async fn requirement_none_leaves_url_and_headers_unchanged() {
    let mut head = head("https://api.example.com/auth/noAuth?a=b");
    Authorizer::from(Requirement::none())
        .authorize(&mut head)
        .await
        .unwrap();
    assert_eq!(head.uri, "https://api.example.com/auth/noAuth?a=b");
    assert!(head.headers.is_empty());
}

#[tokio::test]
async fn any_of_uses_the_first_configured_alternative() {
    let requirement = Requirement::of(custom(None)).or(bearer(Some("first"))).or(basic(true));
    let head = authorized(requirement.build().unwrap()).await;
    assert_eq!(head.headers[AUTHORIZATION], "Bearer first");
}

#[tokio::test]
async fn a_missing_scheme_is_named_in_the_error() {
    for (custom, basic, missing) in [(Some("t"), false, "basicAuth"), (None, true, "CustomAuth")] {
        let requirement = Requirement::of(self::custom(custom))
            .and(self::basic(basic))
            .build()
            .unwrap();
        let mut head = head("https://api.example.com/");
        let error = Authorizer::from(requirement).authorize(&mut head).await.unwrap_err();
        assert!(matches!(error, Error::RequirementNotMet(_)));
        assert!(error.to_string().contains(&format!("missing: `{missing}`")), "{error}");
        assert!(head.headers.is_empty());
    }
}

#[tokio::test]
async fn an_incomplete_alternative_is_skipped() {
    let requirement = Requirement::of(query_key("apiKey", "api-key"))
        .and(basic(false))
        .and(header_key())
        .or(bearer(Some("token")));
    let head = authorized(requirement.build().unwrap()).await;
    assert_eq!(head.headers[AUTHORIZATION], "Bearer token");
    assert_eq!(head.headers.len(), 1);
    assert_eq!(head.uri.query(), None);
}

#[tokio::test]
async fn query_keys_are_appended_and_percent_encoded() {
    let requirement = || {
        let token = ApiKey::in_query("apiKey", "token")
            .unwrap()
            .with_key("a b&c=d/é+")
            .unwrap();
        Requirement::of(token)
            .and(query_key("apiKey2", "api-key"))
            .build()
            .unwrap()
    };
    for (before, after) in [
        ("https://api.example.com/q", "https://api.example.com/q?"),
        ("https://api.example.com/q?a=b", "https://api.example.com/q?a=b&"),
    ] {
        let mut head = head(before);
        Authorizer::from(requirement()).authorize(&mut head).await.unwrap();
        let uri = head.uri.to_string();
        assert_eq!(
            uri,
            format!("{after}token=a%20b%26c%3Dd%2F%C3%A9%2B&api-key=not-a-real-key")
        );
    }
}

#[tokio::test]
async fn basic_credentials_are_base64_encoded() {
    let scheme = Basic::new("basicAuth");
    let head = authorized(Requirement::from(
        scheme.with_credentials("test_username", "test_password").unwrap(),
    ))
    .await;
    assert_eq!(
        head.headers[AUTHORIZATION],
        "Basic dGVzdF91c2VybmFtZTp0ZXN0X3Bhc3N3b3Jk"
    );
}

#[tokio::test]
async fn an_unconfigured_oauth_scheme_in_an_any_of_sends_nothing() {
    let requirement = Requirement::of(OAuth::new("oauthCCG"))
        .or(bearer(Some("token")))
        .build()
        .unwrap();
    let head = authorized(requirement).await;
    assert_eq!(head.headers[AUTHORIZATION], "Bearer token");
    let alone = Requirement::from(OAuth::new("oauthCCG"));
    let error = Authorizer::from(alone)
        .authorize(&mut self::head("https://api.example.com/"))
        .await;
    assert!(matches!(error, Err(Error::RequirementNotMet(_))));
}

// Providers, callbacks and expiry

#[tokio::test]
async fn a_valid_initial_token_calls_no_callback() {
    let fixture = Fixture::new();
    let tokens = fixture.observed_manager(|builder| builder.token(Token::new("initial").with_expires_in(seconds(600))));
    assert_eq!(tokens.token().await.unwrap().access_token().expose(), "initial");
    assert_eq!(
        (fixture.previous_tokens().len(), fixture.updates.load(Ordering::SeqCst)),
        (0, 0)
    );
    assert_eq!(fixture.auth.token_requests(), 0);
}

#[tokio::test]
async fn without_a_token_the_provider_is_called_once() {
    let fixture = Fixture::new();
    let tokens = fixture.observed_manager(|builder| builder);
    for _ in 0..3 {
        tokens.token().await.unwrap();
    }
    assert_eq!(fixture.previous_tokens(), [None]);
    fixture.wait_for_updates(1).await;
}

#[tokio::test]
async fn the_provider_receives_the_expired_token() {
    let fixture = Fixture::new();
    let expired = Token::new("old").with_expires_at(fixture.clock.wall() - seconds(1));
    let tokens = fixture.observed_manager(|builder| builder.token(expired));
    tokens.token().await.unwrap();
    assert_eq!(fixture.previous_tokens(), [Some("old".to_owned())]);
    fixture.wait_for_updates(1).await;
}

#[tokio::test]
async fn a_clock_skew_above_the_remaining_lifetime_renews_the_token() {
    let fixture = Fixture::new();
    for (skew, requests) in [(0, 0), (40, 1)] {
        let token = stored_token(fixture.clock.wall() + seconds(30));
        let builder = fixture
            .builder()
            .clock_skew(seconds(skew))
            .renew_after(1.0)
            .token(token);
        let tokens = builder.build(Transport::default()).unwrap();
        tokens.token().await.unwrap();
        assert_eq!(fixture.auth.token_requests(), requests, "skew {skew}");
    }
}

#[tokio::test]
async fn a_token_within_the_clock_skew_is_renewed_once() {
    let fixture = Fixture::new();
    let token = stored_token(fixture.clock.wall() + seconds(100));
    let builder = fixture.builder().clock_skew(seconds(120)).token(token);
    let tokens = builder.build(Transport::default()).unwrap();
    for _ in 0..5 {
        assert_ne!(tokens.token().await.unwrap().access_token().expose(), "stored");
    }
    assert_eq!(fixture.auth.token_requests(), 1);
}

#[tokio::test]
async fn a_panicking_update_callback_does_not_break_calls() {
    let fixture = Fixture::new();
    let builder = fixture
        .builder()
        .on_token_update(|_| panic!("the database is unavailable"));
    let tokens = builder.build(Transport::default()).unwrap();
    tokens.token().await.unwrap();
    fixture.clock.advance(seconds(7200));
    tokens.token().await.unwrap();
    assert_eq!(fixture.auth.token_requests(), 2);
}

#[tokio::test]
async fn a_provider_that_calls_its_own_client_gets_an_error() {
    let fixture = Fixture::new();
    let api = fixture.auth.api();
    let client: Arc<Mutex<Option<Client>>> = Arc::default();
    let builder = fixture.builder().token_provider({
        let client = Arc::clone(&client);
        move |_last, _endpoint| {
            let client = client.lock().unwrap().clone().unwrap();
            async move {
                client.get("token").send().await.map_err(Error::provider)?;
                Ok(Token::new("never"))
            }
        }
    });
    let tokens = builder.build(Transport::default()).unwrap();
    let built_client = Client::builder(tokens).base_url(api.url("/")).build().unwrap();
    *client.lock().unwrap() = Some(built_client.clone());
    let error = built_client.get("books").send().await.unwrap_err();
    assert!(error.to_string().contains("use the TokenEndpoint"), "{error}");
    assert!(api.requests().is_empty());
}

#[tokio::test]
async fn a_rotated_refresh_token_is_used_next() {
    let fixture = Fixture::new();
    let builder = Password::new("reader", "not-a-real-password").builder(CLIENT, SECRET);
    let tokens = fixture.configured(builder).build(Transport::default()).unwrap();
    let mut next = tokens.token().await.unwrap().refresh_token().unwrap().clone();
    for _ in 0..3 {
        fixture.clock.advance(seconds(3600));
        let token = tokens.token().await.unwrap();
        let refresh_token = fixture.auth.last_token_request().form_value("refresh_token");
        assert_eq!(refresh_token.as_deref(), Some(next.expose()));
        next = token.refresh_token().unwrap().clone();
    }
}

// Providers with a store, for users too

#[tokio::test]
async fn use_or_renew_keeps_the_user_signed_in_with_every_grant() {
    for grant in Grant::ALL {
        let fixture = Fixture::new();
        let store = Store::default();
        let tokens = fixture.storing_manager(grant, &store, |builder| {
            let store = store.clone();
            builder.token_provider(move |last, endpoint: TokenEndpoint| {
                let stored = store.load();
                async move { endpoint.use_or_renew(stored, last).await }
            })
        });
        fixture.sign_in(grant, &tokens).await;
        let mut access_tokens = Vec::new();
        for _ in 0..5 {
            let token = tokens
                .token()
                .await
                .unwrap_or_else(|error| panic!("{grant:?}: {error}"));
            assert!(fixture.auth.accepts(token.access_token().expose()), "{grant:?}");
            access_tokens.push(token.access_token().expose().to_owned());
            store.wait_until_saved(&token).await;
            fixture.clock.advance(seconds(3601));
        }
        access_tokens.dedup();
        assert_eq!(access_tokens.len(), 5, "{grant:?}");
        assert_eq!(fixture.grant_types(), grant.requests(5), "{grant:?}");
    }
}

#[tokio::test]
async fn a_provider_with_fetch_token_keeps_the_user_signed_in() {
    let fixture = Fixture::new();
    let store = Store::default();
    let tokens = fixture.storing_manager(Grant::Code, &store, |builder| {
        builder.token_provider(async |_last: Option<Token>, endpoint: TokenEndpoint| endpoint.fetch_token().await)
    });
    fixture.sign_in(Grant::Code, &tokens).await;
    for _ in 0..3 {
        fixture.clock.advance(seconds(3601));
        let token = tokens.token().await.unwrap();
        assert!(fixture.auth.accepts(token.access_token().expose()));
    }
}

#[tokio::test]
async fn an_expired_stored_token_is_renewed_at_start() {
    for grant in Grant::ALL {
        let fixture = Fixture::new();
        let (store, empty) = (Store::default(), Store::default());
        let first = fixture.storing_manager(grant, &store, |builder| builder);
        fixture.sign_in(grant, &first).await;
        store.wait_until_saved(&first.token().await.unwrap()).await;
        fixture.clock.advance(seconds(3601));

        let next = fixture.storing_manager(grant, &empty, |builder| {
            let store = store.clone();
            builder.token_provider(move |last, endpoint: TokenEndpoint| {
                let stored = store.load();
                async move { endpoint.use_or_renew(stored, last).await }
            })
        });
        let token = next.token().await.unwrap_or_else(|error| panic!("{grant:?}: {error}"));
        assert!(fixture.auth.accepts(token.access_token().expose()), "{grant:?}");
        assert_eq!(fixture.grant_types(), grant.requests(2), "{grant:?}");
    }
}

#[tokio::test]
async fn use_or_renew_uses_a_valid_stored_token_or_renews_the_newer_one() {
    const STORED: &str = "not-a-real-stored-token";
    const LAST: &str = "not-a-real-last-token";
    let fixture = Fixture::new();
    let now = fixture.clock.wall();
    let token = |name: &str, end: Duration, refresh: Option<&str>| {
        let token = Token::new(name).with_expires_at(now - seconds(1000) + end);
        refresh.map_or(token.clone(), |refresh| token.with_refresh_token(refresh))
    };
    let (past, future, later) = (seconds(500), seconds(1500), seconds(1600));
    let (none, unknown) = (None, Token::new("unknown").with_refresh_token("unknown"));
    for (stored, last, expected) in [
        // Valid and different from the previous token: used.
        (Some(token(STORED, future, Some(STORED))), none.clone(), Ok(STORED)),
        (
            Some(token(STORED, future, None)),
            Some(token(LAST, past, Some(LAST))),
            Ok(STORED),
        ),
        (
            Some(unknown.clone()),
            Some(token(LAST, past, Some(LAST))),
            Ok("unknown"),
        ),
        // Expired: the newer token is renewed.
        (Some(token(STORED, past, Some(STORED))), none.clone(), Err(STORED)),
        (
            Some(token(STORED, past, Some(STORED))),
            Some(token(LAST, seconds(400), Some(LAST))),
            Err(STORED),
        ),
        (
            Some(token(STORED, past, Some(STORED))),
            Some(token(LAST, seconds(600), Some(LAST))),
            Err(LAST),
        ),
        (none.clone(), Some(token(LAST, past, Some(LAST))), Err(LAST)),
        // Equal to the previous token, which an API has rejected.
        (
            Some(token(LAST, future, Some(LAST))),
            Some(token(LAST, future, Some(LAST))),
            Err(LAST),
        ),
        (
            Some(token(LAST, future, Some(LAST))),
            Some(token(LAST, future, None)),
            Err(LAST),
        ),
        (Some(unknown.clone()), Some(unknown), Err("unknown")),
        // Older than the previous token, because the store missed an update.
        (
            Some(token(STORED, future, Some(STORED))),
            Some(token(LAST, later, Some(LAST))),
            Err(LAST),
        ),
        // Expires at the same time as the previous token, so it may be newer.
        (
            Some(token(STORED, future, Some(STORED))),
            Some(token(LAST, future, Some(LAST))),
            Ok(STORED),
        ),
        // Only one token can be renewed.
        (
            Some(token(STORED, past, None)),
            Some(token(LAST, seconds(400), Some(LAST))),
            Err(LAST),
        ),
        (
            Some(Token::new("no\nheader").with_refresh_token(STORED)),
            none,
            Err(STORED),
        ),
    ] {
        let case = format!("{stored:?}, {last:?}");
        let tokens = fixture.configured(Password::new("reader", "not-a-real-password").builder(CLIENT, SECRET));
        let arguments = Arc::new(Mutex::new(Some((stored, last))));
        let builder = tokens.retries(0).token_provider(move |_, endpoint: TokenEndpoint| {
            let (stored, last) = arguments.lock().unwrap().take().unwrap();
            async move { endpoint.use_or_renew(stored, last).await }
        });
        fixture.auth.reset_records();
        let token = builder.build(Transport::default()).unwrap().token().await.unwrap();
        match expected {
            Ok(name) => {
                assert_eq!(token.access_token().expose(), name, "{case}");
                assert_eq!(fixture.auth.token_requests(), 0, "{case}");
            }
            Err(refresh) => {
                let first = fixture.auth.requests().remove(0);
                assert_eq!(first.form_value("refresh_token").as_deref(), Some(refresh), "{case}");
            }
        }
    }
}

#[tokio::test]
async fn fetch_token_after_a_sign_in_returns_the_token_of_the_user() {
    for manual in [false, true] {
        let fixture = Fixture::new();
        let store = Store::default();
        let tokens = fixture.storing_manager(
            Grant::Code,
            &store,
            |builder| if manual { builder.manual() } else { builder },
        );
        let signed_in = fixture.sign_in(Grant::Code, &tokens).await.unwrap();
        for _ in 0..2 {
            let token = tokens.fetch_token().await.unwrap();
            assert_eq!(
                token.access_token().expose(),
                signed_in.access_token().expose(),
                "manual: {manual}"
            );
        }
        let tokens = if manual {
            tokens.with_token(signed_in).unwrap()
        } else {
            tokens
        };
        for round in 1..4 {
            fixture.clock.advance(seconds(3601));
            for _ in 0..2 {
                let token = tokens.fetch_token().await.unwrap();
                assert!(fixture.auth.accepts(token.access_token().expose()), "manual: {manual}");
            }
            assert_eq!(fixture.auth.token_requests(), 1 + round, "manual: {manual}");
        }
    }
}

// Schemes and servers

/// A builder for any grant.
type AnyBuilder = TokenManagerBuilder<Box<dyn evergrant::Grant>>;

/// The grants of the SDKs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grant {
    Client,
    Password,
    Code,
}

impl Grant {
    const ALL: [Self; 3] = [Self::Client, Self::Password, Self::Code];

    /// Returns the grant types of `count` consecutive token requests.
    fn requests(self, count: usize) -> Vec<&'static str> {
        let (first, next) = match self {
            Self::Client => ("client_credentials", "client_credentials"),
            Self::Password => ("password", "refresh_token"),
            Self::Code => ("authorization_code", "refresh_token"),
        };
        (0..count).map(|index| if index == 0 { first } else { next }).collect()
    }
}

/// A simulated database.
#[derive(Clone, Default)]
struct Store(Arc<Mutex<Option<String>>>);

impl Store {
    fn load(&self) -> Option<Token> {
        let json = self.0.lock().unwrap();
        json.as_deref().map(|json| Token::from_json(json).unwrap())
    }

    fn save(&self, token: &Token) {
        *self.0.lock().unwrap() = Some(token.expose_json());
    }

    /// Waits until the update callback, which runs in the background, has saved the token.
    async fn wait_until_saved(&self, token: &Token) {
        let access_token = |token: Token| token.access_token().expose().to_owned();
        for _ in 0..2000 {
            if self.load().map(access_token).as_deref() == Some(token.access_token().expose()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the token was not saved");
    }
}

const CLIENT: &str = "shop";
const SECRET: &str = "not-a-real-secret";
const REDIRECT: &str = "https://app.example/callback";

fn head(url: &str) -> request::Parts {
    Request::get(url).body(()).unwrap().into_parts().0
}

async fn authorized(requirement: Requirement) -> request::Parts {
    let mut head = head("https://api.example.com/books");
    Authorizer::from(requirement).authorize(&mut head).await.unwrap();
    head
}

fn basic(configured: bool) -> Basic {
    let scheme = Basic::new("basicAuth");
    match configured {
        true => scheme.with_credentials("reader", "not-a-real-password").unwrap(),
        false => scheme,
    }
}

fn bearer(token: Option<&str>) -> Bearer {
    let scheme = Bearer::new("bearerAuth");
    match token {
        Some(token) => scheme.with_token(token).unwrap(),
        None => scheme,
    }
}

fn custom(value: Option<&str>) -> CustomHeader {
    let scheme = CustomHeader::new("CustomAuth", "accessToken").unwrap();
    match value {
        Some(value) => scheme.with_value(value).unwrap(),
        None => scheme,
    }
}

fn query_key(name: &str, key: &str) -> ApiKey {
    ApiKey::in_query(name, key).unwrap().with_key("not-a-real-key").unwrap()
}

fn header_key() -> ApiKey {
    let scheme = ApiKey::in_header("apiHeader", "api-key").unwrap();
    scheme.with_key("not-a-real-key").unwrap()
}

/// Returns a stored one-hour token with this expiry.
fn stored_token(expiry: SystemTime) -> Token {
    Token::new("stored")
        .with_expires_in(seconds(3600))
        .with_expires_at(expiry)
}

/// A test server, a manual clock, and the calls of the token provider and the update callback.
struct Fixture {
    auth: AuthServer,
    clock: ManualClock,
    previous_tokens: Arc<Mutex<Vec<Option<String>>>>,
    updates: Arc<AtomicUsize>,
}

impl Fixture {
    fn new() -> Self {
        let clock = ManualClock::new();
        let server = AuthServer::builder()
            .client(CLIENT, SECRET)
            .redirect_uri(CLIENT, REDIRECT)
            .user("reader", "not-a-real-password");
        Self {
            auth: server.clock(&clock).start(),
            clock,
            previous_tokens: Arc::default(),
            updates: Arc::default(),
        }
    }

    /// Creates a manager for this grant that saves new tokens in the store.
    fn storing_manager(
        &self,
        grant: Grant,
        store: &Store,
        more: impl FnOnce(AnyBuilder) -> AnyBuilder,
    ) -> TokenManager {
        let builder = match grant {
            Grant::Client => ClientCredentials::builder(CLIENT, SECRET).boxed(),
            Grant::Password => Password::new("reader", "not-a-real-password")
                .builder(CLIENT, SECRET)
                .boxed(),
            Grant::Code => AuthorizationCode::builder(CLIENT, SECRET)
                .authorization_url(self.auth.authorization_url())
                .redirect_uri(REDIRECT)
                .boxed(),
        };
        let store = store.clone();
        let builder = self
            .configured(builder)
            .on_token_update(move |token| store.save(&token));
        more(builder).build(Transport::default()).unwrap()
    }

    async fn sign_in(&self, grant: Grant, tokens: &TokenManager) -> Option<Token> {
        if grant != Grant::Code {
            return None;
        }
        let sign_in = tokens.sign_in().unwrap();
        let request = sign_in.begin().unwrap();
        let redirect = self.auth.visit(request.url().as_str());
        Some(sign_in.finish(&request, &redirect).await.unwrap())
    }

    /// Returns the grant types of all token requests.
    fn grant_types(&self) -> Vec<String> {
        let requests = self.auth.requests();
        requests
            .iter()
            .filter_map(|request| request.form_value("grant_type"))
            .collect()
    }

    fn builder(&self) -> TokenManagerBuilder {
        self.configured(ClientCredentials::builder(CLIENT, SECRET))
    }

    fn configured<G: evergrant::Grant>(&self, builder: TokenManagerBuilder<G>) -> TokenManagerBuilder<G> {
        builder.token_url(self.auth.token_url()).runtime(self.clock.clone())
    }

    /// Creates a manager that records the calls of its token provider and update callback.
    fn observed_manager(&self, more: impl FnOnce(TokenManagerBuilder) -> TokenManagerBuilder) -> TokenManager {
        let (previous_tokens, updates) = (Arc::clone(&self.previous_tokens), Arc::clone(&self.updates));
        let builder = self
            .builder()
            .token_provider(move |last: Option<Token>, endpoint: TokenEndpoint| {
                let last = last.map(|last| last.access_token().expose().to_owned());
                previous_tokens.lock().unwrap().push(last);
                async move { endpoint.fetch_token().await }
            })
            .on_token_update(move |_| {
                updates.fetch_add(1, Ordering::SeqCst);
            });
        more(builder).build(Transport::default()).unwrap()
    }

    fn previous_tokens(&self) -> Vec<Option<String>> {
        self.previous_tokens.lock().unwrap().clone()
    }

    /// Waits until the update callback, which runs in the background, has been called `count` times.
    async fn wait_for_updates(&self, count: usize) {
        for _ in 0..2000 {
            if self.updates.load(Ordering::SeqCst) == count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{} updates", self.updates.load(Ordering::SeqCst));
    }
}
