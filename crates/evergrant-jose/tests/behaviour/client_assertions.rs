//! The claims and headers of assertions, and how the server treats those that it must not accept.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use evergrant::error::Hint;
use evergrant::runtime::BoxFuture;
use evergrant::{BuildError, Error};
use evergrant_jose::{Algorithm, AssertionOptions, Audience, ClientSecretJwt, PrivateKey, PrivateKeyJwt, Signer};
use evergrant_reqwest::Transport;
use evergrant_testing::{ClientAuthMethod, MockResponse};
use serde_json::json;

use crate::support::{CLIENT, Fixture, SECRET, assertion, key};

fn options() -> AssertionOptions {
    AssertionOptions::new()
}

#[tokio::test]
async fn the_audience_is_the_issuer_alone_by_default() {
    let key = key(Algorithm::Es256);
    let fixture = Fixture::with_key(&key);
    let request = fixture.accepts(PrivateKeyJwt::new(key)).await;
    let (header, claims) = assertion(&request);
    assert_eq!(claims["aud"], json!(fixture.auth.issuer()));
    assert_eq!(header, json!({"alg": "ES256", "typ": "client-authentication+jwt"}));
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!(CLIENT), &json!(CLIENT)));
    assert_eq!(request.form_value("client_id").as_deref(), Some(CLIENT));
    assert_eq!(
        request.form_value("client_assertion_type").as_deref(),
        Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
    );
    // 2026-01-02 03:04:05 on the manager's clock.
    assert_eq!(claims["iat"], json!(1_767_323_045 - 5));
    assert_eq!(claims["nbf"], claims["iat"]);
    assert_eq!(claims["exp"], json!(1_767_323_045 - 5 + 60));
}

#[tokio::test]
async fn a_server_that_accepts_only_the_issuer_rejects_the_token_url_as_audience() {
    let key = key(Algorithm::Es256);
    let fixture = Fixture::with_key(&key);
    let auth = PrivateKeyJwt::new(key).options(options().audience(Audience::TokenEndpoint));
    let error = fixture.rejects(auth, "aud is not this server").await;
    assert_eq!(error.hints(), [Hint::CheckAssertion]);
    assert!(error.to_string().contains("audience"), "{error}");
}

#[tokio::test]
async fn a_server_that_requires_the_token_url_or_a_text_of_its_own_gets_it() {
    let key = key(Algorithm::Es256);
    for (required, audience) in [
        ("{token_url}", Audience::TokenEndpoint),
        ("https://login.example.com", "https://login.example.com".into()),
    ] {
        let jwk = key.public_jwk();
        let fixture = Fixture::start(|server| server.client_keys(CLIENT, &jwk).assertion_audience(required));
        let auth = PrivateKeyJwt::new(key.clone()).options(options().audience(audience));
        fixture.accepts(auth).await;
    }
}

#[test]
fn without_an_issuer_building_fails_and_names_the_remedies() {
    let fixture = Fixture::with_key(&key(Algorithm::Es256));
    let build = |auth: PrivateKeyJwt| {
        let builder = evergrant::ClientCredentials::builder(CLIENT, auth).token_url(fixture.auth.token_url());
        builder.build(Transport::default()).map(drop)
    };
    let error = build(PrivateKeyJwt::new(key(Algorithm::Es256)))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("issuer(\"https://") && error.contains("AssertionOptions::audience"),
        "{error}"
    );
    for audience in [Audience::TokenEndpoint, "https://idp.example.com".into()] {
        build(PrivateKeyJwt::new(key(Algorithm::Es256)).options(options().audience(audience))).unwrap();
    }
    assert!(build(PrivateKeyJwt::new(key(Algorithm::Es256)).options(options().audience(""))).is_err());
}

