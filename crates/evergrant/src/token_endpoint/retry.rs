//! Retries a token request after a transient failure, and tries the client's other credential during a rotation.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http::Request;

use super::client_keys::holds_key;
use super::received_response::{ReadResponse, ReceivedResponse};
use super::{CustomAttempt, Server, Settings, request, response};
use crate::Token;
use crate::client_auth::ClientCredential;
use crate::error::{Error, RejectionClass, SentRequest, TimeoutScope, TransportCause, TransportErrorKind};
use crate::events;
use crate::grant::GrantRequest;
use crate::jitter;
use crate::proof::{self, PROOF_RETRIES, ProofRequest, ProofResponse, ProofTarget, ProofVerdict};
use crate::redact::Redactor;
use crate::response_head::ResponseHead;
use crate::runtime::BoxFuture;

/// The policy for retries of a token request after a transient failure. Default: 2 retries, after random pauses of at
/// most 100 and 200 ms.
///
/// Two kinds of fetches make only one attempt, and the next fetch follows after the [back-off](crate::FailureBackoff):
/// a background renewal while the current token is still valid for long enough, and a fetch within 30 s of a transient
/// failure. While the server is down, there is therefore only one request for each back-off.
///
/// ```
/// use std::time::Duration;
/// use evergrant::{ClientCredentials, RetryPolicy};
///
/// let builder = ClientCredentials::builder("client-id", "not-a-real-secret")
///     .retries(RetryPolicy::new(4).pause(Duration::from_millis(50)));
/// let without = ClientCredentials::builder("client-id", "not-a-real-secret").retries(0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    pub(crate) retries: u32,
    pub(crate) pause: Duration,
}

impl RetryPolicy {
    /// Creates a policy with this number of retries after the first attempt of a token request, and with the default
    /// pause.
    #[must_use]
    pub fn new(retries: u32) -> Self {
        let pause = Duration::from_millis(100);
        Self { retries, pause }
    }

    /// Sets the maximum pause before the first retry of a token request. The maximum doubles with each further retry.
    /// Each pause is random between zero and the maximum (full jitter). Default: 100 ms.
    #[must_use]
    pub fn pause(mut self, longest: Duration) -> Self {
        self.pause = longest;
        self
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new(2)
    }
}

impl From<u32> for RetryPolicy {
    fn from(retries: u32) -> Self {
        Self::new(retries)
    }
}

/// The polling interval until the server states one.
const DEFAULT_POLL_INTERVAL: Duration = Duration::from_secs(5);

/// The minimum polling interval, whatever the grant requests.
const MIN_POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Maximum number of times that a fetch follows the token endpoint to where new metadata says it is.
const MAX_MOVES: u32 = 3;

/// Sends the request with retries. A pending request is polled only while `wanted` returns `true`.
pub(super) async fn run<T>(
    settings: &Settings,
    grant: &GrantRequest,
    retries: &AtomicU32,
    wanted: impl Fn() -> bool,
    attempt: impl for<'a> Fn(&'a Settings, &'a Server, &'a GrantRequest) -> BoxFuture<'a, Result<T, Error>>,
) -> Result<T, Error> {
    let started = settings.runtime.now();
    let mut last_poll = DEFAULT_POLL_INTERVAL;
    let delay = grant.polling_delay();
    if !delay.is_zero() {
        settings.runtime.sleep(delay).await;
        if !wanted() {
            return Err(Error::Aborted(Arc::clone(&settings.client)));
        }
        last_poll = delay;
    }
    let mut retry = 0;
    let mut moves_left = MAX_MOVES;
    loop {
        let server = settings.server(retries).await?;
        // The server may respond only once to a single-use grant, so its response gets the whole time of the fetch.
        let limit = match grant.is_single_use() {
            true => settings.fetch_timeout,
            false => settings.attempt_timeout,
        };
        let began = settings.runtime.now();
        let error = match settings.runtime.timeout(limit, attempt(settings, &server, grant)).await {
            Some(Ok(result)) => return Ok(result),
            Some(Err(error)) => error,
            None => {
                let is_stalled = settings.runtime.has_stalled(began, limit);
                settings.timeout(TimeoutScope::Attempt, limit, is_stalled)
            }
        };
        if let Some(pause) = poll_pause(grant, &error, last_poll) {
            let spent = settings.runtime.now().elapsed_since(started);
            if spent.saturating_add(pause) > grant.polling_limit() {
                return Err(error);
            }
            settings.runtime.sleep(pause).await;
            if !wanted() {
                return Err(error);
            }
            last_poll = pause;
            continue;
        }
        // A `Retry-After` replaces the retries: see `RetryAfterGate`.
        let has_retry_after = error.retry_after().is_some_and(|wait| !wait.is_zero());
        if has_retry_after {
            settings.retry_after_gate.close(settings.runtime.now(), &error);
        }
        let may_be_used = grant.is_single_use() && !is_grant_unused(&error);
        let may_have_moved = moves_left > 0 && !has_retry_after && !may_be_used;
        if may_have_moved && Box::pin(settings.has_moved(&server, &error)).await {
            moves_left -= 1;
            continue;
        }
        // Once per fetch, unless the metadata has changed.
        moves_left = 0;
        if has_retry_after || may_be_used || !error.is_retryable() || retry >= retries.load(Ordering::Relaxed) {
            return Err(error);
        }
        retry += 1;
        pause(settings, &error, retry).await;
    }
}

