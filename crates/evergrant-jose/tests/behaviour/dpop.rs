//! Tokens that are bound to a DPoP key, against servers that verify each proof.

use std::time::Duration;

use evergrant::client_auth::PublicClient;
use evergrant::runtime::BoxFuture;
use evergrant::store::MemoryStore;
use evergrant::{
    AuthorizationCode, BuildError, ClientCredentials, Error, Password, Token, TokenManager, TokenManagerBuilder,
    UserTokens,
};
use evergrant_jose::{Algorithm, Dpop, PrivateKey, Signer};
use evergrant_reqwest::{Client, Transport};
use evergrant_testing::{ApiServer, AuthServerBuilder, MockResponse, RecordedRequest};
use serde_json::Value;

use crate::support::{CLIENT, Fixture, SECRET, key, parts};

fn start() -> Fixture {
    start_with(|server| server)
}

fn start_with(configure: impl FnOnce(AuthServerBuilder) -> AuthServerBuilder) -> Fixture {
    Fixture::start(|server| configure(server.client(CLIENT, SECRET).require_dpop()))
}

fn builder(fixture: &Fixture, dpop: &Dpop) -> TokenManagerBuilder {
    fixture.builder(SECRET).retries(0).proof(dpop.clone())
}

fn tokens(fixture: &Fixture, dpop: &Dpop) -> TokenManager {
    builder(fixture, dpop).build(Transport::default()).unwrap()
}

fn client(api: &ApiServer, tokens: &TokenManager) -> Client {
    Client::builder(tokens.clone()).base_url(api.url("/")).build().unwrap()
}

async fn status(client: &Client, path: &str) -> u16 {
    client.get(path).send().await.unwrap().status().as_u16()
}

/// Returns header and claims of a request's proof.
fn proof(request: &RecordedRequest) -> (Value, Value) {
    parts(request.header("dpop").unwrap())
}

fn use_nonce(nonce: &str) -> MockResponse {
    let response = MockResponse::new(400).json(r#"{"error":"use_dpop_nonce"}"#);
    response.header("dpop-nonce", nonce)
}

#[tokio::test]
async fn a_proof_has_the_members_of_rfc_9449() {
    let (fixture, dpop) = (start(), Dpop::generate().unwrap());
    let api = fixture.auth.api();
    let tokens = tokens(&fixture, &dpop);
    assert_eq!(status(&client(&api, &tokens), "books?page=2#top").await, 200);

    let (header, claims) = proof(&fixture.auth.last_token_request());
    assert_eq!((&header["typ"], &header["alg"]), (&"dpop+jwt".into(), &"ES256".into()));
    let members: Vec<_> = header["jwk"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["crv", "kty", "x", "y"]);
    assert_eq!(
        (&claims["htm"], &claims["htu"]),
        (&"POST".into(), &fixture.auth.token_url().into())
    );
    assert!(claims["iat"].is_u64() && claims["ath"].is_null() && claims["nonce"].is_null());

    let (_, of_api) = proof(&api.requests()[0]);
    assert_eq!(
        (&of_api["htm"], &of_api["htu"]),
        (&"GET".into(), &api.url("/books").into())
    );
    assert!(of_api["ath"].as_str().is_some_and(|hash| hash.len() == 43));
    assert_ne!(of_api["jti"], claims["jti"]);
    assert!(api.requests()[0].header("authorization").unwrap().starts_with("DPoP "));
    let token = tokens.token().await.unwrap();
    assert_eq!(token.bound_key("jkt"), Some(dpop.thumbprint()));
}

#[tokio::test]
async fn each_algorithm_and_a_key_service_sign_proofs() {
    /// A key that signs asynchronously.
    #[derive(Debug)]
    struct KeyService(PrivateKey);
    impl Signer for KeyService {
        fn algorithm(&self) -> Algorithm {
            self.0.algorithm()
        }

        fn key_id(&self) -> Option<&str> {
            None
        }

        fn public_jwk(&self) -> Option<String> {
            Some(self.0.public_jwk())
        }

        fn sign<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, Error>> {
            Box::pin(async move {
                tokio::task::yield_now().await;
                self.0.sign(message).await
            })
        }
    }
    let fixture = start();
    let api = fixture.auth.api();
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Es384, Algorithm::Ps256] {
        let key = key(algorithm);
        for dpop in [Dpop::new(key.clone()).unwrap(), Dpop::new(KeyService(key)).unwrap()] {
            assert_eq!(status(&client(&api, &tokens(&fixture, &dpop)), "books").await, 200);
        }
    }
    assert!(fixture.auth.rejected_proofs().is_empty() && api.rejected_proofs().is_empty());
}

