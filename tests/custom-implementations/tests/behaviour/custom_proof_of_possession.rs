//! A custom proof of possession: created for each request, with the server's nonce, and never silently omitted.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use custom_implementations::{CLIENT, Fixture, SECRET};
use evergrant::client_auth::{ClientAuth, ClientCredential};
use evergrant::proof::{Proof, ProofRequest, ProofResponse, ProofTarget, ProofVerdict};
use evergrant::runtime::BoxFuture;
use evergrant::store::MemoryStore;
use evergrant::{Authorizer, ClientCredentials, Error, TokenManager, TokenRequestContext};
use evergrant_reqwest::Transport;
use evergrant_testing::{MockResponse, RecordedRequest};
use http::{HeaderMap, HeaderName, HeaderValue};

const PROOF: HeaderName = HeaderName::from_static("proof");

/// A proof that contains its number, the nonce and the token instead of a signature.
#[derive(Clone, Default)]
struct ToyProof {
    key_id: &'static str,
    nonce: Arc<Mutex<String>>,
    made: Arc<AtomicU32>,
}

impl fmt::Debug for ToyProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ToyProof")
    }
}

impl Proof for ToyProof {
    fn scheme(&self) -> &str {
        "Toy"
    }

    fn key_id(&self) -> String {
        self.key_id.to_owned()
    }

    fn headers<'a>(&'a self, request: ProofRequest<'a>) -> BoxFuture<'a, Result<HeaderMap, Error>> {
        let number = self.made.fetch_add(1, Ordering::SeqCst) + 1;
        let nonce = self.nonce.lock().unwrap().clone();
        let (method, path) = (request.target.method, request.target.uri.path());
        let token = request.token.map_or("no token", |_| "a token");
        let value = HeaderValue::try_from(format!("{number} {method} {path} {nonce} {token}")).map_err(Error::proof);
        Box::pin(async { Ok(HeaderMap::from_iter([(PROOF, value?)])) })
    }

    fn read_response(&self, _: ProofTarget<'_>, response: &ProofResponse<'_>) -> ProofVerdict {
        let Some(nonce) = response.head.header("toy-nonce") else {
            return ProofVerdict::Done;
        };
        nonce.to_str().unwrap().clone_into(&mut self.nonce.lock().unwrap());
        match response.head.status().as_u16() {
            400 => ProofVerdict::Repeat,
            _ => ProofVerdict::Done,
        }
    }
}

fn tokens(fixture: &Fixture, proof: &ToyProof) -> TokenManager {
    let builder = fixture.client_credentials(SECRET).proof(proof.clone());
    builder.build(Transport::default()).unwrap()
}

fn toy_token(name: &str) -> MockResponse {
    MockResponse::new(200).json(&format!(
        r#"{{"access_token":"{name}","token_type":"toy","expires_in":3600}}"#
    ))
}