/// Pauses before this retry, the first of which has the number one.
pub(super) async fn pause(settings: &Settings, error: &Error, retry: u32) {
    let range = settings.retries.pause.saturating_mul(1 << (retry - 1).min(16));
    let pause = jitter::scaled(range, jitter::unit());
    events::fetch_retried(&settings.client, error, retry, pause);
    settings.runtime.sleep(pause).await;
}

/// Returns the pause before a pending request is polled again. It doubles after each missing response (RFC 8628 section
/// 3.5).
fn poll_pause(grant: &GrantRequest, error: &Error, last: Duration) -> Option<Duration> {
    let pause = match error {
        Error::OAuthProvider(rejection) => grant.pause_after(rejection)?,
        Error::Unreachable(_) | Error::Timeout(_) if grant.is_polled() && error.is_retryable() => last * 2,
        _ => return None,
    };
    Some(
        pause
            .max(error.retry_after().unwrap_or_default())
            .max(MIN_POLL_INTERVAL),
    )
}

/// Returns whether the server has certainly not used up the grant: it rejected the request, or was not sent it.
fn is_grant_unused(error: &Error) -> bool {
    match error {
        Error::OAuthProvider(_) | Error::Issuer(_) => true,
        Error::Unreachable(error) => {
            let error = error.transport_error();
            error.kind() == TransportErrorKind::Connect || error.cause() == Some(&TransportCause::NotProcessed)
        }
        _ => false,
    }
}

/// The outcome of sending one request.
enum SendOutcome<T> {
    Response(Result<T, Error>),
    /// The server requires a new proof.
    ProofRequired,
}

/// Sends one token request.
pub(super) fn token_attempt<'a>(
    settings: &'a Settings,
    server: &'a Server,
    grant: &'a GrantRequest,
) -> BoxFuture<'a, Result<Token, Error>> {
    match &settings.custom_request {
        Some(request) => request.fetch(CustomAttempt::new(settings, server)),
        None => attempt(settings, server, grant, response::read),
    }
}

/// Sends one request to an endpoint. The future is on the heap, because futures that contain it are moved: a thread of
/// 2 MiB would not have enough stack.
pub(super) fn attempt<'a, T: Send + 'a>(
    settings: &'a Settings,
    server: &'a Server,
    grant: &'a GrantRequest,
    read: ReadResponse<T>,
) -> BoxFuture<'a, Result<T, Error>> {
    Box::pin(exchange(settings, server, grant, read))
}

async fn exchange<T>(
    settings: &Settings,
    server: &Server,
    grant: &GrantRequest,
    read: ReadResponse<T>,
) -> Result<T, Error> {
    server.check_request(settings, grant.grant_type())?;
    let mut proofs_left = PROOF_RETRIES;
    let mut rejection = None;
    loop {
        // New assertions for each request, because they can be used once (RFC 7523 section 3).
        let with_assertions = grant.with_assertions(settings.context(server)).await;
        let grant = &*with_assertions.map_err(|error| rejection.clone().unwrap_or(error))?;
        let mut credentials = settings.authenticate(server).await?;
        settings.credentials.sort(&mut credentials);
        let Some(outcome) = try_credentials(settings, server, grant, &credentials, proofs_left > 0, read).await else {
            proofs_left -= 1;
            continue;
        };
        match outcome {
            Err(error) if rejection.is_none() && rejects_assertion(&error) && grant.reject_assertions() => {
                rejection = Some(error);
            }
            outcome => return outcome,
        }
    }
}

/// Returns whether the server may have rejected an assertion or a subject token (RFC 7521 section 4.1, RFC 8693 section
/// 2.2.2).
fn rejects_assertion(error: &Error) -> bool {
    let codes = ["invalid_grant", "invalid_request", "invalid_token"];
    matches!(error, Error::OAuthProvider(error) if error.code().is_some_and(|code| codes.contains(&code)))
}

