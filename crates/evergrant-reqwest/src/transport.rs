//! Sends token requests over reqwest: no redirects, limited bodies, errors without the URL's query.

use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};
use evergrant::error::{TransportCause, TransportError, TransportErrorKind};
use evergrant::transport::{DEFAULT_USER_AGENT, MAX_RESPONSE_BYTES, TransportIdentity};
use evergrant::{BuildError, Relaxation, SharedTransport};
use http::StatusCode;
use http::header::USER_AGENT;

use crate::error_cause::transport_cause;
use crate::http_client_pair::{ClientPair, ClientPairSettings};
use crate::{environment_proxy, response_checks};

/// A transport that sends token requests over a [`reqwest::Client`]. Cloning is cheap.
///
/// Each token request uses a new connection, even with HTTP/2, so that threads with separate runtimes can share a token
/// manager. Each new token therefore costs a TCP and a TLS handshake: two round trips with TLS 1.3. A transport created
/// with [`from_client`](Self::from_client) or [`danger_from_client`](Self::danger_from_client) uses the connection pool
/// of the provided client.
///
/// The `User-Agent` of token requests is the first of the following that is set:
/// [`TokenEndpointOptions::user_agent`](evergrant::TokenEndpointOptions::user_agent), the `User-Agent` of the
/// application's reqwest client, [`DEFAULT_USER_AGENT`].
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use evergrant_reqwest::Transport;
///
/// // A proxy, a private certificate authority, a client certificate: any setting of reqwest.
/// let transport = Transport::from_builder(|| reqwest::Client::builder().user_agent("bookshop/1.0"))?;
///
/// // For servers that require header names like `Content-Type`. HTTP/2 names are always lower case.
/// let legacy = Transport::from_builder(|| reqwest::Client::builder().http1_title_case_headers())?;
/// # Ok(())
/// # }
/// ```
///
/// # Root certificates
/// By default, the transport trusts the root certificates of the operating system. On Linux, the environment variables
/// `SSL_CERT_FILE` and `SSL_CERT_DIR` replace them. Without any root certificates, as in a container image built from
/// scratch, each request over TLS fails with [`TransportCause::NoRootCertificates`], and plain `http` still works.
///
/// # HTTP/2
/// A request that the server did not process (GOAWAY with a lower last stream, or REFUSED_STREAM) is repeated, even if
/// it contains a refresh token or an authorization code. If the connection ends after the server may have processed the
/// request, the error is [`TransportErrorKind::Interrupted`], and a refresh token or code that can only be used once is
/// not sent again.
///
/// # Forked processes
/// Connections and the async runtime belong to one process. After a fork, create a runtime, a transport and a token
/// manager in the child. A transport that was used before the fork sends nothing in the child, because both processes
/// would write to one connection; its requests fail with [`TransportCause::UsedAfterFork`]. A token manager that has a
/// valid cached token still returns that token in the child.
#[derive(Debug, Clone)]
pub struct Transport {
    http: Result<ClientPair, Arc<str>>,
    /// The process that sent the first request.
    process: Arc<OnceLock<u32>>,
}

impl Transport {
    /// Creates a transport with reqwest settings of the application. The transport follows no redirects, because a
    /// token request contains the client secret.
    ///
    /// `settings` is called several times, because requests to loopback addresses over plain `http` use a second
    /// client. The second client ignores every proxy, whether `settings` or the environment sets it, because a proxy
    /// would see the secret unencrypted. The second client always connects `localhost` to `127.0.0.1` and `::1`, even
    /// if `settings` or the operating system resolve the name differently.
    ///
    /// # Errors
    /// Returns [`BuildError::HttpClient`] if reqwest rejects the configuration.
    pub fn from_builder(settings: impl Fn() -> reqwest::ClientBuilder) -> Result<Self, BuildError> {
        ClientPairSettings::new(|| without_idle_connections(settings()))
            .build()
            .map(Self::from_pair)
    }

