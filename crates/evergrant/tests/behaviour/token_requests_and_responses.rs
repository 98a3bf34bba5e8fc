//! Tokens: the request, the response and the cached token.

use std::time::UNIX_EPOCH;

use base64::Engine as _;
use evergrant::TimeLimits;
use evergrant::client_auth::PublicClient;
use evergrant::client_auth::{ClientSecretBasicRaw, ClientSecretPost};
use evergrant::error::{TokenResponseProblem, TransportErrorKind};
use evergrant::{ClientCredentials, Error, Token, TokenManager};
use evergrant_reqwest::Transport;
use evergrant_testing::{Fault, LogCapture, MockResponse};

use crate::support::{CLIENT, Fixture, SECRET, seconds};

async fn problem(tokens: &TokenManager) -> TokenResponseProblem {
    match tokens.token().await.unwrap_err() {
        Error::TokenResponse(error) => error.problem().clone(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn the_token_request_is_a_form_post_with_percent_encoded_basic_credentials() {
    let fixture = Fixture::new();
    let tokens = fixture
        .builder()
        .scopes(["books.read", "orders.read"])
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    let request = fixture.auth.last_token_request();
    assert_eq!(request.method, "POST");
    assert_eq!(
        request.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(
        request.body,
        "grant_type=client_credentials&scope=books.read%20orders.read"
    );
    let basic = request.header("authorization").unwrap().strip_prefix("Basic ").unwrap();
    let pair = base64::engine::general_purpose::STANDARD.decode(basic).unwrap();
    assert_eq!(pair, b"bookshop:not%2Ba%2Freal%3Asecret");
}

#[tokio::test]
async fn client_authentication_methods_are_configured_per_client() {
    let fixture = Fixture::with(|server| server.raw_basic());
    let raw = fixture
        .builder()
        .client_auth(ClientSecretBasicRaw::new(SECRET))
        .build(Transport::default())
        .unwrap();
    raw.token().await.unwrap();

    let post = fixture
        .builder()
        .client_auth(ClientSecretPost::new(SECRET))
        .build(Transport::default())
        .unwrap();
    post.token().await.unwrap();
    let request = fixture.auth.last_token_request();
    assert!(request.header("authorization").is_none());
    assert_eq!(request.form_value("client_id").as_deref(), Some(CLIENT));
    assert_eq!(request.form_value("client_secret").as_deref(), Some(SECRET));

    let fixture = Fixture::with(|server| server.public_client("kiosk"));
    let none = fixture
        .configured(ClientCredentials::builder("kiosk", PublicClient))
        .build(Transport::default())
        .unwrap();
    none.token().await.unwrap();
    let request = fixture.auth.last_token_request();
    assert!(request.header("authorization").is_none() && request.form_value("client_secret").is_none());
    assert_eq!(request.form_value("client_id").as_deref(), Some("kiosk"));
}

#[tokio::test]
async fn every_renewal_sends_identical_parameters() {
    let fixture = Fixture::new();
    let tokens = fixture
        .builder()
        .scopes(["a", "b"])
        .audience("https://api.example.com")
        .resource("https://one.example.com/x?y")
        .resource("https://two.example.com")
        .param("tenant", "42 & more")
        .build(Transport::default())
        .unwrap();
    for _ in 0..3 {
        tokens.token().await.unwrap();
        fixture.clock.advance(seconds(3600));
    }
    let requests = fixture.auth.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.body == requests[0].body));
    let form = requests[0].form();
    let resources: Vec<_> = form
        .iter()
        .filter(|(name, _)| name == "resource")
        .map(|(_, value)| value)
        .collect();
    assert_eq!(resources, ["https://one.example.com/x?y", "https://two.example.com"]);
    assert_eq!(
        requests[0].form_value("audience").as_deref(),
        Some("https://api.example.com")
    );
    assert_eq!(requests[0].form_value("tenant").as_deref(), Some("42 & more"));
}

#[tokio::test]
async fn expires_in_as_a_string_or_a_float_is_accepted() {
    for (json, lifetime) in [
        ("\"3600\"", 3600.0),
        ("299.5", 299.5),
        ("\"60.0\"", 60.0),
        ("3.6e3", 3600.0),
    ] {
        let fixture = Fixture::new();
        fixture.auth.respond_with("expires_in", json);
        let token = fixture.tokens().token().await.unwrap();
        assert_eq!(token.expires_in().unwrap().as_secs_f64(), lifetime);
    }
}

#[tokio::test]
async fn a_token_with_expires_in_zero_is_returned_but_not_cached() {
    let fixture = Fixture::new();
    fixture.auth.respond_with("expires_in", "0");
    let tokens = fixture.tokens();
    let hold = fixture.auth.hold();
    let callers: Vec<_> = (0..10)
        .map(|_| {
            let tokens = tokens.clone();
            tokio::spawn(async move { tokens.token().await.unwrap().access_token().expose().to_owned() })
        })
        .collect();
    fixture.auth.wait_for_token_requests(1).await;
    tokio::task::yield_now().await;
    hold.release();
    for caller in callers {
        assert!(caller.await.unwrap().starts_with("test-token-1-"));
    }
    assert!(tokens.authorize_now(&mut http::HeaderMap::new()).is_none());
    tokens.token().await.unwrap();
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn without_expires_in_a_token_is_used_until_rejected() {
    let fixture = Fixture::new();
    fixture.auth.respond_without("expires_in");
    let tokens = fixture.tokens();
    let token = tokens.token().await.unwrap();
    assert_eq!((token.expires_in(), token.expires_at()), (None, None));
    fixture.clock.advance(seconds(3000));
    assert_eq!(tokens.token().await.unwrap().generation(), token.generation());
    tokens.reject(token.generation());
    assert_ne!(tokens.token().await.unwrap().generation(), token.generation());
    assert_eq!(fixture.requests(), 2);
}

#[tokio::test]
async fn without_expires_in_the_default_lifetime_applies() {
    let fixture = Fixture::new();
    fixture.auth.respond_without("expires_in");
    let tokens = fixture
        .builder()
        .default_lifetime(seconds(600))
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    fixture.clock.advance(seconds(595));
    assert!(tokens.authorize_now(&mut http::HeaderMap::new()).is_none());
}

#[tokio::test]
async fn the_lifetime_starts_before_the_request_is_sent() {
    let fixture = Fixture::new();
    let tokens = fixture
        .builder()
        .time_limits(TimeLimits::new().attempt(seconds(60)).wait(seconds(60)))
        .build(Transport::default())
        .unwrap();
    let start = fixture.clock.wall();
    let hold = fixture.auth.hold();
    let caller = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.token().await.unwrap() }
    });
    fixture.auth.wait_for_token_requests(1).await;
    fixture.clock.advance(seconds(10));
    hold.release();
    let token = caller.await.unwrap();
    assert_eq!(token.expires_at(), Some(start + seconds(3600)));
    let expiry = (start + seconds(3600)).duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert!(token.expose_json().contains(&format!("\"expiry\":{expiry}")));
}

