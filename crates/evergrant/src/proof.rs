//! Proof of possession: headers that are created for each request and prove that the client holds a key, such as those
//! of DPoP (RFC 9449).

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use http::header::AUTHORIZATION;
use http::{HeaderMap, Method, Uri};

use crate::Secret;
use crate::error::Error;
use crate::response_head::ResponseHead;
use crate::runtime::{BoxFuture, SharedRuntime};

/// A proof of possession: proves with each request that the client holds the key to which its tokens are bound.
/// `evergrant-jose` implements it for DPoP (RFC 9449). Implement this trait for another kind of proof, and pass the
/// implementation to [`TokenManagerBuilder::proof`](crate::TokenManagerBuilder::proof).
///
/// # Contract
/// - [`headers`](Self::headers) is called for each request to the token endpoint (without a token) and to APIs, and
///   returns a new proof each time. The returned headers do not include `Authorization`: the library writes
///   [`scheme`](Self::scheme) and the token into that header.
/// - [`read_response`](Self::read_response) is called for each response, including error responses, before anything
///   else reads the response. On [`ProofVerdict::Repeat`], the request is repeated with a new proof and the same token,
///   at most twice per request. These repetitions do not count as retries.
/// - The `Debug` output, errors and logs show neither the key nor the token.
///
/// ```
/// use std::sync::Mutex;
///
/// use evergrant::Error;
/// use evergrant::proof::{Proof, ProofRequest, ProofResponse, ProofTarget, ProofVerdict};
/// use evergrant::runtime::BoxFuture;
/// use http::{HeaderMap, HeaderValue};
///
/// /// Returns the last nonce to the server.
/// #[derive(Debug, Default)]
/// struct Echo {
///     nonce: Mutex<Option<HeaderValue>>,
/// }
///
/// impl Proof for Echo {
///     fn scheme(&self) -> &str {
///         "Echo"
///     }
///
///     fn key_id(&self) -> String {
///         "key-1".to_owned()
///     }
///
///     fn headers<'a>(&'a self, _: ProofRequest<'a>) -> BoxFuture<'a, Result<HeaderMap, Error>> {
///         Box::pin(async {
///             let nonce = self.nonce.lock().map_err(|_| Error::proof("the nonce is lost"))?.clone();
///             Ok(nonce.map(|nonce| (http::HeaderName::from_static("echo"), nonce)).into_iter().collect())
///         })
///     }
///
///     fn read_response(&self, _: ProofTarget<'_>, response: &ProofResponse<'_>) -> ProofVerdict {
///         let Some(nonce) = response.head.header("nonce") else { return ProofVerdict::Done };
///         if let Ok(mut last) = self.nonce.lock() {
///             *last = Some(nonce.clone());
///         }
///         match response.head.header("www-authenticate") {
///             Some(challenge) if challenge == r#"Echo error="use_nonce""# => ProofVerdict::Repeat,
///             _ => ProofVerdict::Done,
///         }
///     }
/// }
/// ```
pub trait Proof: fmt::Debug + Send + Sync + 'static {
    /// Returns the authentication scheme in the `Authorization` header, such as `DPoP`. The `token_type` of token
    /// responses must be the same.
    fn scheme(&self) -> &str;

    /// Returns an identifier of the current key, such as its thumbprint (RFC 7638). New tokens are bound to this key.
    /// The identifier is a component of the [store key](crate::store::StoreKey), so that processes share tokens only if
    /// they hold the same key. It must not be a secret.
    fn key_id(&self) -> String;

    /// Returns the name of the confirmation method (RFC 7800 section 3.1) whose value is the [`key_id`](Self::key_id),
    /// such as `jkt`. If there is one, a token that is bound to another key according to its `cnf` is an error, and
    /// each token records its key, so that the key can be replaced while tokens are in use. Default: `None`; the key
    /// never changes.
    fn confirmation_method(&self) -> Option<&str> {
        None
    }

    /// Returns whether this proof holds the key with this identifier. A token that is bound to another key is replaced
    /// before it is used. Default: it holds the current key only.
    fn holds_key(&self, key_id: &str) -> bool {
        key_id == self.key_id()
    }

    /// Returns the signature algorithm of the proofs, such as `ES256`. If the metadata of the issuer lists other
    /// algorithms only (`dpop_signing_alg_values_supported`), a token request is an error that names them, and nothing
    /// is sent. Default: `None`; no algorithm is compared.
    fn signature_algorithm(&self) -> Option<String> {
        None
    }

    /// Creates the proof headers of a request. They replace existing headers of the request with the same names.
    ///
    /// # Errors
    /// Wrap other error types with [`Error::proof`]. After an error, the request is not sent.
    fn headers<'a>(&'a self, request: ProofRequest<'a>) -> BoxFuture<'a, Result<HeaderMap, Error>>;

    /// Reads what later proofs need from a response, such as a nonce. Returns whether the server requires a new proof.
    fn read_response(&self, request: ProofTarget<'_>, response: &ProofResponse<'_>) -> ProofVerdict {
        let _ = (request, response);
        ProofVerdict::Done
    }
}