    /// Creates a transport like [`from_builder`](Self::from_builder) that supports client certificates
    /// ([`TlsClientAuth`](crate::TlsClientAuth)). It calls `settings` again whenever the certificate changes.
    ///
    /// # Errors
    /// Returns [`BuildError::HttpClient`] if reqwest rejects the configuration.
    pub fn from_settings(
        settings: impl Fn() -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Result<Self, BuildError> {
        ClientPairSettings::shared(move || without_idle_connections(settings()))
            .build()
            .map(Self::from_pair)
    }

    /// Creates a transport over a reqwest client of the application, so that its proxy, certificates and TLS settings
    /// are written once: see [`ClientBuilder::http_client`](crate::ClientBuilder::http_client). Token requests use the
    /// client's connection pool.
    ///
    /// ```
    /// use evergrant_reqwest::Transport;
    /// use reqwest::redirect::Policy;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let http = reqwest::Client::builder().redirect(Policy::none()).build()?;
    /// let transport = Transport::from_client(http)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns [`BuildError::HttpClient`] if the client follows redirects. A token request to a loopback address over
    /// plain `http` fails if the client has a proxy.
    pub fn from_client(client: reqwest::Client) -> Result<Self, BuildError> {
        ClientPair::checked(client).map(Self::from_pair)
    }

    /// Creates a transport over an existing reqwest client, without checks. This crate cannot inspect or change the
    /// client's redirect policy and proxies.
    ///
    /// Build the reqwest client with [`Policy::none()`](reqwest::redirect::Policy::none). With any other policy, a 307
    /// or 308 repeats the token request **with the client secret** at the redirect target. This crate detects the
    /// redirect only afterwards, and returns an error. For a token URL with plain `http` on loopback, also call
    /// [`no_proxy()`](reqwest::ClientBuilder::no_proxy): a proxy would see the secret unencrypted.
    #[must_use]
    pub fn danger_from_client(client: reqwest::Client) -> Self {
        Self::from_pair(ClientPair::single(client, "danger_from_client"))
    }

    pub(crate) fn from_pair(http: ClientPair) -> Self {
        Self {
            http: Ok(http),
            process: Arc::default(),
        }
    }
}

impl Default for Transport {
    /// Creates a transport with reqwest's default options. If these do not work on this machine, for example because
    /// TLS is not usable, each request fails.
    fn default() -> Self {
        let http = ClientPairSettings::shared(|| without_idle_connections(reqwest::Client::builder())).build();
        Self {
            http: http.map_err(|error| error.to_string().into()),
            process: Arc::default(),
        }
    }
}

impl evergrant::Transport for Transport {
    async fn send(&self, mut request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let http = self
            .http
            .as_ref()
            .map_err(|problem| TransportError::new(TransportErrorKind::Other, problem.to_string()))?;
        let process = std::process::id();
        if *self.process.get_or_init(|| process) != process {
            let error = TransportError::new(TransportErrorKind::Connect, "the connections belong to another process");
            return Err(error.with_cause(TransportCause::UsedAfterFork));
        }
        if http.has_user_agent() && request.headers().get(USER_AGENT) == Some(&DEFAULT_USER_AGENT) {
            // reqwest then adds the application's.
            request.headers_mut().remove(USER_AGENT);
        }
        let request = reqwest::Request::try_from(request).map_err(transport_error)?;
        let url = request.url().clone();
        let response = http
            .execute(request)
            .map_err(|problem| TransportError::new(TransportErrorKind::Other, problem))?;
        let mut response = response.await.map_err(transport_error)?;
        if *response.url() != url {
            let problem = "the supplied HTTP client followed a redirect; build it with redirect::Policy::none()";
            return Err(TransportError::new(TransportErrorKind::Other, problem));
        }

        if response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            let cause = TransportCause::proxy_authentication_required(environment_proxy::describe(Some(&url)));
            return Err(TransportError::new(TransportErrorKind::Connect, "407 from a proxy").with_cause(cause));
        }
        let mut body = BytesMut::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > MAX_RESPONSE_BYTES => {
                    return Err(TransportError::new(TransportErrorKind::TooLarge, ""));
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(_) if response_checks::is_complete(&response, &body) => break,
                Err(error) => return Err(transport_error(error)),
            }
        }
        if let Some(cause) = response_checks::wrong_protocol(&url, response.status(), &body) {
            return Err(TransportError::new(TransportErrorKind::Other, "400 Bad Request").with_cause(cause));
        }
        let mut complete = http::Response::new(body.freeze());
        *complete.status_mut() = response.status();
        *complete.headers_mut() = std::mem::take(response.headers_mut());
        Ok(complete)
    }

    fn with_identity(&self, identity: &TransportIdentity) -> Result<SharedTransport, TransportError> {
        let problem = |problem: String| TransportError::new(TransportErrorKind::Other, problem);
        let http = self.http.as_ref().map_err(|error| problem(error.to_string()))?;
        let transport = Self {
            http: Ok(http.with_identity(identity).map_err(problem)?),
            process: Arc::clone(&self.process),
        };
        Ok(transport.into())
    }

    fn relaxations(&self) -> Vec<Relaxation> {
        let http = self.http.as_ref().ok();
        http.and_then(ClientPair::relaxation).cloned().into_iter().collect()
    }
}

/// Disables the connection pool. A connection works only while the runtime that opened it runs, and the next token
/// request may come from another runtime. Servers also close idle connections between two token requests.
fn without_idle_connections(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder.pool_max_idle_per_host(0)
}

fn transport_error(error: reqwest::Error) -> TransportError {
    let cause = transport_cause(&error);
    let kind = if error.is_connect() || matches!(cause, Some(TransportCause::ClientCertificateRequired)) {
        // In TLS 1.3, the server rejects a client certificate after the handshake.
        TransportErrorKind::Connect
    } else if error.is_timeout() {
        TransportErrorKind::Timeout
    } else if matches!(cause, Some(TransportCause::MalformedResponse)) {
        TransportErrorKind::Other
    } else if error.is_body() || error.is_decode() || error.is_request() {
        TransportErrorKind::Interrupted
    } else {
        TransportErrorKind::Other
    };
    TransportError::new(kind, error.without_url()).with_cause(cause)
}

#[cfg(test)]
mod tests {
    use evergrant::Transport as _;

    use super::*;

    /// Simulates a child that was forked after the parent's first request.
    #[tokio::test]
    async fn a_transport_used_by_another_process_sends_nothing() {
        let transport = Transport::default();
        transport.process.set(std::process::id() + 1).expect("not used yet");
        let request = http::Request::post("http://127.0.0.1:9/token").body(Bytes::new());
        let error = transport
            .clone()
            .send(request.expect("a request"))
            .await
            .expect_err("an error");
        assert_eq!(error.cause(), Some(&TransportCause::UsedAfterFork));
        assert!(!error.is_retryable());
    }
}
