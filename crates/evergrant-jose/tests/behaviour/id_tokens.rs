//! ID tokens (OpenID Connect Core section 3.1.3.7).

use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evergrant::discovery::Discovery;
use evergrant::runtime::Runtime as _;
use evergrant::{Secret, Token};
use evergrant_jose::{Algorithm, IdTokenProblem, IdTokenVerifier, PrivateKey, Signer as _};
use evergrant_reqwest::Transport;
use evergrant_testing::{ApiServer, AuthServer, ManualClock, MockResponse};
use http::Method;
use serde_json::{Value, json};

const CLIENT: &str = "shop";
const NONCE: &str = "not-a-real-nonce";

/// An issuer with a key set, and a verifier of its ID tokens.
struct Fixture {
    auth: AuthServer,
    api: ApiServer,
    clock: ManualClock,
    keys: Arc<Mutex<String>>,
    key: PrivateKey,
    verifier: IdTokenVerifier,
}

fn key(algorithm: Algorithm, id: &str) -> PrivateKey {
    PrivateKey::generate(algorithm).unwrap().with_key_id(id)
}

fn key_set(keys: &[&PrivateKey]) -> String {
    let keys: Vec<_> = keys.iter().map(|key| key.public_jwk()).collect();
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

impl Fixture {
    fn new(algorithm: Algorithm) -> Self {
        let (auth, api, clock) = (
            AuthServer::builder().start(),
            ApiServer::unprotected(),
            ManualClock::new(),
        );
        let key = key(algorithm, "one");
        let keys = Arc::new(Mutex::new(key_set(&[&key])));
        let served = Arc::clone(&keys);
        api.route(Method::GET, "/keys", move |_| {
            let keys = served.lock().unwrap().clone();
            MockResponse::new(200)
                .header("content-type", "application/json")
                .body(keys)
        });
        auth.metadata_with("jwks_uri", &json!(api.url("/keys")).to_string());
        let discovery = Discovery::new(Transport::default());
        let verifier = IdTokenVerifier::new(discovery, auth.issuer(), CLIENT).runtime(clock.clone());
        Self {
            auth,
            api,
            clock,
            keys,
            key,
            verifier,
        }
    }

    fn claims(&self) -> Value {
        let now = self.clock.now().wall().duration_since(UNIX_EPOCH).unwrap().as_secs();
        json!({
            "iss": self.auth.issuer(),
            "aud": CLIENT,
            "sub": "jane",
            "nonce": NONCE,
            "iat": now,
            "exp": now + 300,
        })
    }

    /// Signs claims with the current key, and verifies the ID token.
    async fn verify(&self, claims: &Value) -> Result<String, IdTokenProblem> {
        let header = json!({"alg": self.key.algorithm().name(), "kid": self.key.key_id()});
        self.verify_with(&header, claims).await
    }

    async fn verify_with(&self, header: &Value, claims: &Value) -> Result<String, IdTokenProblem> {
        let id_token = Secret::new(sign(&self.key, header, claims).await);
        let nonce = Secret::new(NONCE);
        let claims = self.verifier.verify_text(&id_token, Some(&nonce)).await;
        let claims = claims.map_err(|error| {
            let text = format!("{error} {error:?}");
            assert!(!text.contains("jane") && !text.contains(NONCE), "{text}");
            error.problem().clone()
        })?;
        Ok(claims.subject().to_owned())
    }

    fn key_requests(&self) -> usize {
        self.api.requests().len()
    }
}

async fn sign(key: &PrivateKey, header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = key.sign(message.as_bytes()).await.unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn with(claims: &Value, name: &str, value: Value) -> Value {
    let mut changed = claims.clone();
    changed[name] = value;
    changed
}

fn without(claims: &Value, name: &str) -> Value {
    let mut changed = claims.clone();
    changed.as_object_mut().unwrap().remove(name);
    changed
}

#[tokio::test]
async fn an_id_token_of_each_asymmetric_algorithm_is_accepted() {
    for algorithm in [
        Algorithm::Rs256,
        Algorithm::Ps384,
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::Es512,
        Algorithm::EdDsa,
    ] {
        let fixture = Fixture::new(algorithm);
        let outcome = fixture.verify(&fixture.claims()).await;
        assert_eq!(outcome.ok().as_deref(), Some("jane"), "{algorithm}");
    }
}

#[tokio::test]
async fn each_claim_is_checked() {
    let fixture = Fixture::new(Algorithm::Es256);
    let claims = fixture.claims();
    let now = claims["iat"].as_u64().unwrap();
    let several = with(&claims, "aud", json!([CLIENT, "other"]));
    for (changed, expected) in [
        (with(&claims, "iss", json!("https://evil.example.com")), "Issuer"),
        (without(&claims, "iss"), "Issuer"),
        (with(&claims, "aud", json!("other")), "Audience"),
        (with(&claims, "aud", json!([])), "Audience"),
        (without(&claims, "aud"), "Audience"),
        (several.clone(), "Audience"),
        (with(&several, "azp", json!("other")), "Audience"),
        (with(&claims, "azp", json!("other")), "Audience"),
        (with(&claims, "exp", json!(now - 60)), "Expired"),
        (without(&claims, "exp"), "Malformed"),
        (with(&claims, "exp", json!("soon")), "Malformed"),
        (with(&claims, "exp", json!(1e300)), "Malformed"),
        (with(&claims, "iat", json!(now + 61)), "NotYetValid"),
        (without(&claims, "iat"), "Malformed"),
        (with(&claims, "nbf", json!(now + 61)), "NotYetValid"),
        (with(&claims, "nonce", json!("another")), "Nonce"),
        (without(&claims, "nonce"), "Nonce"),
        (with(&claims, "sub", json!("")), "Malformed"),
        (with(&claims, "sub", json!("x".repeat(256))), "Malformed"),
    ] {
        let problem = fixture.verify(&changed).await.unwrap_err();
        assert!(format!("{problem:?}").starts_with(expected), "{changed}: {problem:?}");
    }
    for accepted in [
        with(&several, "azp", json!(CLIENT)),
        with(&claims, "aud", json!([CLIENT])),
        with(&claims, "exp", json!(now - 59)),
        with(&claims, "iat", json!(now + 60)),
    ] {
        assert!(fixture.verify(&accepted).await.is_ok(), "{accepted}");
    }
}

#[tokio::test]
async fn unsigned_tokens_and_those_signed_with_the_public_key_are_rejected() {
    let fixture = Fixture::new(Algorithm::Es256);
    let claims = fixture.claims();
    for name in ["none", "NONE", "HS256", "ES999", "RS256"] {
        let problem = fixture
            .verify_with(&json!({"alg": name, "kid": "one"}), &claims)
            .await
            .unwrap_err();
        assert!(
            matches!(problem, IdTokenProblem::Algorithm(_) | IdTokenProblem::UnknownKey),
            "{name}: {problem:?}"
        );
    }
    let critical = json!({"alg": "ES256", "kid": "one", "crit": ["b64"], "b64": false});
    let problem = fixture.verify_with(&critical, &claims).await.unwrap_err();
    assert!(matches!(problem, IdTokenProblem::Malformed(_)), "{problem:?}");
    for text in ["", "a.b", "a.b.c", "....", "e30.e30.e30"] {
        let error = fixture
            .verifier
            .verify_text(&Secret::new(text), None)
            .await
            .unwrap_err();
        assert!(
            matches!(error.problem(), IdTokenProblem::Malformed(_)),
            "{text}: {error}"
        );
    }
}

#[tokio::test]
async fn a_token_that_was_changed_is_rejected() {
    let fixture = Fixture::new(Algorithm::Es256);
    let other = key(Algorithm::Es256, "one");
    let header = json!({"alg": "ES256", "kid": "one"});
    let forged = Secret::new(sign(&other, &header, &fixture.claims()).await);
    let error = fixture.verifier.verify_text(&forged, None).await.unwrap_err();
    assert!(matches!(error.problem(), IdTokenProblem::Signature), "{error}");
}

#[tokio::test]
async fn an_algorithm_that_the_server_does_not_list_is_rejected() {
    let fixture = Fixture::new(Algorithm::Es256);
    fixture
        .auth
        .metadata_with("id_token_signing_alg_values_supported", r#"["RS256"]"#);
    let problem = fixture.verify(&fixture.claims()).await.unwrap_err();
    assert!(matches!(problem, IdTokenProblem::Algorithm(_)), "{problem:?}");
}

#[tokio::test]
async fn a_new_key_is_fetched_but_not_more_than_once_per_minute() {
    let mut fixture = Fixture::new(Algorithm::Es256);
    fixture.verify(&fixture.claims()).await.unwrap();
    fixture.verify(&fixture.claims()).await.unwrap();
    assert_eq!(fixture.key_requests(), 1);
    fixture.key = key(Algorithm::Es256, "two");
    *fixture.keys.lock().unwrap() = key_set(&[&fixture.key]);
    for _ in 0..3 {
        let problem = fixture.verify(&fixture.claims()).await.unwrap_err();
        assert!(matches!(problem, IdTokenProblem::UnknownKey), "{problem:?}");
    }
    assert_eq!(fixture.key_requests(), 1);
    fixture.clock.advance(Duration::from_secs(60));
    fixture.verify(&fixture.claims()).await.unwrap();
    assert_eq!(fixture.key_requests(), 2);
    fixture.clock.advance(Duration::from_secs(3600));
    fixture.verify(&fixture.claims()).await.unwrap();
    assert_eq!(fixture.key_requests(), 3);
}

#[tokio::test]
async fn a_failed_fetch_or_an_empty_set_keeps_the_keys_and_counts_as_a_fetch() {
    let fixture = Fixture::new(Algorithm::Es256);
    fixture.verify(&fixture.claims()).await.unwrap();
    *fixture.keys.lock().unwrap() = r#"{"keys":[]}"#.to_owned();
    fixture.clock.advance(Duration::from_secs(3600));
    for _ in 0..3 {
        fixture.verify(&fixture.claims()).await.unwrap();
    }
    assert_eq!(fixture.key_requests(), 2);
    fixture.clock.advance(Duration::from_secs(60));
    let fault = MockResponse::new(500);
    fixture.api.next(fault);
    let unknown = json!({"alg": "ES256", "kid": "two"});
    for _ in 0..3 {
        fixture.verify(&fixture.claims()).await.unwrap();
        let problem = fixture.verify_with(&unknown, &fixture.claims()).await.unwrap_err();
        assert!(matches!(problem, IdTokenProblem::Keys(_)), "{problem:?}");
    }
    assert_eq!(fixture.key_requests(), 3);
}

#[tokio::test]
async fn a_known_key_does_not_wait_for_a_fetch() {
    let fixture = Fixture::new(Algorithm::Es256);
    fixture.verify(&fixture.claims()).await.unwrap();
    fixture.clock.advance(Duration::from_secs(60));
    let hold = fixture.api.hold();
    let (unknown, claims) = (json!({"alg": "ES256", "kid": "two"}), fixture.claims());
    let mut waiting = Box::pin(fixture.verify_with(&unknown, &claims));
    tokio::select! {
        biased;
        _ = &mut waiting => panic!("the fetch is held"),
        outcome = fixture.verify(&claims) => assert!(outcome.is_ok(), "{outcome:?}"),
    }
    hold.release();
    let problem = waiting.await.unwrap_err();
    assert!(matches!(problem, IdTokenProblem::UnknownKey), "{problem:?}");
}

#[tokio::test]
async fn tokens_of_other_types_are_rejected() {
    let fixture = Fixture::new(Algorithm::Es256);
    let claims = fixture.claims();
    for (name, is_accepted) in [
        ("JWT", true),
        ("application/JWT", true),
        ("Application/id_token+jwt", true),
        ("at+jwt", false),
        ("logout+jwt", false),
        ("application/application/jwt", false),
    ] {
        let header = json!({"alg": "ES256", "kid": "one", "typ": name});
        let outcome = fixture.verify_with(&header, &claims).await;
        assert_eq!(outcome.is_ok(), is_accepted, "{name}: {outcome:?}");
    }
    let logout = with(&claims, "events", json!({}));
    let problem = fixture.verify(&logout).await.unwrap_err();
    assert!(matches!(problem, IdTokenProblem::Malformed(_)), "{problem:?}");
}

#[tokio::test]
async fn any_clock_skew_is_possible() {
    let mut fixture = Fixture::new(Algorithm::Es256);
    fixture.verifier = fixture.verifier.clock_skew(Duration::MAX);
    fixture.verify(&fixture.claims()).await.unwrap();
}

#[tokio::test]
async fn without_a_key_id_only_one_key_may_fit() {
    let fixture = Fixture::new(Algorithm::Es256);
    let header = json!({"alg": "ES256"});
    assert!(fixture.verify_with(&header, &fixture.claims()).await.is_ok());

    let fixture = Fixture::new(Algorithm::Es256);
    let another = key(Algorithm::Es256, "two");
    *fixture.keys.lock().unwrap() = key_set(&[&fixture.key, &another]);
    let problem = fixture.verify_with(&header, &fixture.claims()).await.unwrap_err();
    assert!(matches!(problem, IdTokenProblem::UnknownKey), "{problem:?}");
}

#[tokio::test]
async fn keys_that_cannot_be_fetched_are_a_retryable_error() {
    let fixture = Fixture::new(Algorithm::Es256);
    fixture.auth.stop();
    let header = json!({"alg": "ES256", "kid": "one"});
    let id_token = Secret::new(sign(&fixture.key, &header, &fixture.claims()).await);
    let error = fixture.verifier.verify_text(&id_token, None).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    fixture.auth.restart();
    fixture.auth.metadata_without("jwks_uri");
    let error = fixture.verifier.verify_text(&id_token, None).await.unwrap_err();
    assert!(error.is_retryable(), "the last error, without another fetch: {error}");
    fixture.clock.advance(Duration::from_secs(60));
    let error = fixture.verifier.verify_text(&id_token, None).await.unwrap_err();
    assert!(
        error.to_string().contains("jwks_uri") && !error.is_retryable(),
        "{error}"
    );
}

#[tokio::test]
async fn the_access_token_must_belong_to_the_id_token() {
    let fixture = Fixture::new(Algorithm::Es256);
    // The example of OpenID Connect Core appendix A.3.
    let access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    for (hash, is_accepted) in [("77QmUPtjPfzWtF2AnpK9RQ", true), ("not-the-hash", false)] {
        let claims = with(&fixture.claims(), "at_hash", json!(hash));
        let header = json!({"alg": "ES256", "kid": "one"});
        let id_token = sign(&fixture.key, &header, &claims).await;
        let response = json!({"access_token": access_token, "token_type": "Bearer", "id_token": id_token});
        let token = Token::from_json(&response.to_string()).unwrap();
        let outcome = fixture.verifier.verify(&token, Some(&Secret::new(NONCE))).await;
        assert_eq!(outcome.is_ok(), is_accepted, "{outcome:?}");
    }
    let error = fixture
        .verifier
        .verify(&Token::new("not-a-real-token"), None)
        .await
        .unwrap_err();
    assert!(matches!(error.problem(), IdTokenProblem::Missing), "{error}");
}
