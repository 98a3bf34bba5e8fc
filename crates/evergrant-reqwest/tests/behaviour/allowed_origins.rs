//! The origins that may receive credentials, and the headers that a redirect sends.

use evergrant::{BuildError, ClientCredentials, Error as AuthError, TokenManager};
use evergrant_reqwest::{Client, Error, Transport};
use evergrant_testing::{ApiServer, AuthServer, LogCapture};
use http::{HeaderName, HeaderValue};

use crate::support::SECRET;

struct Fixture {
    auth: AuthServer,
    api: ApiServer,
    elsewhere: ApiServer,
}

impl Fixture {
    fn new() -> Self {
        let auth = AuthServer::builder().client("shop", SECRET).start();
        let api = auth.api();
        Self {
            auth,
            api,
            elsewhere: ApiServer::unprotected(),
        }
    }

    fn tokens(&self) -> TokenManager {
        let builder = ClientCredentials::builder("shop", SECRET).token_url(self.auth.token_url());
        builder.build(Transport::default()).expect("a manager")
    }

    fn client(&self) -> Client {
        Client::builder(self.tokens())
            .base_url(self.api.url("/"))
            .build()
            .expect("a client")
    }

    fn redirect(&self, status: u16, to: &str) -> String {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("to", to)
            .finish();
        format!("redirect?status={status}&{query}")
    }
}

#[tokio::test]
async fn a_call_to_another_origin_fails_without_sending() {
    let fixture = Fixture::new();
    let error = fixture
        .client()
        .get(fixture.elsewhere.url("/x"))
        .send()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Authorization(AuthError::Origin(_))));
    assert!(
        error.to_string().contains("allow_origin(\"http://127.0.0.1:"),
        "{error}"
    );
    assert!(fixture.elsewhere.requests().is_empty() && fixture.auth.requests().is_empty());
}

#[tokio::test]
async fn an_unauthenticated_call_may_go_to_any_origin() {
    let fixture = Fixture::new();
    let client = Client::builder(fixture.tokens())
        .base_url(fixture.api.url("/"))
        .default_header(
            HeaderName::from_static("x-session"),
            HeaderValue::from_static("not-a-real-session"),
        )
        .build()
        .unwrap();
    client
        .get(fixture.elsewhere.url("/x"))
        .unauthenticated()
        .send_ok()
        .await
        .unwrap();
    let request = &fixture.elsewhere.requests()[0];
    assert!(request.header("authorization").is_none() && request.header("x-session").is_none());
    client.get("books").send_ok().await.unwrap();
    assert_eq!(
        fixture.api.requests()[0].header("x-session"),
        Some("not-a-real-session")
    );
    assert!(
        fixture
            .auth
            .requests()
            .iter()
            .all(|request| request.header("x-session").is_none()),
        "not sent to the token endpoint"
    );
}

#[tokio::test]
async fn an_allowed_origin_receives_credentials() {
    let fixture = Fixture::new();
    let client = Client::builder(fixture.tokens())
        .base_url(fixture.api.url("/"))
        .allow_origin(fixture.elsewhere.url(""))
        .build()
        .unwrap();
    client.get(fixture.elsewhere.url("/x")).send_ok().await.unwrap();
    client
        .get(fixture.redirect(302, &fixture.elsewhere.url("/y")))
        .send_ok()
        .await
        .unwrap();
    assert!(
        fixture
            .elsewhere
            .requests()
            .iter()
            .all(|request| request.header("authorization").is_some())
    );
}

#[tokio::test]
async fn allow_origins_from_decides_per_origin() {
    let fixture = Fixture::new();
    let allowed = fixture.elsewhere.url("");
    let other = ApiServer::unprotected();
    let client = Client::builder(fixture.tokens())
        .base_url(fixture.api.url("/"))
        .allow_origins_from(move |origin| origin.to_string() == allowed)
        .build()
        .unwrap();
    client.get(fixture.elsewhere.url("/x")).send_ok().await.unwrap();
    client.get(other.url("/x")).send().await.unwrap_err();
    let client = Client::builder(fixture.tokens())
        .base_url(fixture.api.url("/"))
        .danger_allow_any_origin()
        .build()
        .unwrap();
    client.get(other.url("/x")).send_ok().await.unwrap();
}