#[tokio::test]
async fn a_server_that_rejects_untyped_assertions_accepts_the_default_type() {
    let key = key(Algorithm::Es256);
    let jwk = key.public_jwk();
    let strict = |typ: &'static str| {
        let jwk = jwk.clone();
        Fixture::start(move |server| server.client_keys(CLIENT, &jwk).assertion_type_header(typ))
    };
    let fixture = strict("client-authentication+jwt");
    fixture.accepts(PrivateKeyJwt::new(key.clone())).await;
    let untyped = PrivateKeyJwt::new(key.clone()).options(options().without_header_type());
    fixture.rejects(untyped, "typ is not the required one").await;
    let jwt = PrivateKeyJwt::new(key.clone()).options(options().header_type("JWT"));
    strict("JWT").accepts(jwt).await;
}

#[tokio::test]
async fn a_server_without_a_required_type_accepts_typed_and_untyped_assertions() {
    let key = key(Algorithm::Es256);
    let fixture = Fixture::with_key(&key);
    for options in [options(), options().without_header_type(), options().header_type("JWT")] {
        fixture.accepts(PrivateKeyJwt::new(key.clone()).options(options)).await;
    }
}

#[tokio::test]
async fn the_claims_identify_the_client_twice_and_expire() {
    let key = key(Algorithm::Es256);
    let fixture = Fixture::with_key(&key);
    let request = fixture.accepts(PrivateKeyJwt::new(key)).await;
    let (header, claims) = assertion(&request);
    assert_eq!(header["typ"], "client-authentication+jwt");
    assert_eq!((&claims["iss"], &claims["sub"]), (&claims["sub"], &CLIENT.into()));
    let mut names: Vec<&str> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["aud", "exp", "iat", "iss", "jti", "nbf", "sub"]);
    let jwt_bearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    assert_eq!(request.form_value("client_assertion_type").as_deref(), Some(jwt_bearer));
}

#[tokio::test]
async fn each_attempt_has_a_new_assertion_retries_included() {
    let key = key(Algorithm::EdDsa);
    let fixture = Fixture::with_key(&key);
    fixture.auth.next_n(2, MockResponse::new(503));
    fixture.accepts(PrivateKeyJwt::new(key)).await;
    let requests = fixture.auth.requests();
    let ids: std::collections::BTreeSet<String> = requests
        .iter()
        .map(|request| assertion(request).1["jti"].to_string())
        .collect();
    assert_eq!((requests.len(), ids.len()), (3, 3));
    // 128 random bits.
    assert!(ids.iter().all(|id| id.len() == 22 + 2), "{ids:?}");
}

#[tokio::test]
async fn times_are_those_of_the_managers_clock_also_after_a_renewal() {
    let key = key(Algorithm::EdDsa);
    let fixture = Fixture::with_key(&key);
    let tokens = fixture.tokens(PrivateKeyJwt::new(key));
    tokens.token().await.unwrap();
    fixture.clock.advance(Duration::from_secs(2 * 3600));
    tokens.token().await.unwrap();
    let times: Vec<u64> = fixture
        .auth
        .requests()
        .iter()
        .map(|request| assertion(request).1["exp"].as_u64().unwrap())
        .collect();
    assert_eq!(times[1] - times[0], 2 * 3600);
}

#[tokio::test]
async fn a_clock_five_seconds_ahead_of_the_server_is_tolerated() {
    let key = key(Algorithm::Es256);
    let fixture = Fixture::with_key(&key);
    fixture.clock.step_wall_forward(Duration::from_secs(5));
    fixture.accepts(PrivateKeyJwt::new(key.clone())).await;
    fixture.clock.step_wall_forward(Duration::from_secs(1));
    fixture
        .rejects(PrivateKeyJwt::new(key.clone()), "nbf or iat is in the future")
        .await;
    let tolerant = options().clock_skew(Duration::from_secs(30));
    fixture.accepts(PrivateKeyJwt::new(key).options(tolerant)).await;
}

#[tokio::test]
async fn an_expired_assertion_is_rejected() {
    let key = key(Algorithm::Es256);
    let fixture = Fixture::with_key(&key);
    fixture.clock.step_wall_back(Duration::from_secs(54));
    fixture.accepts(PrivateKeyJwt::new(key.clone())).await;
    fixture.clock.step_wall_back(Duration::from_secs(1));
    let error = fixture
        .rejects(PrivateKeyJwt::new(key.clone()), "the assertion has expired")
        .await;
    assert!(error.to_string().contains("clock"), "{error}");
    let long = options().lifetime(Duration::from_secs(600));
    fixture.accepts(PrivateKeyJwt::new(key).options(long)).await;
}

