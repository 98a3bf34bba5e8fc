//! Introspection of received tokens (RFC 7662), for services. Responses are cached.

mod cache;
mod introspected_token;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use self::cache::{Flight, ResponseCache};
pub use self::introspected_token::IntrospectedToken;
use crate::Secret;
use crate::error::{BuildError, Error, TimeoutScope};
use crate::manager::TokenManager;
use crate::token_endpoint::RetryAfterGate;

/// A client of the introspection endpoint (RFC 7662), for a service that receives access tokens: asks the authorization
/// server whether a token is active, and for whom it was issued. Created by [`TokenManager::introspection`]. Cloning is
/// cheap; all clones share the cache.
///
/// ```no_run
/// # async fn run(transport: evergrant::SharedTransport) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use evergrant::ClientCredentials;
///
/// // The client id and secret of the service.
/// let service = ClientCredentials::builder("orders-api", "not-a-real-secret")
///     .issuer("https://idp.example.com/realms/a")
///     .build(transport)?;
/// let introspection = service.introspection().max_age(Duration::from_secs(30)).build()?;
///
/// # let received = "not-a-real-token";
/// match introspection.introspect(received).await? {
///     Some(token) if token.scopes().contains("orders.read") => println!("for {:?}", token.subject()),
///     Some(_) => println!("403 insufficient_scope"),
///     None => println!("401 invalid_token"),
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Cache
/// - A response is cached by the SHA-256 hash of its token; the token itself is not cached.
/// - The response for an active token is used until the token expires (`exp`), and at most for
///   [`max_age`](IntrospectionBuilder::max_age): a revoked token can be accepted for that long.
/// - The response for another token is used for [`inactive_max_age`](IntrospectionBuilder::inactive_max_age).
/// - Each of the two kinds has at most [`capacity`](IntrospectionBuilder::capacity) entries. The least recently used
///   one is evicted, so that invalid tokens do not evict valid ones.
/// - Concurrent calls with the same token send one request.
/// - Errors are not cached. If the server has sent `Retry-After`, its error is returned without a request until the
///   requested time has passed.
#[derive(Clone)]
pub struct Introspection(Arc<Inner>);

struct Inner {
    service: TokenManager,
    max_age: Duration,
    inactive_max_age: Duration,
    cache: Mutex<ResponseCache>,
    gate: RetryAfterGate,
}

/// Configures and builds an [`Introspection`] client. Created by [`TokenManager::introspection`].
#[must_use = "a builder does nothing until `build` is called"]
pub struct IntrospectionBuilder {
    service: TokenManager,
    max_age: Duration,
    inactive_max_age: Duration,
    capacity: usize,
}

/// Maximum length of a token that is sent, in bytes: more than HTTP servers accept in a header.
const MAX_TOKEN_BYTES: usize = 64 * 1024;

impl TokenManager {
    /// Returns a builder for a client of the introspection endpoint (RFC 7662), for a service that receives access
    /// tokens. The requests use the settings of this manager, such as its client id and client authentication, its
    /// time limits and retries, and its [`introspection_url`](crate::TokenManagerBuilder::introspection_url) or
    /// [`issuer`](crate::TokenManagerBuilder::issuer). The manager itself fetches no token for this.
    pub fn introspection(&self) -> IntrospectionBuilder {
        IntrospectionBuilder {
            service: self.clone(),
            max_age: Duration::from_secs(60),
            inactive_max_age: Duration::from_secs(10),
            capacity: 10_000,
        }
    }
}

impl IntrospectionBuilder {
    /// Sets the maximum time for which the response for an active token is cached. It ends earlier if the token expires
    /// earlier. Zero disables the cache for active tokens. Default: 60 s.
    pub fn max_age(mut self, duration: Duration) -> Self {
        self.max_age = duration;
        self
    }

    /// Sets the time for which the response for a token that is not active is cached. Zero disables the cache for such
    /// tokens. Default: 10 s.
    pub fn inactive_max_age(mut self, duration: Duration) -> Self {
        self.inactive_max_age = duration;
        self
    }

    /// Sets the maximum number of cached responses, for active tokens and for other tokens each. Default: 10,000.
    pub fn capacity(mut self, responses: usize) -> Self {
        self.capacity = responses;
        self
    }