/// requests_oauth2client PR 92.
#[tokio::test]
async fn an_endless_demand_for_nonces_ends_after_two_repetitions() {
    let (fixture, dpop) = (start(), Dpop::generate().unwrap());
    for nonce in ["a", "b", "c", "d"] {
        fixture.auth.next(use_nonce(nonce));
    }
    let error = tokens(&fixture, &dpop).token().await.unwrap_err();
    assert!(error.to_string().contains("use_dpop_nonce"), "{error}");
    assert_eq!(fixture.auth.token_requests(), 3);
}

/// opentdf/java-sdk 374.
#[tokio::test]
async fn the_nonce_of_a_failed_retry_is_stored() {
    let (fixture, dpop) = (start(), Dpop::generate().unwrap());
    let tokens = tokens(&fixture, &dpop);
    fixture.auth.next(use_nonce("first"));
    fixture.auth.next(MockResponse::new(503).header("dpop-nonce", "second"));
    tokens.fetch_token().await.unwrap_err();
    tokens.fetch_token().await.unwrap();
    let requests = fixture.auth.requests();
    let nonces: Vec<_> = requests
        .iter()
        .map(|request| proof(request).1["nonce"].clone())
        .collect();
    assert_eq!(nonces, [Value::Null, "first".into(), "second".into()]);
}

#[tokio::test]
async fn each_server_has_its_own_nonce() {
    let (fixture, dpop) = (start(), Dpop::generate().unwrap());
    let api = fixture.auth.api();
    fixture.auth.rotate_dpop_nonce();
    for _ in 0..2 {
        api.rotate_dpop_nonce();
    }
    let client = client(&api, &tokens(&fixture, &dpop));
    for _ in 0..2 {
        assert_eq!(status(&client, "books").await, 200);
    }
    assert_eq!((fixture.auth.token_requests(), api.requests().len()), (2, 3));
    assert_eq!(proof(&fixture.auth.last_token_request()).1["nonce"], "test-nonce-1");
    assert_eq!(proof(&api.requests()[2]).1["nonce"], "test-nonce-2");
}

#[tokio::test]
async fn a_retry_after_a_failure_has_a_new_proof() {
    let (fixture, dpop) = (start(), Dpop::generate().unwrap());
    fixture.auth.next(MockResponse::new(503));
    let policy = evergrant::RetryPolicy::new(1).pause(Duration::ZERO);
    let tokens = builder(&fixture, &dpop)
        .retries(policy)
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    let requests = fixture.auth.requests();
    assert_ne!(requests[0].header("dpop"), requests[1].header("dpop"));
}