#[test]
fn the_lifetime_is_at_most_an_hour_and_longer_than_the_skew() {
    let fixture = Fixture::with_key(&key(Algorithm::Es256));
    for (lifetime, skew, is_valid) in [
        (3600, 5, true),
        (3601, 5, false),
        (6, 5, true),
        (5, 5, false),
        (0, 0, false),
    ] {
        let options = options()
            .lifetime(Duration::from_secs(lifetime))
            .clock_skew(Duration::from_secs(skew));
        let auth = PrivateKeyJwt::new(key(Algorithm::Es256)).options(options);
        let outcome = fixture.builder(auth).build(Transport::default());
        assert_eq!(outcome.is_ok(), is_valid, "{lifetime} {skew}");
    }
}

#[tokio::test]
async fn the_client_id_is_omitted_on_request() {
    let key = key(Algorithm::Es256);
    let fixture = Fixture::with_key(&key);
    let request = fixture
        .accepts(PrivateKeyJwt::new(key).options(options().without_client_id()))
        .await;
    assert_eq!(request.form_value("client_id"), None);
}

#[tokio::test]
async fn the_key_id_is_that_of_the_setting_or_the_thumbprint() {
    let key = key(Algorithm::Es256);
    let named = key.clone().with_key_id("2026");
    Fixture::with_key(&named)
        .accepts(PrivateKeyJwt::new(key.clone()).key_id("2026"))
        .await;
    let thumbprint = key.thumbprint().to_owned();
    let named = key.clone().with_key_id(&thumbprint);
    Fixture::with_key(&named)
        .accepts(PrivateKeyJwt::new(key.clone()).key_id_from_thumbprint())
        .await;
    let other = PrivateKeyJwt::new(key).key_id("2025");
    Fixture::with_key(&named).rejects(other, "no key has this kid").await;
}

/// A key service that signs with a key in memory, and changes its signatures.
struct Service {
    key: PrivateKey,
    change: fn(Vec<u8>) -> Result<Vec<u8>, &'static str>,
}

impl Service {
    fn auth(change: fn(Vec<u8>) -> Result<Vec<u8>, &'static str>) -> (Fixture, PrivateKeyJwt) {
        let key = key(Algorithm::Es256);
        let fixture = Fixture::with_key(&key);
        (fixture, PrivateKeyJwt::new(Self { key, change }))
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Service")
    }
}

impl Signer for Service {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Es256
    }

    fn key_id(&self) -> Option<&str> {
        None
    }

    fn sign<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let signature = self.key.sign(message).await?;
            (self.change)(signature).map_err(Error::client_auth)
        })
    }
}

#[tokio::test]
async fn a_key_service_signs_asynchronously() {
    let (fixture, auth) = Service::auth(Ok);
    fixture.accepts(auth).await;
}

#[tokio::test]
async fn a_tampered_assertion_is_rejected() {
    let (fixture, auth) = Service::auth(|mut signature| {
        signature[7] ^= 1;
        Ok(signature)
    });
    let error = fixture.rejects(auth, "the signature is wrong").await;
    assert_eq!(error.hints(), [Hint::CheckAssertion]);
}

#[tokio::test]
async fn a_signature_in_der_is_an_error_that_names_the_conversion() {
    // 70 bytes, as a key service would return.
    let (fixture, auth) = Service::auth(|signature| Ok([vec![0x30; 6], signature].concat()));
    let error = fixture.tokens(auth).token().await.unwrap_err().to_string();
    assert!(
        error.contains("70 bytes") && error.contains("signature_from_der"),
        "{error}"
    );
    assert_eq!(fixture.auth.token_requests(), 0);
}

#[tokio::test]
async fn nothing_is_sent_when_signing_fails() {
    let (fixture, auth) = Service::auth(|_| Err("the key service is busy"));
    let error = fixture.tokens(auth).token().await.unwrap_err();
    assert!(error.to_string().contains("the key service is busy"), "{error}");
    assert_eq!(fixture.auth.token_requests(), 0);
}

