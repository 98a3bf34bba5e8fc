//! Token endpoints that differ: what is sent to them, and what cannot be.

use evergrant::store::MemoryStore;
use evergrant::{
    AuthorizationCode, BuildError, ClientAuth, ClientCredentials, Password, TokenEndpointOptions, TokenManager,
    TokenManagerBuilder,
};
use evergrant_reqwest::Transport;
use evergrant_testing::{Answer, RecordedRequest};
use serde_json::{Value, json};

use crate::support::{CLIENT, SECRET, World, seconds};

const KEY: &str = "not-a-real-gateway-key";

fn options() -> TokenEndpointOptions {
    TokenEndpointOptions::new()
}

/// The one request that a manager sends; the server takes anything.
async fn sent(change: impl FnOnce(TokenManagerBuilder) -> TokenManagerBuilder) -> RecordedRequest {
    let world = World::new();
    let token = json!({"access_token": "not-a-real-token", "token_type": "Bearer", "expires_in": 60});
    world.auth.next(Answer::new(200).json(&token.to_string()));
    let tokens = change(world.builder()).build(Transport::default()).unwrap();
    tokens.token().await.unwrap();
    world.auth.last_token_request()
}

fn json_of(request: &RecordedRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

#[tokio::test]
async fn a_grant_of_the_servers_own_is_asked_for_with_its_parameters() {
    for name in [
        "account_credentials",
        "partner_credentials",
        "client_credential",
        "urn:ibm:params:oauth:grant-type:apikey",
        "fb_exchange_token",
        "https://auth.example.com/grants/machine",
    ] {
        let request = sent(|builder| {
            let builder = builder.param("account_id", "77").scopes(["books.read"]);
            builder.token_endpoint_options(options().grant_type(name))
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
async fn a_grant_of_the_servers_own_is_repeated_as_client_credentials_are() {
    let world = World::new();
    let token = |name: &str| {
        let token = json!({"access_token": name, "token_type": "Bearer", "expires_in": 60, "refresh_token": "unused"});
        Answer::new(200).json(&token.to_string())
    };
    let options = options().grant_type("account_credentials");
    let builder = world.builder().token_endpoint_options(options);
    let tokens = builder.build(Transport::default()).unwrap();
    for name in ["one", "two"] {
        world.auth.next(token(name));
        assert_eq!(tokens.token().await.unwrap().access_token().expose(), name);
        let sent = world.auth.last_token_request();
        assert_eq!(sent.form_value("grant_type").as_deref(), Some("account_credentials"));
        assert_eq!(sent.form_value("refresh_token"), None);
        world.clock.advance(seconds(61));
    }
}

#[tokio::test]
async fn the_client_id_is_in_the_body_beside_basic_and_never_twice() {
    for (auth, with_option) in [
        (ClientAuth::Basic, true),
        (ClientAuth::BasicRaw, true),
        (ClientAuth::Post, true),
        (ClientAuth::None, true),
        (ClientAuth::Basic, false),
    ] {
        let request = sent(|builder| {
            let options = if with_option {
                options().client_id_in_body()
            } else {
                options()
            };
            builder.client_auth(auth).token_endpoint_options(options)
        })
        .await;
        let ids = request.form().into_iter().filter(|(name, _)| name == "client_id");
        assert_eq!(ids.count(), usize::from(with_option), "{auth:?}");
        let in_header = matches!(auth, ClientAuth::Basic | ClientAuth::BasicRaw);
        assert_eq!(request.header("authorization").is_some(), in_header, "{auth:?}");
        assert_eq!(request.form_value("client_secret").is_some(), auth == ClientAuth::Post);
    }
    // A server that compares the two is content.
    let world = World::new();
    let builder = world.builder().token_endpoint_options(options().client_id_in_body());
    builder.build(Transport::default()).unwrap().token().await.unwrap();
}

#[tokio::test]
async fn a_json_body_has_what_the_form_would_have() {
    for (auth, credentials) in [
        (ClientAuth::Basic, json!({})),
        (ClientAuth::Post, json!({"client_id": CLIENT, "client_secret": SECRET})),
        (ClientAuth::None, json!({"client_id": CLIENT})),
    ] {
        let request = sent(|builder| {
            builder
                .client_auth(auth)
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
        assert_eq!(request.header("authorization").is_some(), auth == ClientAuth::Basic);
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
async fn a_refresh_token_and_a_password_are_sent_in_the_servers_way_too() {
    let world = World::new();
    let first =
        json!({"access_token": "one", "token_type": "Bearer", "expires_in": 60, "refresh_token": "not-a-real-refresh"});
    let options = options().json_body().client_id_in_body().header("X-Api-Key", KEY);
    let builder = world.configured(Password::new("reader", "not-a-real-password").client(CLIENT, SECRET));
    let tokens = builder
        .token_endpoint_options(options)
        .build(Transport::default())
        .unwrap();
    for (grant, secret) in [("password", "password"), ("refresh_token", "refresh_token")] {
        world.auth.next(Answer::new(200).json(&first.to_string()));
        tokens.token().await.unwrap();
        let request = world.auth.last_token_request();
        let body = json_of(&request);
        assert_eq!(
            (&body["grant_type"], &body["client_id"]),
            (&json!(grant), &json!(CLIENT))
        );
        assert!(body[secret].is_string());
        assert_eq!(request.header("x-api-key"), Some(KEY));
        world.clock.advance(seconds(61));
    }
}

#[tokio::test]
async fn further_headers_are_sent_to_the_token_endpoint_and_shown_nowhere() {
    let options = options()
        .header("X-Api-Key", KEY)
        .header("Ocp-Apim-Subscription-Key", "another-fake-key")
        .header("cookie", "route=a")
        .plain_header("X-Tenant", "bookshop")
        .plain_header("Accept", "application/vnd.example+json")
        .user_agent("bookshop/1.0");
    let shown = format!("{options:?}");
    assert!(!shown.contains(KEY) && !shown.contains("another-fake-key"), "{shown}");

    let request = sent(|builder| builder.token_endpoint_options(options.clone())).await;
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

    let world = World::new();
    let tokens = world
        .builder()
        .token_endpoint_options(options)
        .build(Transport::default())
        .unwrap();
    let answer = format!("{{\"error\": \"access_denied\", \"error_description\": \"the key {KEY} is not known\"}}");
    for answer in [
        Answer::new(401).json(&answer),
        Answer::new(403).body(format!("<p>{KEY}</p>")),
        Answer::new(302).header("location", &format!("https://elsewhere.example.com/{KEY}")),
    ] {
        world.auth.next(answer);
        let error = tokens.token().await.unwrap_err();
        let shown = format!("{error} {error:?} {tokens:?}");
        assert!(!shown.contains(KEY), "{shown}");
        world.clock.advance(seconds(3600));
    }
}

#[tokio::test]
async fn authorization_is_a_gateways_where_the_client_does_not_need_it() {
    let request = sent(|builder| {
        let options = options().header("Authorization", "Basic Z2F0ZXdheTpub3QtcmVhbA==");
        builder.client_auth(ClientAuth::Post).token_endpoint_options(options)
    })
    .await;
    assert_eq!(request.header("authorization"), Some("Basic Z2F0ZXdheTpub3QtcmVhbA=="));
    assert_eq!(request.form_value("client_secret").as_deref(), Some(SECRET));
}

fn build(builder: TokenManagerBuilder) -> Result<TokenManager, BuildError> {
    builder.build(Transport::default())
}

fn credentials() -> TokenManagerBuilder {
    ClientCredentials::new(CLIENT, SECRET).token_url("https://auth.example.com/token")
}

#[test]
fn headers_that_would_break_the_request_are_refused_by_name() {
    for (name, remedy) in [
        ("authorization", "method post"),
        ("Content-Type", "JSON"),
        ("content-length", "HTTP client"),
        ("Host", "HTTP client"),
        ("Transfer-Encoding", "connection"),
        ("Connection", "connection"),
        ("te", "connection"),
        ("upgrade", "connection"),
        ("Proxy-Authorization", "proxy"),
        ("User-Agent", "setting of its own"),
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
        error.to_string().contains("twice") && !error.to_string().contains(KEY),
        "{error}"
    );
}

#[test]
fn a_grant_type_is_for_grants_without_a_user() {
    let of_its_own = || options().grant_type("account_credentials");
    for builder in [
        Password::new("reader", "not-a-real-password").client(CLIENT, SECRET),
        AuthorizationCode::new(CLIENT, SECRET),
    ] {
        let error = build(
            builder
                .token_url("https://auth.example.com/token")
                .token_endpoint_options(of_its_own()),
        );
        assert!(matches!(
            error,
            Err(BuildError::OutOfRange {
                setting: "grant_type",
                ..
            })
        ));
    }
    for name in [
        "",
        "two words",
        "password",
        "refresh_token",
        "authorization_code",
        "é",
        "a\nb",
    ] {
        let error = build(credentials().token_endpoint_options(options().grant_type(name))).unwrap_err();
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
fn a_parameter_is_given_once() {
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
async fn what_may_be_repeated_is_sent_as_often_as_given() {
    let request = sent(|builder| {
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
fn tokens_of_other_requests_have_other_keys_in_a_store() {
    let key = |options: TokenEndpointOptions| {
        let builder = credentials().store(MemoryStore::new()).token_endpoint_options(options);
        build(builder).unwrap().store_key().unwrap().to_string()
    };
    let usual = key(options());
    for other in [
        options().grant_type("account_credentials"),
        options().plain_header("X-Tenant", "a"),
        options().plain_header("X-Tenant", "b"),
        options().header("X-Api-Key", KEY),
    ] {
        assert_ne!(key(other.clone()), usual, "{other:?}");
    }
    let tenant = |name: &str| key(options().plain_header("X-Tenant", name));
    assert_ne!(tenant("a"), tenant("b"));
    assert_eq!(tenant("a"), key(options().plain_header("x-tenant", "a")));
    // A secret is no part of a key, nor is how the same is said.
    assert_eq!(
        key(options().header("x-key", "one")),
        key(options().header("x-key", "two"))
    );
    for same in [
        options().json_body(),
        options().client_id_in_body(),
        options().user_agent("bookshop/1.0"),
        options().grant_type("client_credentials"),
    ] {
        assert_eq!(key(same.clone()), usual, "{same:?}");
    }
}
