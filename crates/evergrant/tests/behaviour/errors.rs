//! The Errors section: what a message says, and what it never shows.

use std::error::Error as _;
use std::time::Duration;

use evergrant::{BuildError, ClientAuth, ClientCredentials, Error, OAuthProviderError, TokenEndpointOptions};
use evergrant_reqwest::Transport;
use evergrant_testing::{Answer, LogCapture};

use crate::support::{CLIENT, SECRET, World};

async fn error(world: &World, answer: Answer) -> Error {
    world.auth.next(answer);
    world.tokens().token().await.unwrap_err()
}

async fn refusal(answer: Answer) -> std::sync::Arc<OAuthProviderError> {
    match error(&World::new(), answer).await {
        Error::OAuthProvider(error) => error,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_refusal_keeps_status_code_description_and_uri() {
    let body =
        r#"{"error":"invalid_scope","error_description":"no such scope","error_uri":"https://docs.example.com/e"}"#;
    let error = refusal(Answer::new(400).json(body)).await;
    assert_eq!(error.status().as_u16(), 400);
    assert_eq!(error.code(), Some("invalid_scope"));
    assert_eq!(error.error_description(), Some("no such scope"));
    assert_eq!(error.error_uri(), Some("https://docs.example.com/e"));
}

#[tokio::test]
async fn a_refusal_keeps_unregistered_codes_and_other_peoples_members() {
    assert_eq!(
        refusal(Answer::new(400).json(r#"{"error":"scope_invalid"}"#))
            .await
            .code(),
        Some("scope_invalid")
    );
    let error = refusal(Answer::new(404).json(r#"{"error":"other_error","status":404,"message":"who?"}"#)).await;
    assert_eq!(
        (error.code(), error.error_description()),
        (Some("other_error"), Some("who?"))
    );
    let error = refusal(Answer::new(401).json(r#"{"error":{"code":401,"message":"bad client"}}"#)).await;
    assert_eq!(
        (error.code(), error.error_description()),
        (Some("401"), Some("bad client"))
    );
    let plain = Answer::new(401)
        .header("content-type", "text/plain")
        .body(r#"{"error":"invalid_client"}"#);
    assert_eq!(refusal(plain).await.code(), Some("invalid_client"));
}

#[tokio::test]
async fn a_refusal_shows_the_servers_sentence_wherever_it_is_and_no_secret() {
    for (status, body, shown) in [
        (
            401,
            r#"{"errorCode":"invalid_client","errorSummary":"Bad id."}"#,
            "401 invalid_client (Bad id.)",
        ),
        (
            401,
            r#"{"fault":{"faultstring":"Bad key","detail":{"errorcode":"v2.Bad"}}}"#,
            "401 v2.Bad (Bad key)",
        ),
        (
            400,
            r#"{"code":40001,"msg":"ip is not allowed"}"#,
            "400 40001 (ip is not allowed)",
        ),
        (
            200,
            r#"{"status":"error","msg":"no such client"}"#,
            "200 without a token (no such client)",
        ),
        (
            200,
            r#"{"ErrorCode":"invalid_scope","Error":"No scope"}"#,
            "200 invalid_scope (No scope)",
        ),
        (
            400,
            r#"{"outcome":"denied","client_secret":"hush","ticket":7}"#,
            "400 Bad Request (denied)",
        ),
        (
            400,
            r#"[{"outcome":"denied","password":"hush"}]"#,
            "400 Bad Request (denied)",
        ),
        (400, r#"{"msg":"got not+a/real:secret"}"#, "(got [redacted])"),
        (
            200,
            r#"{"msg":"ok, eyJhbGciOiJub25lIn0.hush-hush-hush"}"#,
            "200 without a token (ok, …)",
        ),
    ] {
        let message = refusal(Answer::new(status).json(body)).await.to_string();
        assert!(
            message.contains(shown) && !message.contains("hush"),
            "{body}: {message}"
        );
    }
    let form = Answer::new(400)
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        .body("error=invalid_client&error_description=Bad+id");
    let message = refusal(form).await.to_string();
    assert!(message.contains("400 invalid_client (Bad id)"), "{message}");
    let unfinished = error(
        &World::new(),
        Answer::new(200).json(r#"{"message":"ok","data":{"accessToken":"hush"}}"#),
    )
    .await;
    assert!(matches!(unfinished, Error::TokenResponse(_)), "{unfinished}");
}

#[tokio::test]
async fn what_a_refusal_means_depends_on_the_code_and_not_on_its_place_or_on_numbers() {
    for (status, body, retryable) in [
        (503, r#"{"code":503,"message":"busy"}"#, true),
        (400, r#"{"errorCode":"temporarily_unavailable"}"#, true),
        (503, r#"{"errorCode":"invalid_client"}"#, false),
        (429, r#"{"error":{"code":429}}"#, true),
        (200, r#"{"status":"error","msg":"no"}"#, false),
        (401, r#"{"error":{"code":401}}"#, false),
    ] {
        let error = refusal(Answer::new(status).json(body)).await;
        assert_eq!(error.is_retryable(), retryable, "{error}");
    }
}

#[tokio::test]
async fn hints_follow_what_was_sent_and_what_came_back() {
    let page = |status| {
        Answer::new(status)
            .header("content-type", "text/html")
            .body("<p>Hello</p>")
    };
    let json = |status, body: &str| Answer::new(status).json(body);
    let scope = "no scope was sent, and the server may require one: name it with scopes(..)";
    for (answer, hint) in [
        (json(400, r#"{"error":"invalid_scope"}"#), scope),
        (
            json(
                400,
                r#"{"error":"invalid_request","error_description":"'scope' is missing"}"#,
            ),
            scope,
        ),
        (Answer::new(403), scope),
        (Answer::new(400), scope),
        (
            json(404, r#"{"error":"other_error"}"#),
            "check the client id, and the tenant in the token URL",
        ),
        (
            json(404, r#"{"error":"Not Found","message":"Cannot POST /x"}"#),
            "check the token URL, down to",
        ),
        (json(400, r#"{"code":40001,"msg":"no"}"#), "check the token URL"),
        (page(400), "check the token URL"),
        (page(403), "check the token URL"),
        (json(400, r#"{"error":"unsupported_grant_type"}"#), "grant_type(..)"),
        (
            json(
                400,
                r#"{"message":"The grant type client_credentials is not supported"}"#,
            ),
            "grant_type(..)",
        ),
        (Answer::new(415), "json_body()"),
        (
            json(400, r#"{"message":"Content-Type must be application/json"}"#),
            "json_body()",
        ),
        (
            json(400, r#"{"message":"Unexpected token g in JSON at position 0"}"#),
            "json_body()",
        ),
        (
            json(
                400,
                r#"{"error":"invalid_request","error_description":"grant_type is missing"}"#,
            ),
            "json_body()",
        ),
        (
            json(
                400,
                r#"{"error":"invalid_request","error_description":"client_id missing"}"#,
            ),
            "client_id_in_body()",
        ),
        (
            json(422, r#"{"message":"clientId is required"}"#),
            "client_id_in_body()",
        ),
        (
            json(400, r#"{"error":"invalid_client"}"#),
            "try raw (ClientAuth::BasicRaw) or post (ClientAuth::Post)",
        ),
        (
            json(401, r#"{"message":"No API key found in request"}"#),
            "TokenEndpointOptions::header",
        ),
        (
            json(
                401,
                r#"{"statusCode":401,"message":"Access denied due to missing subscription key."}"#,
            ),
            "TokenEndpointOptions::header",
        ),
        (
            json(403, r#"{"fault":{"faultstring":"Invalid ApiKey for given resource"}}"#),
            "TokenEndpointOptions::header",
        ),
        (
            Answer::new(403).body("gateway key missing"),
            "TokenEndpointOptions::header",
        ),
        // As of a server that cannot decode the header.
        (
            json(
                400,
                r#"{"error":"invalid_request","error_description":"the Authorization header is not properly encoded"}"#,
            ),
            "try raw (ClientAuth::BasicRaw) or post (ClientAuth::Post)",
        ),
        (
            json(
                400,
                r#"{"error":"invalid_request","error_description":"Malformed Basic credentials"}"#,
            ),
            "try raw (ClientAuth::BasicRaw) or post (ClientAuth::Post)",
        ),
    ] {
        let message = refusal(answer).await.to_string();
        assert!(message.contains(hint), "{message}");
    }
    let world = World::new();
    world.auth.next(json(400, r#"{"error":"invalid_scope"}"#));
    let tokens = world.builder().scopes(["a"]).build(Transport::default()).unwrap();
    let message = tokens.token().await.unwrap_err().to_string();
    assert!(
        message.contains("ask only for scopes") && !message.contains("no scope"),
        "{message}"
    );
    for (builder, hint) in [
        (ClientCredentials::new(CLIENT, "plain"), None),
        (
            ClientCredentials::new(CLIENT, "a+b").client_auth(ClientAuth::BasicRaw),
            Some("try basic"),
        ),
        (
            ClientCredentials::new(CLIENT, "a+b").client_auth(ClientAuth::Post),
            None,
        ),
    ] {
        world.auth.next(json(401, r#"{"error":"invalid_client"}"#));
        let tokens = world.configured(builder).build(Transport::default()).unwrap();
        let message = tokens.token().await.unwrap_err().to_string();
        assert_eq!(
            message.contains("percent-encoding changes"),
            hint.is_some(),
            "{message}"
        );
        assert!(message.contains(hint.unwrap_or_default()), "{message}");
    }
}

#[tokio::test]
async fn a_setting_that_is_there_already_is_not_proposed() {
    for (answer, not) in [
        (Answer::new(415), "want JSON"),
        (
            Answer::new(400).json(r#"{"error":"unsupported_grant_type"}"#),
            "grant_type(..)",
        ),
        (
            Answer::new(400).json(r#"{"error":"invalid_request","error_description":"client_id missing"}"#),
            "client_id_in_body",
        ),
        (
            Answer::new(400).json(r#"{"error":"invalid_client","error_description":"client_id not found"}"#),
            "in the body",
        ),
    ] {
        let world = World::new();
        world.auth.next(answer);
        let options = TokenEndpointOptions::new()
            .json_body()
            .client_id_in_body()
            .grant_type("own");
        let builder = world.builder().token_endpoint_options(options);
        let message = builder.build(Transport::default()).unwrap().token().await;
        let message = message.unwrap_err().to_string();
        assert!(!message.contains(not), "{message}");
    }
}

#[tokio::test]
async fn a_registered_code_is_recognized_though_a_secret_is_a_part_of_it() {
    for secret in ["l", "invalid", "_", "client"] {
        let world = World::new();
        let body = format!(r#"{{"error":"invalid_client","error_description":"got {secret}!"}}"#);
        world.auth.next(Answer::new(400).json(&body));
        let tokens = world
            .configured(ClientCredentials::new(CLIENT, secret))
            .build(Transport::default());
        let Err(Error::OAuthProvider(refusal)) = tokens.unwrap().token().await else {
            panic!("{secret}")
        };
        assert_eq!(refusal.code(), Some("invalid_client"), "{secret}");
        assert_eq!(refusal.error_description(), Some("got [redacted]!"), "{secret}");
    }
}

#[tokio::test]
async fn a_refusal_may_have_any_status_and_any_body() {
    let empty = refusal(Answer::new(403)).await;
    assert!(empty.code().is_none() && empty.excerpt().is_none());
    assert!(
        empty.to_string().contains("403 Forbidden with an empty body"),
        "{empty}"
    );
    let html = refusal(
        Answer::new(500)
            .header("content-type", "text/html")
            .body("<title>Oops</title>"),
    )
    .await;
    assert_eq!(html.excerpt(), Some("Oops"));
    let other = refusal(
        Answer::new(415)
            .header("content-type", "application/problem+json")
            .body("\"no\""),
    )
    .await;
    assert_eq!(other.status().as_u16(), 415);
    let redirect = refusal(Answer::new(307).header("location", "https://login.example.com/x?session=s3cret")).await;
    assert!(
        redirect
            .to_string()
            .contains("redirecting to https://login.example.com/x;"),
        "{redirect}"
    );
}

#[tokio::test]
async fn a_message_is_one_line_and_says_what_happened_to_which_client_and_endpoint_and_what_to_do() {
    let world = World::new();
    let url = format!("{}?tenant=s3cret", world.auth.token_url());
    let builder = world.configured(ClientCredentials::new(CLIENT, "wrong")).token_url(url);
    let message = builder
        .build(Transport::default())
        .unwrap()
        .token()
        .await
        .unwrap_err()
        .to_string();
    let endpoint = world.auth.token_url();
    assert_eq!(
        message,
        format!(
            "the authorization server refused client `bookshop` at {endpoint}: 401 invalid_client (client authentication \
             failed); check the client id, the secret, and the client authentication method that the server expects (basic, \
             raw or post); it was sent as client_secret_basic, percent-encoded"
        )
    );
}

#[tokio::test]
async fn a_servers_text_with_line_breaks_and_escape_codes_stays_on_one_plain_line() {
    let message = refusal(Answer::new(400).json(r#"{"error":"x","error_description":"one\r\ntwo\u001b[31m"}"#))
        .await
        .to_string();
    assert!(!message.contains(['\n', '\r', '\u{1b}']), "{message:?}");
}

#[tokio::test]
async fn a_servers_text_that_repeats_the_secret_is_masked_raw_encoded_and_in_base64() {
    use base64::Engine as _;
    let base64 = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let percent = "not%2Ba%2Freal%3Asecret";
    let echoes = [
        SECRET.to_owned(),
        percent.to_owned(),
        percent.to_lowercase(),
        base64(SECRET),
        base64(&format!("{CLIENT}:{percent}")),
        base64(&format!("{CLIENT}:{SECRET}")),
    ];
    for echo in echoes {
        for answer in [
            Answer::new(401).json(&format!(
                r#"{{"error":"invalid_client","error_description":"got {echo}"}}"#
            )),
            Answer::new(401).json(&format!(r#"{{"error":"got {echo}"}}"#)),
            Answer::new(500)
                .header("content-type", "text/html")
                .body(format!("<p>got {echo}</p>")),
            Answer::new(200)
                .header("content-type", "text/html")
                .body(format!("<p>got {echo}</p>")),
            Answer::new(200)
                .header("content-type", &format!("x/{echo}"))
                .body("got"),
        ] {
            let logs = LogCapture::new();
            let _guard = logs.install();
            let error = error(&World::new(), answer).await;
            let shown = format!("{error} {error:?} {:?} {:?}", error.source(), logs.records());
            assert!(!shown.contains(&echo), "{shown}");
            assert!(shown.contains("got"), "{shown}");
        }
    }
}

#[tokio::test]
async fn errors_are_cheap_to_clone_and_say_whether_to_retry_and_when() {
    let limited = error(&World::new(), Answer::new(429).header("x-retry-after", "7")).await;
    assert!(limited.clone().is_retryable());
    assert_eq!(limited.retry_after(), Some(Duration::from_secs(7)));
    let refused = error(&World::new(), Answer::new(400).json(r#"{"error":"invalid_client"}"#)).await;
    assert!(!refused.is_retryable() && refused.retry_after().is_none());
    let failing = error(&World::new(), Answer::new(503)).await;
    assert!(failing.is_retryable());
    assert!(size_of::<Error>() <= 48);
}

#[tokio::test]
async fn an_unreachable_server_is_named_with_the_cause() {
    let world = World::new();
    world.auth.stop();
    let error = world.tokens().token().await.unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains(&world.auth.token_url()) && message.contains("could not connect"),
        "{message}"
    );
    assert!(
        message.to_lowercase().contains("refused"),
        "the system's own words: {message}"
    );
    assert!(error.source().is_some());
}

#[test]
fn build_errors_are_separate_and_name_setting_and_remedy() {
    let build = |builder: evergrant::TokenManagerBuilder| builder.build(Transport::default()).unwrap_err();
    let new = || ClientCredentials::new("id", "not-a-real-secret").token_url("https://auth.example.com/token");
    let cases = [
        (
            build(ClientCredentials::new("id", "not-a-real-secret")),
            "token_url(\"https://...\")",
        ),
        (
            build(ClientCredentials::new("", "x").token_url("https://a.example.com")),
            "client id is empty",
        ),
        (build(new().token_url("auth.example.com/token")), "not a URL"),
        (
            build(new().token_url("ftp://auth.example.com")),
            "neither http nor https",
        ),
        (
            build(new().token_url("https://u:not-a-real-password@a.example.com")),
            "user name or password",
        ),
        (build(new().token_url("https://a.example.com/#x")), "fragment"),
        (
            build(new().token_url("http://a.example.com/token")),
            "danger_allow_http_to(\"http://a.example.com\")",
        ),
        (build(new().scopes(["a\"b"])), "cannot have"),
        (
            build(new().param("client_secret", "not-a-real-secret")),
            "ClientAuth::Post",
        ),
        (build(new().param("grant_type", "password")), "grant's own constructor"),
        (build(new().renew_after(1.5)), "at most 1"),
        (build(new().max_wait(Duration::ZERO)), "longer than zero"),
        (build(new().token(evergrant::Token::new("a b"))), "no header can carry"),
    ];
    for (error, words) in cases {
        let message = format!("{error} {error:?}");
        assert!(error.to_string().contains(words), "{message}");
        assert!(!message.contains("not-a-real"), "{message}");
    }
    assert!(matches!(
        build(new().token_url("")),
        BuildError::InvalidUrl {
            setting: "token_url",
            ..
        }
    ));
}

#[tokio::test]
async fn no_secret_reaches_debug_output_or_events_on_the_whole_way() {
    let world = World::new();
    let logs = LogCapture::new();
    let _guard = logs.install();
    let builder = world.builder().client_auth(ClientAuth::Post);
    let tokens = builder.build(Transport::default()).unwrap();
    let token = tokens.token().await.unwrap();
    tokens.reject(token.generation());
    world.auth.next(Answer::new(400).json(r#"{"error":"invalid_scope"}"#));
    tokens.token().await.unwrap_err();
    let shown = format!("{tokens:?} {:?} {token:?} {:?}", tokens.status(), logs.records());
    assert!(!shown.contains(SECRET) && !shown.contains("test-token-"), "{shown}");
}
