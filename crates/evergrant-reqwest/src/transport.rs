//! Token requests over reqwest: no redirects, bounded bodies, errors without a query.

use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};
use evergrant::error::{TransportCause, TransportError, TransportErrorKind};
use evergrant::transport::{DEFAULT_USER_AGENT, MAX_RESPONSE_BYTES};
use evergrant::{BuildError, Relaxation};
use http::StatusCode;
use http::header::USER_AGENT;

use crate::cause::transport_cause;
use crate::http::{Http, HttpSettings};
use crate::{proxy, response};

/// Carries token requests over a [`reqwest::Client`]. A cheap clone.
///
/// Each request has a connection of its own, with HTTP/2 too, so that threads with a runtime each can share a manager.
/// Each new token therefore costs a TCP and a TLS handshake: two round trips with TLS 1.3. With
/// [`danger_from_client`](Self::danger_from_client), the client's own connection pool is used.
///
/// Their `User-Agent` is the first of these that is set: that of
/// [`TokenEndpointOptions::user_agent`](evergrant::TokenEndpointOptions::user_agent), that of the application's client,
/// [`DEFAULT_USER_AGENT`].
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use evergrant_reqwest::Transport;
///
/// // A proxy, a private certificate authority, a client certificate: whatever reqwest can be told.
/// let transport = Transport::from_builder(|| reqwest::Client::builder().user_agent("bookshop/1.0"))?;
///
/// // For servers that want header names with capitals, as in `Content-Type`. HTTP/2 always has lower case.
/// let legacy = Transport::from_builder(|| reqwest::Client::builder().http1_title_case_headers())?;
/// # Ok(())
/// # }
/// ```
///
/// # Root certificates
/// Those of the operating system, unless the builder says otherwise; on Linux, `SSL_CERT_FILE` and `SSL_CERT_DIR` stand
/// in for them. Where there are none, as in a container from scratch, plain `http` works, and each request over TLS
/// fails with [`TransportCause::NoRootCertificates`].
///
/// # HTTP/2
/// A request that the server says it did not process (GOAWAY with a lower last stream, REFUSED_STREAM) is repeated,
/// also one with a refresh token or a code. One that it may have processed before the connection ended is
/// [`TransportErrorKind::Interrupted`], and is not repeated where the grant is good for one use.
///
/// # Forked processes
/// Connections and the async runtime belong to one process. After a fork, make a runtime, a transport, and a token
/// manager of the child's own. A transport that was used before the fork sends nothing in the child: two processes
/// would write to one connection. That is [`TransportCause::Forked`]. A token that the manager has cached is still
/// served.
#[derive(Debug, Clone)]
pub struct Transport {
    http: Result<Http, Arc<str>>,
    /// The process that sent the first request.
    process: Arc<OnceLock<u32>>,
}

impl Transport {
    /// Over a client of your own making. Its redirect policy is set to follow none, for a token request carries the
    /// client's secret.
    ///
    /// `settings` is called several times: plain `http` to a loopback address goes out through a second client, which
    /// uses no proxy,
    /// be it set on the builder or by the environment: it would see the secret in clear. To that client, `localhost` is `127.0.0.1`
    /// and `::1`, whatever is set on the builder or the system says.
    ///
    /// # Errors
    /// [`BuildError::HttpClient`] when reqwest refuses the configuration.
    pub fn from_builder(settings: impl Fn() -> reqwest::ClientBuilder) -> Result<Self, BuildError> {
        HttpSettings::of(|| without_idle_connections(settings()))
            .build()
            .map(Self::over)
    }

    /// Over a client that exists already, whose redirect policy and proxies can no longer be seen or changed.
    ///
    /// Build it with [`Policy::none()`](reqwest::redirect::Policy::none): any other would, on a 307 or 308, repeat the token
    /// request **with the client's secret** wherever the server points. A redirect that was followed is noticed afterwards,
    /// and is an error. For a token URL of plain `http` on loopback, build it with
    /// [`no_proxy()`](reqwest::ClientBuilder::no_proxy) too: a proxy would see the secret in clear.
    #[must_use]
    pub fn danger_from_client(client: reqwest::Client) -> Self {
        Self::over(Http::only(client, "danger_from_client"))
    }

    pub(crate) fn over(http: Http) -> Self {
        Self {
            http: Ok(http),
            process: Arc::default(),
        }
    }
}

impl Default for Transport {
    /// Over reqwest's defaults. Should they not work on this machine (no usable TLS), each request says so.
    fn default() -> Self {
        let http = HttpSettings::of(|| without_idle_connections(reqwest::Client::builder())).build();
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
        let this = std::process::id();
        if *self.process.get_or_init(|| this) != this {
            let error = TransportError::new(TransportErrorKind::Connect, "the connections are another process's");
            return Err(error.with_cause(TransportCause::Forked));
        }
        if http.has_user_agent() && request.headers().get(USER_AGENT) == Some(&DEFAULT_USER_AGENT) {
            // reqwest fills in its own where there is none.
            request.headers_mut().remove(USER_AGENT);
        }
        let request = reqwest::Request::try_from(request).map_err(failure)?;
        let url = request.url().clone();
        let mut response = http.execute(request).await.map_err(failure)?;
        if *response.url() != url {
            let problem = "the supplied HTTP client followed a redirect; build it with redirect::Policy::none()";
            return Err(TransportError::new(TransportErrorKind::Other, problem));
        }

        if response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            let cause = TransportCause::proxy_authentication(proxy::named_by_the_environment(Some(&url)));
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
                Err(_) if response::is_whole(&response, &body) => break,
                Err(error) => return Err(failure(error)),
            }
        }
        if let Some(cause) = response::wrong_protocol(&url, response.status(), &body) {
            return Err(TransportError::new(TransportErrorKind::Other, "400 Bad Request").with_cause(cause));
        }
        let mut whole = http::Response::new(body.freeze());
        *whole.status_mut() = response.status();
        *whole.headers_mut() = std::mem::take(response.headers_mut());
        Ok(whole)
    }

    fn relaxations(&self) -> Vec<Relaxation> {
        let http = self.http.as_ref().ok();
        http.and_then(Http::relaxation).cloned().into_iter().collect()
    }
}

/// A connection works only while the runtime that opened it runs, and the next token request may come from another one.
/// Between two requests of one manager, a server closes an idle connection anyway.
fn without_idle_connections(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder.pool_max_idle_per_host(0)
}

fn failure(error: reqwest::Error) -> TransportError {
    let cause = transport_cause(&error);
    let kind = if error.is_connect() || matches!(cause, Some(TransportCause::ClientCertificate)) {
        // TLS 1.3 tells what it makes of the client's certificate after the handshake.
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

    /// As in a child that was forked after its parent's first request.
    #[tokio::test]
    async fn a_transport_that_another_process_has_used_sends_nothing() {
        let transport = Transport::default();
        transport.process.set(std::process::id() + 1).expect("not used yet");
        let request = http::Request::post("http://127.0.0.1:9/token").body(Bytes::new());
        let error = transport
            .clone()
            .send(request.expect("a request"))
            .await
            .expect_err("an error");
        assert_eq!(error.cause(), Some(&TransportCause::Forked));
        assert!(!error.is_retryable());
    }
}