#[tokio::test]
async fn without_expires_in_the_expiry_member_applies() {
    let fixture = Fixture::new();
    let expiry = fixture.clock.wall() + seconds(500);
    fixture.auth.respond_without("expires_in");
    fixture.auth.respond_with(
        "expiry",
        &expiry.duration_since(UNIX_EPOCH).unwrap().as_secs().to_string(),
    );
    let tokens = fixture.tokens();
    assert_eq!(tokens.token().await.unwrap().expires_at(), Some(expiry));
    fixture.clock.advance(seconds(495));
    assert!(tokens.authorize_now(&mut http::HeaderMap::new()).is_none());
}

#[tokio::test]
async fn a_clock_skew_above_the_lifetime_is_limited_to_half() {
    let fixture = Fixture::with(|server| server.lifetime(seconds(60)));
    let tokens = fixture
        .builder()
        .clock_skew(seconds(600))
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    fixture.clock.advance(seconds(15));
    assert!(tokens.authorize_now(&mut http::HeaderMap::new()).is_some());
    fixture.clock.advance(seconds(16));
    assert!(tokens.authorize_now(&mut http::HeaderMap::new()).is_none());
}

#[tokio::test]
async fn the_token_type_is_case_insensitive() {
    for json in ["\"bearer\"", "\"BEARER\"", "\"Bearer\""] {
        let fixture = Fixture::new();
        fixture.auth.respond_with("token_type", json);
        fixture.tokens().token().await.unwrap();
    }
}

