//! The rules of the generated SDKs in TypeScript and Python, each by its name: whoever comes from one finds them kept.

#![expect(clippy::unwrap_used, reason = "what a test sets up is known to work")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use evergrant::scheme::{ApiKey, Basic, Bearer, CustomHeader, OAuth};
use evergrant::{
    AuthorizationCode, Authorizer, ClientCredentials, Error, Exchange, Password, Requirement, Token, TokenManager,
    TokenManagerBuilder,
};
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::{AuthServer, ManualClock};
use http::header::AUTHORIZATION;
use http::{Request, request};

// What a request goes out with

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
async fn any_of_takes_the_first_configured() {
    let requirement = Requirement::of(custom(None)).or(bearer(Some("first"))).or(basic(true));
    let head = authorized(requirement.build().unwrap()).await;
    assert_eq!(head.headers[AUTHORIZATION], "Bearer first");
}

#[tokio::test]
async fn custom_and_basic_with_one_missing_is_an_error_naming_it() {
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
async fn api_key_and_basic_and_api_header_or_bearer_picks_bearer_when_basic_is_missing() {
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
async fn query_keys_append_with_a_question_mark_or_an_ampersand_and_are_percent_encoded() {
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
async fn basic_of_test_username_and_test_password() {
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
async fn a_valid_preset_token_means_no_provider_call_and_no_update_callback() {
    let world = World::new();
    let tokens = world.watched(|builder| builder.token(Token::new("preset").with_expires_in(seconds(600))));
    assert_eq!(tokens.token().await.unwrap().access_token().expose(), "preset");
    assert_eq!((world.lasts().len(), world.updates.load(Ordering::SeqCst)), (0, 0));
    assert_eq!(world.auth.token_requests(), 0);
}

#[tokio::test]
async fn no_token_and_a_provider_means_one_provider_call_with_none_and_one_update() {
    let world = World::new();
    let tokens = world.watched(|builder| builder);
    for _ in 0..3 {
        tokens.token().await.unwrap();
    }
    assert_eq!(world.lasts(), [None]);
    world.updated(1).await;
}

#[tokio::test]
async fn an_expired_token_and_a_provider_the_provider_receives_the_old_one() {
    let world = World::new();
    let expired = Token::new("old").with_expires_at(world.clock.wall() - seconds(1));
    let tokens = world.watched(|builder| builder.token(expired));
    tokens.token().await.unwrap();
    assert_eq!(world.lasts(), [Some("old".to_owned())]);
    world.updated(1).await;
}

#[tokio::test]
async fn expiry_in_30_s_is_live_without_skew_and_expired_with_one_of_40_s() {
    let world = World::new();
    for (skew, requests) in [(0, 0), (40, 1)] {
        let token = stored(world.clock.wall() + seconds(30));
        let builder = world.builder().clock_skew(seconds(skew)).renew_after(1.0).token(token);
        let tokens = builder.build(Transport::default()).unwrap();
        tokens.token().await.unwrap();
        assert_eq!(world.auth.token_requests(), requests, "skew {skew}");
    }
}

#[tokio::test]
async fn near_expiry_with_a_skew_of_120_s_renews_once() {
    let world = World::new();
    let token = stored(world.clock.wall() + seconds(100));
    let builder = world.builder().clock_skew(seconds(120)).token(token);
    let tokens = builder.build(Transport::default()).unwrap();
    for _ in 0..5 {
        assert_ne!(tokens.token().await.unwrap().access_token().expose(), "stored");
    }
    assert_eq!(world.auth.token_requests(), 1);
}

#[tokio::test]
async fn a_failing_update_callback_does_not_break_this_or_later_calls() {
    let world = World::new();
    let builder = world.builder().on_token_update(|_| panic!("the database is gone"));
    let tokens = builder.build(Transport::default()).unwrap();
    tokens.token().await.unwrap();
    world.clock.advance(seconds(7200));
    tokens.token().await.unwrap();
    assert_eq!(world.auth.token_requests(), 2);
}

#[tokio::test]
async fn a_provider_that_calls_the_same_client_gets_an_error_not_a_deadlock() {
    let world = World::new();
    let api = world.auth.api();
    let client: Arc<Mutex<Option<Client>>> = Arc::default();
    let builder = world.builder().token_provider({
        let client = Arc::clone(&client);
        move |_last, _exchange| {
            let client = client.lock().unwrap().clone().unwrap();
            async move {
                client.get("token").send().await.map_err(Error::provider)?;
                Ok(Token::new("never"))
            }
        }
    });
    let tokens = builder.build(Transport::default()).unwrap();
    let made = Client::builder(tokens).base_url(api.url("/")).build().unwrap();
    *client.lock().unwrap() = Some(made.clone());
    let error = made.get("books").send().await.unwrap_err();
    assert!(error.to_string().contains("use the exchange"), "{error}");
    assert!(api.requests().is_empty());
}

#[tokio::test]
async fn a_renewed_refresh_token_is_used_next_time() {
    let world = World::new();
    let builder = Password::new("reader", "not-a-real-password").client(CLIENT, SECRET);
    let tokens = world.configured(builder).build(Transport::default()).unwrap();
    let mut next = tokens.token().await.unwrap().refresh_token().unwrap().clone();
    for _ in 0..3 {
        world.clock.advance(seconds(3600));
        let token = tokens.token().await.unwrap();
        let shown = world.auth.last_token_request().form_value("refresh_token");
        assert_eq!(shown.as_deref(), Some(next.expose()));
        next = token.refresh_token().unwrap().clone();
    }
}

// Providers with a store, for users too

#[tokio::test]
async fn a_provider_of_one_line_keeps_the_user_signed_in_with_every_grant() {
    for grant in Grant::ALL {
        let world = World::new();
        let store = Store::default();
        let tokens = world.stored(grant, &store, |builder| {
            let store = store.clone();
            builder.token_provider(move |last, exchange: Exchange| {
                let stored = store.load();
                async move { exchange.use_or_renew(stored, last).await }
            })
        });
        world.sign_in(grant, &tokens).await;
        let mut seen = Vec::new();
        for _ in 0..5 {
            let token = tokens
                .token()
                .await
                .unwrap_or_else(|error| panic!("{grant:?}: {error}"));
            assert!(world.auth.accepts(token.access_token().expose()), "{grant:?}");
            seen.push(token.access_token().expose().to_owned());
            store.holds(&token).await;
            world.clock.advance(seconds(3601));
        }
        seen.dedup();
        assert_eq!(seen.len(), 5, "{grant:?}");
        assert_eq!(world.grant_types(), grant.requests(5), "{grant:?}");
    }
}

#[tokio::test]
async fn a_provider_in_the_form_of_the_sdks_keeps_the_user_signed_in_too() {
    let world = World::new();
    let store = Store::default();
    let tokens = world.stored(Grant::Code, &store, |builder| {
        builder.token_provider(async |_last: Option<Token>, exchange: Exchange| exchange.fetch_token().await)
    });
    world.sign_in(Grant::Code, &tokens).await;
    for _ in 0..3 {
        world.clock.advance(seconds(3601));
        let token = tokens.token().await.unwrap();
        assert!(world.auth.accepts(token.access_token().expose()));
    }
}

#[tokio::test]
async fn a_program_that_starts_from_an_expired_stored_token_renews_it() {
    for grant in Grant::ALL {
        let world = World::new();
        let (store, empty) = (Store::default(), Store::default());
        let first = world.stored(grant, &store, |builder| builder);
        world.sign_in(grant, &first).await;
        store.holds(&first.token().await.unwrap()).await;
        world.clock.advance(seconds(3601));

        let next = world.stored(grant, &empty, |builder| {
            let store = store.clone();
            builder.token_provider(move |last, exchange: Exchange| {
                let stored = store.load();
                async move { exchange.use_or_renew(stored, last).await }
            })
        });
        let token = next.token().await.unwrap_or_else(|error| panic!("{grant:?}: {error}"));
        assert!(world.auth.accepts(token.access_token().expose()), "{grant:?}");
        assert_eq!(world.grant_types(), grant.requests(2), "{grant:?}");
    }
}

#[tokio::test]
async fn a_stored_token_is_used_once_if_it_is_valid_and_the_newer_one_is_renewed_otherwise() {
    const STORED: &str = "not-a-real-stored-token";
    const LAST: &str = "not-a-real-last-token";
    let world = World::new();
    let now = world.clock.wall();
    let token = |name: &str, end: Duration, refresh: Option<&str>| {
        let token = Token::new(name).with_expires_at(now - seconds(1000) + end);
        refresh.map_or(token.clone(), |refresh| token.with_refresh_token(refresh))
    };
    let (past, future, later) = (seconds(500), seconds(1500), seconds(1600));
    let (none, unknown) = (None, Token::new("unknown").with_refresh_token("unknown"));
    for (stored, last, shown) in [
        // Valid, and another one than the last: used.
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
        // Expired: renewed from the newer one.
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
        // The last one again, which an API has refused.
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
        // The store has missed an update: what it has was refused before.
        (
            Some(token(STORED, future, Some(STORED))),
            Some(token(LAST, later, Some(LAST))),
            Err(LAST),
        ),
        // One of them cannot be renewed.
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
        let tokens = world.configured(Password::new("reader", "not-a-real-password").client(CLIENT, SECRET));
        let given = Arc::new(Mutex::new(Some((stored, last))));
        let provided = tokens.retries(0).token_provider(move |_, exchange: Exchange| {
            let (stored, last) = given.lock().unwrap().take().unwrap();
            async move { exchange.use_or_renew(stored, last).await }
        });
        world.auth.reset_records();
        let token = provided.build(Transport::default()).unwrap().token().await.unwrap();
        match shown {
            Ok(name) => {
                assert_eq!(token.access_token().expose(), name, "{case}");
                assert_eq!(world.auth.token_requests(), 0, "{case}");
            }
            Err(refresh) => {
                let first = world.auth.requests().remove(0);
                assert_eq!(first.form_value("refresh_token").as_deref(), Some(refresh), "{case}");
            }
        }
    }
}

#[tokio::test]
async fn fetch_token_right_after_a_sign_in_gives_the_users_token_and_keeps_the_session() {
    for manual in [false, true] {
        let world = World::new();
        let store = Store::default();
        let tokens = world.stored(
            Grant::Code,
            &store,
            |builder| if manual { builder.manual() } else { builder },
        );
        let signed_in = world.sign_in(Grant::Code, &tokens).await.unwrap();
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
            world.clock.advance(seconds(3601));
            for _ in 0..2 {
                let token = tokens.fetch_token().await.unwrap();
                assert!(world.auth.accepts(token.access_token().expose()), "manual: {manual}");
            }
            assert_eq!(world.auth.token_requests(), 1 + round, "manual: {manual}");
        }
    }
}

// Schemes and servers

/// The grants of the SDKs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grant {
    Client,
    Password,
    Code,
}

impl Grant {
    const ALL: [Self; 3] = [Self::Client, Self::Password, Self::Code];

    /// What so many tokens in a row are asked for with.
    fn requests(self, count: usize) -> Vec<&'static str> {
        let (first, next) = match self {
            Self::Client => ("client_credentials", "client_credentials"),
            Self::Password => ("password", "refresh_token"),
            Self::Code => ("authorization_code", "refresh_token"),
        };
        (0..count).map(|index| if index == 0 { first } else { next }).collect()
    }
}

/// Stands for a database.
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

    /// The callback runs beside the calls.
    async fn holds(&self, token: &Token) {
        let access_token = |token: Token| token.access_token().expose().to_owned();
        for _ in 0..2000 {
            if self.load().map(access_token).as_deref() == Some(token.access_token().expose()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the store was not told of the token");
    }
}

const CLIENT: &str = "shop";
const SECRET: &str = "not-a-real-secret";
const REDIRECT: &str = "https://app.example/callback";

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

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

/// As a store gives it: an hour long, and about to end.
fn stored(expiry: SystemTime) -> Token {
    Token::new("stored")
        .with_expires_in(seconds(3600))
        .with_expires_at(expiry)
}

/// A server, a clock that stands still, and what a provider and an update callback saw.
struct World {
    auth: AuthServer,
    clock: ManualClock,
    lasts: Arc<Mutex<Vec<Option<String>>>>,
    updates: Arc<AtomicUsize>,
}

impl World {
    fn new() -> Self {
        let clock = ManualClock::new();
        let server = AuthServer::builder()
            .client(CLIENT, SECRET)
            .redirect_uri(CLIENT, REDIRECT)
            .user("reader", "not-a-real-password");
        Self {
            auth: server.clock(&clock).start(),
            clock,
            lasts: Arc::default(),
            updates: Arc::default(),
        }
    }

    /// A manager for this grant whose new tokens are stored.
    fn stored(
        &self,
        grant: Grant,
        store: &Store,
        more: impl FnOnce(TokenManagerBuilder) -> TokenManagerBuilder,
    ) -> TokenManager {
        let builder = match grant {
            Grant::Client => ClientCredentials::new(CLIENT, SECRET),
            Grant::Password => Password::new("reader", "not-a-real-password").client(CLIENT, SECRET),
            Grant::Code => AuthorizationCode::new(CLIENT, SECRET)
                .authorization_url(self.auth.authorization_url())
                .redirect_uri(REDIRECT),
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

    /// What token requests were made with.
    fn grant_types(&self) -> Vec<String> {
        let requests = self.auth.requests();
        requests
            .iter()
            .filter_map(|request| request.form_value("grant_type"))
            .collect()
    }

    fn builder(&self) -> TokenManagerBuilder {
        self.configured(ClientCredentials::new(CLIENT, SECRET))
    }

    fn configured(&self, builder: TokenManagerBuilder) -> TokenManagerBuilder {
        builder.token_url(self.auth.token_url()).runtime(self.clock.clone())
    }

    /// A manager with a provider and an update callback that are counted.
    fn watched(&self, more: impl FnOnce(TokenManagerBuilder) -> TokenManagerBuilder) -> TokenManager {
        let (lasts, updates) = (Arc::clone(&self.lasts), Arc::clone(&self.updates));
        let builder = self
            .builder()
            .token_provider(move |last: Option<Token>, exchange: Exchange| {
                let last = last.map(|last| last.access_token().expose().to_owned());
                lasts.lock().unwrap().push(last);
                async move { exchange.fetch_token().await }
            })
            .on_token_update(move |_| {
                updates.fetch_add(1, Ordering::SeqCst);
            });
        more(builder).build(Transport::default()).unwrap()
    }

    fn lasts(&self) -> Vec<Option<String>> {
        self.lasts.lock().unwrap().clone()
    }

    /// The callback runs beside the calls.
    async fn updated(&self, count: usize) {
        for _ in 0..2000 {
            if self.updates.load(Ordering::SeqCst) == count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{} updates", self.updates.load(Ordering::SeqCst));
    }
}