#[tokio::test]
async fn any_rule_of_allow_origins_from_allows_an_origin() {
    let fixture = Fixture::new();
    let other = ApiServer::unprotected();
    let (first, second) = (fixture.elsewhere.url(""), other.url(""));
    let client = Client::builder(fixture.tokens())
        .base_url(fixture.api.url("/"))
        .allow_origins_from(move |origin| origin.to_string() == first)
        .allow_origins_from(move |origin| origin.to_string() == second)
        .build()
        .unwrap();
    for origin in [&fixture.elsewhere, &other] {
        client.get(origin.url("/x")).send_ok().await.unwrap();
    }
    let error = client.get(ApiServer::unprotected().url("/x")).send().await.unwrap_err();
    assert!(matches!(error, Error::Authorization(AuthError::Origin(_))), "{error}");
}

#[tokio::test]
async fn a_custom_host_header_is_not_sent_to_another_origin() {
    let fixture = Fixture::new();
    let client = Client::builder(fixture.tokens())
        .base_url(fixture.api.url("/"))
        .allow_origin(fixture.elsewhere.url(""))
        .build()
        .unwrap();
    for status in [302, 303, 307] {
        for target in [&fixture.elsewhere.url("/landed"), "/landed"] {
            let path = fixture.redirect(status, target);
            client
                .get(&path)
                .header("host", "virtual.example.com")
                .send_ok()
                .await
                .unwrap();
        }
        let host = |api: &ApiServer| api.requests().last().unwrap().header("host").unwrap().to_owned();
        assert_eq!(
            format!("http://{}", host(&fixture.elsewhere)),
            fixture.elsewhere.url("")
        );
        assert_eq!(host(&fixture.api), "virtual.example.com");
    }
}

#[tokio::test]
async fn a_redirect_to_another_origin_carries_no_identifying_headers() {
    let fixture = Fixture::new();
    let logs = LogCapture::new();
    let _guard = logs.install();
    for status in [301, 302, 303, 307, 308] {
        fixture
            .client()
            .get(fixture.redirect(status, &fixture.elsewhere.url("/landed?token=not-a-real-query")))
            .header("x-api-key", "not-a-real-key")
            .header("cookie", "session=not-a-real-session")
            .header("accept", "text/plain")
            .header("range", "bytes=6-")
            .header("if-range", "\"1\"")
            .send_ok()
            .await
            .unwrap();
    }
    let requests = fixture.elsewhere.requests();
    assert_eq!(requests.len(), 5);
    for request in requests {
        let mut names: Vec<_> = request.headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "host", "if-range", "range"]);
    }
    let redirected = logs.by_name("evergrant.redirected_without_credentials");
    assert_eq!(redirected.len(), 5);
    assert_eq!(redirected[0].fields["removed"], r#"["x-api-key", "cookie"]"#);
    assert!(!logs.contains("not-a-real"));
}

#[tokio::test]
async fn a_redirect_within_the_origin_keeps_credentials_headers_and_body() {
    let fixture = Fixture::new();
    let client = fixture.client();
    let call = client
        .post(fixture.redirect(307, "/echo"))
        .header("x-trace", "7")
        .body("kept");
    assert_eq!(call.send_ok().await.unwrap().text().await.unwrap(), "kept");
    let last = fixture.api.requests().pop().unwrap();
    assert_eq!((last.method.as_str(), last.header("x-trace")), ("POST", Some("7")));
    assert!(last.header("authorization").is_some());

    let call = client
        .post(fixture.redirect(303, "/books"))
        .header("content-type", "text/plain")
        .body("dropped");
    call.send_ok().await.unwrap();
    let last = fixture.api.requests().pop().unwrap();
    assert_eq!(
        (last.method.as_str(), last.body.len(), last.header("content-type")),
        ("GET", 0, None)
    );
}

