//! The Tokens table: the request on the wire, what a response may look like, and how a token is kept.

use std::time::UNIX_EPOCH;

use base64::Engine as _;
use evergrant::error::{TokenResponseProblem, TransportErrorKind};
use evergrant::{ClientAuth, ClientCredentials, Error, Token, TokenManager};
use evergrant_reqwest::Transport;
use evergrant_testing::{Answer, Fault, LogCapture};

use crate::support::{CLIENT, SECRET, World, seconds};

async fn problem(tokens: &TokenManager) -> TokenResponseProblem {
    match tokens.token().await.unwrap_err() {
        Error::TokenResponse(error) => error.problem().clone(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn the_token_request_is_a_form_post_with_percent_encoded_basic_credentials() {
    let world = World::new();
    let tokens = world
        .builder()
        .scopes(["books.read", "orders.read"])
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    let request = world.auth.last_token_request();
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
async fn raw_basic_post_and_none_are_chosen_per_client() {
    let world = World::with(|server| server.raw_basic());
    let raw = world
        .builder()
        .client_auth(ClientAuth::BasicRaw)
        .build(Transport::default())
        .unwrap();
    raw.token().await.unwrap();

    let post = world
        .builder()
        .client_auth(ClientAuth::Post)
        .build(Transport::default())
        .unwrap();
    post.token().await.unwrap();
    let request = world.auth.last_token_request();
    assert!(request.header("authorization").is_none());
    assert_eq!(request.form_value("client_id").as_deref(), Some(CLIENT));
    assert_eq!(request.form_value("client_secret").as_deref(), Some(SECRET));

    let world = World::with(|server| server.public_client("kiosk"));
    let none = world
        .configured(ClientCredentials::public("kiosk"))
        .build(Transport::default())
        .unwrap();
    none.token().await.unwrap();
    let request = world.auth.last_token_request();
    assert!(request.header("authorization").is_none() && request.form_value("client_secret").is_none());
    assert_eq!(request.form_value("client_id").as_deref(), Some("kiosk"));
}

#[tokio::test]
async fn scopes_audience_resources_and_extra_parameters_are_identical_on_every_renewal() {
    let world = World::new();
    let tokens = world
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
        world.clock.advance(seconds(3600));
    }
    let requests = world.auth.requests();
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
        let world = World::new();
        world.auth.respond_with("expires_in", json);
        let token = world.tokens().token().await.unwrap();
        assert_eq!(token.expires_in().unwrap().as_secs_f64(), lifetime);
    }
}

#[tokio::test]
async fn expires_in_zero_is_usable_by_those_who_wait_and_never_cached() {
    let world = World::new();
    world.auth.respond_with("expires_in", "0");
    let tokens = world.tokens();
    let hold = world.auth.hold();
    let callers: Vec<_> = (0..10)
        .map(|_| {
            let tokens = tokens.clone();
            tokio::spawn(async move { tokens.token().await.unwrap().access_token().expose().to_owned() })
        })
        .collect();
    world.auth.wait_for_token_requests(1).await;
    tokio::task::yield_now().await;
    hold.release();
    for caller in callers {
        assert!(caller.await.unwrap().starts_with("test-token-1-"));
    }
    assert!(tokens.authorize_now(&mut http::HeaderMap::new()).is_none());
    tokens.token().await.unwrap();
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn without_expires_in_a_token_is_used_until_an_api_refuses_it() {
    let world = World::new();
    world.auth.respond_without("expires_in");
    let tokens = world.tokens();
    let token = tokens.token().await.unwrap();
    assert_eq!((token.expires_in(), token.expires_at()), (None, None));
    world.clock.advance(seconds(3000));
    assert_eq!(tokens.token().await.unwrap().generation(), token.generation());
    tokens.reject(token.generation());
    assert_ne!(tokens.token().await.unwrap().generation(), token.generation());
    assert_eq!(world.requests(), 2);
}

#[tokio::test]
async fn without_expires_in_the_configured_default_lifetime_counts() {
    let world = World::new();
    world.auth.respond_without("expires_in");
    let tokens = world
        .builder()
        .default_lifetime(seconds(600))
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    world.clock.advance(seconds(595));
    assert!(tokens.authorize_now(&mut http::HeaderMap::new()).is_none());
}

#[tokio::test]
async fn the_expiry_counts_from_before_the_request_was_sent_and_is_kept_as_an_absolute_time() {
    let world = World::new();
    let tokens = world
        .builder()
        .attempt_timeout(seconds(60))
        .max_wait(seconds(60))
        .build(Transport::default())
        .unwrap();
    let start = world.clock.wall();
    let hold = world.auth.hold();
    let caller = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.token().await.unwrap() }
    });
    world.auth.wait_for_token_requests(1).await;
    world.clock.advance(seconds(10));
    hold.release();
    let token = caller.await.unwrap();
    assert_eq!(token.expires_at(), Some(start + seconds(3600)));
    let expiry = (start + seconds(3600)).duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert!(token.expose_json().contains(&format!("\"expiry\":{expiry}")));
}

