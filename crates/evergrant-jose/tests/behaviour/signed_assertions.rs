//! Assertions for the JWT bearer grant that the application signs. The server is scripted: it shows what is sent.
//! Authlib verifies such assertions in `tests/interop`.

use std::time::Duration;

use evergrant::client_auth::NoClientAuth;
use evergrant::error::CallbackKind;
use evergrant::runtime::BoxFuture;
use evergrant::store::MemoryStore;
use evergrant::{Error, JwtBearer, TokenManagerBuilder};
use evergrant_jose::google::ServiceAccount;
use evergrant_jose::{Algorithm, Audience, KeyErrorKind, SignedAssertion, Signer};
use evergrant_reqwest::Transport;
use evergrant_testing::{MockResponse, RecordedRequest};
use serde_json::{Value, json};

use crate::support::{CLIENT, Fixture, Folder, key, parts};

const ACCOUNT: &str = "robot@project.iam.gserviceaccount.com";

/// Fetches a token, and returns the request.
async fn request(fixture: &Fixture, builder: TokenManagerBuilder<JwtBearer>) -> RecordedRequest {
    let token = r#"{"access_token": "not-a-real-token", "token_type": "Bearer", "expires_in": 3600}"#;
    fixture.auth.next(
        MockResponse::new(200)
            .header("content-type", "application/json")
            .body(token),
    );
    let tokens = builder
        .runtime(fixture.clock.clone())
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    fixture.auth.last_token_request()
}

fn salesforce(fixture: &Fixture, assertion: SignedAssertion) -> TokenManagerBuilder<JwtBearer> {
    JwtBearer::new(assertion)
        .builder(CLIENT, NoClientAuth)
        .token_url(fixture.auth.token_url())
}

#[tokio::test]
async fn issuer_subject_audience_and_further_claims_are_signed() {
    let (fixture, folder) = (Fixture::start(|server| server), Folder::new());
    let pem = key(Algorithm::Es256).to_pem().unwrap();
    let assertion = SignedAssertion::from_file(CLIENT, folder.write("key.pem", pem.expose()))
        .subject("jane@example.com")
        .audience("https://login.example.com")
        .key_id("key-1")
        .claim("scope", "api");
    let request = request(&fixture, salesforce(&fixture, assertion)).await;
    let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    assert_eq!(request.form_value("grant_type").as_deref(), Some(grant));
    assert_eq!(
        (request.form_value("client_id"), request.header("authorization")),
        (None, None)
    );
    let (header, claims) = parts(&request.form_value("assertion").unwrap());
    assert_eq!(header, json!({"alg": "ES256", "typ": "JWT", "kid": "key-1"}));
    let known = ["iss", "sub", "aud", "scope"].map(|name| claims[name].as_str().unwrap_or_default());
    assert_eq!(known, [CLIENT, "jane@example.com", "https://login.example.com", "api"]);
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 60);
}

#[tokio::test]
async fn the_default_audience_is_the_token_endpoint_and_there_is_no_subject() {
    let fixture = Fixture::start(|server| server);
    let assertion = SignedAssertion::new(CLIENT, key(Algorithm::EdDsa));
    let request = request(&fixture, salesforce(&fixture, assertion)).await;
    let (_, claims) = parts(&request.form_value("assertion").unwrap());
    assert_eq!(claims["aud"], fixture.auth.token_url());
    assert_eq!(claims.get("sub"), None);
}

#[tokio::test]
async fn the_audience_of_an_assertion_for_a_grant_is_the_token_endpoint_or_the_issuer() {
    let fixture = Fixture::start(|server| server);
    let issuer = fixture.auth.issuer();
    for (audience, expected) in [
        (Audience::TokenEndpoint, fixture.auth.token_url()),
        (Audience::Issuer, issuer.clone()),
    ] {
        let assertion = SignedAssertion::new(CLIENT, key(Algorithm::EdDsa)).audience(audience);
        let request = request(&fixture, salesforce(&fixture, assertion).issuer(&issuer)).await;
        let (_, claims) = parts(&request.form_value("assertion").unwrap());
        // A text, not a list: servers reject a further audience.
        assert_eq!(claims["aud"], json!(expected));
    }
}

#[test]
fn settings_that_cannot_be_used_are_errors_when_the_manager_is_built() {
    let fixture = Fixture::start(|server| server);
    let assertion = || SignedAssertion::new(CLIENT, key(Algorithm::EdDsa));
    for (assertion, expected) in [
        (
            assertion().lifetime(Duration::from_secs(3601)),
            "SignedAssertion::lifetime",
        ),
        (assertion().clock_skew(Duration::MAX), "clock_skew"),
        (
            assertion().audience(Audience::Issuer),
            "SignedAssertion cannot be used: the audience",
        ),
        (assertion().claim("sub", "somebody"), "cannot set `sub`"),
        (SignedAssertion::from_file(CLIENT, "/not/there"), "/not/there"),
    ] {
        let error = salesforce(&fixture, assertion)
            .build(Transport::default())
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{error}");
    }
}

