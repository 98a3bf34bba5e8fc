//! Private keys, secrets and assertions reach no log, no error and no `Debug` output.

use std::fmt::Write as _;

use bytes::Bytes;
use evergrant::client_auth::{ClientAssertion, SharedClientAuth};
use evergrant::error::TransportError;
use evergrant_jose::{Algorithm, AssertionOptions, ClientSecretJwt, KeyFile, PrivateKey, PrivateKeyJwt};
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
        pem.replace('\n', ""),
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