#[tokio::test]
async fn a_servers_own_expiry_counts_where_there_is_no_expires_in() {
    let world = World::new();
    let expiry = world.clock.wall() + seconds(500);
    world.auth.respond_without("expires_in");
    world.auth.respond_with(
        "expiry",
        &expiry.duration_since(UNIX_EPOCH).unwrap().as_secs().to_string(),
    );
    let tokens = world.tokens();
    assert_eq!(tokens.token().await.unwrap().expires_at(), Some(expiry));
    world.clock.advance(seconds(495));
    assert!(tokens.authorize_now(&mut http::HeaderMap::new()).is_none());
}

#[tokio::test]
async fn a_clock_skew_above_the_lifetime_leaves_half_of_it() {
    let world = World::with(|server| server.lifetime(seconds(60)));
    let tokens = world
        .builder()
        .clock_skew(seconds(600))
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    world.clock.advance(seconds(15));
    assert!(tokens.authorize_now(&mut http::HeaderMap::new()).is_some());
    world.clock.advance(seconds(16));
    assert!(tokens.authorize_now(&mut http::HeaderMap::new()).is_none());
}

#[tokio::test]
async fn a_token_type_is_accepted_in_any_case_of_bearer() {
    for json in ["\"bearer\"", "\"BEARER\"", "\"Bearer\""] {
        let world = World::new();
        world.auth.respond_with("token_type", json);
        world.tokens().token().await.unwrap();
    }
}

#[tokio::test]
async fn any_other_token_type_is_a_typed_error() {
    let world = World::new();
    world.auth.respond_with("token_type", "\"DPoP\"");
    let tokens = world.tokens();
    let problem = problem(&tokens).await;
    assert!(matches!(&problem, TokenResponseProblem::Unusable(error) if error.to_string().contains("`DPoP`")));
    assert!(tokens.authorize_now(&mut http::HeaderMap::new()).is_none());
}

#[tokio::test]
async fn a_granted_scope_narrower_than_asked_for_is_a_warning_event() {
    let world = World::new();
    world.auth.respond_with("scope", "\"books.read extra\"");
    let logs = LogCapture::new();
    let _guard = logs.install();
    let tokens = world
        .builder()
        .scopes(["books.read", "orders.read"])
        .build(Transport::default())
        .unwrap();
    let token = tokens.token().await.unwrap();
    assert!(token.scopes().unwrap().contains("extra"));
    let events = logs.named("evergrant.scope_narrowed");
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].level.as_str(), events[0].fields["missing"].as_str()),
        ("WARN", "orders.read")
    );
}

#[tokio::test]
async fn strict_scopes_make_a_narrower_grant_an_error() {
    let world = World::new();
    world.auth.respond_with("scope", "\"books.read\"");
    let builder = world.builder().scopes(["books.read", "orders.read"]).strict_scopes();
    let tokens = builder.build(Transport::default()).unwrap();
    let problem = problem(&tokens).await;
    assert!(
        matches!(&problem, TokenResponseProblem::ScopesNotGranted(missing) if missing.to_string() == "orders.read")
    );
}