/// A key service that does not sign, or returns this signature.
#[derive(Debug)]
struct KeyService(Option<Vec<u8>>);

impl Signer for KeyService {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Es256
    }

    fn key_id(&self) -> Option<&str> {
        None
    }

    fn sign<'a>(&'a self, _: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
        let signature = self.0.clone().ok_or("the key service is closed");
        Box::pin(std::future::ready(signature.map_err(Error::client_auth)))
    }
}

#[tokio::test]
async fn a_failure_to_sign_names_the_assertion_that_was_to_be_signed() {
    let fixture = Fixture::start(|server| server);
    for (service, expected) in [
        (KeyService(None), "was not signed: the key service is closed"),
        (
            KeyService(Some(vec![0; 3])),
            "was not signed: the signer returned 3 bytes",
        ),
    ] {
        let assertion = SignedAssertion::new("bookshop\n", service);
        let tokens = salesforce(&fixture, assertion).build(Transport::default()).unwrap();
        let error = tokens.token().await.unwrap_err();
        assert!(matches!(&error, Error::Callback(error) if error.kind() == CallbackKind::Assertion));
        let text = error.to_string();
        let start = "source of assertions failed: the assertion of the issuer `bookshop\\n` ";
        assert!(text.contains(&format!("{start}{expected}")), "{text}");
        assert!(!text.contains("client authentication"), "{text}");
    }
}

fn account_file(token_url: &str) -> Value {
    json!({
        "type": "service_account",
        "project_id": "project",
        "private_key_id": "0123",
        "private_key": key(Algorithm::Rs256).to_pem().unwrap().expose(),
        "client_email": ACCOUNT,
        "token_uri": token_url,
    })
}

/// Google, "Using OAuth 2.0 for Server to Server Applications": header, claim set, and the POST to the token endpoint.
#[tokio::test]
async fn a_service_account_sends_the_documented_request() {
    let (fixture, folder) = (Fixture::start(|server| server), Folder::new());
    let url = fixture.auth.token_url();
    let file = folder.write("account.json", &account_file(&url).to_string());
    let account = ServiceAccount::from_file(file).unwrap();
    let scopes = [
        "https://www.googleapis.com/auth/devstorage.read_only",
        "https://www.googleapis.com/auth/prediction",
    ];
    let sent = request(&fixture, account.clone().builder(scopes)).await;
    let (header, claims) = parts(&sent.form_value("assertion").unwrap());
    assert_eq!(header, json!({"alg": "RS256", "typ": "JWT", "kid": "0123"}));
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(ACCOUNT), &json!(url)));
    assert_eq!(claims["scope"], scopes.join(" "));
    assert_eq!(claims.get("sub"), None);
    assert_eq!((sent.form_value("client_id"), sent.form_value("scope")), (None, None));

    let delegated = request(&fixture, account.user("jane@example.com").builder(scopes)).await;
    let (_, claims) = parts(&delegated.form_value("assertion").unwrap());
    assert_eq!(claims["sub"], "jane@example.com");
}

#[test]
fn tokens_of_a_service_account_are_shared_only_for_the_same_user_and_scopes() {
    let account = ServiceAccount::from_json(&account_file("https://oauth2.example.com/token").to_string()).unwrap();
    let store_key = |account: ServiceAccount, scope: &str| {
        let builder = account.builder([scope]).store(MemoryStore::new());
        builder
            .build(Transport::default())
            .unwrap()
            .store_key()
            .unwrap()
            .to_string()
    };
    let one = store_key(account.clone(), "a");
    assert_eq!(one, store_key(account.clone(), "a"));
    assert_ne!(one, store_key(account.clone(), "b"));
    assert_ne!(one, store_key(account.user("jane@example.com"), "a"));
}

#[test]
fn a_file_that_is_no_service_account_is_an_error_without_the_key() {
    let whole = account_file("https://oauth2.example.com/token");
    let changed = |name: &str, value: Value| {
        let mut file = whole.clone();
        file[name] = value;
        file.to_string()
    };
    for (json, kind, expected) in [
        (
            changed("type", json!("external_account")),
            KeyErrorKind::Malformed,
            "evergrant::presets::google",
        ),
        (
            changed("client_email", Value::Null),
            KeyErrorKind::Malformed,
            "client_email",
        ),
        ("not JSON".to_owned(), KeyErrorKind::Malformed, "line 1"),
        (changed("private_key", json!("not a key")), KeyErrorKind::Malformed, ""),
    ] {
        let error = ServiceAccount::from_json(&json).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(expected), "{error}");
        assert!(
            !error.to_string().contains("not a key") && !error.to_string().contains("BEGIN"),
            "{error}"
        );
    }
    let missing = ServiceAccount::from_file("/not/there").unwrap_err();
    assert_eq!(missing.kind(), KeyErrorKind::Unreadable);
    let account = ServiceAccount::from_json(&whole.to_string()).unwrap();
    assert!(!format!("{account:?}").contains("BEGIN"));
}
