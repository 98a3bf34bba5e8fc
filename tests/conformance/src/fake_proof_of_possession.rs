//! A fake proof of possession, and an API that requires it. The proof lists the values that it covers:
//! `proof: Toy;<method>;<uri>;<nonce>;<hash of the token>;<number>`.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use evergrant::Error;
use evergrant::proof::{Proof, ProofRequest, ProofResponse, ProofTarget, ProofVerdict};
use evergrant::runtime::BoxFuture;
use evergrant_testing::{ApiServer, MockResponse, RouteRequest};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

pub(crate) const PROOF: HeaderName = HeaderName::from_static("proof");
const NONCE: HeaderName = HeaderName::from_static("proof-nonce");

/// Creates a new proof for each request, with the latest nonce from any response.
#[derive(Debug, Clone, Default)]
pub struct ToyProof {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    nonce: Mutex<String>,
    proofs_created: AtomicUsize,
    fails: bool,
}

impl ToyProof {
    /// Creates a proof that always fails.
    #[must_use]
    pub fn failing() -> Self {
        let fails = true;
        Self {
            shared: Arc::new(Shared {
                fails,
                ..Shared::default()
            }),
        }
    }
}

impl Proof for ToyProof {
    fn scheme(&self) -> &str {
        "Toy"
    }

    fn key_id(&self) -> String {
        "toy-key".to_owned()
    }

    fn headers<'a>(&'a self, request: ProofRequest<'a>) -> BoxFuture<'a, Result<HeaderMap, Error>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            if self.shared.fails {
                return Err(Error::proof("the key is locked"));
            }
            let ProofTarget { method, uri, .. } = request.target;
            let nonce = lock(&self.shared.nonce).clone();
            let hash = request.token.map(|token| hash(token.expose())).unwrap_or_default();
            let number = self.shared.proofs_created.fetch_add(1, Ordering::SeqCst);
            let proof = format!("Toy;{method};{uri};{nonce};{hash};{number}");
            let proof = HeaderValue::try_from(proof).map_err(Error::proof)?;
            Ok(HeaderMap::from_iter([(PROOF, proof)]))
        })
    }

    fn read_response(&self, _: ProofTarget<'_>, response: &ProofResponse<'_>) -> ProofVerdict {
        if let Some(nonce) = response.head.headers().get(NONCE).and_then(|nonce| nonce.to_str().ok()) {
            nonce.clone_into(&mut lock(&self.shared.nonce));
        }
        let challenge = response.head.headers().get("www-authenticate");
        match challenge.is_some_and(|challenge| challenge == r#"Toy error="use_nonce""#) {
            true => ProofVerdict::Repeat,
            false => ProofVerdict::Done,
        }
    }
}

fn hash(token: &str) -> String {
    let mut hasher = DefaultHasher::new();
    token.hash(&mut hasher);
    format!("{:x}", hasher.finish())
}

/// An API that requires the proof.
#[derive(Debug, Clone, Default)]
pub struct ProofApi {
    expected: Arc<Mutex<Expectations>>,
}

#[derive(Debug, Default)]
struct Expectations {
    token: String,
    nonce: String,
    /// Each response contains a new nonce, which the next request must use.
    rotates_nonce: bool,
    /// Every nonce is rejected.
    always_challenges: bool,
    used_proofs: HashSet<String>,
}

impl ProofApi {
    /// Adds `/proof-protected` to the API, which returns 200 and the request body, or the reason of the rejection.
    pub fn start(api: &ApiServer, token: &str) -> Self {
        let proof_api = Self::default();
        proof_api.set_token(token);
        for method in [Method::GET, Method::POST] {
            let (proof_api, base) = (proof_api.clone(), api.url(""));
            api.route(method, "/proof-protected", move |request| {
                proof_api.respond(&base, request)
            });
        }
        proof_api
    }

    /// Sets the only valid token.
    pub fn set_token(&self, token: &str) {
        token.clone_into(&mut lock(&self.expected).token);
    }

    /// Sets the required nonce.
    pub fn set_nonce(&self, nonce: &str) {
        nonce.clone_into(&mut lock(&self.expected).nonce);
    }

    /// Sends a new nonce with each response, and requires it in the next request.
    pub fn rotate_nonce(&self) {
        lock(&self.expected).rotates_nonce = true;
    }

    /// Rejects every nonce, while `enabled`.
    pub fn always_challenge(&self, enabled: bool) {
        lock(&self.expected).always_challenges = enabled;
    }

    fn respond(&self, base: &str, request: &RouteRequest<'_>) -> MockResponse {
        let mut expected = lock(&self.expected);
        let bad_request = |what: &str| MockResponse::new(400).body(what.to_owned());
        let proofs: Vec<_> = request.headers.get_all(PROOF).iter().collect();
        let [proof] = proofs[..] else {
            return bad_request("one proof");
        };
        let proof = proof.to_str().unwrap_or_default();
        if !expected.used_proofs.insert(proof.to_owned()) {
            return bad_request("a new proof");
        }
        let Some(token) = request
            .header("authorization")
            .and_then(|value| value.strip_prefix("Toy "))
        else {
            return bad_request("the scheme");
        };
        let query = request
            .query
            .as_ref()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        let start = format!("Toy;{};{base}{}{query};", request.method, request.path);
        let Some(rest) = proof.strip_prefix(&start) else {
            return bad_request("method and URI");
        };
        let (nonce, rest) = rest.split_once(';').unwrap_or_default();
        if rest.split(';').next() != Some(&hash(token)) {
            return bad_request("the token's hash");
        }
        let has_nonce = nonce == expected.nonce && !expected.always_challenges;
        if expected.rotates_nonce || expected.always_challenges {
            expected.nonce = format!("nonce-{}", expected.used_proofs.len());
        }
        let nonce = |response: MockResponse| match expected.nonce.is_empty() {
            true => response,
            false => response.header("proof-nonce", &expected.nonce),
        };
        if !has_nonce {
            return nonce(MockResponse::new(401).header("www-authenticate", r#"Toy error="use_nonce""#));
        }
        if token != expected.token {
            return nonce(MockResponse::new(401).header("www-authenticate", r#"Toy error="invalid_token""#));
        }
        nonce(MockResponse::new(200).body(request.body.clone()))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