#[tokio::test]
async fn an_unsupported_token_type_is_an_error() {
    let fixture = Fixture::new();
    fixture.auth.respond_with("token_type", "\"DPoP\"");
    let tokens = fixture.tokens();
    let problem = problem(&tokens).await;
    assert!(matches!(&problem, TokenResponseProblem::Unusable(error) if error.to_string().contains("`DPoP`")));
    assert!(tokens.authorize_now(&mut http::HeaderMap::new()).is_none());
}

#[tokio::test]
async fn a_narrower_granted_scope_emits_a_warning() {
    let fixture = Fixture::new();
    fixture.auth.respond_with("scope", "\"books.read extra\"");
    let logs = LogCapture::new();
    let _guard = logs.install();
    let tokens = fixture
        .builder()
        .scopes(["books.read", "orders.read"])
        .build(Transport::default())
        .unwrap();
    let token = tokens.token().await.unwrap();
    assert!(token.scopes().unwrap().contains("extra"));
    let events = logs.by_name("evergrant.scope_narrowed");
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].level.as_str(), events[0].fields["missing"].as_str()),
        ("WARN", "orders.read")
    );
}

#[tokio::test]
async fn strict_scopes_make_a_narrower_grant_an_error() {
    let fixture = Fixture::new();
    fixture.auth.respond_with("scope", "\"books.read\"");
    let builder = fixture.builder().scopes(["books.read", "orders.read"]).strict_scopes();
    let tokens = builder.build(Transport::default()).unwrap();
    let problem = problem(&tokens).await;
    assert!(
        matches!(&problem, TokenResponseProblem::ScopesNotGranted(missing) if missing.to_string() == "orders.read")
    );
}

