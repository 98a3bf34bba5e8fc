//! Options for non-standard token endpoints.

use evergrant::client_auth::{ClientAuthMethod, ClientSecretPost};
use evergrant::store::MemoryStore;
use evergrant::{
    BuildError, ClientCredentials, Grant, Password, TokenEndpointOptions, TokenManager, TokenManagerBuilder,
};
use evergrant_reqwest::Transport;
use evergrant_testing::{MockResponse, RecordedRequest};
use serde_json::{Value, json};

use crate::support::{CLIENT, Fixture, SECRET, seconds};

const KEY: &str = "not-a-real-gateway-key";

fn options() -> TokenEndpointOptions {
    TokenEndpointOptions::new()
}

/// Returns the token request of a manager. The server accepts any request.
async fn token_request(change: impl FnOnce(TokenManagerBuilder) -> TokenManagerBuilder) -> RecordedRequest {
    let fixture = Fixture::new();
    let token = json!({"access_token": "not-a-real-token", "token_type": "Bearer", "expires_in": 60});
    fixture.auth.next(MockResponse::new(200).json(&token.to_string()));
    let tokens = change(fixture.builder()).build(Transport::default()).unwrap();
    tokens.token().await.unwrap();
    fixture.auth.last_token_request()
}

fn json_of(request: &RecordedRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

#[tokio::test]
async fn a_custom_grant_type_is_sent_with_its_parameters() {
    for name in [
        "account_credentials",
        "partner_credentials",
        "client_credential",
        "urn:ibm:params:oauth:grant-type:apikey",
        "fb_exchange_token",
        "https://auth.example.com/grants/machine",
    ] {
        let request = token_request(|builder| {
            let builder = builder.param("account_id", "77").scopes(["books.read"]);
            builder.grant_type(name)
        })
        .await;
        assert_eq!(request.form_value("grant_type").as_deref(), Some(name));
        assert_eq!(request.form_value("account_id").as_deref(), Some("77"));
        assert_eq!(request.form_value("scope").as_deref(), Some("books.read"));
        let named = |(key, _): &&(String, String)| key == "grant_type";
        assert_eq!(request.form().iter().filter(named).count(), 1);
    }
}

#[tokio::test]
async fn a_custom_grant_is_repeated_for_renewals() {
    let fixture = Fixture::new();
    let token = |name: &str| {
        let token = json!({"access_token": name, "token_type": "Bearer", "expires_in": 60, "refresh_token": "unused"});
        MockResponse::new(200).json(&token.to_string())
    };
    let builder = fixture.builder().grant_type("account_credentials");
    let tokens = builder.build(Transport::default()).unwrap();
    for name in ["one", "two"] {
        fixture.auth.next(token(name));
        assert_eq!(tokens.token().await.unwrap().access_token().expose(), name);
        let sent = fixture.auth.last_token_request();
        assert_eq!(sent.form_value("grant_type").as_deref(), Some("account_credentials"));
        assert_eq!(sent.form_value("refresh_token"), None);
        fixture.clock.advance(seconds(61));
    }
}

#[tokio::test]
async fn client_id_in_body_sends_the_client_id_once() {
    for (auth, with_option) in [
        (ClientAuthMethod::Basic, true),
        (ClientAuthMethod::BasicRaw, true),
        (ClientAuthMethod::Post, true),
        (ClientAuthMethod::None, true),
        (ClientAuthMethod::Basic, false),
    ] {
        let request = token_request(|builder| {
            let options = if with_option {
                options().client_id_in_body()
            } else {
                options()
            };
            builder.client_auth(auth.with(SECRET)).token_endpoint_options(options)
        })
        .await;
        let ids = request.form().into_iter().filter(|(name, _)| name == "client_id");
        assert_eq!(ids.count(), usize::from(with_option), "{auth:?}");
        let in_header = matches!(auth, ClientAuthMethod::Basic | ClientAuthMethod::BasicRaw);
        assert_eq!(request.header("authorization").is_some(), in_header, "{auth:?}");
        assert_eq!(
            request.form_value("client_secret").is_some(),
            auth == ClientAuthMethod::Post
        );
    }
    // Also works with a server that compares both client ids.
    let fixture = Fixture::new();
    let builder = fixture.builder().token_endpoint_options(options().client_id_in_body());
    builder.build(Transport::default()).unwrap().token().await.unwrap();
}

#[tokio::test]
async fn a_json_body_has_the_parameters_of_the_form() {
    for (auth, credentials) in [
        (ClientAuthMethod::Basic, json!({})),
        (
            ClientAuthMethod::Post,
            json!({"client_id": CLIENT, "client_secret": SECRET}),
        ),
        (ClientAuthMethod::None, json!({"client_id": CLIENT})),
    ] {
        let request = token_request(|builder| {
            builder
                .client_auth(auth.with(SECRET))
                .scopes(["books.read", "books.write"])
                .resource("https://a.example.com/")
                .resource("https://b.example.com/")
                .audience("books")
                .param("account_id", "77")
                .param("note", "\"quoted\" \\ \u{1} \n é+ &=")
                .token_endpoint_options(options().json_body())
        })
        .await;
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!(
            request.header("authorization").is_some(),
            auth == ClientAuthMethod::Basic
        );
        let mut expected = json!({
            "grant_type": "client_credentials",
            "scope": "books.read books.write",
            "resource": ["https://a.example.com/", "https://b.example.com/"],
            "audience": "books",
            "account_id": "77",
            "note": "\"quoted\" \\ \u{1} \n é+ &=",
        });
        let members = expected.as_object_mut().unwrap();
        members.extend(credentials.as_object().unwrap().clone());
        assert_eq!(json_of(&request), expected, "{auth:?}");
    }
}

#[tokio::test]
async fn endpoint_options_apply_to_password_and_refresh_grants() {
    let fixture = Fixture::new();
    let first =
        json!({"access_token": "one", "token_type": "Bearer", "expires_in": 60, "refresh_token": "not-a-real-refresh"});
    let options = options().json_body().client_id_in_body().header("X-Api-Key", KEY);
    let builder = fixture.configured(Password::new("reader", "not-a-real-password").builder(CLIENT, SECRET));
    let tokens = builder
        .token_endpoint_options(options)
        .build(Transport::default())
        .unwrap();
    for (grant, secret) in [("password", "password"), ("refresh_token", "refresh_token")] {
        fixture.auth.next(MockResponse::new(200).json(&first.to_string()));
        tokens.token().await.unwrap();
        let request = fixture.auth.last_token_request();
        let body = json_of(&request);
        assert_eq!(
            (&body["grant_type"], &body["client_id"]),
            (&json!(grant), &json!(CLIENT))
        );
        assert!(body[secret].is_string());
        assert_eq!(request.header("x-api-key"), Some(KEY));
        fixture.clock.advance(seconds(61));
    }
}

#[tokio::test]
async fn additional_headers_are_sent_and_never_printed() {
    let options = options()
        .header("X-Api-Key", KEY)
        .header("Ocp-Apim-Subscription-Key", "another-fake-key")
        .header("cookie", "route=a")
        .plain_header("X-Tenant", "bookshop")
        .plain_header("Accept", "application/vnd.example+json")
        .user_agent("bookshop/1.0");
    let output = format!("{options:?}");
    assert!(
        !output.contains(KEY) && !output.contains("another-fake-key"),
        "{output}"
    );

    let request = token_request(|builder| builder.token_endpoint_options(options.clone())).await;
    for (name, value) in [
        ("x-api-key", KEY),
        ("ocp-apim-subscription-key", "another-fake-key"),
        ("cookie", "route=a"),
        ("x-tenant", "bookshop"),
        ("accept", "application/vnd.example+json"),
        ("user-agent", "bookshop/1.0"),
    ] {
        assert_eq!(request.headers.get_all(name).iter().count(), 1, "{name}");
        assert_eq!(request.header(name), Some(value));
    }

    let fixture = Fixture::new();
    let tokens = fixture
        .builder()
        .token_endpoint_options(options)
        .build(Transport::default())
        .unwrap();
    let response = format!("{{\"error\": \"access_denied\", \"error_description\": \"the key {KEY} is not known\"}}");
    for response in [
        MockResponse::new(401).json(&response),
        MockResponse::new(403).body(format!("<p>{KEY}</p>")),
        MockResponse::new(302).header("location", &format!("https://elsewhere.example.com/{KEY}")),
    ] {
        fixture.auth.next(response);
        let error = tokens.token().await.unwrap_err();
        let output = format!("{error} {error:?} {tokens:?}");
        assert!(!output.contains(KEY), "{output}");
        fixture.clock.advance(seconds(3600));
    }
}

#[tokio::test]
async fn an_authorization_header_is_allowed_with_client_secret_post() {
    let request = token_request(|builder| {
        let options = options().header("Authorization", "Basic Z2F0ZXdheTpub3QtcmVhbA==");
        builder
            .client_auth(ClientSecretPost::new(SECRET))
            .token_endpoint_options(options)
    })
    .await;
    assert_eq!(request.header("authorization"), Some("Basic Z2F0ZXdheTpub3QtcmVhbA=="));
    assert_eq!(request.form_value("client_secret").as_deref(), Some(SECRET));
}

fn build(builder: TokenManagerBuilder<impl Grant>) -> Result<TokenManager, BuildError> {
    builder.build(Transport::default())
}

fn credentials() -> TokenManagerBuilder {
    ClientCredentials::builder(CLIENT, SECRET).token_url("https://auth.example.com/token")
}

#[test]
fn reserved_headers_are_rejected_with_a_hint() {
    for (name, remedy) in [
        ("authorization", "ClientSecretPost"),
        ("Content-Type", "JSON"),
        ("content-length", "HTTP client"),
        ("Host", "HTTP client"),
        ("Transfer-Encoding", "connection"),
        ("Connection", "connection"),
        ("te", "connection"),
        ("upgrade", "connection"),
        ("Proxy-Authorization", "proxy"),
        ("User-Agent", "user_agent(..)"),
        ("accept-encoding", "HTTP client"),
        ("", "empty"),
        ("x key", "character"),
        ("x:key", "character"),
    ] {
        let built = build(credentials().token_endpoint_options(options().header(name, KEY)));
        let error = built.unwrap_err();
        assert!(matches!(&error, BuildError::InvalidHeader { .. }), "{error}");
        assert!(
            error.to_string().contains(remedy) && !error.to_string().contains(KEY),
            "{error}"
        );
    }
    for value in ["", "a\nb", "a\r\nx-evil: 1", "\u{0}"] {
        for options in [options().header("x-api-key", value), options().user_agent(value)] {
            let error = build(credentials().token_endpoint_options(options)).unwrap_err();
            assert!(matches!(&error, BuildError::InvalidHeader { .. }), "{error}");
        }
    }
    let twice = options().header("X-Api-Key", KEY).plain_header("x-api-key", "b");
    let error = build(credentials().token_endpoint_options(twice)).unwrap_err();
    assert!(
        error.to_string().contains("repeated") && !error.to_string().contains(KEY),
        "{error}"
    );
}

#[test]
fn reserved_grant_types_are_rejected() {
    for name in [
        "",
        "two words",
        "password",
        "refresh_token",
        "authorization_code",
        "é",
        "a\nb",
    ] {
        let error = build(credentials().grant_type(name)).unwrap_err();
        assert!(
            matches!(
                error,
                BuildError::OutOfRange {
                    setting: "grant_type",
                    ..
                }
            ),
            "{name}"
        );
    }
    for (name, remedy) in [("grant_type", "grant_type(..)"), ("client_id", "client_id_in_body()")] {
        let error = build(credentials().param(name, "x")).unwrap_err();
        assert!(error.to_string().contains(remedy), "{error}");
    }
}

#[test]
fn duplicate_parameters_are_rejected() {
    for builder in [
        credentials().param("a", "1").param("a", "2"),
        credentials().param("a", "1").param("b", "2").param("a", "1"),
    ] {
        let error = build(builder).unwrap_err();
        assert!(
            matches!(&error, BuildError::RepeatedParameter { name } if name == "a"),
            "{error}"
        );
    }
    for name in ["grant_type", "client_secret", "a"] {
        let url = format!("https://auth.example.com/token?tenant=x&{name}=1");
        let error = build(credentials().param("a", "1").token_url(url)).unwrap_err();
        assert!(
            matches!(
                &error,
                BuildError::InvalidUrl {
                    setting: "token_url",
                    ..
                }
            ),
            "{error}"
        );
        assert!(error.to_string().contains(name), "{error}");
    }
    build(
        credentials()
            .param("a", "1")
            .token_url("https://auth.example.com/token?tenant=x&b=1"),
    )
    .unwrap();
}

#[tokio::test]
async fn repeatable_parameters_are_sent_repeatedly() {
    let request = token_request(|builder| {
        let builder = builder
            .resource("https://a.example.com/")
            .resource("https://b.example.com/");
        builder.audience("a").param("audience", "b").scopes(["read", "read"])
    })
    .await;
    let values = |name: &str| {
        let form = request.form().into_iter().filter(|(key, _)| key == name);
        form.map(|(_, value)| value).collect::<Vec<_>>()
    };
    assert_eq!(values("resource"), ["https://a.example.com/", "https://b.example.com/"]);
    assert_eq!(values("audience"), ["a", "b"]);
    assert_eq!(values("scope"), ["read"]);
}

#[test]
fn options_that_change_the_request_change_the_store_key() {
    let key_of = |builder: TokenManagerBuilder| {
        let tokens = build(builder.store(MemoryStore::new())).unwrap();
        tokens.store_key().unwrap().to_string()
    };
    let key = |options: TokenEndpointOptions| key_of(credentials().token_endpoint_options(options));
    let default = key(options());
    for other in [
        options().plain_header("X-Tenant", "a"),
        options().plain_header("X-Tenant", "b"),
        options().header("X-Api-Key", KEY),
    ] {
        assert_ne!(key(other.clone()), default, "{other:?}");
    }
    assert_ne!(key_of(credentials().grant_type("account_credentials")), default);
    assert_eq!(key_of(credentials().grant_type("client_credentials")), default);
    assert_ne!(key_of(credentials().issuer("https://auth.example.com")), default);
    let tenant = |name: &str| key(options().plain_header("X-Tenant", name));
    assert_ne!(tenant("a"), tenant("b"));
    assert_eq!(tenant("a"), key(options().plain_header("x-tenant", "a")));
    // Secrets and the encoding of the request are not part of the key.
    assert_eq!(
        key(options().header("x-key", "one")),
        key(options().header("x-key", "two"))
    );
    for same in [
        options().json_body(),
        options().client_id_in_body(),
        options().user_agent("bookshop/1.0"),
    ] {
        assert_eq!(key(same.clone()), default, "{same:?}");
    }
}