#[tokio::test]
async fn a_token_that_is_not_bound_to_the_key_is_an_error() {
    for (member, json, problem) in [
        (
            "token_type",
            r#""Bearer""#,
            "has the type `Bearer`, but this client requires",
        ),
        ("cnf", r#"{"jkt":"another"}"#, "is bound to another key"),
    ] {
        let (fixture, dpop) = (start(), Dpop::generate().unwrap());
        fixture.auth.respond_with(member, json);
        let error = tokens(&fixture, &dpop).token().await.unwrap_err();
        assert!(matches!(error, Error::TokenResponse(_)), "{error}");
        assert!(error.to_string().contains(problem), "{error}");
    }
    // Without a key, a bound token is an error too.
    let fixture = Fixture::start(|server| server.client(CLIENT, SECRET));
    fixture.auth.respond_with("token_type", r#""DPoP""#);
    let error = fixture.tokens(SECRET).token().await.unwrap_err().to_string();
    assert!(error.contains("`DPoP`") && error.contains("set proof(..)"), "{error}");
}

#[tokio::test]
async fn a_stored_token_keeps_its_key_and_is_not_sent_without_a_proof() {
    let (fixture, dpop) = (start(), Dpop::generate().unwrap());
    let token = tokens(&fixture, &dpop).token().await.unwrap();
    for json in [token.expose_json(), token.expose_json_camel_case()] {
        assert!(json.contains(r#""DPoP""#), "the type");
        let stored = Token::from_json(&json).unwrap();
        assert_eq!(stored.bound_key("jkt"), Some(dpop.thumbprint()));
        let api = fixture.auth.api();
        let with_key = builder(&fixture, &dpop)
            .token(stored.clone())
            .build(Transport::default());
        assert_eq!(status(&client(&api, &with_key.unwrap()), "books").await, 200);
        let without_key = fixture
            .builder(SECRET)
            .token(stored.clone())
            .build(Transport::default());
        let error = without_key.unwrap_err();
        assert!(
            matches!(error, BuildError::InvalidSetting { setting: "token", .. }),
            "{error}"
        );
        let provider = fixture.builder(SECRET).token_provider(move |_, _| {
            let stored = stored.clone();
            async move { Ok(stored) }
        });
        let error = provider.build(Transport::default()).unwrap().token().await.unwrap_err();
        assert!(error.to_string().contains("bound to a DPoP key"), "{error}");
        // A token of another key is replaced before it is used.
        let other = Dpop::generate().unwrap();
        let stored = Token::from_json(&json).unwrap();
        let tokens = builder(&fixture, &other)
            .token(stored)
            .build(Transport::default())
            .unwrap();
        api.reset_records();
        assert_eq!(status(&client(&api, &tokens), "books").await, 200);
        assert_eq!(api.requests().len(), 1);
    }
    assert_eq!(fixture.auth.token_requests(), 3);
    assert!(Token::from_json(r#"{"access_token":"not-a-real-token","token_type":"DPoP"}"#).is_err());
}

#[tokio::test]
async fn processes_share_a_token_only_with_the_same_key() {
    let (fixture, store) = (start(), MemoryStore::new());
    let (one, other) = (Dpop::generate().unwrap(), Dpop::generate().unwrap());
    let process = |dpop: &Dpop| {
        let sharing = builder(&fixture, dpop).store(store.clone());
        sharing.build(Transport::default()).unwrap()
    };
    let token = |tokens: TokenManager| async move { tokens.token().await.unwrap().access_token().expose().to_owned() };
    assert_eq!(token(process(&one)).await, token(process(&one)).await);
    assert_ne!(token(process(&one)).await, token(process(&other)).await);
    assert_eq!(fixture.auth.token_requests(), 2);
    // Tokens of a replaced key are not adopted by a process that does not hold the new one.
    let (first, rotated) = (key(Algorithm::Es256), key(Algorithm::Es256));
    let (one, same) = (Dpop::new(first.clone()).unwrap(), Dpop::new(first).unwrap());
    let (replacing, staying) = (process(&one), process(&same));
    one.replace_key(rotated).unwrap();
    let replaced = token(replacing).await;
    assert_ne!(token(staying.clone()).await, replaced);
    assert_eq!(staying.token().await.unwrap().bound_key("jkt"), Some(same.thumbprint()));
}

#[tokio::test]
async fn an_algorithm_that_the_server_does_not_list_is_an_error() {
    let fixture = start();
    fixture
        .auth
        .metadata_with("dpop_signing_alg_values_supported", r#"["EdDSA"]"#);
    let tokens = |dpop| {
        let builder = ClientCredentials::builder(CLIENT, SECRET).issuer(fixture.auth.issuer());
        let builder = builder.runtime(fixture.clock.clone()).retries(0).proof(dpop);
        builder.build(Transport::default()).unwrap()
    };
    let error = tokens(Dpop::generate().unwrap()).token().await.unwrap_err().to_string();
    assert!(error.contains("`ES256`") && error.contains("EdDSA"), "{error}");
    assert_eq!(fixture.auth.token_requests(), 0);
    tokens(Dpop::new(key(Algorithm::EdDsa)).unwrap()).token().await.unwrap();
}

#[tokio::test]
async fn a_token_is_used_with_the_key_that_it_is_bound_to() {
    let (fixture, dpop) = (start(), Dpop::generate().unwrap());
    let api = fixture.auth.api();
    let tokens = tokens(&fixture, &dpop);
    let client = client(&api, &tokens);
    let first = dpop.thumbprint();
    assert_eq!(status(&client, "books").await, 200);
    for _ in 0..15 {
        dpop.replace_key(key(Algorithm::Es256)).unwrap();
    }
    assert_eq!(status(&client, "books").await, 200);
    assert_eq!(tokens.token().await.unwrap().bound_key("jkt"), Some(first));
    // The key of the token is no longer held, so that the token is replaced before the request.
    dpop.replace_key(key(Algorithm::EdDsa)).unwrap();
    assert_eq!(status(&client, "books").await, 200);
    assert_eq!(tokens.token().await.unwrap().bound_key("jkt"), Some(dpop.thumbprint()));
    assert_eq!((fixture.auth.token_requests(), api.requests().len()), (2, 3));
    assert!(api.rejected_proofs().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_call_of_fifty_callers_fails_while_the_key_and_the_nonces_change_ten_times() {
    let (fixture, dpop) = (start(), Dpop::generate().unwrap());
    fixture.auth.lifetime(Duration::from_secs(60));
    let api = fixture.auth.api();
    let client = client(&api, &tokens(&fixture, &dpop));
    for round in 0..10 {
        if round % 2 == 0 {
            fixture.clock.advance(Duration::from_secs(60));
        }
        let call = |client: Client| tokio::spawn(async move { status(&client, "books").await });
        let calls: Vec<_> = (0..50).map(|_| call(client.clone())).collect();
        dpop.replace_key(key(Algorithm::Es256)).unwrap();
        fixture.auth.rotate_dpop_nonce();
        api.rotate_dpop_nonce();
        for call in calls {
            assert_eq!(call.await.unwrap(), 200);
        }
    }
    let only_nonces = |reasons: Vec<&str>| reasons.iter().all(|reason| *reason == "the nonce is missing or old");
    assert!(
        only_nonces(fixture.auth.rejected_proofs()),
        "{:?}",
        fixture.auth.rejected_proofs()
    );
    assert!(only_nonces(api.rejected_proofs()), "{:?}", api.rejected_proofs());
}

#[tokio::test]
async fn the_refresh_token_of_a_public_client_is_sent_with_its_key_after_a_replacement() {
    let fixture = start_with(|server| server.public_client("app").user("jane", "not-a-real-password"));
    let dpop = Dpop::generate().unwrap();
    let first = dpop.thumbprint();
    let tokens = Password::new("jane", "not-a-real-password")
        .builder("app", PublicClient)
        .token_url(fixture.auth.token_url())
        .runtime(fixture.clock.clone())
        .proof(dpop.clone())
        .build(Transport::default())
        .unwrap();
    tokens.token().await.unwrap();
    dpop.replace_key(key(Algorithm::Es256)).unwrap();
    fixture.clock.advance(Duration::from_secs(3600));
    assert_eq!(tokens.token().await.unwrap().bound_key("jkt"), Some(first));
    let request = fixture.auth.last_token_request();
    assert_eq!(request.form_value("grant_type").as_deref(), Some("refresh_token"));
    assert_eq!(fixture.auth.failed_token_requests(), 0);
}

#[tokio::test]
async fn a_refresh_token_without_its_key_is_not_sent() {
    const REDIRECT: &str = "http://127.0.0.1:8765/callback";
    let fixture = start_with(|server| {
        let server = server.public_client("app").user("jane", "not-a-real-password");
        server.redirect_uri("app", REDIRECT)
    });
    let application = |dpop: &Dpop| {
        AuthorizationCode::builder("app", PublicClient)
            .authorization_url(fixture.auth.authorization_url())
            .token_url(fixture.auth.token_url())
            .redirect_uri(REDIRECT)
            .runtime(fixture.clock.clone())
            .retries(0)
            .proof(dpop.clone())
            .build(Transport::default())
            .unwrap()
    };
    let (first, other) = (key(Algorithm::Es256), Dpop::generate().unwrap());
    let dpop = Dpop::new(first.clone()).unwrap();
    let users = UserTokens::builder(application(&dpop), MemoryStore::new())
        .build()
        .unwrap();
    let jane = users.for_user("jane");
    let sign_in = jane.sign_in().unwrap();
    let request = sign_in.begin().unwrap();
    let redirect = fixture.auth.visit(request.url().as_str());
    let token = sign_in.finish(&request, &redirect).await.unwrap();
    let error = application(&other).with_token(token).unwrap_err();
    assert!(
        matches!(error, BuildError::InvalidSetting { setting: "token", .. }),
        "{error}"
    );
    // The user stays signed in, and the token is renewed as soon as the key is held again.
    for _ in 0..16 {
        dpop.replace_key(key(Algorithm::Es256)).unwrap();
    }
    let error = jane.token().await.unwrap_err();
    assert!(matches!(error, Error::Callback(_)), "{error}");
    assert!(
        error.to_string().contains("a key that this client does not hold"),
        "{error}"
    );
    assert_eq!(fixture.auth.token_requests(), 1);
    dpop.replace_key(first).unwrap();
    fixture.clock.advance(Duration::from_secs(3600));
    jane.token().await.unwrap();
    assert_eq!(
        (fixture.auth.token_requests(), fixture.auth.failed_token_requests()),
        (2, 0)
    );
}

#[tokio::test]
async fn a_token_for_a_duration_is_bound_to_a_key_that_is_held() {
    let (fixture, dpop) = (start(), Dpop::generate().unwrap());
    let tokens = tokens(&fixture, &dpop);
    tokens.token().await.unwrap();
    for _ in 0..16 {
        dpop.replace_key(key(Algorithm::Es256)).unwrap();
    }
    let token = tokens.token_valid_for(Duration::from_secs(60)).await.unwrap();
    assert_eq!(token.bound_key("jkt"), Some(dpop.thumbprint()));
}

#[tokio::test]
async fn debug_output_and_errors_show_no_key_and_no_token() {
    let (fixture, dpop) = (start(), Dpop::generate().unwrap());
    let tokens = tokens(&fixture, &dpop);
    let token = tokens.token().await.unwrap();
    let authorizer = evergrant::Authorizer::from(tokens.clone());
    let (mut head, ()) = http::Request::get("https://api.example.com/books")
        .body(())
        .unwrap()
        .into_parts();
    authorizer.authorize(&mut head).await.unwrap();
    assert!(head.headers["dpop"].is_sensitive() && head.headers["authorization"].is_sensitive());
    let shown = format!("{dpop:?} {tokens:?} {head:?}");
    assert!(shown.contains(&dpop.thumbprint()), "{shown}");
    assert!(!shown.contains(token.access_token().expose()), "{shown}");
    let mut relative = http::Request::get("/books").body(()).unwrap().into_parts().0;
    let error = authorizer.authorize(&mut relative).await.unwrap_err().to_string();
    assert!(error.contains("no scheme and host"), "{error}");
}
