//! Token requests over reqwest: no redirects, bounded bodies, errors without a query.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use evergrant::error::{TransportError, TransportErrorKind};
use evergrant::transport::MAX_RESPONSE_BYTES;
use evergrant::{BuildError, Relaxation};

use crate::http::{Http, HttpSettings};

/// Carries token requests over a [`reqwest::Client`]. A cheap clone; all clones share one connection pool.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use evergrant_reqwest::Transport;
///
/// // A proxy, a private certificate authority, a client certificate: whatever reqwest can be told.
/// let transport = Transport::from_builder(|| reqwest::Client::builder().user_agent("bookshop/1.0"))?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Transport {
    http: Result<Http, Arc<str>>,
}

impl Transport {
    /// Over a client of your own making. Its redirect policy is set to follow none, for a token request carries the
    /// client's secret.
    ///
    /// `settings` is asked twice: plain `http` to a loopback address goes out through a second client, which uses no proxy,
    /// be it set on the builder or by the environment: it would see the secret in clear. To that client, `localhost` is `127.0.0.1`
    /// and `::1`, whatever is set on the builder or the system says.
    ///
    /// # Errors
    /// [`BuildError::HttpClient`] when reqwest refuses the configuration.
    pub fn from_builder(settings: impl Fn() -> reqwest::ClientBuilder) -> Result<Self, BuildError> {
        HttpSettings::of(settings).build().map(Self::over)
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
        Self { http: Ok(http) }
    }
}

impl Default for Transport {
    /// Over reqwest's defaults. Should they not work on this machine (no usable TLS), each request says so.
    fn default() -> Self {
        let http = HttpSettings::of(reqwest::Client::builder).build();
        Self {
            http: http.map_err(|error| error.to_string().into()),
        }
    }
}

impl evergrant::Transport for Transport {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        let http = self
            .http
            .as_ref()
            .map_err(|problem| TransportError::new(TransportErrorKind::Other, problem.to_string()))?;
        let request = reqwest::Request::try_from(request).map_err(failure)?;
        let url = request.url().clone();
        let mut response = http.execute(request).await.map_err(failure)?;
        if *response.url() != url {
            let problem = "the supplied HTTP client followed a redirect; build it with redirect::Policy::none()";
            return Err(TransportError::new(TransportErrorKind::Other, problem));
        }

        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            if body.len() + chunk.len() > MAX_RESPONSE_BYTES {
                return Err(TransportError::new(TransportErrorKind::TooLarge, ""));
            }
            body.extend_from_slice(&chunk);
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

fn failure(error: reqwest::Error) -> TransportError {
    let kind = if error.is_connect() {
        TransportErrorKind::Connect
    } else if error.is_timeout() {
        TransportErrorKind::Timeout
    } else if error.is_body() || error.is_decode() || error.is_request() {
        TransportErrorKind::Interrupted
    } else {
        TransportErrorKind::Other
    };
    TransportError::new(kind, error.without_url())
}