    /// Builds the introspection client. Sends nothing.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] if the capacity is zero.
    pub fn build(self) -> Result<Introspection, BuildError> {
        if self.capacity == 0 {
            let (setting, expected) = ("introspection: capacity", "above zero");
            return Err(BuildError::OutOfRange { setting, expected });
        }
        Ok(Introspection(Arc::new(Inner {
            service: self.service,
            max_age: self.max_age,
            inactive_max_age: self.inactive_max_age,
            cache: Mutex::new(ResponseCache::new(self.capacity)),
            gate: RetryAfterGate::default(),
        })))
    }
}

impl Introspection {
    /// Asks the authorization server about an access token that the service received. Returns `None` if the token is
    /// not active: it is unknown, expired or revoked, or is not yet valid. Text that cannot be an access token (RFC
    /// 6749 appendix A.12), or that is longer than 64 KiB, is not active either, and is not sent.
    ///
    /// # Errors
    /// [`Error::Endpoint`] if the server has no introspection endpoint, rejects the request or does not respond. An
    /// error does not mean that the token is not active: respond with 503, not with 401.
    pub async fn introspect(&self, access_token: &str) -> Result<Option<Arc<IntrospectedToken>>, Error> {
        let is_sent = access_token.len() <= MAX_TOKEN_BYTES
            && !access_token.is_empty()
            && access_token.bytes().all(|byte| (0x20..=0x7E).contains(&byte));
        if !is_sent {
            return Ok(None);
        }
        let settings = self.0.service.endpoint().settings();
        let hash = Sha256::digest(access_token).into();
        let flight = {
            let mut cache = self.cache();
            if let Some(response) = cache.find(&hash, settings.runtime.now()) {
                return Ok(response);
            }
            cache.join(hash)
        };
        // Dropped after the outcome, which it reads.
        let _guard = FlightGuard {
            client: self,
            flight: &flight,
        };
        let limit = settings.fetch_timeout;
        let began = settings.runtime.now();
        let Some(mut outcome) = settings.runtime.timeout(limit, flight.outcome.lock()).await else {
            let is_stalled = settings.runtime.has_stalled(began, limit);
            return Err(settings.timeout(TimeoutScope::Wait, limit, is_stalled));
        };
        if let Some(outcome) = &*outcome {
            return outcome.clone();
        }
        let fetched = self.fetch(access_token, &flight).await;
        *outcome = Some(fetched.clone());
        fetched
    }

    async fn fetch(&self, access_token: &str, flight: &Flight) -> Result<Option<Arc<IntrospectedToken>>, Error> {
        let inner = &*self.0;
        let endpoint = inner.service.endpoint();
        let runtime = &endpoint.settings().runtime;
        if let Some(error) = inner.gate.error(runtime.now()) {
            return Err(error);
        }
        let requested_at = runtime.now();
        let members = endpoint.introspect(Secret::new(access_token)).await;
        let members = members.inspect_err(|error| inner.gate.close(runtime.now(), error))?;
        let now = runtime.now();
        let token = members.map(IntrospectedToken::new);
        let token = token.filter(|token| token.is_valid_at(now.wall())).map(Arc::new);
        let max_age = match &token {
            Some(_) => inner.max_age,
            None => inner.inactive_max_age,
        };
        let until = requested_at.plus(max_age);
        let expiry = token.as_ref().and_then(|token| token.expires_at());
        let expiry = expiry.map(|expiry| now.at_wall(expiry));
        self.cache().insert(flight.hash, token.clone(), until, expiry, now);
        Ok(token)
    }

    fn cache(&self) -> MutexGuard<'_, ResponseCache> {
        self.0.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes the flight of a call that has ended, also if the call was dropped.
struct FlightGuard<'a> {
    client: &'a Introspection,
    flight: &'a Arc<Flight>,
}

impl Drop for FlightGuard<'_> {
    fn drop(&mut self) {
        self.client.cache().leave(self.flight);
    }
}

impl fmt::Debug for Introspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introspection")
            .field("client", self.0.service.client())
            .field("cached", &self.cache().len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for IntrospectionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntrospectionBuilder")
            .field("client", self.service.client())
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}
