//! Proofs of possession with DPoP (RFC 9449): tokens that only the holder of a key can use.

mod keys;
mod nonces;

use std::fmt;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evergrant::Error;
use evergrant::proof::{Proof, ProofRequest, ProofResponse, ProofTarget, ProofVerdict};
use evergrant::runtime::BoxFuture;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use serde::{Deserialize, Serialize};

use self::keys::{Key, Keys};
use self::nonces::Nonces;
use crate::algorithm::Algorithm;
use crate::error::KeyError;
use crate::jws;
use crate::key::PrivateKey;
use crate::signer::Signer;

const DPOP: HeaderName = HeaderName::from_static("dpop");
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The error code of a server that requires another nonce (RFC 9449 sections 8 and 9).
const USE_NONCE: &str = "use_dpop_nonce";

/// DPoP (RFC 9449): binds tokens to a key, so that only this client can use them. Each request to the token endpoint
/// and to an API contains a proof that is signed with the key. Set it with
/// [`TokenManagerBuilder::proof`](evergrant::TokenManagerBuilder::proof).
///
/// Cloning is cheap; clones share the keys and the nonces. Use one `Dpop` for all managers of a client.
///
/// ```
/// use evergrant::ClientCredentials;
/// use evergrant_jose::Dpop;
///
/// # fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
/// let tokens = ClientCredentials::builder("client-id", "not-a-real-secret")
///     .token_url("https://auth.example.com/oauth2/token")
///     .proof(Dpop::generate()?)
///     .build(transport)?;
/// # Ok(())
/// # }
/// ```
///
/// # Proofs
/// Each request has a new proof, also each retry and each repetition after a 401: its method (`htm`), its URI without
/// query and fragment (`htu`), the time (`iat`), a random identifier (`jti`), the last nonce of the server, and for an
/// API the hash of the access token (`ath`). A token request whose response has another `token_type` than `DPoP`, or
/// another key in `cnf`, is an error: the client never continues with a bearer token.
///
/// # Nonces
/// The last nonce of each server (`DPoP-Nonce`) is stored, whatever the status of the response, for at most 128
/// servers. A request that is rejected with `use_dpop_nonce` is repeated with the new nonce and the same token, at most
/// twice. These repetitions do not count as retries, and are independent of the one after a rejected token.
///
/// # Keys
/// [`generate`](Self::generate) creates a key that lives as long as the process. Processes that share tokens through a
/// store need the same key ([`new`](Self::new)): the thumbprint of the key is part of the
/// [store key](evergrant::store::StoreKey). [`replace_key`](Self::replace_key) replaces the key while the program runs.
#[derive(Clone)]
pub struct Dpop {
    shared: Arc<Shared>,
}

struct Shared {
    keys: Keys,
    nonces: Nonces,
}

/// The claims of a proof (RFC 9449 section 4.2).
#[derive(Serialize)]
struct Claims<'a> {
    jti: String,
    htm: &'a str,
    htu: &'a str,
    iat: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ath: Option<String>,
}

impl Dpop {
    /// Creates proofs that are signed with this key: a [`PrivateKey`], or another [`Signer`] such as one of a KMS,
    /// which signs each request.
    ///
    /// ```no_run
    /// use evergrant_jose::{Dpop, PrivateKey};
    ///
    /// let key = PrivateKey::parse(&std::fs::read_to_string("/run/secrets/dpop-key.pem")?)?;
    /// let dpop = Dpop::new(key)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`KeyErrorKind::WrongAlgorithm`](crate::KeyErrorKind::WrongAlgorithm) for HMAC, and
    /// [`KeyErrorKind::Malformed`](crate::KeyErrorKind::Malformed) if the signer does not return its public key
    /// ([`Signer::public_jwk`]).
    pub fn new(signer: impl Signer) -> Result<Self, KeyError> {
        Ok(Self {
            shared: Arc::new(Shared {
                keys: Keys::new(Key::new(signer)?),
                nonces: Nonces::default(),
            }),
        })
    }