#[test]
fn a_signer_without_thumbprint_cannot_use_it_as_key_id() {
    let (fixture, auth) = Service::auth(Ok);
    let error = fixture
        .builder(auth.key_id_from_thumbprint())
        .build(Transport::default())
        .unwrap_err();
    assert!(matches!(&error, BuildError::InvalidSetting { .. }), "{error}");
    assert!(error.to_string().contains("Signer::thumbprint"), "{error}");
}

#[tokio::test]
async fn a_replayed_assertion_is_rejected() {
    let key = key(Algorithm::Es256);
    let fixture = Fixture::with_key(&key);
    let sent = fixture
        .accepts(PrivateKeyJwt::new(key))
        .await
        .form_value("client_assertion")
        .unwrap();
    let sent = Arc::<str>::from(sent);
    let replay = evergrant::client_auth::ClientAssertion::new(move || {
        let sent = Arc::clone(&sent);
        async move { Ok(evergrant::Secret::from(&*sent)) }
    });
    fixture.rejects(replay, "the assertion was used before").await;
}

#[tokio::test]
async fn an_assertion_of_another_client_or_key_is_rejected() {
    let fixture = Fixture::with_key(&key(Algorithm::Es256));
    fixture
        .rejects(PrivateKeyJwt::new(key(Algorithm::Es256)), "the signature is wrong")
        .await;
    let fixture = Fixture::start(|server| server.client_keys("other", &key(Algorithm::Es256).public_jwk()));
    fixture
        .rejects(PrivateKeyJwt::new(key(Algorithm::Es256)), "the client is unknown")
        .await;
    // The public key is no secret: an assertion signed with it must not pass for one of a secret.
    let fixture = Fixture::with_key(&key(Algorithm::Es256));
    fixture
        .rejects(ClientSecretJwt::new(SECRET), "the signature is wrong")
        .await;
}

#[test]
fn a_secret_that_is_too_short_is_an_error_at_build() {
    let fixture = Fixture::start(|server| server.client(CLIENT, SECRET).accept(&[ClientAuthMethod::SecretJwt]));
    for (length, algorithm, is_valid) in [
        (31, Algorithm::Hs256, false),
        (32, Algorithm::Hs256, true),
        (47, Algorithm::Hs384, false),
        (48, Algorithm::Hs384, true),
        (63, Algorithm::Hs512, false),
        (64, Algorithm::Hs512, true),
        (64, Algorithm::Rs256, false),
    ] {
        let auth = ClientSecretJwt::new("s".repeat(length)).algorithm(algorithm);
        let outcome = fixture.builder(auth).build(Transport::default());
        assert_eq!(outcome.is_ok(), is_valid, "{length} {algorithm}");
    }
}

#[tokio::test]
async fn an_algorithm_that_the_issuer_does_not_list_is_an_error_that_names_those_listed() {
    let fixture = Fixture::with_key(&key(Algorithm::Es256));
    fixture.auth.metadata_with(
        "token_endpoint_auth_signing_alg_values_supported",
        r#"["RS256", "PS256"]"#,
    );
    let auth = PrivateKeyJwt::new(key(Algorithm::Es256));
    let builder = evergrant::ClientCredentials::builder(CLIENT, auth).issuer(fixture.auth.issuer());
    let tokens = builder.runtime(fixture.clock.clone()).build(Transport::default());
    let error = tokens.unwrap().token().await.unwrap_err().to_string();
    let expected = "does not list the signature algorithm `ES256`, but `RS256`, `PS256`; use a key for one of these";
    assert!(error.contains(expected), "{error}");
    assert_eq!(fixture.auth.token_requests(), 0);
}

#[test]
fn a_certificate_chain_needs_a_certificate() {
    let fixture = Fixture::with_key(&key(Algorithm::Es256));
    let auth = PrivateKeyJwt::new(key(Algorithm::Es256)).send_certificate_chain();
    let error = fixture.builder(auth).build(Transport::default()).unwrap_err();
    assert!(error.to_string().contains("needs a certificate"), "{error}");
}