/// Tries one credential after the other. `None` if the server requires a new proof and `may_repeat` allows one.
async fn try_credentials<T>(
    settings: &Settings,
    server: &Server,
    grant: &GrantRequest,
    credentials: &[ClientCredential],
    may_repeat: bool,
    read: ReadResponse<T>,
) -> Option<Result<T, Error>> {
    let masked = credentials.iter().flat_map(|credential| &credential.masked);
    let redactor = Redactor::new(masked.chain(grant.masked()).chain(settings.options.secrets()));
    let mut outcome = Err(Error::client_auth("it returned no credential"));
    for credential in credentials {
        outcome = match send(settings, server, grant, credential, &redactor, may_repeat, read).await {
            Ok(SendOutcome::Response(outcome)) => outcome,
            Ok(SendOutcome::ProofRequired) => return None,
            Err(error) => Err(error),
        };
        match &outcome {
            Ok(_) => {
                settings.credentials.accept(credential);
                return Some(outcome);
            }
            Err(error) if error.rejection_class() == RejectionClass::Credentials => {}
            Err(_) => break,
        }
    }
    if outcome
        .as_ref()
        .is_err_and(|error| error.rejection_class() != RejectionClass::Transient)
    {
        settings.credentials.reject(credentials);
    }
    Some(outcome)
}

async fn send<T>(
    settings: &Settings,
    server: &Server,
    grant: &GrantRequest,
    credential: &ClientCredential,
    redactor: &Redactor,
    may_repeat: bool,
    read: ReadResponse<T>,
) -> Result<SendOutcome<T>, Error> {
    settings.check_encryption(&server.url)?;
    let (transport, identity) = settings.transport().map_err(Error::client_auth)?;
    let mut request = request::write(settings, server, grant, credential)?;
    let key_id = add_proof(settings, grant, &mut request).await?;
    let target = settings
        .proof
        .is_some()
        .then(|| (request.method().clone(), request.uri().clone()));
    let requested_at = settings.runtime.now();
    let response = transport.send(request).await;
    let response = response.map_err(|error| settings.unreachable(error))?;
    if let (Some(proof), Some((method, uri))) = (&settings.proof, &target) {
        let head = ResponseHead::from(&response);
        let received = ProofResponse::new(&head).with_body(response.body());
        let verdict = proof.read_response(ProofTarget::new(method, uri), &received);
        // A successful response has used up the grant, so the request is not repeated.
        if verdict == ProofVerdict::Repeat && may_repeat && !response.status().is_success() {
            return Ok(SendOutcome::ProofRequired);
        }
    }
    let sent = SentRequest::new(settings, grant, credential);
    let keys = settings.client_keys().of_request(identity.as_ref(), key_id.as_deref());
    Ok(SendOutcome::Response(read(ReceivedResponse {
        settings,
        server,
        grant,
        sent,
        redactor,
        response: &response,
        keys,
        requested_at,
    })))
}

/// Adds a new proof (RFC 9449 section 5). Returns the id of its key.
async fn add_proof<B>(
    settings: &Settings,
    grant: &GrantRequest,
    request: &mut Request<B>,
) -> Result<Option<String>, Error> {
    let bound = grant.bound_key();
    // With another key, the server would reject the refresh token, and the user would be signed out.
    if bound.is_some_and(|key| !holds_key(settings.proof.as_ref(), key)) {
        return Err(Error::proof(
            "the refresh token is bound to a key that this client does not hold; set that key with proof(..), or \
            sign in again",
        ));
    }
    let Some(proof) = &settings.proof else {
        return Ok(None);
    };
    let key_id = bound.map_or_else(|| proof.key_id(), str::to_owned);
    let of_request = ProofRequest::new(request.method(), request.uri(), None, &settings.runtime);
    let proven = proof.headers(of_request.with_key_id(Some(&key_id))).await?;
    proof::write(proven, request.headers_mut());
    Ok(Some(key_id))
}

#[cfg(test)]
#[cfg(not(evergrant_loom))]
mod tests {
    use bytes::Bytes;

    use crate::error::{OriginError, TransportError};
    use crate::origin::PlaintextPolicy;
    use crate::token_endpoint::{Settings, TokenEndpoint};
    use crate::{ClientCredentials, Error, Transport};

    /// A transport that must not be called.
    #[derive(Debug)]
    struct NoTransport;

    impl Transport for NoTransport {
        async fn send(&self, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
            panic!("a request was sent");
        }
    }

    /// Simulates a `localhost` whose address has changed since the manager was built.
    #[tokio::test]
    async fn an_endpoint_that_is_no_longer_allowed_without_tls_gets_no_request() {
        let sidecar = "http://sidecar.internal".parse().unwrap();
        let builder = ClientCredentials::builder("client", "not-a-real-secret")
            .token_url("http://sidecar.internal/token")
            .danger_allow_http_to(sidecar)
            .token_provider(async |_, endpoint: TokenEndpoint| {
                let settings = Settings {
                    plaintext: PlaintextPolicy::default(),
                    ..endpoint.settings().clone()
                };
                TokenEndpoint::new(settings).fetch_token().await
            });
        let error = builder.build(NoTransport).unwrap().token().await.unwrap_err();
        match error {
            Error::Origin(error) => assert!(matches!(*error, OriginError::NotEncrypted { .. }), "{error}"),
            other => panic!("{other}"),
        }
    }
}
