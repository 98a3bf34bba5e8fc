//! Authorization details (RFC 9396).

use evergrant::store::MemoryStore;
use evergrant::{AuthorizationCode, BuildError, ClientCredentials, Password, TokenManager};
use evergrant_reqwest::Transport;

use crate::scripted_transport::{ScriptedTransport, json};
use crate::support::{CLIENT, Fixture, SECRET, seconds};

const DETAILS: &str = r#"[{"type": "account", "actions": ["read"]}]"#;
const CANONICAL: &str = r#"[{"actions":["read"],"type":"account"}]"#;
const REDIRECT: &str = "http://127.0.0.1:8765/callback";

#[tokio::test]
async fn details_are_sent_with_token_requests() {
    let fixture = Fixture::new();
    let builder = fixture.builder().authorization_details(DETAILS);
    builder.build(Transport::default()).unwrap().token().await.unwrap();
    let request = fixture.auth.last_token_request();
    assert_eq!(request.form_value("authorization_details").as_deref(), Some(CANONICAL));
}

#[tokio::test]
async fn details_are_sent_with_authorization_requests_but_not_with_codes_and_refresh_tokens() {
    let fixture = Fixture::with(|server| {
        let server = server
            .user("jane", "not-a-real-password")
            .redirect_uri(CLIENT, REDIRECT);
        server.pushed_authorization()
    });
    let tokens = fixture
        .configured(AuthorizationCode::builder(CLIENT, SECRET))
        .authorization_url(fixture.auth.authorization_url())
        .pushed_authorization_url(fixture.auth.url("/par"))
        .redirect_uri(REDIRECT)
        .authorization_details(DETAILS)
        .build(Transport::default())
        .unwrap();
    let sign_in = tokens.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let sent = request
        .url()
        .query_pairs()
        .find(|(name, _)| name == "authorization_details");
    assert_eq!(sent.unwrap().1, CANONICAL);
    sign_in.begin_pushed().await.unwrap();
    let requests = fixture.auth.requests();
    let pushed = requests.iter().find(|request| request.path == "/par").unwrap();
    assert_eq!(pushed.form_value("authorization_details").as_deref(), Some(CANONICAL));

    let redirect = fixture.auth.visit(request.url().as_str());
    sign_in.finish(&request, &redirect).await.unwrap();
    fixture.clock.advance(seconds(3600));
    tokens.token().await.unwrap();
    let mut requests = fixture.auth.requests();
    requests.retain(|request| request.path == "/token");
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert_eq!(request.form_value("authorization_details"), None);
    }
}

fn with_store(details: Option<&str>) -> TokenManager {
    let builder = ClientCredentials::builder(CLIENT, SECRET).token_url("https://auth.example.com/token");
    let builder = match details {
        Some(details) => builder.authorization_details(details),
        None => builder,
    };
    let transport = ScriptedTransport::new([json(500, "")]);
    builder.store(MemoryStore::new()).build(transport).unwrap()
}

#[test]
fn the_store_key_contains_the_details_in_one_form() {
    let key = |details| with_store(details).store_key().unwrap().clone();
    let one = key(Some(DETAILS));
    assert_eq!(key(Some(r#"[{"actions":["read"],"type":"account"}]"#)), one);
    assert_ne!(key(Some(r#"[{"actions":["write"],"type":"account"}]"#)), one);
    assert_ne!(key(None), one);
}

#[tokio::test]
async fn the_granted_details_are_readable_and_outlive_a_renewal() {
    let members = r#""access_token":"one","token_type":"Bearer","expires_in":100,"refresh_token":"not-a-real-refresh""#;
    let granted = format!(r#"{{{members},"authorization_details":{CANONICAL}}}"#);
    let renewed = r#"{"access_token":"two","token_type":"Bearer","expires_in":100}"#;
    let clock = evergrant_testing::ManualClock::new();
    let tokens = Password::new("jane", "not-a-real-password")
        .builder(CLIENT, SECRET)
        .token_url("https://auth.example.com/token")
        .authorization_details(DETAILS)
        .runtime(clock.clone())
        .build(ScriptedTransport::new([json(200, &granted), json(200, renewed)]))
        .unwrap();
    for expected in ["one", "two"] {
        let token = tokens.token().await.unwrap();
        assert_eq!(token.access_token().expose(), expected);
        assert_eq!(token.authorization_details().unwrap().expose(), CANONICAL);
        clock.advance(seconds(100));
    }
}

#[test]
fn details_that_are_not_valid_are_rejected_when_the_manager_is_built() {
    let builder = |details: &str| {
        let builder = ClientCredentials::builder(CLIENT, SECRET).token_url("https://auth.example.com/token");
        builder
            .authorization_details(details)
            .build(ScriptedTransport::new([json(500, "")]))
    };
    for details in ["", "{}", "[]", r#"[{"kind":"account"}]"#] {
        match builder(details).unwrap_err() {
            BuildError::InvalidSetting { setting, .. } => assert_eq!(setting, "authorization_details"),
            other => panic!("{other}"),
        }
    }
    let builder = ClientCredentials::builder(CLIENT, SECRET).token_url("https://auth.example.com/token");
    let builder = builder.param("authorization_details", DETAILS);
    let error = builder.build(ScriptedTransport::new([json(500, "")])).unwrap_err();
    assert!(matches!(error, BuildError::ReservedParameter { .. }), "{error}");
}