#[tokio::test]
async fn an_empty_scope_grants_nothing_and_a_list_of_scopes_is_read_as_one() {
    for (json, missing) in [
        ("\"\"", "a b"),
        ("[]", "a b"),
        (r#"["a"]"#, "b"),
        (r#"["a", "b"]"#, ""),
        ("null", ""),
    ] {
        for strict in [false, true] {
            let world = World::with(|server| server.scopes(&["a", "b"]));
            world.auth.respond_with("scope", json);
            let logs = LogCapture::new();
            let _guard = logs.install();
            let builder = world.builder().scopes(["a", "b"]);
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
                let events = logs.named("evergrant.scope_narrowed");
                let warned = events.first().map_or("", |event| event.fields["missing"].as_str());
                assert_eq!(warned, missing, "{json}");
            }
        }
    }
}

#[tokio::test]
async fn a_success_with_an_error_member_is_a_refusal() {
    let world = World::new();
    world
        .auth
        .next(Answer::new(200).json(r#"{"error":"invalid_client","error_description":"no such client"}"#));
    let Error::OAuthProvider(error) = world.tokens().token().await.unwrap_err() else {
        panic!("a refusal")
    };
    assert_eq!((error.status().as_u16(), error.code()), (200, Some("invalid_client")));
}

#[tokio::test]
async fn a_success_that_is_html_or_empty_is_a_typed_error_and_nothing_is_cached() {
    let html = Answer::new(200)
        .header("content-type", "text/html")
        .body("<html><h1>Please sign in</h1></html>");
    for (answer, expected) in [
        (html, TokenResponseProblem::NotJson),
        (Answer::new(200), TokenResponseProblem::Empty),
    ] {
        let world = World::new();
        world.auth.next(answer);
        let tokens = world.tokens();
        assert_eq!(problem(&tokens).await, expected);
        assert!(tokens.authorize_now(&mut http::HeaderMap::new()).is_none());
        world.clock.advance(seconds(2));
        tokens.token().await.unwrap();
    }
}

#[tokio::test]
async fn the_error_of_an_unusable_success_shows_status_content_type_and_an_excerpt() {
    let world = World::new();
    world.auth.next(
        Answer::new(200)
            .header("content-type", "text/html")
            .body("<h1>Please sign in</h1>"),
    );
    let Error::TokenResponse(error) = world.tokens().token().await.unwrap_err() else {
        panic!("a response error")
    };
    assert_eq!(error.status().as_u16(), 200);
    assert_eq!(error.content_type(), Some("text/html"));
    assert_eq!(error.excerpt(), Some("Please sign in"));
}

#[tokio::test]
async fn a_truncated_or_oversized_success_is_a_typed_error_and_shows_no_token() {
    for (fault, kind) in [
        (Fault::Truncated, TransportErrorKind::Interrupted),
        (Fault::Oversized, TransportErrorKind::TooLarge),
    ] {
        let world = World::new();
        world.auth.next(fault);
        let error = world.tokens().token().await.unwrap_err();
        assert!(
            matches!(&error, Error::Unreachable(inner) if inner.kind() == kind),
            "{error}"
        );
        assert!(!format!("{error} {error:?}").contains("cut-off-token"));
    }
    let world = World::new();
    world
        .auth
        .next(Answer::new(200).json(r#"{"access_token":"a-leaky-token","expires_"#));
    let tokens = world.tokens();
    let error = tokens.token().await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("a-leaky"), "{error:?}");
    assert!(matches!(&error, Error::TokenResponse(error) if *error.problem() == TokenResponseProblem::Truncated));
}

#[tokio::test]
async fn a_response_without_a_usable_access_token_is_a_typed_error() {
    for body in [
        "{}",
        r#"{"access_token":""}"#,
        r#"{"access_token":7}"#,
        r#"{"access_token":"a\nb"}"#,
        "[]",
        "7",
    ] {
        let world = World::new();
        world.auth.next(Answer::new(200).json(body));
        let error = world.tokens().token().await.unwrap_err();
        assert!(matches!(error, Error::TokenResponse(_)), "{body}: {error}");
    }
}

#[tokio::test]
async fn an_expired_stored_token_counts_as_a_miss_and_a_valid_one_is_served() {
    let world = World::new();
    let stored = |expiry| Token::new("a-stored-token").with_expires_at(expiry);
    let valid = world
        .builder()
        .token(stored(world.clock.wall() + seconds(600)))
        .build(Transport::default())
        .unwrap();
    assert_eq!(valid.token().await.unwrap().access_token().expose(), "a-stored-token");
    assert_eq!(world.requests(), 0);
    let expired = world
        .builder()
        .token(stored(world.clock.wall() - seconds(1)))
        .build(Transport::default())
        .unwrap();
    assert_ne!(expired.token().await.unwrap().access_token().expose(), "a-stored-token");
    assert_eq!(world.requests(), 1);
}