    /// Creates proofs with a new ES256 key in memory, which ends with the process.
    ///
    /// # Errors
    /// [`KeyErrorKind::Unsupported`](crate::KeyErrorKind::Unsupported) if no key can be generated.
    pub fn generate() -> Result<Self, KeyError> {
        Self::new(PrivateKey::generate(Algorithm::Es256)?)
    }

    /// Replaces the key while tokens are in use. New tokens are bound to the new key. Existing tokens are used with the
    /// key that they are bound to until they are renewed, as long as it is one of the last 16 keys; a token of an older
    /// key is replaced before its next use.
    ///
    /// The refresh tokens of a public client stay bound to the key of the sign-in (RFC 9449 section 5), and are sent
    /// with that key. Token managers that are built after this call share tokens only with those that have the new key.
    ///
    /// # Errors
    /// Same as [`new`](Self::new). The current key then stays in use.
    pub fn replace_key(&self, signer: impl Signer) -> Result<(), KeyError> {
        self.shared.keys.replace(Key::new(signer)?);
        Ok(())
    }

    /// Returns the thumbprint of the current key (RFC 7638), as in `cnf.jkt` of its tokens and in the parameter
    /// `dpop_jkt`.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        self.shared.keys.current().thumbprint.clone()
    }

    async fn create(&self, request: ProofRequest<'_>) -> Result<HeaderValue, Error> {
        let key = match request.key_id {
            None => self.shared.keys.current(),
            Some(id) => self.shared.keys.find(id).ok_or_else(|| {
                Error::proof("the key that the token is bound to has been replaced; call Dpop::replace_key less often")
            })?,
        };
        let (origin, path) = target_uri(request.target.uri)?;
        let now = request.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let claims = Claims {
            jti: URL_SAFE_NO_PAD.encode(request.random::<16>()?),
            htm: request.target.method.as_str(),
            htu: &format!("{origin}{path}"),
            iat: now.as_secs(),
            nonce: self.shared.nonces.get(&origin),
            ath: request.token.map(|token| hash(token.expose())),
        };
        let payload = serde_json::to_vec(&claims).map_err(Error::proof)?;
        let input = format!("{}.{}", key.header, URL_SAFE_NO_PAD.encode(payload));
        let proof = jws::sign(input, &*key.signer).await?;
        let mut proof = HeaderValue::try_from(proof.expose()).map_err(Error::proof)?;
        // It shows which tokens the client uses, until it expires.
        proof.set_sensitive(true);
        Ok(proof)
    }
}

impl Proof for Dpop {
    fn scheme(&self) -> &str {
        "DPoP"
    }

    fn key_id(&self) -> String {
        self.thumbprint()
    }

    fn confirmation_method(&self) -> Option<&str> {
        Some("jkt")
    }

    fn holds_key(&self, key_id: &str) -> bool {
        self.shared.keys.find(key_id).is_some()
    }

    fn signature_algorithm(&self) -> Option<String> {
        Some(self.shared.keys.current().signer.algorithm().name().to_owned())
    }

    fn headers<'a>(&'a self, request: ProofRequest<'a>) -> BoxFuture<'a, Result<HeaderMap, Error>> {
        Box::pin(async move { Ok(HeaderMap::from_iter([(DPOP, self.create(request).await?)])) })
    }

    fn read_response(&self, request: ProofTarget<'_>, response: &ProofResponse<'_>) -> ProofVerdict {
        let nonce = response.head.header(NONCE).and_then(|nonce| nonce.to_str().ok());
        let (Some(nonce), Ok((origin, _))) = (nonce, target_uri(request.uri)) else {
            return ProofVerdict::Done;
        };
        match self.shared.nonces.set(&origin, nonce) && requires_nonce(response) {
            true => ProofVerdict::Repeat,
            false => ProofVerdict::Done,
        }
    }
}

