//! Private keys, secrets and assertions reach no log, no error and no `Debug` output.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use evergrant::client_auth::{ClientAssertion, NoClientAuth, SharedClientAuth};
use evergrant::error::TransportError;
use evergrant::store::MemoryStore;
use evergrant::{Error, JwtBearer, TokenExchange, TokenManagerBuilder, TokenTypeIdentifier};
use evergrant_jose::google::ServiceAccount;
use evergrant_jose::{
    Algorithm, AssertionOptions, ClientSecretJwt, KeyFile, PrivateKey, PrivateKeyJwt, SignedAssertion,
};
use evergrant_reqwest::Transport;
use evergrant_testing::{ClientAuthMethod, LogCapture};
use http::{Request, Response};
use serde_json::json;

use crate::support::{CLIENT, Fixture, Folder, SECRET, key};

/// A server that returns the whole request in its error.
#[derive(Debug)]
struct Echo;

impl evergrant::Transport for Echo {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let request = String::from_utf8_lossy(request.body()).into_owned();
        let body = json!({"error": "invalid_client", "error_description": request}).to_string();
        Ok(Response::builder().status(401).body(body.into()).expect("a response"))
    }
}

/// Like [`Echo`], and records what is sent outside of bodies and credentials.
#[derive(Debug, Clone, Default)]
struct RecordingEcho(Arc<Mutex<String>>);

impl evergrant::Transport for RecordingEcho {
    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        request.headers_mut().remove("authorization");
        let head = format!("{} {:?}", request.uri(), request.headers());
        self.0.lock().expect("no panic").push_str(&head);
        Echo.send(request).await
    }
}

/// Every window of this length of a secret counts as the secret.
const WINDOW: usize = 24;

fn check(shown: &str, secrets: &[&str]) {
    for secret in secrets {
        for line in secret
            .lines()
            .filter(|line| line.len() >= WINDOW && !line.starts_with("-----"))
        {
            for start in 0..=line.len() - WINDOW {
                let window = &line[start..start + WINDOW];
                assert!(!shown.contains(window), "{window} in {shown}");
            }
        }
    }
}

fn text(logs: &LogCapture) -> String {
    format!("{:?}", logs.records())
}

#[tokio::test]
async fn keys_and_assertions_reach_no_log_no_error_and_no_debug_output() {
    let folder = Folder::new();
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        let key = key(algorithm);
        let pem = key.to_pem().unwrap();
        let fixture = Fixture::with_key(&key);
        let file = || KeyFile::new(folder.write("key.pem", pem.expose()));
        let logs = LogCapture::new();
        let _guard = logs.install();
        let mut shown = format!("{key:?} {:?} {:?}", file(), AssertionOptions::new());
        let from_file = PrivateKeyJwt::from_file(file());
        let from_memory = PrivateKeyJwt::new(key.clone());
        write!(shown, "{from_file:?} {from_memory:?}").unwrap();
        let methods: [SharedClientAuth; 2] = [from_file.into(), from_memory.into()];
        for auth in methods {
            let tokens = fixture.tokens(auth.clone());
            tokens.token().await.unwrap();
            let echo = fixture.builder(auth.clone()).build(Echo).unwrap();
            let error = echo.token().await.unwrap_err();
            assert!(error.to_string().contains("client_assertion=[redacted]"), "{error}");
            write!(shown, "{auth:?} {tokens:?} {error} {error:?} {:?}", echo.status()).unwrap();
        }
        let request = fixture.auth.last_token_request();
        shown.push_str(&text(&logs));
        check(
            &shown,
            &[pem.expose(), &request.form_value("client_assertion").unwrap()],
        );
    }
}

#[tokio::test]
async fn the_secret_of_an_assertion_reaches_no_log_no_error_and_no_debug_output() {
    let fixture = Fixture::start(|server| server.client(CLIENT, SECRET).accept(&[ClientAuthMethod::SecretJwt]));
    let logs = LogCapture::new();
    let _guard = logs.install();
    let auth = SharedClientAuth::from(ClientSecretJwt::new(SECRET));
    let tokens = fixture.tokens(auth.clone());
    tokens.token().await.unwrap();
    let error = fixture
        .builder(auth.clone())
        .build(Echo)
        .unwrap()
        .token()
        .await
        .unwrap_err();
    let shown = format!("{auth:?} {tokens:?} {error} {error:?} {}", text(&logs));
    let request = fixture.auth.last_token_request();
    check(&shown, &[SECRET, &request.form_value("client_assertion").unwrap()]);
    // The secret itself is not sent.
    assert!(!String::from_utf8_lossy(&request.body).contains(SECRET));
}

#[tokio::test]
async fn an_assertion_of_somebody_else_reaches_no_log_no_error_and_no_debug_output() {
    let (folder, logs) = (Folder::new(), LogCapture::new());
    let _guard = logs.install();
    let token = "hush-not.a-real-assertion-of-the-platform.0123456789-abcdefghijklm";
    let auth = SharedClientAuth::from(ClientAssertion::from_file(folder.write("token", token)));
    let fixture = Fixture::with_key(&key(Algorithm::Es256));
    let error = fixture
        .builder(auth.clone())
        .build(Echo)
        .unwrap()
        .token()
        .await
        .unwrap_err();
    // Two tokens in one file.
    folder.write("token", &format!("{token} {token}"));
    let unusable = fixture.tokens(auth.clone()).token().await.unwrap_err();
    let shown = format!("{auth:?} {error} {error:?} {unusable} {unusable:?} {}", text(&logs));
    check(&shown, &[token]);
}