#[tokio::test]
async fn a_body_is_not_sent_to_an_origin_that_is_not_allowed() {
    let fixture = Fixture::new();
    let logs = LogCapture::new();
    let _guard = logs.install();
    let response = fixture
        .client()
        .post(fixture.redirect(307, &fixture.elsewhere.url("/x")))
        .body("private")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 307);
    assert!(fixture.elsewhere.requests().is_empty());
    assert_eq!(logs.by_name("evergrant.redirect_not_followed").len(), 1);
}

#[tokio::test]
async fn redirects_are_limited_and_invalid_targets_are_not_followed() {
    let fixture = Fixture::new();
    fixture
        .api
        .always(evergrant_testing::MockResponse::new(302).header("location", "/again"));
    assert!(matches!(
        fixture.client().get("x").send().await,
        Err(Error::TooManyRedirects { .. })
    ));
    fixture.api.recover();
    for target in [
        "ftp://127.0.0.1/x",
        "http://user:not-a-real-password@127.0.0.1/x",
        "http://",
    ] {
        let response = fixture
            .client()
            .get(fixture.redirect(302, target))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 302, "{target}");
    }
}

#[tokio::test]
async fn a_url_with_a_user_name_is_an_error() {
    let fixture = Fixture::new();
    let url = fixture
        .api
        .url("/x")
        .replace("http://", "http://user:not-a-real-password@");
    let error = fixture.client().get(&url).send().await.unwrap_err();
    assert!(
        error.to_string().contains("user name") && !format!("{error:?}").contains("not-a-real"),
        "{error}"
    );
}

#[test]
fn a_base_url_must_be_https_and_absolute() {
    let fixture = Fixture::new();
    let build = |url: &str| Client::builder(fixture.tokens()).base_url(url).build().map(|_| ());
    assert!(matches!(
        build("http://api.example.com/"),
        Err(BuildError::NotEncrypted {
            setting: "base_url",
            ..
        })
    ));
    assert!(matches!(
        build("https://api.example.com/?a=b"),
        Err(BuildError::InvalidUrl { .. })
    ));
    assert!(matches!(build("api.example.com"), Err(BuildError::InvalidUrl { .. })));
    assert!(matches!(
        Client::builder(fixture.tokens()).build(),
        Err(BuildError::MissingBaseUrl)
    ));
    let mesh = Client::builder(fixture.tokens())
        .base_url("http://sidecar.internal:8080/")
        .danger_allow_http_to("http://sidecar.internal:8080".parse().unwrap());
    mesh.build().unwrap();
    let wrong = Client::builder(fixture.tokens())
        .base_url("https://a.example.com")
        .allow_origin("files.example.com")
        .build();
    assert!(wrong.unwrap_err().to_string().contains("allow_origin"));
}

#[test]
fn an_invalid_allowed_origin_error_shows_no_secret() {
    let fixture = Fixture::new();
    let error = |origin: &str| {
        let builder = Client::builder(fixture.tokens()).base_url(fixture.api.url("/"));
        builder.allow_origin(origin).build().unwrap_err().to_string()
    };
    assert!(error("https://*.example.com").contains("allow_origin cannot be used: \"https://*.example.com\" is not"));
    // A text without a scheme may be a secret.
    assert!(error("files.example.com").contains("write it as `https://api.example.com`"));
    for text in [
        "user:not-a-real-password@files.example.com",
        "files.example.com?key=not-a-real-password",
        "https://not-a-real-user@files.example.com",
        "https://files.example.com/not-a-real-hook",
        "https://files.example.com?not-a-real-key",
        "https://*.example.com",
        "https:files.example.com",
    ] {
        let error = error(text);
        assert!(
            error.starts_with("allow_origin cannot be used: ") && !error.contains("not-a-real"),
            "{error}"
        );
    }
    assert!(error("https://*.example.com").contains("allow_origins_from"));
}
