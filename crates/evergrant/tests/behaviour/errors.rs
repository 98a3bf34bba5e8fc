//! Error messages: their content, and the secrets that they must not contain.

use std::error::Error as _;
use std::time::Duration;

use evergrant::TimeLimits;
use evergrant::client_auth::{ClientSecretBasicRaw, ClientSecretPost};
use evergrant::{BuildError, ClientCredentials, Error, OAuthProviderError, TokenEndpointOptions};
use evergrant_reqwest::Transport;
use evergrant_testing::{LogCapture, MockResponse};

use crate::support::{CLIENT, Fixture, SECRET};

async fn error(fixture: &Fixture, response: MockResponse) -> Error {
    fixture.auth.next(response);
    fixture.tokens().token().await.unwrap_err()
}

async fn rejection(response: MockResponse) -> std::sync::Arc<OAuthProviderError> {
    match error(&Fixture::new(), response).await {
        Error::OAuthProvider(error) => error,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_rejection_has_status_code_description_and_uri() {
    let body =
        r#"{"error":"invalid_scope","error_description":"no such scope","error_uri":"https://docs.example.com/e"}"#;
    let error = rejection(MockResponse::new(400).json(body)).await;
    assert_eq!(error.status().as_u16(), 400);
    assert_eq!(error.code(), Some("invalid_scope"));
    assert_eq!(error.error_description(), Some("no such scope"));
    assert_eq!(error.error_uri(), Some("https://docs.example.com/e"));
}

#[tokio::test]
async fn a_rejection_keeps_unregistered_codes_and_vendor_members() {
    assert_eq!(
        rejection(MockResponse::new(400).json(r#"{"error":"scope_invalid"}"#))
            .await
            .code(),
        Some("scope_invalid")
    );
    let error =
        rejection(MockResponse::new(404).json(r#"{"error":"other_error","status":404,"message":"who?"}"#)).await;
    assert_eq!(
        (error.code(), error.error_description()),
        (Some("other_error"), Some("who?"))
    );
    let error = rejection(MockResponse::new(401).json(r#"{"error":{"code":401,"message":"bad client"}}"#)).await;
    assert_eq!(
        (error.code(), error.error_description()),
        (Some("401"), Some("bad client"))
    );
    let plain = MockResponse::new(401)
        .header("content-type", "text/plain")
        .body(r#"{"error":"invalid_client"}"#);
    assert_eq!(rejection(plain).await.code(), Some("invalid_client"));
}

#[tokio::test]
async fn a_rejection_shows_the_message_of_the_server_without_secrets() {
    for (status, body, output) in [
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
        let message = rejection(MockResponse::new(status).json(body)).await.to_string();
        assert!(
            message.contains(output) && !message.contains("hush"),
            "{body}: {message}"
        );
    }
    let form = MockResponse::new(400)
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        .body("error=invalid_client&error_description=Bad+id");
    let message = rejection(form).await.to_string();
    assert!(message.contains("400 invalid_client (Bad id)"), "{message}");
    let unfinished = error(
        &Fixture::new(),
        MockResponse::new(200).json(r#"{"message":"ok","data":{"accessToken":"hush"}}"#),
    )
    .await;
    assert!(matches!(unfinished, Error::TokenResponse(_)), "{unfinished}");
}

#[tokio::test]
async fn a_rejection_is_classified_by_code_and_status() {
    for (status, body, retryable) in [
        (503, r#"{"code":503,"message":"busy"}"#, true),
        (400, r#"{"errorCode":"temporarily_unavailable"}"#, true),
        (503, r#"{"errorCode":"invalid_client"}"#, false),
        (429, r#"{"error":{"code":429}}"#, true),
        (200, r#"{"status":"error","msg":"no"}"#, false),
        (401, r#"{"error":{"code":401}}"#, false),
    ] {
        let error = rejection(MockResponse::new(status).json(body)).await;
        assert_eq!(error.is_retryable(), retryable, "{error}");
    }
}

#[tokio::test]
async fn hints_depend_on_the_request_and_the_response() {
    let page = |status| {
        MockResponse::new(status)
            .header("content-type", "text/html")
            .body("<p>Hello</p>")
    };
    let json = |status, body: &str| MockResponse::new(status).json(body);
    let scope = "no scope was sent, and the server may require one: set scopes(..)";
    for (response, hint) in [
        (json(400, r#"{"error":"invalid_scope"}"#), scope),
        (
            json(
                400,
                r#"{"error":"invalid_request","error_description":"'scope' is missing"}"#,
            ),
            scope,
        ),
        (MockResponse::new(403), scope),
        (MockResponse::new(400), scope),
        (
            json(404, r#"{"error":"other_error"}"#),
            "check the client id, and the tenant in the token URL",
        ),
        (
            json(404, r#"{"error":"Not Found","message":"Cannot POST /x"}"#),
            "check the token URL, including",
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
        (MockResponse::new(415), "json_body()"),
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
            "try raw (ClientSecretBasicRaw) or post (ClientSecretPost)",
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
            MockResponse::new(403).body("gateway key missing"),
            "TokenEndpointOptions::header",
        ),
        // A server that cannot decode the header.
        (
            json(
                400,
                r#"{"error":"invalid_request","error_description":"the Authorization header is not properly encoded"}"#,
            ),
            "try raw (ClientSecretBasicRaw) or post (ClientSecretPost)",
        ),
        (
            json(
                400,
                r#"{"error":"invalid_request","error_description":"Malformed Basic credentials"}"#,
            ),
            "try raw (ClientSecretBasicRaw) or post (ClientSecretPost)",
        ),
    ] {
        let message = rejection(response).await.to_string();
        assert!(message.contains(hint), "{message}");
    }
    let fixture = Fixture::new();
    fixture.auth.next(json(400, r#"{"error":"invalid_scope"}"#));
    let tokens = fixture.builder().scopes(["a"]).build(Transport::default()).unwrap();
    let message = tokens.token().await.unwrap_err().to_string();
    assert!(
        message.contains("request only scopes") && !message.contains("no scope"),
        "{message}"
    );
    for (builder, hint) in [
        (ClientCredentials::builder(CLIENT, "plain"), None),
        (
            ClientCredentials::builder(CLIENT, ClientSecretBasicRaw::new("a+b")),
            Some("try basic"),
        ),
        (ClientCredentials::builder(CLIENT, ClientSecretPost::new("a+b")), None),
    ] {
        fixture.auth.next(json(401, r#"{"error":"invalid_client"}"#));
        let tokens = fixture.configured(builder).build(Transport::default()).unwrap();
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
async fn a_configured_setting_is_not_suggested() {
    for (response, suggestion) in [
        (MockResponse::new(415), "expects JSON"),
        (
            MockResponse::new(400).json(r#"{"error":"unsupported_grant_type"}"#),
            "grant_type(..)",
        ),
        (
            MockResponse::new(400).json(r#"{"error":"invalid_request","error_description":"client_id missing"}"#),
            "client_id_in_body",
        ),
        (
            MockResponse::new(400).json(r#"{"error":"invalid_client","error_description":"client_id not found"}"#),
            "in the body",
        ),
    ] {
        let fixture = Fixture::new();
        fixture.auth.next(response);
        let options = TokenEndpointOptions::new().json_body().client_id_in_body();
        let builder = fixture.builder().grant_type("own").token_endpoint_options(options);
        let message = builder.build(Transport::default()).unwrap().token().await;
        let message = message.unwrap_err().to_string();
        assert!(!message.contains(suggestion), "{message}");
    }
}

#[tokio::test]
async fn a_registered_code_is_not_masked_by_a_short_secret() {
    for secret in ["l", "invalid", "_", "client"] {
        let fixture = Fixture::new();
        let body = format!(r#"{{"error":"invalid_client","error_description":"got {secret}!"}}"#);
        fixture.auth.next(MockResponse::new(400).json(&body));
        let tokens = fixture
            .configured(ClientCredentials::builder(CLIENT, secret))
            .build(Transport::default());
        let Err(Error::OAuthProvider(rejection)) = tokens.unwrap().token().await else {
            panic!("{secret}")
        };
        assert_eq!(rejection.code(), Some("invalid_client"), "{secret}");
        assert_eq!(rejection.error_description(), Some("got [redacted]!"), "{secret}");
    }
}

#[tokio::test]
async fn a_rejection_may_have_any_status_and_body() {
    let empty = rejection(MockResponse::new(403)).await;
    assert!(empty.code().is_none() && empty.excerpt().is_none());
    assert!(
        empty.to_string().contains("403 Forbidden with an empty body"),
        "{empty}"
    );
    let html = rejection(
        MockResponse::new(500)
            .header("content-type", "text/html")
            .body("<title>Oops</title>"),
    )
    .await;
    assert_eq!(html.excerpt(), Some("Oops"));
    let other = rejection(
        MockResponse::new(415)
            .header("content-type", "application/problem+json")
            .body("\"no\""),
    )
    .await;
    assert_eq!(other.status().as_u16(), 415);
    let redirect =
        rejection(MockResponse::new(307).header("location", "https://login.example.com/x?session=s3cret")).await;
    assert!(
        redirect
            .to_string()
            .contains("redirecting to https://login.example.com/x;"),
        "{redirect}"
    );
}

#[tokio::test]
async fn a_message_names_client_endpoint_cause_and_remedy() {
    let fixture = Fixture::new();
    let url = format!("{}?tenant=s3cret", fixture.auth.token_url());
    let builder = fixture
        .configured(ClientCredentials::builder(CLIENT, "wrong"))
        .token_url(url);
    let message = builder
        .build(Transport::default())
        .unwrap()
        .token()
        .await
        .unwrap_err()
        .to_string();
    let endpoint = fixture.auth.token_url();
    assert_eq!(
        message,
        format!(
            "the authorization server rejected client `bookshop` at {endpoint}: 401 invalid_client (client authentication \
             failed); check the client id, the secret, and the client authentication method that the server expects (basic, \
             raw or post); it was sent as client_secret_basic, percent-encoded"
        )
    );
}

#[tokio::test]
async fn control_characters_are_removed_from_server_messages() {
    let message = rejection(MockResponse::new(400).json(r#"{"error":"x","error_description":"one\r\ntwo\u001b[31m"}"#))
        .await
        .to_string();
    assert!(!message.contains(['\n', '\r', '\u{1b}']), "{message:?}");
}

#[tokio::test]
async fn secrets_are_masked_in_server_messages() {
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
        for response in [
            MockResponse::new(401).json(&format!(
                r#"{{"error":"invalid_client","error_description":"got {echo}"}}"#
            )),
            MockResponse::new(401).json(&format!(r#"{{"error":"got {echo}"}}"#)),
            MockResponse::new(500)
                .header("content-type", "text/html")
                .body(format!("<p>got {echo}</p>")),
            MockResponse::new(200)
                .header("content-type", "text/html")
                .body(format!("<p>got {echo}</p>")),
            MockResponse::new(200)
                .header("content-type", &format!("x/{echo}"))
                .body("got"),
        ] {
            let logs = LogCapture::new();
            let _guard = logs.install();
            let error = error(&Fixture::new(), response).await;
            let output = format!("{error} {error:?} {:?} {:?}", error.source(), logs.records());
            assert!(!output.contains(&echo), "{output}");
            assert!(output.contains("got"), "{output}");
        }
    }
}

#[tokio::test]
async fn errors_are_small_and_state_whether_and_when_to_retry() {
    let limited = error(&Fixture::new(), MockResponse::new(429).header("x-retry-after", "7")).await;
    assert!(limited.clone().is_retryable());
    assert_eq!(limited.retry_after(), Some(Duration::from_secs(7)));
    let rejected = error(
        &Fixture::new(),
        MockResponse::new(400).json(r#"{"error":"invalid_client"}"#),
    )
    .await;
    assert!(!rejected.is_retryable() && rejected.retry_after().is_none());
    let failing = error(&Fixture::new(), MockResponse::new(503)).await;
    assert!(failing.is_retryable());
    assert!(size_of::<Error>() <= 48);
}

#[tokio::test]
async fn an_unreachable_server_error_names_url_and_cause() {
    let fixture = Fixture::new();
    fixture.auth.stop();
    let error = fixture.tokens().token().await.unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains(&fixture.auth.token_url()) && message.contains("could not connect"),
        "{message}"
    );
    assert!(
        message.to_lowercase().contains("refused"),
        "the error of the operating system: {message}"
    );
    assert!(error.source().is_some());
}

#[test]
fn build_errors_name_setting_and_remedy() {
    let build = |builder: evergrant::TokenManagerBuilder| builder.build(Transport::default()).unwrap_err();
    let new = || ClientCredentials::builder("id", "not-a-real-secret").token_url("https://auth.example.com/token");
    let cases = [
        (
            build(ClientCredentials::builder("id", "not-a-real-secret")),
            "token_url(\"https://...\")",
        ),
        (
            build(ClientCredentials::builder("", "x").token_url("https://a.example.com")),
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
        (build(new().scopes(["a\"b"])), "not allowed in scopes"),
        (
            build(new().param("client_secret", "not-a-real-secret")),
            "ClientSecretPost",
        ),
        (build(new().param("grant_type", "password")), "constructor of the grant"),
        (build(new().renew_after(1.5)), "at most 1"),
        (
            build(new().time_limits(TimeLimits::new().wait(Duration::ZERO))),
            "longer than zero",
        ),
        (
            build(new().token(evergrant::Token::new("a b"))),
            "not allowed in headers",
        ),
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
async fn no_secret_appears_in_debug_output_or_events() {
    let fixture = Fixture::new();
    let logs = LogCapture::new();
    let _guard = logs.install();
    let builder = fixture.builder().client_auth(ClientSecretPost::new(SECRET));
    let tokens = builder.build(Transport::default()).unwrap();
    let token = tokens.token().await.unwrap();
    tokens.reject(token.generation());
    fixture
        .auth
        .next(MockResponse::new(400).json(r#"{"error":"invalid_scope"}"#));
    tokens.token().await.unwrap_err();
    let output = format!("{tokens:?} {:?} {token:?} {:?}", tokens.status(), logs.records());
    assert!(!output.contains(SECRET) && !output.contains("test-token-"), "{output}");
}