/// Returns the assertion in a form that an error of [`Echo`] repeats.
fn sent(error: &Error, name: &str) -> bool {
    error.to_string().contains(&format!("{name}=[redacted]"))
}

#[tokio::test]
async fn keys_that_sign_assertions_of_grants_reach_no_log_error_debug_output_record_or_url() {
    let (folder, logs) = (Folder::new(), LogCapture::new());
    let _guard = logs.install();
    let key = key(Algorithm::Rs256);
    let pem = key.to_pem().unwrap();
    let json = json!({
        "type": "service_account",
        "private_key": pem.expose(),
        "client_email": "robot@example.com",
        "token_uri": "https://auth.example.com/token",
    });
    let account_file = folder.write("account.json", &json.to_string());
    let account = ServiceAccount::from_file(account_file).unwrap();
    let from_memory = SignedAssertion::new(CLIENT, PrivateKey::from_pem(pem.expose()).unwrap());
    let from_file = SignedAssertion::from_file(CLIENT, folder.write("key.pem", pem.expose()));
    let mut shown = format!("{account:?} {from_memory:?} {from_file:?}");
    let grant = |assertion: SignedAssertion| {
        let builder = JwtBearer::new(assertion)
            .subject_id("jane")
            .builder(CLIENT, NoClientAuth);
        builder.token_url("https://auth.example.com/token")
    };
    let builders: [TokenManagerBuilder<JwtBearer>; 3] =
        [account.builder(["scope"]), grant(from_memory), grant(from_file)];
    let echo = RecordingEcho::default();
    for builder in builders {
        write!(shown, "{builder:?}").unwrap();
        let store = MemoryStore::new();
        let tokens = builder.store(store).retries(0).build(echo.clone()).unwrap();
        let error = tokens.token().await.unwrap_err();
        assert!(sent(&error, "assertion"), "{error}");
        let record = tokens.store_key().unwrap();
        write!(shown, "{tokens:?} {error} {error:?} {:?} {record}", tokens.status()).unwrap();
    }
    write!(shown, "{} {}", echo.0.lock().unwrap(), text(&logs)).unwrap();
    check(&shown, &[pem.expose()]);
    assert!(!shown.contains("assertion=ey"), "{shown}");
}

#[tokio::test]
async fn signed_subject_and_actor_tokens_of_an_exchange_reach_no_log_error_debug_output_or_url() {
    let logs = LogCapture::new();
    let _guard = logs.install();
    let subject = SignedAssertion::new("subject", key(Algorithm::Es256));
    let actor = SignedAssertion::new("actor", key(Algorithm::Es256));
    let exchange = TokenExchange::new(subject, TokenTypeIdentifier::Jwt).actor(actor, TokenTypeIdentifier::Jwt);
    let mut shown = format!("{exchange:?}");
    let builder = exchange
        .builder(CLIENT, SECRET)
        .token_url("https://auth.example.com/token");
    write!(shown, "{builder:?}").unwrap();
    let echo = RecordingEcho::default();
    let tokens = builder.retries(0).build(echo.clone()).unwrap();
    let error = tokens.token().await.unwrap_err();
    assert!(sent(&error, "subject_token") && sent(&error, "actor_token"), "{error}");
    write!(
        shown,
        "{tokens:?} {error} {error:?} {} {}",
        echo.0.lock().unwrap(),
        text(&logs)
    )
    .unwrap();
    check(&shown, &[SECRET]);
    // Every JWT starts so.
    assert!(!shown.contains("eyJ"), "{shown}");
}

#[test]
fn an_error_of_a_service_account_contains_no_part_of_its_key() {
    let pem = key(Algorithm::Rs256).to_pem().unwrap();
    for (name, value) in [
        ("private_key", json!(pem.expose().replacen("MII", "!II", 1))),
        ("private_key", json!([pem.expose()])),
        ("token_uri", json!({ "pem": pem.expose() })),
        ("type", json!(pem.expose().replace('\n', ""))),
    ] {
        let mut file = json!({
            "type": "service_account",
            "private_key": pem.expose(),
            "client_email": "robot@example.com",
            "token_uri": "https://auth.example.com/token",
        });
        file[name] = value;
        let error = ServiceAccount::from_json(&file.to_string()).unwrap_err();
        check(&format!("{error} {error:?}"), &[pem.expose()]);
    }
}

#[test]
fn an_error_of_a_key_contains_no_part_of_it() {
    let pem = key(Algorithm::Rs256).to_pem().unwrap();
    let pem = pem.expose();
    let folder = Folder::new();
    let fixture = Fixture::with_key(&key(Algorithm::Es256));
    for damaged in [
        pem.replacen("MII", "!II", 1),
        pem.replacen("-----END", "----END", 1),
        pem.replacen("PRIVATE", "PUBLIC", 2),
        pem.replace('\n', "\\n"),
        pem[..pem.len() / 2].to_owned(),
    ] {
        let error = PrivateKey::parse(&damaged).unwrap_err();
        let file = folder.write("key.pem", &damaged);
        let build = fixture
            .builder(PrivateKeyJwt::from_file(file))
            .build(Transport::default())
            .unwrap_err();
        check(&format!("{error} {error:?} {build} {build:?}"), &[pem]);
    }
}