fn use_nonce(nonce: &str) -> MockResponse {
    let response = MockResponse::new(400).json(r#"{"error":"use_toy_nonce"}"#);
    response.header("toy-nonce", nonce)
}

fn proofs(requests: &[RecordedRequest]) -> Vec<&str> {
    requests
        .iter()
        .map(|request| request.header("proof").unwrap())
        .collect()
}

#[tokio::test]
async fn a_nonce_of_the_token_endpoint_leads_to_a_new_proof_in_the_same_attempt() {
    let (fixture, proof) = (Fixture::start(), ToyProof::default());
    fixture.auth.next(use_nonce("first"));
    fixture.auth.next(toy_token("one"));
    // Proofs are repeated independent of retries.
    let tokens = tokens(&fixture, &proof);
    assert_eq!(tokens.token().await.unwrap().access_token().expose(), "one");
    let requests = fixture.auth.requests();
    assert_eq!(
        proofs(&requests),
        ["1 POST /token  no token", "2 POST /token first no token"]
    );
}

#[tokio::test]
async fn a_request_is_repeated_with_a_new_proof_at_most_twice() {
    let (fixture, proof) = (Fixture::start(), ToyProof::default());
    for nonce in ["a", "b", "c", "d"] {
        fixture.auth.next(use_nonce(nonce));
    }
    let error = tokens(&fixture, &proof).token().await.unwrap_err();
    assert!(
        matches!(&error, Error::OAuthProvider(error) if error.code() == Some("use_toy_nonce")),
        "{error}"
    );
    assert_eq!(fixture.auth.token_requests(), 3);
}

#[tokio::test]
async fn a_token_that_is_not_bound_to_the_key_is_not_used() {
    for body in [
        r#"{"access_token":"not-a-real-token","token_type":"Bearer","expires_in":3600}"#,
        r#"{"access_token":"not-a-real-token","expires_in":3600}"#,
    ] {
        let (fixture, proof) = (Fixture::start(), ToyProof::default());
        fixture.auth.next(MockResponse::new(200).json(body));
        let error = tokens(&fixture, &proof).token().await.unwrap_err();
        assert!(matches!(error, Error::TokenResponse(_)), "{error}");
        assert!(error.to_string().contains("`Toy`"), "{error}");
    }
    // Without a proof, a bound token is not used either.
    let fixture = Fixture::start();
    fixture.auth.next(toy_token("one"));
    let plain = fixture.client_credentials(SECRET).build(Transport::default()).unwrap();
    assert!(matches!(plain.token().await, Err(Error::TokenResponse(_))));
}

#[tokio::test]
async fn an_authorizer_adds_the_proof_and_a_manager_returns_an_error() {
    let (fixture, proof) = (Fixture::start(), ToyProof::default());
    let tokens = tokens(&fixture, &proof);
    fixture.auth.next(toy_token("one"));
    tokens.token().await.unwrap();
    let mut headers = HeaderMap::new();
    assert!(tokens.authorize_now(&mut headers).is_none());
    let error = tokens.authorize(&mut headers).await.unwrap_err();
    assert!(matches!(error, Error::ProofRequired(_)), "{error}");
    assert!(headers.is_empty());

    let authorizer = Authorizer::from(tokens);
    let (mut head, ()) = http::Request::get("https://api.example.com/books")
        .body(())
        .unwrap()
        .into_parts();
    assert!(authorizer.authorize_now(&mut head).is_none() && head.headers.is_empty());
    for number in [2, 3] {
        authorizer.authorize(&mut head).await.unwrap();
        assert_eq!(head.headers["authorization"], "Toy one");
        assert!(head.headers["authorization"].is_sensitive());
        assert_eq!(head.headers[&PROOF], format!("{number} GET /books  a token"));
    }
}

#[tokio::test]
async fn processes_share_a_token_only_if_they_hold_the_same_key() {
    let fixture = Fixture::start();
    let key = |key_id| {
        let proof = ToyProof {
            key_id,
            ..ToyProof::default()
        };
        let builder = fixture
            .client_credentials(SECRET)
            .store(MemoryStore::new())
            .proof(proof);
        let tokens = builder.build(Transport::default()).unwrap();
        tokens.store_key().unwrap().to_string()
    };
    let plain = fixture.client_credentials(SECRET).store(MemoryStore::new());
    let plain = plain.build(Transport::default()).unwrap();
    assert_ne!(key("one"), key("two"));
    assert_ne!(key("one"), plain.store_key().unwrap().to_string());
    assert_eq!(key("one"), key("one"));
}

/// A client authentication method that numbers its assertions.
#[derive(Debug, Default)]
struct Numbered(AtomicU32);

impl ClientAuth for Numbered {
    fn name(&self) -> &str {
        "numbered"
    }

    fn authenticate<'a>(&'a self, _: TokenRequestContext<'a>) -> BoxFuture<'a, Result<Vec<ClientCredential>, Error>> {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        let credential = ClientCredential::new("key").param("client_assertion", format!("assertion {number}"));
        Box::pin(async { Ok(vec![credential]) })
    }
}

#[tokio::test]
async fn each_proof_comes_with_its_own_assertion() {
    let (fixture, proof) = (Fixture::start(), ToyProof::default());
    fixture.auth.next(use_nonce("first"));
    fixture.auth.next(toy_token("one"));
    let builder = fixture.client_credentials(Numbered::default()).proof(proof);
    builder.build(Transport::default()).unwrap().token().await.unwrap();
    let requests = fixture.auth.requests();
    let assertions = requests
        .iter()
        .map(|request| request.form_value("client_assertion").unwrap());
    assert_eq!(assertions.collect::<Vec<_>>(), ["assertion 1", "assertion 2"]);
}

#[test]
fn an_invalid_scheme_is_rejected() {
    #[derive(Debug)]
    struct WithScheme(&'static str);
    impl Proof for WithScheme {
        fn scheme(&self) -> &str {
            self.0
        }

        fn key_id(&self) -> String {
            String::new()
        }

        fn headers<'a>(&'a self, _: ProofRequest<'a>) -> BoxFuture<'a, Result<HeaderMap, Error>> {
            Box::pin(async { Ok(HeaderMap::new()) })
        }
    }
    let built = |scheme| {
        let builder = ClientCredentials::builder(CLIENT, SECRET).token_url("https://auth.example.com/token");
        builder.proof(WithScheme(scheme)).build(Transport::default())
    };
    assert!(built("DPoP").is_ok());
    for scheme in ["", "D PoP", "DPoP\r\n", "é"] {
        assert!(built(scheme).unwrap_err().to_string().contains("proof"), "{scheme:?}");
    }
}