#[tokio::test]
async fn empty_and_list_scopes_are_read() {
    for (json, missing) in [
        ("\"\"", "a b"),
        ("[]", "a b"),
        (r#"["a"]"#, "b"),
        (r#"["a", "b"]"#, ""),
        ("null", ""),
    ] {
        for strict in [false, true] {
            let fixture = Fixture::with(|server| server.scopes(&["a", "b"]));
            fixture.auth.respond_with("scope", json);
            let logs = LogCapture::new();
            let _guard = logs.install();
            let builder = fixture.builder().scopes(["a", "b"]);
            let builder = if strict { builder.strict_scopes() } else { builder };
            let tokens = builder.build(Transport::default()).unwrap();
            if strict && !missing.is_empty() {
                let problem = problem(&tokens).await;
                assert!(
                    matches!(&problem, TokenResponseProblem::ScopesNotGranted(scopes) if scopes.to_string() == missing),
                    "{json}: {problem:?}"
                );
            } else {
                tokens.token().await.unwrap();
                let events = logs.by_name("evergrant.scope_narrowed");
                let warning = events.first().map_or("", |event| event.fields["missing"].as_str());
                assert_eq!(warning, missing, "{json}");
            }
        }
    }
}

#[tokio::test]
async fn a_success_response_with_an_error_member_is_a_rejection() {
    let fixture = Fixture::new();
    fixture
        .auth
        .next(MockResponse::new(200).json(r#"{"error":"invalid_client","error_description":"no such client"}"#));
    let Error::OAuthProvider(error) = fixture.tokens().token().await.unwrap_err() else {
        panic!("expected a rejection")
    };
    assert_eq!((error.status().as_u16(), error.code()), (200, Some("invalid_client")));
}

#[tokio::test]
async fn an_html_or_empty_success_response_is_an_error() {
    let html = MockResponse::new(200)
        .header("content-type", "text/html")
        .body("<html><h1>Please sign in</h1></html>");
    for (response, expected) in [
        (html, TokenResponseProblem::NotJson),
        (MockResponse::new(200), TokenResponseProblem::Empty),
    ] {
        let fixture = Fixture::new();
        fixture.auth.next(response);
        let tokens = fixture.tokens();
        assert_eq!(problem(&tokens).await, expected);
        assert!(tokens.authorize_now(&mut http::HeaderMap::new()).is_none());
        fixture.clock.advance(seconds(2));
        tokens.token().await.unwrap();
    }
}

#[tokio::test]
async fn an_unusable_success_response_has_status_type_and_excerpt() {
    let fixture = Fixture::new();
    fixture.auth.next(
        MockResponse::new(200)
            .header("content-type", "text/html")
            .body("<h1>Please sign in</h1>"),
    );
    let Error::TokenResponse(error) = fixture.tokens().token().await.unwrap_err() else {
        panic!("expected a token response error")
    };
    assert_eq!(error.status().as_u16(), 200);
    assert_eq!(error.content_type(), Some("text/html"));
    assert_eq!(error.excerpt(), Some("Please sign in"));
}

#[tokio::test]
async fn a_truncated_or_oversized_response_is_an_error_without_the_token() {
    for (fault, kind) in [
        (Fault::Truncated, TransportErrorKind::Interrupted),
        (Fault::Oversized, TransportErrorKind::TooLarge),
    ] {
        let fixture = Fixture::new();
        fixture.auth.next(fault);
        let error = fixture.tokens().token().await.unwrap_err();
        assert!(
            matches!(&error, Error::Unreachable(inner) if inner.kind() == kind),
            "{error}"
        );
        assert!(!format!("{error} {error:?}").contains("cut-off-token"));
    }
    let fixture = Fixture::new();
    fixture
        .auth
        .next(MockResponse::new(200).json(r#"{"access_token":"a-leaky-token","expires_"#));
    let tokens = fixture.tokens();
    let error = tokens.token().await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("a-leaky"), "{error:?}");
    assert!(matches!(&error, Error::TokenResponse(error) if *error.problem() == TokenResponseProblem::Truncated));
}

#[tokio::test]
async fn a_response_without_a_usable_access_token_is_an_error() {
    for body in [
        "{}",
        r#"{"access_token":""}"#,
        r#"{"access_token":7}"#,
        r#"{"access_token":"a\nb"}"#,
        "[]",
        "7",
    ] {
        let fixture = Fixture::new();
        fixture.auth.next(MockResponse::new(200).json(body));
        let error = fixture.tokens().token().await.unwrap_err();
        assert!(matches!(error, Error::TokenResponse(_)), "{body}: {error}");
    }
}

#[tokio::test]
async fn a_valid_initial_token_is_served_and_an_expired_one_is_not() {
    let fixture = Fixture::new();
    let stored = |expiry| Token::new("a-stored-token").with_expires_at(expiry);
    let valid = fixture
        .builder()
        .token(stored(fixture.clock.wall() + seconds(600)))
        .build(Transport::default())
        .unwrap();
    assert_eq!(valid.token().await.unwrap().access_token().expose(), "a-stored-token");
    assert_eq!(fixture.requests(), 0);
    let expired = fixture
        .builder()
        .token(stored(fixture.clock.wall() - seconds(1)))
        .build(Transport::default())
        .unwrap();
    assert_ne!(expired.token().await.unwrap().access_token().expose(), "a-stored-token");
    assert_eq!(fixture.requests(), 1);
}