/// The request for which a proof of possession is created.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ProofRequest<'a> {
    /// The method and URI of the request.
    pub target: ProofTarget<'a>,
    /// The access token that is sent with the request. `None` for a request to the token endpoint.
    pub token: Option<&'a Secret>,
    /// The [identifier](Proof::key_id) of the key that the proof is for: the key of the token. `None` means that it is
    /// not known, and then the current key is used.
    pub key_id: Option<&'a str>,
    runtime: &'a SharedRuntime,
}

/// The response to a request with a proof of possession. The `Debug` output omits the body.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct ProofResponse<'a> {
    /// The status and headers of the response.
    pub head: &'a ResponseHead<'a>,
    /// The body of a response of the token endpoint. `None` for the response of an API, whose body has not been read.
    pub body: Option<&'a [u8]>,
}

/// The method and URI of the request that a proof of possession is for. The `Debug` output shows no query.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct ProofTarget<'a> {
    /// The HTTP method of the request.
    pub method: &'a Method,
    /// The URI of the request, with scheme and host. Its query may contain an API key, so do not log it.
    pub uri: &'a Uri,
}

/// Whether a response requires a new proof of possession.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofVerdict {
    /// The response does not require a new proof.
    Done,
    /// The response requires a new proof, such as one with the nonce in the response. The request is repeated, unless
    /// the response has a success status.
    Repeat,
}

/// Maximum number of repeated requests with a new proof.
pub(crate) const PROOF_RETRIES: u32 = 2;

/// A handle to any [`Proof`].
pub(crate) type SharedProof = Arc<dyn Proof>;

impl<'a> ProofRequest<'a> {
    /// Creates the description of a request, for which a proof of possession is created. `token` is the access token
    /// that is sent with the request. Pass `None` for a request to the token endpoint. `runtime` provides the time.
    #[must_use]
    pub fn new(method: &'a Method, uri: &'a Uri, token: Option<&'a Secret>, runtime: &'a SharedRuntime) -> Self {
        Self {
            target: ProofTarget::new(method, uri),
            token,
            key_id: None,
            runtime,
        }
    }

    /// Sets the identifier of the key that the proof is for.
    #[must_use]
    pub fn with_key_id(self, key_id: Option<&'a str>) -> Self {
        Self { key_id, ..self }
    }

    /// Returns the current time on the token manager's clock, for the claim `iat` of a proof.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.runtime.now().wall()
    }

    /// Returns cryptographically secure random bytes from the manager's [`Runtime`](crate::runtime::Runtime), for the
    /// claim `jti` of a proof.
    ///
    /// # Errors
    /// [`Error::Callback`] if no random bytes are available.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        self.runtime.fill_random(&mut bytes).map_err(Error::proof)?;
        Ok(bytes)
    }
}

impl<'a> ProofResponse<'a> {
    /// Creates the response of an API, whose body has not been read.
    #[must_use]
    pub fn new(head: &'a ResponseHead<'a>) -> Self {
        Self { head, body: None }
    }

    /// Sets the body of a response of the token endpoint.
    #[must_use]
    pub fn with_body(self, body: &'a [u8]) -> Self {
        let body = Some(body);
        Self { body, ..self }
    }
}

impl fmt::Debug for ProofResponse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProofResponse")
            .field("head", self.head)
            .finish_non_exhaustive()
    }
}

impl<'a> ProofTarget<'a> {
    /// Creates the target of a proof of possession: the method and URI of the request that the proof is for.
    #[must_use]
    pub fn new(method: &'a Method, uri: &'a Uri) -> Self {
        Self { method, uri }
    }
}

impl fmt::Debug for ProofTarget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProofTarget")
            .field("method", self.method)
            .field("host", &self.uri.host())
            .field("path", &self.uri.path())
            .finish()
    }
}

/// Adds the headers of a proof, replacing headers with the same names. Ignores `Authorization`, which a proof must not
/// set.
pub(crate) fn write(proof: HeaderMap, headers: &mut HeaderMap) {
    let mut last = None;
    for (name, value) in proof {
        let is_first = name.is_some();
        last = name.or(last);
        match &last {
            Some(name) if *name == AUTHORIZATION => {}
            Some(name) if is_first => drop(headers.insert(name, value)),
            Some(name) => drop(headers.append(name, value)),
            None => {}
        }
    }
}