/// Returns the origin and the path of a URI, normalized (RFC 3986 sections 6.2.2 and 6.2.3).
fn target_uri(uri: &Uri) -> Result<(String, &str), Error> {
    let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
        return Err(Error::proof(
            "the URI of the request has no scheme and host; send a request with its complete URL",
        ));
    };
    let mut origin = format!("{scheme}://{host}").to_ascii_lowercase();
    let is_default = |port| matches!((scheme, port), ("https", 443) | ("http", 80));
    if let Some(port) = uri.port_u16().filter(|port| !is_default(*port)) {
        origin = format!("{origin}:{port}");
    }
    Ok((origin, uri.path()))
}

fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes()))
}

/// Returns whether a server rejects a request because of its nonce: a token endpoint in the body (RFC 9449 section 8),
/// an API in its challenge (section 9). Some servers use the other status.
fn requires_nonce(response: &ProofResponse<'_>) -> bool {
    if !matches!(
        response.head.status(),
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED
    ) {
        return false;
    }
    let challenges = response.head.headers().get_all(WWW_AUTHENTICATE);
    let mut challenges = challenges.iter().filter_map(|challenge| challenge.to_str().ok());
    challenges.any(is_nonce_challenge) || response.body.is_some_and(is_nonce_error)
}

fn is_nonce_challenge(challenge: &str) -> bool {
    let scheme = challenge.to_ascii_lowercase().contains("dpop");
    let error = [format!("error=\"{USE_NONCE}\""), format!("error={USE_NONCE}")];
    scheme && error.iter().any(|error| challenge.contains(error))
}

fn is_nonce_error(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Rejection<'a> {
        #[serde(borrow)]
        error: &'a str,
    }
    serde_json::from_slice::<Rejection<'_>>(body).is_ok_and(|rejection| rejection.error == USE_NONCE)
}

impl fmt::Debug for Dpop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dpop")
            .field("key", &self.shared.keys.current().signer)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uri_has_no_query_no_user_and_no_default_port() {
        for (uri, origin, path) in [
            (
                "https://API.example.com/Books?page=2",
                "https://api.example.com",
                "/Books",
            ),
            (
                "https://user:password@api.example.com:443",
                "https://api.example.com",
                "/",
            ),
            ("http://127.0.0.1:80/a%20b", "http://127.0.0.1", "/a%20b"),
            ("http://[::1]:443/", "http://[::1]:443", "/"),
        ] {
            assert_eq!(target_uri(&uri.parse().unwrap()).unwrap(), (origin.to_owned(), path));
        }
        let error = target_uri(&"/books".parse().unwrap()).unwrap_err();
        assert!(error.to_string().contains("complete URL"), "{error}");
    }

    #[test]
    fn a_nonce_is_required_by_the_challenge_or_by_the_body() {
        let challenge = r#"DPoP algs="ES256", error="use_dpop_nonce""#;
        let error = r#"{"error":"use_dpop_nonce","error_description":"\"new\""}"#;
        for (status, challenge, body, required) in [
            (401, challenge, None, true),
            (400, challenge, None, true),
            (401, r#"dpop error=use_dpop_nonce"#, None, true),
            (403, challenge, None, false),
            (401, r#"DPoP error="invalid_token""#, None, false),
            (400, "", Some(error), true),
            (401, "", Some(error), true),
            (200, "", Some(error), false),
            (400, "", Some(r#"{"error":"invalid_grant"}"#), false),
            (400, "", Some("use_dpop_nonce"), false),
        ] {
            let response = http::Response::builder()
                .status(status)
                .header(WWW_AUTHENTICATE, challenge);
            let response = response.body(()).unwrap();
            let head = (&response).into();
            let mut response = ProofResponse::new(&head);
            if let Some(body) = body {
                response = response.with_body(body.as_bytes());
            }
            assert_eq!(requires_nonce(&response), required, "{status} {challenge} {body:?}");
        }
    }
}
