//! Proof of possession: headers that are created for each request and prove that the client holds a key, such as those
//! of DPoP (RFC 9449).

use std::fmt;
use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::{HeaderMap, Method, Uri};

use crate::Secret;
use crate::error::Error;
use crate::response_head::ResponseHead;
use crate::runtime::BoxFuture;

/// A proof of possession: proves with each request that the client holds the key to which its tokens are bound.
/// Implement this trait for DPoP (RFC 9449), for example, and pass the implementation to
/// [`TokenManagerBuilder::proof`](crate::TokenManagerBuilder::proof).
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
/// use evergrant::proof::{Proof, ProofRequest, ProofTarget, ProofVerdict};
/// use evergrant::runtime::BoxFuture;
/// use evergrant::{Error, ResponseHead};
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
///     fn read_response(&self, _: ProofTarget<'_>, response: &ResponseHead<'_>) -> ProofVerdict {
///         let Some(nonce) = response.headers().get("nonce") else { return ProofVerdict::Done };
///         if let Ok(mut last) = self.nonce.lock() {
///             *last = Some(nonce.clone());
///         }
///         match response.header("www-authenticate") {
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

    /// Returns an identifier of the key, such as its thumbprint (RFC 7638). The identifier is a component of the [store
    /// key](crate::store::StoreKey), so that processes share tokens only if they hold the same key. It must not be a
    /// secret.
    fn key_id(&self) -> String;

    /// Creates the proof headers of a request. They replace existing headers of the request with the same names.
    ///
    /// # Errors
    /// Wrap other error types with [`Error::proof`]. After an error, the request is not sent.
    fn headers<'a>(&'a self, request: ProofRequest<'a>) -> BoxFuture<'a, Result<HeaderMap, Error>>;

    /// Reads what later proofs need from a response, such as a nonce. Returns whether the server requires a new proof.
    fn read_response(&self, request: ProofTarget<'_>, response: &ResponseHead<'_>) -> ProofVerdict {
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
    /// that is sent with the request. Pass `None` for a request to the token endpoint.
    #[must_use]
    pub fn new(method: &'a Method, uri: &'a Uri, token: Option<&'a Secret>) -> Self {
        let target = ProofTarget::new(method, uri);
        Self { target, token }
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
